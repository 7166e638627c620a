"""One message of a conversation, as it is kept and as it is saved."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from copy import deepcopy
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from ..enums import MessageRole
from .attached import found, kept

if TYPE_CHECKING:
    from ..media import MediaInput

ToolRecord = dict[str, Any]


class Message:
    """A message; one of the assistant also holds the tool calls of its round, each with its result.

    `tool_results` are dictionaries with `call_id`, `name`, `arguments`, `output` and `error`, and
    `content`: what the model was told of it. `provider` is the vendor that said it,
    `thinking_blocks` are that vendor's signed reasoning, and `reasoning` is its unsigned one where
    that vendor wants it back (see history.wants_reasoning). `media` are the files that go along
    with the text, as MediaInputs.
    """

    def __init__(
        self,
        role: str | MessageRole,
        content: Any,
        timestamp: datetime | None = None,
        metadata: Mapping[str, Any] | None = None,
        tool_results: Iterable[Mapping[str, Any]] | None = None,
        *,
        name: str | None = None,
        provider: str | None = None,
        thinking_blocks: Iterable[Mapping[str, Any]] | None = None,
        reasoning: str | None = None,
        media: Iterable[MediaInput] = (),
        id: str | None = None,
    ) -> None:
        self.role = role.value if isinstance(role, MessageRole) else role
        self.content = content
        self.timestamp = timestamp or datetime.now()
        self.metadata = dict(metadata or {})
        self.tool_results = [dict(result) for result in tool_results or ()]
        self.name = name
        self.provider = provider
        self.thinking_blocks = list(thinking_blocks or ())
        self.reasoning = reasoning
        self.media = list(media)
        self.id = id or str(uuid.uuid4())

    def __repr__(self) -> str:
        results = f", tool_results={self.tool_results!r}" if self.tool_results else ""
        return f"{type(self).__name__}({self.role!r}, {self.content!r}{results})"

    def to_dict(self, *, embed: bool = False) -> dict[str, Any]:
        """The message as it is saved; AbstractLLM 0.5.3 reads it and passes over what is new.

        Files are told by their place and sha256, or with `embed` by their content.
        """
        told = {name: getattr(self, name) for name in _OPTIONAL}
        told["media"] = kept(self.media, embed=embed)
        return {
            "id": self.id,
            "role": self.role,
            "content": self.content,
            "timestamp": self.timestamp.isoformat(),
            "metadata": deepcopy(self.metadata),
            **{name: deepcopy(value) for name, value in told.items() if value},
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], **access: Any) -> Self:
        """The message that gave this dictionary; `access` is how its files may be read.

        Raises KeyError, TypeError or ValueError, FileProcessingError and ImageProcessingError
        among them.
        """
        told = {name: deepcopy(data[name]) for name in _OPTIONAL if data.get(name)}
        results = [_complete(number, r) for number, r in enumerate(told.pop("tool_results", ()))]
        return cls(
            data["role"],
            data["content"],
            datetime.fromisoformat(data["timestamp"]),
            deepcopy(data.get("metadata") or {}),
            results,
            id=data.get("id"),
            media=found(data.get("media") or (), access),
            **told,
        )


_OPTIONAL = ("tool_results", "name", "provider", "thinking_blocks", "reasoning")


def _complete(number: int, result: ToolRecord) -> ToolRecord:
    """A result with the names that older files leave out."""
    named: ToolRecord = {"call_id": f"call_{number}", "name": "unknown_tool", "arguments": {}}
    told = {name: value for name, value in result.items() if value is not None}
    return {**named, "output": None, "error": None, **told}
