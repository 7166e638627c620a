"""FakeLLM: a provider that answers by script and keeps what it was asked, for tests of programs."""

from __future__ import annotations

import threading
from collections.abc import Coroutine, Mapping
from difflib import get_close_matches
from typing import Any, Final

from .._plain import plain_copy
from ..enums import ModelCapability
from ..exceptions import InvalidParameterError, UnsupportedFeatureError
from ..interface import AbstractLLMInterface
from ..providers.litellm.capabilities import Capabilities, PlainCapabilities, capability
from ..utils.redaction import Masked
from . import script
from .errors import ScriptUsedUp
from .script import MODEL, PROVIDER, Asked
from .telling import AsyncFakeStream, FakeStream, Telling

__all__ = ["FakeLLM"]

_CANNOT: Final = (
    ModelCapability.FINE_TUNING,
    ModelCapability.EMBEDDINGS,
    ModelCapability.RAG,
    ModelCapability.IMAGE_GENERATION,
)
_CAN: Final = {each: each not in _CANNOT for each in ModelCapability} | {
    ModelCapability.MAX_TOKENS: 2048
}
_TOOL_USE = (ModelCapability.TOOL_USE, ModelCapability.FUNCTION_CALLING)
_OF_THE_OBJECT = ("responses", "cycle", "capabilities")
_OWN = (*_OF_THE_OBJECT, "chunks", "delay")
_IMAGES = ("image", "images")
_ASKING = ("messages", "files", *_IMAGES)
_ARGUMENTS = ("prompt", "system_prompt", "messages", "files", "tools", "stream")


class FakeLLM(AbstractLLMInterface):
    """A model that says what it is told to: `create_llm("fake", responses=["Hello", ...])`.

    `responses` is a list of answers, taken in order, or one answer that is given every time; see
    `script` for how answers are written. Without it the last words said are repeated. `cycle=True`
    begins a used-up list again, which is else a ScriptUsedUp error. `chunks` cuts streams into so
    many characters instead of words, `delay` is in seconds before each answer; both may be given
    for one call. `capabilities` changes what it says it can. One word counts as one token.

    `calls` holds what it was asked, in order. Threads and tasks may share one object.
    """

    provider_name: Final = PROVIDER

    def __init__(self, config: Mapping[str, Any] | None = None, **settings: Any) -> None:
        given = {**(config or {}), **settings}
        _check_all(given)
        super().__init__(given)
        self._calls: list[Asked] = []
        self._taken = 0
        self._lock = threading.Lock()

    @property
    def calls(self) -> list[Asked]:
        """What it was asked, in order; a list of the caller's own."""
        with self._lock:
            return list(self._calls)

    def set_config(self, **kwargs: Any) -> None:
        """Set settings for all later calls; new `responses` begin at their first."""
        self.update_config(kwargs)

    def update_config(self, config: Mapping[str, Any]) -> None:
        """The same from a dictionary; None takes a setting back."""
        _check_all(config)
        with self._lock:
            super().update_config(config)
            self._taken = 0 if "responses" in config else self._taken

    @property
    def capabilities(self) -> Capabilities:
        """The same as LiteLLMProvider tells them; all of them are known."""
        return Capabilities(None, self.get_capabilities())

    def get_capabilities(self) -> dict[str | ModelCapability, Any]:
        """Everything that a chat model can, but for what `capabilities` says otherwise."""
        own = {capability(n): v for n, v in self.get_param("capabilities", {}).items()}
        for name, other in (_TOOL_USE, _TOOL_USE[::-1]):  # two names of one thing
            own |= {other: own.get(other, own[name])} if name in own else {}
        return PlainCapabilities({**_CAN, **own})

    def generate(
        self,
        prompt: Any = None,
        system_prompt: str | None = None,
        files: list[Any] | None = None,
        stream: bool = False,
        tools: list[Any] | None = None,
        **kwargs: Any,
    ) -> Any:
        """The next answer, at once or as a stream of pieces.

        Raises what the script says, ScriptUsedUp at its end, InvalidParameterError or
        UnsupportedFeatureError for what a model would refuse.
        """
        kwargs.update(files=files, stream=stream, tools=tools)
        told = FakeStream(self._begin(prompt, system_prompt, kwargs))
        return told if stream else told.to_the_end()

    def generate_async(
        self,
        prompt: Any = None,
        system_prompt: str | None = None,
        files: list[Any] | None = None,
        stream: bool = False,
        tools: list[Any] | None = None,
        **kwargs: Any,
    ) -> Coroutine[Any, Any, Any]:
        """The same for asyncio. A stream may be awaited first or iterated at once."""
        kwargs.update(files=files, stream=stream, tools=tools)
        told = AsyncFakeStream(lambda: self._begin(prompt, system_prompt, kwargs))
        return told if stream else told.to_the_end()

    def _begin(self, prompt: Any, system_prompt: str | None, options: dict[str, Any]) -> Telling:
        for name in _OF_THE_OBJECT:
            if name in options:
                text = f"{name!r} is given to create_llm or set_config, not to one call"
                raise InvalidParameterError(name, options[name], text, PROVIDER)
        settings = self.get_provider_params({**options, "prompt": prompt}, system_prompt)
        _check(settings)
        self._refuse(settings)
        asked, told = self._take(settings)
        answer = script.read(script.computed(told, asked), settings.get("chunks"))
        model = str(settings.get("model") or MODEL)
        return Telling(asked, answer, model, settings.get("delay") or 0)

    def _refuse(self, settings: Mapping[str, Any]) -> None:
        """Raise for what every model refuses, and one without the capability."""
        prompt = settings.get("prompt")
        said = prompt.strip() if isinstance(prompt, str) else prompt
        if not (said or any(settings.get(name) for name in _ASKING)):
            text = "'prompt' is empty: give a text, or messages= with a history"
            raise InvalidParameterError("prompt", prompt, text, PROVIDER)
        can = self.get_capabilities()
        if settings.get("tools") and not any(can[name] for name in _TOOL_USE):
            raise UnsupportedFeatureError("tools", "capabilities= says: no tools", PROVIDER)
        if any(settings.get(name) for name in _IMAGES) and not can[ModelCapability.VISION]:
            raise UnsupportedFeatureError("vision", "capabilities= says: no images", PROVIDER)
        if settings.get("stream") and not can[ModelCapability.STREAMING]:
            raise UnsupportedFeatureError("streaming", "capabilities= says: no streams", PROVIDER)

    def _take(self, settings: dict[str, Any]) -> tuple[Asked, Any]:
        """Write down what was asked and take the next answer, in one step for all threads."""
        with self._lock:
            asked = _asked(len(self._calls) + 1, settings)
            self._calls.append(asked)
            responses = self.get_param("responses", _last_words)
            if not isinstance(responses, list):
                return asked, responses
            place, self._taken = self._taken, self._taken + 1
            if responses and self.get_param("cycle"):
                place %= len(responses)
            if place >= len(responses):
                raise ScriptUsedUp(_used_up(len(responses), place + 1), PROVIDER)
            return asked, responses[place]

    def __getstate__(self) -> dict[str, Any]:
        with self._lock:
            state = {**vars(self), "_calls": list(self._calls)}
        del state["_lock"]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, _lock=threading.Lock())


def _last_words(asked: Asked) -> str:
    return asked.text


def _asked(number: int, settings: Mapping[str, Any]) -> Asked:
    """The settings as a record; its lists and dictionaries are copies."""
    told = {name: plain_copy(settings[name]) for name in _ARGUMENTS if name in settings}
    if "messages" in told:
        told["messages"] = [_message(message) for message in told["messages"]]
    rest = {n: plain_copy(v) for n, v in settings.items() if n not in (*_OWN, *_ARGUMENTS)}
    return Asked(number=number, parameters=Masked(rest), **told)


def _message(message: Any) -> dict[str, Any]:
    told: dict[str, Any] = dict(message if isinstance(message, Mapping) else message.to_dict())
    return told


def _check(settings: Mapping[Any, Any]) -> None:
    """Raise InvalidParameterError for a setting of the fake's own that cannot be meant."""
    for name, takes, said in _TAKES:
        value = settings.get(name)
        if value is not None and not takes(value):
            raise InvalidParameterError(name, value, f"{name} is {said}, not {value!r}", PROVIDER)


def _check_all(settings: Mapping[Any, Any]) -> None:
    """The same, with the answers, the names of capabilities, and names that are misspelt."""
    _check(settings)
    for name in settings.keys() - {*_OWN}:
        if meant := get_close_matches(str(name), _OWN, 1, cutoff=0.85):
            text = f"{name!r} is not known: did you mean {meant[0]!r}?"
            raise InvalidParameterError(str(name), None, text, PROVIDER)
    responses = settings.get("responses")
    for answer in responses if isinstance(responses, list) else [responses or ""]:
        script.check(answer)
    for name in settings.get("capabilities") or ():
        capability(name)


_TAKES: Final = (
    ("chunks", lambda v: type(v) is int and v > 0, "a number of characters"),
    ("delay", lambda v: type(v) in (int, float) and v >= 0, "a number of seconds"),
    ("cycle", lambda v: isinstance(v, bool), "True or False"),
    ("capabilities", lambda v: isinstance(v, Mapping), "a dictionary"),
)


def _used_up(answers: int, asked: int) -> str:
    scripted = "1 answer is" if answers == 1 else f"{answers} answers are"
    return (
        f"{scripted} scripted, and this is question {asked}: give more responses=[...], "
        "cycle=True to begin again, or one answer without a list for every question"
    )
