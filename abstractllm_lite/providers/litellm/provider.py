"""LiteLLMProvider: the edges of a call. What happens between them is pure and shared."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias, overload

from ...interface import AbstractLLMInterface
from . import catalog, client, params, wire
from .attachments import has_files
from .capabilities import Capabilities
from .errors import atranslating, planning, translating
from .loading import aload
from .plan import plan
from .response import conclude, read
from .retry import aretrying, retrying
from .senses import family
from .stream import AsyncStream, Flow, Stream, aopen_flow, open_flow

if TYPE_CHECKING:
    from ...enums import ModelCapability
    from ...media.sources import Given
    from ...types import GenerateResponse
    from .call import Attempt, Call

Files: TypeAlias = "Given | Sequence[Given] | None"


class LiteLLMProvider(AbstractLLMInterface):
    """Any model that litellm reaches, by an address such as "anthropic/claude-haiku-4-5".

    It keeps its settings and nothing of any call, so one object may serve many threads and tasks
    at once, and pickles. Raises InvalidParameterError for a setting that cannot be meant.
    """

    takes_media = True  # media inputs among the content parts of messages, see `media`

    def __init__(self, config: Mapping[Any, Any] | None = None) -> None:
        settings = self._completed(params.named(config or {}))
        params.check_names(settings)
        params.require_model(settings)
        params.check_settings(settings)
        super().__init__(settings)

    def set_config(self, **kwargs: Any) -> None:
        """Set settings for all later calls; aliases are known here too."""
        self.update_config(kwargs)

    def update_config(self, config: Mapping[Any, Any]) -> None:
        """The same from a dictionary; None takes a setting back."""
        super().update_config(params.renamed(config))

    def get_param(self, param: Any, default: Any = None) -> Any:
        """A setting under any of its names, or the default where it is not set."""
        return super().get_param(params.canonical(param), default)

    @property
    def capabilities(self) -> Capabilities:
        """What the model can do, by litellm's table (imported at first use) and the user's word."""
        return self.capabilities_of()

    def capabilities_of(self, model: str | None = None) -> Capabilities:
        """The same for another model, of which the user has said nothing."""
        settings = self._settings()
        own = model in (None, settings.get("model"))
        address = model or params.require_model(settings)
        vendor, name = catalog.locate(self._address(address))
        said = settings.get("capabilities") if own else None
        return Capabilities(catalog.entry(vendor, name), said, family(vendor))

    def vendor(self, model: str | None = None) -> str:
        """Whom a call with this model reaches, in the word of `response.provider`."""
        address = model or params.require_model(self._settings())
        return catalog.locate(self._address(address))[0]

    def _settings(self) -> params.Settings:
        """What holds now; a model that was taken back is a vendor's own default again."""
        return self._completed(params.named(self.config_manager.get_config()))

    def get_capabilities(self) -> dict[str | ModelCapability, Any]:
        """AbstractLLM's plain values: what is not known reads False, or 2048 for MAX_TOKENS."""
        return self.capabilities.plain()

    @overload
    def generate(
        self,
        prompt: Any = ...,
        system_prompt: str | None = ...,
        files: Files = ...,
        stream: Literal[False] = ...,
        tools: list[Any] | None = ...,
        **kwargs: Any,
    ) -> GenerateResponse: ...
    @overload
    def generate(
        self,
        prompt: Any = ...,
        system_prompt: str | None = ...,
        files: Files = ...,
        *,
        stream: Literal[True],
        tools: list[Any] | None = ...,
        **kwargs: Any,
    ) -> Stream: ...
    @overload
    def generate(
        self,
        prompt: Any,
        system_prompt: str | None,
        files: Files,
        stream: Literal[True],
        tools: list[Any] | None = ...,
        **kwargs: Any,
    ) -> Stream: ...
    @overload
    def generate(
        self,
        prompt: Any = ...,
        system_prompt: str | None = ...,
        files: Files = ...,
        stream: bool = ...,
        tools: list[Any] | None = ...,
        **kwargs: Any,
    ) -> GenerateResponse | Stream: ...
    def generate(
        self,
        prompt: Any = None,
        system_prompt: str | None = None,
        files: Files = None,
        stream: bool = False,
        tools: list[Any] | None = None,
        **kwargs: Any,
    ) -> GenerateResponse | Stream:
        """Answer the prompt (a str, or content parts), at once or as a stream of pieces.

        Every keyword holds for this call alone; None means the provider's setting. Raises
        AbstractLLMError, never another library's exception.
        """
        kwargs.update(files=files, stream=stream, tools=tools)
        call = self._plan(prompt, system_prompt, kwargs)
        return Stream(retrying(call, open_flow)) if call.stream else retrying(call, _answer)

    @overload
    def generate_async(
        self,
        prompt: Any = ...,
        system_prompt: str | None = ...,
        files: Files = ...,
        stream: Literal[False] = ...,
        tools: list[Any] | None = ...,
        **kwargs: Any,
    ) -> Coroutine[Any, Any, GenerateResponse]: ...
    @overload
    def generate_async(
        self,
        prompt: Any = ...,
        system_prompt: str | None = ...,
        files: Files = ...,
        *,
        stream: Literal[True],
        tools: list[Any] | None = ...,
        **kwargs: Any,
    ) -> AsyncStream: ...
    @overload
    def generate_async(
        self,
        prompt: Any,
        system_prompt: str | None,
        files: Files,
        stream: Literal[True],
        tools: list[Any] | None = ...,
        **kwargs: Any,
    ) -> AsyncStream: ...
    @overload
    def generate_async(
        self,
        prompt: Any = ...,
        system_prompt: str | None = ...,
        files: Files = ...,
        stream: bool = ...,
        tools: list[Any] | None = ...,
        **kwargs: Any,
    ) -> Coroutine[Any, Any, GenerateResponse] | AsyncStream: ...
    def generate_async(
        self,
        prompt: Any = None,
        system_prompt: str | None = None,
        files: Files = None,
        stream: bool = False,
        tools: list[Any] | None = None,
        **kwargs: Any,
    ) -> Coroutine[Any, Any, GenerateResponse] | AsyncStream:
        """The same for asyncio. A stream may be awaited first or iterated at once."""
        kwargs.update(files=files, stream=stream, tools=tools)
        if stream:
            return AsyncStream(lambda: self._astream(prompt, system_prompt, kwargs))
        return self._agenerate(prompt, system_prompt, kwargs)

    async def _agenerate(self, prompt: Any, system: str | None, options: Any) -> GenerateResponse:
        return await aretrying(await self._aplan(prompt, system, options), _aanswer)

    async def _astream(self, prompt: Any, system: str | None, options: Any) -> Flow:
        return await aretrying(await self._aplan(prompt, system, options), aopen_flow)

    def close(self) -> None:
        """Close the idle connections of this process's synchronous calls, whichever provider's.

        Calls in flight are not disturbed; their connections are closed when they have ended. The
        provider stays usable: its next call connects anew.
        """
        wire.close_idle()

    async def aclose(self) -> None:
        """The same for the calls of the running event loop."""
        await wire.aclose_idle()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def _plan(self, prompt: Any, system_prompt: str | None, options: dict[str, Any]) -> Call:
        config = self._settings()
        for given in (config, options):
            if isinstance(model := given.get("model"), str):
                given["model"] = self._address(model)
        call = planning(lambda: plan(config, prompt, system_prompt, options))
        tape = wire.tape_of(self)
        return call if tape is None else replace(call, tape=tape)

    async def _aplan(self, prompt: Any, system_prompt: str | None, options: Any) -> Call:
        """The same, with litellm loaded and files read beside the event loop."""
        await aload()
        if has_files(options) or has_files(self.config_manager.get_config()):
            return await asyncio.to_thread(self._plan, prompt, system_prompt, options)
        return self._plan(prompt, system_prompt, options)

    def _completed(self, settings: params.Settings) -> params.Settings:
        """The settings with what a vendor's own provider adds to them."""
        return settings

    def _address(self, model: str) -> str:
        """The model's address, with the vendor that a vendor's own provider stands for."""
        return model


def _answer(attempt: Attempt) -> GenerateResponse:
    return translating(attempt, lambda: conclude(read(client.completion(attempt)), attempt))


async def _aanswer(attempt: Attempt) -> GenerateResponse:
    async def work() -> GenerateResponse:
        return conclude(read(await client.acompletion(attempt)), attempt)

    return await atranslating(attempt, work)
