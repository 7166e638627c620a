"""What a call gives back: a response that is text and facts at once, and how much it used."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import (
    TYPE_CHECKING,
    Any,
    Final,
    NoReturn,
    Protocol,
    Self,
    TypedDict,
    Unpack,
    runtime_checkable,
)

from .enums import MessageRole

if TYPE_CHECKING:
    from types import TracebackType

    from .tools.types import ToolCall, ToolCallRequest

__all__ = [
    "AsyncResponseStream",
    "GenerateResponse",
    "Message",
    "ResponseStream",
    "ToolCallRequest",
    "Usage",
]

_USAGE_NAMES: Final[Mapping[str, str]] = {
    "input_tokens": "input_tokens",
    "output_tokens": "output_tokens",
    "total_tokens": "total_tokens",
    "cache_read_tokens": "cache_read_tokens",
    "cache_write_tokens": "cache_write_tokens",
    "reasoning_tokens": "reasoning_tokens",
    "prompt_tokens": "input_tokens",
    "completion_tokens": "output_tokens",
    "cache_read_input_tokens": "cache_read_tokens",
    "cache_creation_input_tokens": "cache_write_tokens",
}


@dataclass(frozen=True, slots=True, eq=False)
class Usage(Mapping[str, "int | None"]):
    """Tokens that a call used, as attributes and as a mapping; None where it was not told.

    The mapping also answers to `prompt_tokens` and `completion_tokens`. It iterates over the
    attributes' names, and `get` gives its default for a count that was not told.
    """

    input_tokens: int | None = None
    output_tokens: int | None = None
    total_tokens: int | None = None
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    reasoning_tokens: int | None = None

    @classmethod
    def of(cls, counts: Mapping[str, Any]) -> Usage:
        """The usage in a mapping with these names or a vendor's; other entries are left out."""
        if isinstance(counts, Usage):
            return counts
        told = {_USAGE_NAMES[k]: v for k, v in counts.items() if k in _USAGE_NAMES}
        return cls(**told)

    def __getitem__(self, name: str) -> int | None:
        count: int | None = getattr(self, _USAGE_NAMES[name])
        return count

    def __iter__(self) -> Iterator[str]:
        return iter(_USAGE_FIELDS)

    def __len__(self) -> int:
        return len(_USAGE_FIELDS)

    def __bool__(self) -> bool:
        return any(count is not None for count in self.values())

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Usage):
            return tuple(self.values()) == tuple(other.values())
        if isinstance(other, Mapping):
            return all(name in _USAGE_NAMES for name in other) and self == Usage.of(other)
        return NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self.values()))

    def get(self, name: str, default: Any = None, /) -> Any:
        """The count, or the default where the name is unknown or the count was not told."""
        count = self[name] if name in _USAGE_NAMES else None
        return default if count is None else count

    def to_dict(self) -> dict[str, int]:
        """The counts that were told, by attribute name."""
        return {name: count for name, count in self.items() if count is not None}


_USAGE_FIELDS: Final = tuple(field.name for field in fields(Usage))


class ResponseFacts(TypedDict, total=False):
    """The keyword-only facts of a response."""

    cost: float | None
    cost_source: str | None
    request_id: str | None
    warnings: Iterable[str] | None
    reasoning: str | None
    thinking_blocks: Iterable[Mapping[str, Any]] | None
    parsed: Any
    provider: str | None
    attempts: int | None
    route: str | None


_FACT_NAMES: Final = ResponseFacts.__optional_keys__
_SEVERAL: Final = frozenset({"warnings", "thinking_blocks"})


class GenerateResponse(str):
    """A model's answer: a str, and every fact about the answer as an attribute. Immutable.

    `cost` is in US dollars. `content` is None where the vendor gave no text, while the str is
    "". It is true when it has text or tool calls. One piece of a stream has the same type.
    `thinking_blocks` are reasoning as Anthropic and Bedrock sign it: in a history they go back
    to the same vendor as they are.
    """

    raw_response: Any = None
    usage: Usage | None = None
    model: str | None = None
    finish_reason: str | None = None
    cost: float | None = None
    cost_source: str | None = None
    request_id: str | None = None
    warnings: tuple[str, ...] = ()
    reasoning: str | None = None
    thinking_blocks: tuple[Mapping[str, Any], ...] = ()
    parsed: Any = None
    provider: str | None = None
    attempts: int | None = None
    route: str | None = None
    _no_content: bool = False
    _tool_calls: ToolCallRequest | None = None

    def __new__(
        cls,
        content: str | None = None,
        raw_response: Any = None,
        usage: Usage | Mapping[str, Any] | None = None,
        model: str | None = None,
        finish_reason: str | None = None,
        tool_calls: ToolCallRequest | Iterable[ToolCall | Mapping[str, Any]] | None = None,
        **facts: Unpack[ResponseFacts],
    ) -> Self:
        if content is None:
            self = str.__new__(cls)
            self.__dict__["_no_content"] = True
        elif isinstance(content, str):
            self = str.__new__(cls, content)
        else:
            raise TypeError(f"content is a str or None, not {type(content).__name__}")
        if raw_response is not None:
            self.__dict__["raw_response"] = raw_response
        if usage is not None:
            self.__dict__["usage"] = Usage.of(usage)
        if model is not None:
            self.__dict__["model"] = model
        if finish_reason is not None:
            self.__dict__["finish_reason"] = finish_reason
        if tool_calls is not None:
            self.__dict__.update(_kept_tool_calls(content, tool_calls))
        if facts:
            self.__dict__.update(_kept_facts(facts))
        return self

    @property
    def content(self) -> str | None:
        """The text, or None where the vendor gave none."""
        return None if self._no_content else str(self)

    @property
    def text(self) -> str:
        """The text as a plain str, "" where the vendor gave none."""
        return str(self)

    @property
    def tool_calls(self) -> ToolCallRequest:
        """The calls the model asks for; false and empty when it asks for none."""
        return _no_tool_calls(self.content) if self._tool_calls is None else self._tool_calls

    def has_tool_calls(self) -> bool:
        """True when the model asks for at least one tool call."""
        return bool(self._tool_calls)

    def __bool__(self) -> bool:
        return len(self) > 0 or self.has_tool_calls()

    def __repr__(self) -> str:
        shown = ("model", "finish_reason", "usage")
        told = "".join(f", {n}={self.__dict__[n]!r}" for n in shown if n in self.__dict__)
        calls = f", tool_calls={list(self.tool_calls)!r}" if self.has_tool_calls() else ""
        return f"{type(self).__name__}({self.content!r}{told}{calls})"

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise AttributeError(f"A response is immutable; {name!r} cannot be set")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"A response is immutable; {name!r} cannot be deleted")

    def __replace__(self, /, **facts: Any) -> Self:
        """The same response with some facts changed; what `copy.replace` of Python 3.13 calls."""
        known = {name: value for name, value in self.__dict__.items() if name[0] != "_"}
        return type(self)(
            **{"tool_calls": self._tool_calls, "content": self.content, **known, **facts}
        )

    def to_dict(self) -> dict[str, Any]:
        """The content and every fact that is known; pydantic objects become their dumps."""
        facts = {k: _dumped(v) for k, v in self.__dict__.items() if not k.startswith("_")}
        if self._tool_calls is not None:
            facts["tool_calls"] = self._tool_calls.model_dump()
        return {"content": self.content, **facts}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The response that gave this dictionary; a `parsed` pydantic object stays a dump."""
        return cls(**data)


@dataclass
class Message:
    """One message of a conversation, as a provider is given it."""

    role: str | MessageRole
    content: str
    name: str | None = None
    tool_results: list[dict[str, Any]] | None = None

    def to_dict(self) -> dict[str, Any]:
        """The message as a dictionary, without the fields that are None."""
        role = self.role.value if isinstance(self.role, MessageRole) else self.role
        optional = {"name": self.name, "tool_results": self.tool_results}
        told = {name: value for name, value in optional.items() if value is not None}
        return {"role": role, "content": self.content, **told}


@runtime_checkable
class ResponseStream(Protocol):
    """Pieces of an answer as they come; `response` is the whole answer once it has ended."""

    @property
    def response(self) -> GenerateResponse: ...

    def __iter__(self) -> Iterator[GenerateResponse]: ...

    def __next__(self) -> GenerateResponse: ...

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
        /,
    ) -> bool | None: ...


@runtime_checkable
class AsyncResponseStream(Protocol):
    """Pieces of an answer as they come; `response` is the whole answer once it has ended."""

    @property
    def response(self) -> GenerateResponse: ...

    def __aiter__(self) -> AsyncIterator[GenerateResponse]: ...

    async def __anext__(self) -> GenerateResponse: ...

    async def aclose(self) -> None: ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
        /,
    ) -> bool | None: ...


def __getattr__(name: str) -> Any:
    if name == "ToolCallRequest":
        from .tools.types import ToolCallRequest

        return ToolCallRequest
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _kept_tool_calls(content: str | None, calls: Any) -> dict[str, ToolCallRequest]:
    from .tools.types import ToolCallRequest

    request = ToolCallRequest.of(calls, content=content)
    whole = isinstance(calls, (ToolCallRequest, Mapping))
    return {"_tool_calls": request} if request or whole else {}


def _kept_facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    if not _FACT_NAMES.issuperset(facts):
        unknown = ", ".join(sorted(set(facts) - _FACT_NAMES))
        raise TypeError(f"GenerateResponse() got an unexpected keyword argument: {unknown}")
    kept = {name: value for name, value in facts.items() if value is not None}
    return {n: tuple(v) if n in _SEVERAL else v for n, v in kept.items()}


def _no_tool_calls(content: str | None) -> ToolCallRequest:
    from .tools.types import ToolCallRequest

    return ToolCallRequest(content=content)


def _dumped(value: Any) -> Any:
    if isinstance(value, Usage):
        return value.to_dict()
    if isinstance(value, tuple):
        return list(value)
    dump = getattr(value, "model_dump", None)
    return dump() if callable(dump) else value
