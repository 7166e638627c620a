"""Three vendors: how each is asked, and what it says, in the shapes that they really send."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

QUESTION = "What is the weather in Paris?"
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOL = {"name": "weather", "description": "The weather in a city."}
CITY = {"city": "Paris"}


@dataclass(frozen=True)
class Vendor:
    """How a vendor is asked, and what it says.

    `base` is what the libraries are given as its address, `path` and `stream_path` what follows;
    an event of `stream` is one of `chunk`s between `first` and `last` ones.
    """

    model: str
    base: str
    path: str
    stream_path: str
    body: dict[str, Any]
    tools: list[dict[str, Any]]
    said: dict[str, Any]
    called: dict[str, Any]
    first: list[dict[str, Any]]
    chunk: dict[str, Any]
    last: list[dict[str, Any]]


def _openai(kind: str, *choices: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "id": "chatcmpl-C0AbCdEfGhIjKlMnOpQrStUvWxYz1",
        "object": kind,
        "created": 1_760_000_000,
        "model": "gpt-4o-mini-2024-07-18",
        "choices": [{"index": 0, "logprobs": None, **choice} for choice in choices],
        "service_tier": "default",
        "system_fingerprint": "fp_0123456789",
        **more,
    }


def _openai_answer(reason: str, **message: Any) -> dict[str, Any]:
    whole = {"role": "assistant", "content": None, "refusal": None, "annotations": [], **message}
    choice = {"message": whole, "finish_reason": reason}
    return _openai("chat.completion", choice, usage=_COUNTS)


def _openai_chunk(finish: str | None = None, **delta: Any) -> dict[str, Any]:
    choice = {"delta": delta, "finish_reason": finish}
    return _openai("chat.completion.chunk", choice, usage=None)


def _anthropic(reason: str | None, *content: dict[str, Any]) -> dict[str, Any]:
    return {
        "model": "claude-sonnet-4-5-20250929",
        "id": "msg_01AbCdEfGhIjKlMnOpQrStUv",
        "type": "message",
        "role": "assistant",
        "content": list(content),
        "stop_reason": reason,
        "stop_sequence": None,
        "usage": {
            "input_tokens": 14,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "output_tokens": 4,
            "service_tier": "standard",
        },
    }


def _gemini(finish: str | None = None, **part: Any) -> dict[str, Any]:
    candidate: dict[str, Any] = {"content": {"parts": [part], "role": "model"}, "index": 0}
    if finish is not None:
        candidate["finishReason"] = finish
    return {
        "candidates": [candidate],
        "usageMetadata": {
            "promptTokenCount": 8,
            "candidatesTokenCount": 4,
            "totalTokenCount": 12,
            "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 8}],
        },
        "modelVersion": "gemini-2.5-flash",
        "responseId": "AbCdEfGhIjKlMnOpQrStUv",
    }


_COUNTS = {
    "prompt_tokens": 14,
    "completion_tokens": 4,
    "total_tokens": 18,
    "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
}
_FUNCTION = {"name": "weather", "arguments": json.dumps(CITY)}
_FUNCTION_CALL = {"id": "call_1", "type": "function", "function": _FUNCTION}
_TOOL_USE = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": CITY}

VENDORS = {
    "openai": Vendor(
        model="openai/gpt-4o-mini",
        base="/v1",
        path="/v1/chat/completions",
        stream_path="/v1/chat/completions",
        body={"model": "gpt-4o-mini", "messages": [{"role": "user", "content": QUESTION}]},
        tools=[{"type": "function", "function": {**TOOL, "parameters": SCHEMA}}],
        said=_openai_answer("stop", content="It is mild."),
        called=_openai_answer("tool_calls", tool_calls=[_FUNCTION_CALL]),
        first=[_openai_chunk(role="assistant", content="", refusal=None)],
        chunk=_openai_chunk(content="mild "),
        last=[_openai_chunk("stop"), _openai("chat.completion.chunk", usage=_COUNTS)],
    ),
    "anthropic": Vendor(
        model="anthropic/claude-sonnet-4-5",
        base="",
        path="/v1/messages",
        stream_path="/v1/messages",
        body={
            "model": "claude-sonnet-4-5",
            "max_tokens": 1000,
            "messages": [{"role": "user", "content": QUESTION}],
        },
        tools=[{**TOOL, "input_schema": SCHEMA}],
        said=_anthropic("end_turn", {"type": "text", "text": "It is mild."}),
        called=_anthropic("tool_use", _TOOL_USE),
        first=[
            {"type": "message_start", "message": _anthropic(None)},
            {
                "type": "content_block_start",
                "index": 0,
                "content_block": {"type": "text", "text": ""},
            },
        ],
        chunk={
            "type": "content_block_delta",
            "index": 0,
            "delta": {"type": "text_delta", "text": "mild "},
        },
        last=[
            {"type": "content_block_stop", "index": 0},
            {
                "type": "message_delta",
                "delta": {"stop_reason": "end_turn", "stop_sequence": None},
                "usage": {"input_tokens": 14, "output_tokens": 4},
            },
            {"type": "message_stop"},
        ],
    ),
    "gemini": Vendor(
        model="gemini/gemini-2.5-flash",
        base="",
        path="/models/gemini-2.5-flash:generateContent",
        stream_path="/models/gemini-2.5-flash:streamGenerateContent?alt=sse",
        body={"contents": [{"role": "user", "parts": [{"text": QUESTION}]}]},
        tools=[{"functionDeclarations": [{**TOOL, "parameters": SCHEMA}]}],
        said=_gemini("STOP", text="It is mild."),
        called=_gemini("STOP", functionCall={"name": "weather", "args": CITY}),
        first=[],
        chunk=_gemini(text="mild "),
        last=[_gemini("STOP", text="")],
    ),
}
