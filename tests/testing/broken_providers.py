"""A family of providers, each sound but in one thing; run by test_contract in a pytest of its own.

`BREAKS` says which tests of the contract each one fails, and it fails no other.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from typing import Any, ClassVar

from abstractllm_lite import (
    GenerateResponse,
    ModelCapability,
    ProviderAPIError,
    RateLimitError,
    ToolCallRequest,
)
from abstractllm_lite.testing import FakeLLM, ProviderContract
from tests.testing import test_fake_contract as sound

FAULTS = sound.FAULTS

KEY = ProviderContract.secret
FAULT = "test_a_fault_is_an_error_of_its_class"
FACTS = "test_an_error_tells_what_the_service_said"
NO_KEY = "test_no_error_shows_the_key"
CUT_STREAM = "test_the_error_of_a_cut_stream_carries_what_came"
ADDS_UP = "test_a_stream_adds_up_to_the_plain_answer"
SAME_END = "test_a_stream_ends_in_the_response_of_the_plain_call"
INTERLEAVED = "test_interleaved_streams_do_not_mix"
THREADS = "test_many_threads_share_one_provider"
TASKS = "test_many_tasks_share_one_provider"
TOOL = "test_it_asks_for_a_tool"
TOOL_DEFINITION = "test_a_tool_may_be_a_definition"
TOOL_STREAM = "test_a_stream_asks_for_a_tool"
HISTORY = "test_it_goes_on_with_a_history_and_leaves_it_as_it_was"
TOOL_HISTORY = "test_it_goes_on_with_what_a_tool_gave"


class Sound(FakeLLM):
    """The one that fails nothing."""


class StoresArguments(FakeLLM):
    def generate(self, *args: Any, **kwargs: Any) -> Any:
        self.update_config({n: v for n, v in kwargs.items() if n == "temperature"})
        return super().generate(*args, **kwargs)


class AnswersOtherwiseInAsync(FakeLLM):
    def generate_async(self, *args: Any, **kwargs: Any) -> Any:
        if kwargs.get("stream"):
            return super().generate_async(*args, **kwargs)
        return self._otherwise(*args, **kwargs)

    async def _otherwise(self, *args: Any, **kwargs: Any) -> Any:
        answer = await super().generate_async(*args, **kwargs)
        return answer if answer.has_tool_calls() else GenerateResponse(f"{answer}!")


class LosesTheLastWord(FakeLLM):
    def generate(self, *args: Any, **kwargs: Any) -> Any:
        told = super().generate(*args, **kwargs)
        return self._cut(told) if kwargs.get("stream") else told

    def _cut(self, told: Any) -> Iterator[Any]:
        pieces = list(told)
        yield from pieces[:-2]
        yield pieces[-1]


class StreamsWithoutFacts(FakeLLM):
    def generate(self, *args: Any, **kwargs: Any) -> Any:
        told = super().generate(*args, **kwargs)
        return self._bare(told) if kwargs.get("stream") else told

    def _bare(self, told: Any) -> Iterator[Any]:
        for piece in told:
            yield piece.tool_calls if piece.has_tool_calls() else str(piece)


class AnswersWithObjects(FakeLLM):
    def generate(self, *args: Any, **kwargs: Any) -> Any:
        told = super().generate(*args, **kwargs)
        return told if kwargs.get("stream") or told.has_tool_calls() else _Odd(told)


class _Odd:
    """What a vendor's library might answer with: it has a content and is no str."""

    def __init__(self, told: GenerateResponse) -> None:
        facts = ("usage", "model", "finish_reason")
        vars(self).update({name: getattr(told, name) for name in facts}, content=str(told))


class CountsInWords(FakeLLM):
    def generate(self, *args: Any, **kwargs: Any) -> Any:
        return self._miscounted(super().generate(*args, **kwargs))

    def _miscounted(self, told: Any) -> Any:
        if not isinstance(told, GenerateResponse):
            return told
        return told.__replace__(usage={"input_tokens": -1})


class IgnoresClosing(FakeLLM):
    def generate(self, *args: Any, **kwargs: Any) -> Any:
        told = super().generate(*args, **kwargs)
        if kwargs.get("stream"):
            told.close = lambda: None
        return told


class HasNoPicklableState(FakeLLM):
    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "lock": threading.Lock()}


class KeepsThePromptOnItself(FakeLLM):
    def generate(self, prompt: Any = None, *args: Any, **kwargs: Any) -> Any:
        self.asked = prompt
        time.sleep(0.002)
        return super().generate(self.asked, *args, **kwargs)

    async def _later(self, kwargs: dict[str, Any]) -> Any:
        await asyncio.sleep(0.002)
        return await super().generate_async(self.asked, **kwargs)

    def generate_async(self, prompt: Any = None, *args: Any, **kwargs: Any) -> Any:
        self.asked = prompt
        if kwargs.get("stream"):
            return super().generate_async(prompt, *args, **kwargs)
        return self._later(kwargs)


class MixesItsStreams(FakeLLM):
    def generate(self, *args: Any, **kwargs: Any) -> Any:
        told = super().generate(*args, **kwargs)
        if kwargs.get("stream"):
            self.open = told
            return _Mixed(self, told)
        return told


class _Mixed:
    """Reads on in whichever stream was opened last."""

    def __init__(self, llm: Any, told: Any) -> None:
        self.llm, self.told = llm, told

    @property
    def response(self) -> Any:
        return self.told.response

    def __iter__(self) -> Any:
        return self

    def __next__(self) -> Any:
        return next(self.llm.open)

    def close(self) -> None:
        self.told.close()


class AddsToTheHistory(FakeLLM):
    def generate(self, *args: Any, **kwargs: Any) -> Any:
        told = super().generate(*args, **kwargs)
        if "messages" in kwargs:
            kwargs["messages"].append({"role": "assistant", "content": "more"})
        return told


class TakesNoMessages(FakeLLM):
    def generate(self, *args: Any, **kwargs: Any) -> Any:
        if "messages" in kwargs:
            raise TypeError("unexpected keyword: messages")
        return super().generate(*args, **kwargs)


class TakesNoSystemPrompt(FakeLLM):
    def generate(self, *args: Any, **kwargs: Any) -> Any:
        if set(kwargs) - {"stream"} == {"system_prompt"}:
            raise TypeError("unexpected keyword: system_prompt")
        return super().generate(*args, **kwargs)


class KnowsStrangeCapabilities(FakeLLM):
    def get_capabilities(self) -> dict[Any, Any]:
        return {**super().get_capabilities(), "telepathy": True}


class IgnoresToolsThatItDenies(FakeLLM):
    def get_capabilities(self) -> dict[Any, Any]:
        denied = {ModelCapability.TOOL_USE: False, ModelCapability.FUNCTION_CALLING: False}
        return {**super().get_capabilities(), **denied}

    def _refuse(self, settings: Any) -> None:
        pass


class NamesNoCalls(FakeLLM):
    def generate(self, *args: Any, **kwargs: Any) -> Any:
        told = super().generate(*args, **kwargs)
        if kwargs.get("stream") or not told.has_tool_calls():
            return told
        return ToolCallRequest.of([{"id": "", "name": "get_weather", "arguments": {}}])


class TakesOnlyFunctionsAsTools(FakeLLM):
    def generate(self, *args: Any, tools: Any = None, **kwargs: Any) -> Any:
        _ = [tool.__name__ for tool in tools or ()]
        return super().generate(*args, tools=tools, **kwargs)


class AwaitedFirst(FakeLLM):
    """Not broken: its stream is awaited, as the guide's is."""

    async def generate_async(self, *args: Any, **kwargs: Any) -> Any:
        return await super().generate_async(*args, **kwargs)


class CannotBeIterated(FakeLLM):
    def generate_async(self, *args: Any, **kwargs: Any) -> Any:
        return _Awaitable(super().generate_async(*args, **kwargs))


class _Awaitable:
    def __init__(self, told: Any) -> None:
        self.told = told

    def __await__(self) -> Any:
        return self.told.__await__()


class ShowsItsKey(FakeLLM):
    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.get_config()})"


class AnswersWithItsKey(FakeLLM):
    def generate(self, *args: Any, **kwargs: Any) -> Any:
        told = super().generate(*args, **kwargs)
        return told.__replace__(raw_response=KEY) if isinstance(told, GenerateResponse) else told


class Forgets(RateLimitError):
    def __copy__(self) -> Any:
        return self

    def __reduce__(self) -> Any:
        return RateLimitError, ("",)


def keyed(error: Any) -> Any:
    return type(error)(f"refused: {KEY}", status_code=error.status_code)


# Providers whose faults alone are wrong: name -> the faults.
WRONG_FAULTS: dict[str, dict[str, Any]] = {
    "RaisesForeignErrors": {"server": OSError("busy")},
    "TakesRateLimitsForFailures": {
        "rate limit": ProviderAPIError("slow", status_code=429, retry_after=7, request_id="req_1")
    },
    "ForgetsRetryAfter": {"rate limit": RateLimitError("slow", status_code=429)},
    "TellsItsKey": {"authentication": keyed(FAULTS["authentication"])},
    "EndsCutStreamsInSilence": {"cut stream": ["Once ", "upon"]},
    "LosesThePart": {"cut stream": [FAULTS["connection"]]},
    "LosesTheErrorInAPickle": {
        "rate limit": Forgets("slow", status_code=429, retry_after=7, request_id="req_1")
    },
}
BREAKS: dict[str, set[str]] = {
    "Sound": set(),
    "AwaitedFirst": set(),
    "StoresArguments": {"test_arguments_hold_for_their_call_alone"},
    "AnswersOtherwiseInAsync": {"test_both_plain_ways_answer_alike", TASKS},
    "LosesTheLastWord": {ADDS_UP, SAME_END, INTERLEAVED},
    "StreamsWithoutFacts": {SAME_END},
    "AnswersWithObjects": {"test_an_answer_is_a_str_or_asks_for_tools", SAME_END},
    "CountsInWords": {
        "test_counted_tokens_are_numbers",
        "test_both_plain_ways_answer_alike",
        SAME_END,
    },
    "IgnoresClosing": {"test_a_closed_stream_is_over"},
    "HasNoPicklableState": {"test_a_pickled_provider_answers_alike"},
    "KeepsThePromptOnItself": {THREADS, TASKS},
    "MixesItsStreams": {INTERLEAVED},
    "AddsToTheHistory": {HISTORY},
    "TakesNoMessages": {HISTORY, TOOL_HISTORY},
    "TakesNoSystemPrompt": {"test_it_takes_a_system_prompt"},
    "KnowsStrangeCapabilities": {"test_capabilities_are_told_by_their_names"},
    "IgnoresToolsThatItDenies": {"test_tools_that_it_does_not_take_are_refused"},
    "NamesNoCalls": {TOOL, TOOL_DEFINITION},
    "TakesOnlyFunctionsAsTools": {TOOL, TOOL_DEFINITION},
    "CannotBeIterated": {"test_an_asynchronous_stream_may_be_iterated_at_once"},
    "ShowsItsKey": {"test_a_provider_shows_no_key"},
    "AnswersWithItsKey": {"test_an_answer_shows_no_key"},
    "RaisesForeignErrors": {FAULT, NO_KEY},
    "TakesRateLimitsForFailures": {FAULT},
    "ForgetsRetryAfter": {FACTS},
    "TellsItsKey": {NO_KEY},
    "EndsCutStreamsInSilence": {CUT_STREAM},
    "LosesThePart": {CUT_STREAM},
    "LosesTheErrorInAPickle": {FAULT},
}


def contract_of(name: str) -> type[ProviderContract]:
    """A class of tests for one of the family."""
    faults = {**FAULTS, **WRONG_FAULTS.get(name, {})}
    cls = globals().get(name, Sound)

    class Contract(sound.TestFake):
        provider: ClassVar[Any] = cls

        def failing(self, fault: str) -> Any:
            settings = {"responses": [faults[fault]], "cycle": True, "api_key": self.secret}
            return self.provider(settings), self.prompt

    Contract.__name__ = Contract.__qualname__ = f"Test{name}"
    return Contract


globals().update({f"Test{name}": contract_of(name) for name in BREAKS})
