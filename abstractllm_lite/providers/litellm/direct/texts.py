"""Events that hold text and nothing else, which is most of a stream, read without litellm.

litellm's chunk objects cost many times the parsing of such an event (pydantic, litellm 1.106.2). A
delta with anything more in it, even a field that is not known here, is left to litellm's parser.
Gemini repeats its counts of tokens in every event; those of its last one are the stream's.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

Event = dict[str, Any]
Reader = Callable[[Event], Any]

_OPENAI_DELTA = {"content", "role", "refusal"}
_OPENAI_CHOICE = {"index", "delta", "finish_reason", "logprobs"}
_GEMINI_CANDIDATE = {"content", "index"}


def text_reader(parser: Any, *, json_mode: bool) -> Reader | None:
    """What reads the plain text events that `parser` would read alike; None where none would."""
    if json_mode:  # Anthropic's tool for an answer's format becomes text there
        return None
    parse = type(parser).chunk_parser  # not the instance's: a vendor's own class overrides it
    return _READERS.get(f"{parse.__module__}.{parse.__qualname__}")


def _openai(event: Event) -> Any:
    choices = event.get("choices")
    if not choices or len(choices) > 1 or event.get("usage"):
        return None
    choice = choices[0]
    delta = choice.get("delta")
    if not delta or choice.get("finish_reason") or choice.get("index") or choice.get("logprobs"):
        return None
    if not (choice.keys() <= _OPENAI_CHOICE and delta.keys() <= _OPENAI_DELTA):
        return None
    text = delta.get("content")
    return None if delta.get("refusal") else _chunk(text, event.get("model"))


def _anthropic(event: Event) -> Any:
    delta = event.get("delta")
    if event.get("type") != "content_block_delta" or not delta or len(delta) != 2:
        return None
    return _chunk(delta.get("text"), None) if delta.get("type") == "text_delta" else None


def _gemini(event: Event) -> Any:
    candidates = event.get("candidates")
    if not candidates or len(candidates) > 1 or "promptFeedback" in event:
        return None
    candidate = candidates[0]
    parts = (candidate.get("content") or {}).get("parts")
    if not parts or len(parts) > 1 or not candidate.keys() <= _GEMINI_CANDIDATE:
        return None
    if candidate.get("index") or len(parts[0]) != 1:
        return None
    return _chunk(parts[0].get("text"), event.get("modelVersion"))


def _chunk(text: Any, model: str | None) -> Any:
    """A chunk of litellm's shape, as far as a stream is folded from it."""
    if not text or not isinstance(text, str):
        return None
    delta = SimpleNamespace(content=text)
    choice = SimpleNamespace(index=0, finish_reason=None, delta=delta)
    return SimpleNamespace(model=model, choices=(choice,), usage=None)


# By the full name of litellm's parser, for looking at its module would load it.
_READERS: dict[str, Reader] = {
    f"litellm.llms.{home}.chunk_parser": read
    for home, read in {
        "openai.chat.gpt_transformation.OpenAIChatCompletionStreamingHandler": _openai,
        "anthropic.chat.handler.ModelResponseIterator": _anthropic,
        "vertex_ai.gemini.vertex_and_google_ai_studio_gemini.ModelResponseIterator": _gemini,
    }.items()
}
