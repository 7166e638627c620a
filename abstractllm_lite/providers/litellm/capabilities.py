"""What a model can do: True, False or None for not known, each with where that comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...enums import ModelCapability
from ...exceptions import InvalidParameterError, UnsupportedFeatureError

UNKNOWN = "unknown"
USER = "user"
FAMILY = "vendor"
TABLE = "litellm"
LIBRARY = "abstractllm-lite"

UNKNOWN_MAX_TOKENS = 2048  # what AbstractLLM's plain values say where nothing is known

# A key that the model's row lacks is not known; most rows tell only what a model has.
_BY_KEY = {
    ModelCapability.SYSTEM_PROMPT: "supports_system_messages",
    ModelCapability.FUNCTION_CALLING: "supports_function_calling",
    ModelCapability.TOOL_USE: "supports_function_calling",
    ModelCapability.VISION: "supports_vision",
    ModelCapability.AUDIO_PROCESSING: "supports_audio_input",
    ModelCapability.JSON_MODE: "supports_response_schema",
    ModelCapability.MAX_TOKENS: "max_output_tokens",
}

_BY_MODE = {
    ModelCapability.EMBEDDINGS: "embedding",
    ModelCapability.IMAGE_GENERATION: "image_generation",
}

# True for every model, because this library makes it so.
_OURS = (
    ModelCapability.STREAMING,
    ModelCapability.ASYNC,
    ModelCapability.MULTI_TURN,
    ModelCapability.PARALLEL_INFERENCE,
)

Value = bool | int | None


class Capabilities(Mapping[ModelCapability, Value]):
    """A model's capabilities by name: `capabilities["vision"]`, `capabilities.source("vision")`.

    MAX_TOKENS is the greatest number of output tokens.
    """

    def __init__(
        self,
        row: Mapping[str, Any] | None,
        overrides: Mapping[Any, Any] | None,
        family: Mapping[ModelCapability, bool] | None = None,
    ) -> None:
        own = {capability(name): value for name, value in (overrides or {}).items()}
        told = {each: _told(row, each) for each in ModelCapability}
        told |= {each: (value, FAMILY) for each, value in (family or {}).items()}
        self._facts = {each: (own[each], USER) if each in own else told[each] for each in told}

    def __getitem__(self, name: ModelCapability | str) -> Value:
        return self._facts[_found(name)][0]

    def __iter__(self) -> Iterator[ModelCapability]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)

    def source(self, name: ModelCapability | str) -> str:
        """Who says so: "user", "vendor", "litellm", "abstractllm-lite", or "unknown"."""
        return self._facts[_found(name)][1]

    def require(self, name: ModelCapability | str) -> None:
        """Raise UnsupportedFeatureError for what is known to be impossible; None passes."""
        if self[name] is False:
            raise UnsupportedFeatureError(
                capability(name).value,
                f"the model is known not to have '{capability(name).name.lower()}' "
                f"(source: {self.source(name)}); capabilities={{...}} overrides it",
            )

    def plain(self) -> PlainCapabilities:
        """AbstractLLM's values: not known reads False, an unknown MAX_TOKENS 2048."""
        told = {each: bool(value) for each, (value, _) in self._facts.items()}
        tokens = self[ModelCapability.MAX_TOKENS] or UNKNOWN_MAX_TOKENS
        return PlainCapabilities({**told, ModelCapability.MAX_TOKENS: tokens})

    def __repr__(self) -> str:
        told = ", ".join(
            f"{each.name.lower()}={value} ({source})"
            for each, (value, source) in self._facts.items()
        )
        return f"Capabilities({told})"


class PlainCapabilities(dict[Any, Any]):
    """A dictionary by ModelCapability that also answers to short names such as "vision"."""

    def __missing__(self, name: Any) -> Any:
        return super().__getitem__(_found(name))

    def __contains__(self, name: object) -> bool:
        return super().__contains__(_NAMES.get(str(name).lower(), name))

    def get(self, name: Any, default: Any = None) -> Any:
        """The value under any of the capability's names."""
        try:
            return self[name]
        except KeyError:
            return default


def capability(name: ModelCapability | str) -> ModelCapability:
    """The capability of a name: "vision", "VISION" or "supports_vision".

    Raises InvalidParameterError for a name that is none.
    """
    if isinstance(name, ModelCapability):
        return name
    if found := _NAMES.get(str(name).lower()):
        return found
    known = ", ".join(each.name.lower() for each in ModelCapability)
    raise InvalidParameterError("capabilities", name, f"no capability '{name}'; there are: {known}")


def _found(name: Any) -> ModelCapability:
    found = _NAMES.get(str(getattr(name, "value", name)).lower())
    if found is None:
        raise KeyError(name)
    return found


_NAMES = {
    **{each.name.lower(): each for each in ModelCapability},
    **{each.value: each for each in ModelCapability},
}


def _told(row: Mapping[str, Any] | None, name: ModelCapability) -> tuple[Value, str]:
    if name in _OURS:
        return True, LIBRARY
    value = _in_row(row or {}, name)
    return (None, UNKNOWN) if value is None else (value, TABLE)


def _in_row(row: Mapping[str, Any], name: ModelCapability) -> Value:
    if key := _BY_KEY.get(name):
        value = row.get(key)
        return value if isinstance(value, (bool, int)) else None
    mode = row.get("mode")
    return mode == _BY_MODE[name] if mode and name in _BY_MODE else None
