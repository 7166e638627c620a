"""Session: a conversation that goes on with any provider, and runs the tools that models call."""

from __future__ import annotations

import asyncio
import os
from collections.abc import (
    AsyncGenerator,
    Callable,
    Coroutine,
    Generator,
    Iterable,
    Iterator,
    Mapping,
)
from contextlib import aclosing, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, overload

from ..exceptions import (
    AbstractLLMError,
    FileProcessingError,
    ImageProcessingError,
    InvalidParameterError,
)
from ..factory import create_llm
from . import checked, store
from .asking import Pieces, as_response, opened
from .attached import reading_of
from .message import Message
from .streams import AsyncSessionStream, SessionStream
from .tools import Event, Functions, ToolUser
from .turn import Limit, Turn

if TYPE_CHECKING:
    from ..tools.execution import Approve, ToolOutcome
    from ..types import GenerateResponse

ROUNDS = 10  # rounds of tool calls in a turn, as AbstractLLM has it
CALLS = 5  # calls in a turn that is streamed by AbstractLLM's own name for that


class Session(ToolUser):
    """A conversation with its history, its tools and its totals.

    `provider` is a provider or the name of one. A turn that fails leaves the history as it was.
    `on_tool_call` is asked before a tool runs: it may refuse the call (False, or the reason), edit
    it (another ToolCall) or let it run (None); `on_tool_result` is told each outcome.
    `tool_timeout` is in seconds. One session is one conversation: do not take two turns at once.
    """

    def __init__(
        self,
        system_prompt: str | None = None,
        provider: Any = None,
        provider_config: Mapping[Any, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
        tools: Iterable[Any] | None = None,
        *,
        on_tool_call: Approve | None = None,
        on_tool_result: Callable[[ToolOutcome], Any] | None = None,
        tool_timeout: float | None = None,
    ) -> None:
        super().__init__(metadata, checked.seconds("tool_timeout", tool_timeout))
        self.on_tool_call = checked.function("on_tool_call", on_tool_call)
        self.on_tool_result = checked.function("on_tool_result", on_tool_result)
        self._provider = _made(provider, provider_config)
        self.system_prompt = checked.system_prompt(system_prompt)
        for tool in checked.tools(tools):
            self.add_tool(tool)

    @classmethod
    def load(
        cls,
        filepath: str | os.PathLike[str],
        provider: Any = None,
        provider_config: Mapping[Any, Any] | None = None,
        **settings: Any,
    ) -> Self:
        """The conversation in a file that was saved here or by AbstractLLM.

        `tools` and the other settings are given anew. Files that messages refer to must be there
        and unchanged, and within the provider's `root`. Raises FileProcessingError.
        """
        path = Path(filepath)
        data = store.read(path)
        session = cls(None, provider, provider_config, **settings)
        try:
            session._restore(data, reading_of(session._provider))
        except (FileProcessingError, ImageProcessingError) as error:
            raise store.without_its_file(path, error) from None
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise store.damaged(path, error) from None
        return session

    @overload
    def generate(
        self,
        prompt: Any = ...,
        provider: Any = ...,
        system_prompt: str | None = ...,
        *,
        stream: Literal[False] = ...,
        **options: Any,
    ) -> GenerateResponse: ...
    @overload
    def generate(
        self,
        prompt: Any = ...,
        provider: Any = ...,
        system_prompt: str | None = ...,
        *,
        stream: Literal[True],
        **options: Any,
    ) -> SessionStream[GenerateResponse]: ...
    @overload
    def generate(
        self,
        prompt: Any = ...,
        provider: Any = ...,
        system_prompt: str | None = ...,
        *,
        stream: bool,
        **options: Any,
    ) -> GenerateResponse | SessionStream[GenerateResponse]: ...
    def generate(
        self,
        prompt: Any = None,
        provider: Any = None,
        system_prompt: str | None = None,
        *,
        stream: bool = False,
        **options: Any,
    ) -> GenerateResponse | SessionStream[GenerateResponse]:
        """Say the prompt and give the answer, once the tools have run that the model calls.

        Without a prompt the history is gone on with. Of the options `files`, `tools`,
        `tool_functions`, `max_tool_calls` (rounds, default 10; also `max_turns`) and `on_tool_call`
        are the session's, every other one is the provider's; all hold for this turn alone. When
        the rounds are used up, the model is asked for an answer without tools. Raises what the
        provider raises.
        """
        turn = self._turn(prompt, provider, {**options, "system_prompt": system_prompt})
        return self._stream(turn) if stream else self._answer(turn)

    @overload
    def generate_async(
        self,
        prompt: Any = ...,
        provider: Any = ...,
        system_prompt: str | None = ...,
        *,
        stream: Literal[False] = ...,
        **options: Any,
    ) -> Coroutine[Any, Any, GenerateResponse]: ...
    @overload
    def generate_async(
        self,
        prompt: Any = ...,
        provider: Any = ...,
        system_prompt: str | None = ...,
        *,
        stream: Literal[True],
        **options: Any,
    ) -> AsyncSessionStream: ...
    @overload
    def generate_async(
        self,
        prompt: Any = ...,
        provider: Any = ...,
        system_prompt: str | None = ...,
        *,
        stream: bool,
        **options: Any,
    ) -> Coroutine[Any, Any, GenerateResponse] | AsyncSessionStream: ...
    def generate_async(
        self,
        prompt: Any = None,
        provider: Any = None,
        system_prompt: str | None = None,
        *,
        stream: bool = False,
        **options: Any,
    ) -> Coroutine[Any, Any, GenerateResponse] | AsyncSessionStream:
        """The same for asyncio. A stream may be awaited first or iterated at once."""
        turn = self._turn(prompt, provider, {**options, "system_prompt": system_prompt})
        return self._astream(turn) if stream else self._aanswer(turn)

    @overload
    def send(
        self,
        message: Any,
        provider: Any = ...,
        stream: Literal[False] = ...,
        **options: Any,
    ) -> GenerateResponse: ...
    @overload
    def send(
        self, message: Any, provider: Any = ..., *, stream: Literal[True], **options: Any
    ) -> SessionStream[GenerateResponse]: ...
    def send(self, message: Any, provider: Any = None, stream: bool = False, **options: Any) -> Any:
        """The same as `generate`, with the message first."""
        return self.generate(message, provider, stream=stream, **options)

    @overload
    def send_async(
        self,
        message: Any,
        provider: Any = ...,
        stream: Literal[False] = ...,
        **options: Any,
    ) -> Coroutine[Any, Any, GenerateResponse]: ...
    @overload
    def send_async(
        self, message: Any, provider: Any = ..., *, stream: Literal[True], **options: Any
    ) -> AsyncSessionStream: ...
    def send_async(
        self, message: Any, provider: Any = None, stream: bool = False, **options: Any
    ) -> Any:
        """The same as `generate_async`, with the message first."""
        return self.generate_async(message, provider, stream=stream, **options)

    def generate_with_tools(
        self, tool_functions: Any = None, prompt: Any = None, provider: Any = None, **options: Any
    ) -> GenerateResponse:
        """`generate` in AbstractLLM's other spelling; a text as first argument is the prompt."""
        functions, prompt = _either(tool_functions, prompt)
        return self._answer(self._turn(prompt, provider, options | {"tool_functions": functions}))

    def generate_with_tools_async(
        self, tool_functions: Any = None, prompt: Any = None, provider: Any = None, **options: Any
    ) -> Coroutine[Any, Any, GenerateResponse]:
        """The same for asyncio."""
        functions, prompt = _either(tool_functions, prompt)
        return self._aanswer(self._turn(prompt, provider, options | {"tool_functions": functions}))

    def generate_with_tools_streaming(
        self,
        tool_functions: Any = None,
        prompt: Any = None,
        model: str | None = None,
        provider: Any = None,
        **options: Any,
    ) -> SessionStream[GenerateResponse | Event]:
        """A stream of text, and of `{"type": "tool_result", "tool_call": {...}}` for each call run.

        `max_tool_calls` counts calls here (default 5), as in AbstractLLM.
        """
        functions, prompt = _either(tool_functions, prompt)
        options |= {"tool_functions": functions, "model": model}
        turn = self._turn(prompt, provider, options, Limit(CALLS, "calls"))
        return self._stream(turn, events=True)

    # The edges: all waiting is here

    def _answer(self, turn: Turn) -> GenerateResponse:
        with self._counted(turn):
            while not turn.ends_with(as_response(turn.llm.generate(**turn.asking()))):
                turn.record(turn.toolbox.run(turn.calls, turn.approve))
        return self._kept(turn)

    async def _aanswer(self, turn: Turn) -> GenerateResponse:
        with self._counted(turn):
            while not turn.ends_with(as_response(await _aasked(turn))):
                turn.record(await turn.toolbox.arun(turn.calls, turn.approve))
        return self._kept(turn)

    def _stream(self, turn: Turn, *, events: bool = False) -> SessionStream[Any]:
        return SessionStream(turn, self._pieces(turn, events=events))

    def _pieces(self, turn: Turn, *, events: bool) -> Generator[Any]:
        """The pieces of all the turn's streams; None says that one was opened."""
        with self._counted(turn):
            going_on = True
            while going_on:
                with closing(Pieces(turn.llm.generate(**turn.asking(), stream=True))) as pieces:
                    yield None
                    yield from pieces
                if going_on := not turn.ends_with(pieces.response):
                    outcomes = turn.toolbox.run(turn.calls, turn.approve)
                    turn.record(outcomes)
                    yield from map(_event, outcomes if events else ())
        self._kept(turn)

    def _astream(self, turn: Turn) -> AsyncSessionStream:
        return AsyncSessionStream(turn, self._apieces(turn))

    async def _apieces(self, turn: Turn) -> AsyncGenerator[Any]:
        """The same, awaited."""
        with self._counted(turn):
            going_on = True
            while going_on:
                asking = await asyncio.to_thread(turn.asking)
                stream = await opened(turn.llm.generate_async(**asking, stream=True))
                async with aclosing(Pieces(stream)) as pieces:
                    yield None
                    async for piece in pieces:
                        yield piece
                if going_on := not turn.ends_with(pieces.response):
                    turn.record(await turn.toolbox.arun(turn.calls, turn.approve))
        self._kept(turn)

    @contextmanager
    def _counted(self, turn: Turn) -> Iterator[None]:
        """What the turn used counts, however it ends."""
        try:
            yield
        except AbstractLLMError as error:
            turn.totals = turn.totals.with_failure(error)
            raise
        finally:
            self.totals += turn.totals

    def _kept(self, turn: Turn) -> GenerateResponse:
        """The answer, once the turn's messages are part of the history."""
        self._extend(turn.added)
        return turn.result()

    # What a turn begins with

    def _turn(
        self, prompt: Any, provider: Any, options: dict[str, Any], limit: Limit | None = None
    ) -> Turn:
        own = {name: options.pop(name, None) for name in _OWN}
        checked.options(options)
        limit = limit or Limit(ROUNDS)
        given = (checked.count(name, own[name]) for name in ("max_tool_calls", "max_turns"))
        most = next((most for most in given if most is not None), None)
        asked = [] if prompt is None else [Message("user", prompt)]
        return Turn(
            llm=self._llm(provider),
            history=tuple(self.messages),
            toolbox=self._toolbox(own["tool_functions"], checked.tools(own["tools"])),
            limit=limit if most is None else replace(limit, most=most),
            options=options,
            system_prompt=own["system_prompt"],
            on_tool_call=checked.function("on_tool_call", own["on_tool_call"]) or self.on_tool_call,
            on_tool_result=self.on_tool_result,
            added=asked,
        )

    def _llm(self, provider: Any) -> Any:
        llm = self._provider if provider is None else _made(provider, None)
        if llm is None:
            raise InvalidParameterError(
                "provider", None, "no provider: Session(provider=...) or generate(provider=...)"
            )
        return llm


_OWN = (
    "system_prompt tools tool_functions max_tool_calls max_turns on_tool_call adjust_system_prompt"
).split()


def _made(provider: Any, config: Mapping[Any, Any] | None) -> Any:
    if isinstance(provider, str):
        return create_llm(provider, **(config or {}))
    return checked.provider(provider)


async def _aasked(turn: Turn) -> Any:
    """The first call loads litellm, which takes its time: not in the event loop."""
    return await turn.llm.generate_async(**await asyncio.to_thread(turn.asking))


def _either(functions: Any, prompt: Any) -> tuple[Functions, Any]:
    """AbstractLLM's documents put the prompt first, its code the functions."""
    swapped = isinstance(functions, (str, list)) or isinstance(prompt, Mapping)
    return (prompt, functions) if swapped else (functions, prompt)


def _event(outcome: ToolOutcome) -> Event:
    return {"type": "tool_result", "tool_call": outcome.to_dict()}
