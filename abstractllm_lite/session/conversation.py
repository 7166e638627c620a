"""What was said: the messages of a conversation, what they cost, and the file that keeps them."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..exceptions import InvalidParameterError
from . import store
from .history import Target, as_text, told_to
from .message import Message
from .totals import Totals

if TYPE_CHECKING:
    from ..enums import MessageRole


class Conversation:
    """Messages with their id, times, metadata and totals."""

    def __init__(self, metadata: Mapping[str, Any] | None = None) -> None:
        self.id = str(uuid.uuid4())
        self.created_at = self.last_updated = datetime.now()
        self.metadata: dict[str, Any] = dict(metadata or {})
        self.messages: list[Message] = []
        self.totals = Totals()

    @property
    def system_prompt(self) -> str | None:
        """The first message, where that is the system's; setting it changes that message."""
        first = self.messages[0] if self.messages else None
        return first.content if first is not None and first.role == "system" else None

    @system_prompt.setter
    def system_prompt(self, text: str | None) -> None:
        stands = self.system_prompt is not None
        self.messages[: int(stands)] = [Message("system", text.strip())] if text else []

    def add_message(
        self,
        role: str | MessageRole,
        content: Any,
        name: str | None = None,
        tool_results: Iterable[Mapping[str, Any]] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> Message:
        """Add a message to the history; a text's outer white space is left out."""
        text = content.strip() if isinstance(content, str) else content
        message = Message(role, text or "", None, metadata, tool_results, name=name)
        self._extend([message])
        return message

    def get_history(self, include_system: bool = True) -> list[Message]:
        """A copy of the list of messages."""
        return [m for m in self.messages if include_system or m.role != "system"]

    def clear_history(self, keep_system_prompt: bool = True) -> None:
        """Forget all messages but the system's; totals stay."""
        self.messages = [m for m in self.messages if keep_system_prompt and m.role == "system"]

    def get_formatted_prompt(self, new_message: str | None = None) -> str:
        """The conversation as one text, as a provider gets it that takes no messages."""
        asked = [Message("user", new_message)] if new_message else []
        return as_text([*self.messages, *asked])

    def get_messages_for_provider(self, provider_name: str) -> list[dict[str, Any]]:
        """The messages as that vendor takes them, in OpenAI's shape, the system's first."""
        told = told_to(self.messages, Target(provider_name))
        system = told.system_prompt and {"role": "system", "content": told.system_prompt}
        return [*([system] if system else []), *told.messages]

    def add_tool_result(
        self,
        tool_call_id: str,
        result: Any,
        error: str | None = None,
        tool_name: str | None = None,
        arguments: Mapping[str, Any] | None = None,
    ) -> None:
        """Add the result of a call that you ran yourself to the assistant's last message.

        Raises InvalidParameterError where the assistant has said nothing.
        """
        said = next((m for m in reversed(self.messages) if m.role == "assistant"), None)
        if said is None:
            raise InvalidParameterError(
                "tool_call_id", tool_call_id, "no assistant message is there to add a result to"
            )
        told = {"call_id": tool_call_id, "name": tool_name or "unknown_tool"}
        said.tool_results.append(
            {**told, "arguments": dict(arguments or {}), "output": str(result), "error": error}
        )

    def save(self, filepath: str | os.PathLike[str], *, embed_files: bool = False) -> None:
        """Save the conversation; tools are not saved. AbstractLLM 0.5.3 can load the file.

        The files of messages are saved by their place and sha256, or with `embed_files` by their
        content, as are those that came from no place. The file is written whole or not at all.
        Raises FileProcessingError.
        """
        data = {
            "id": self.id,
            "created_at": self.created_at.isoformat(),
            "last_updated": self.last_updated.isoformat(),
            "system_prompt": self.system_prompt,
            "metadata": self.metadata,
            "messages": [message.to_dict(embed=embed_files) for message in self.messages],
            "totals": self.totals.to_dict(),
        }
        store.write(Path(filepath), data)

    def _restore(self, data: Mapping[str, Any], access: Mapping[str, Any]) -> None:
        self.messages = [Message.from_dict(message, **access) for message in data["messages"]]
        if self.system_prompt is None:  # AbstractLLM forgets the message, not the prompt
            self.system_prompt = data.get("system_prompt")
        self.id = str(data.get("id") or self.id)
        self.created_at = datetime.fromisoformat(data["created_at"])
        self.last_updated = datetime.fromisoformat(data["last_updated"])
        self.metadata = dict(data.get("metadata") or {})
        self.totals = Totals.from_dict(data.get("totals") or {})

    def _extend(self, messages: Iterable[Message]) -> None:
        self.messages += messages
        self.last_updated = datetime.now()
