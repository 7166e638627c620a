"""Three vendors in small: each answers in its own words what a test wants it to say.

    vendor = VENDORS["anthropic"]
    server.reply = vendor.says("Hello", usage=(3, 5))       # plain or streamed, as the request asks
    server.reply = vendor.fails(429, "slow down", headers={"retry-after": "7"})

Shapes follow the vendors' documentation; nothing here is a recording.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tests.support.loopback import Reply, Request, sse

FINISH = {
    "anthropic": {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use"},
    "gemini": {"stop": "STOP", "length": "MAX_TOKENS", "tool_calls": "STOP"},
}
ANTHROPIC_ERRORS = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    529: "overloaded_error",
}
GEMINI_ERRORS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


@dataclass(frozen=True)
class Say:
    """What a vendor is to say: `calls` are (id, name, arguments), `usage` is (input, output)."""

    text: str | None
    calls: Sequence[tuple[str, str, dict[str, Any]]] = ()
    usage: tuple[int, int] = (11, 7)
    finish: str = "stop"
    hold: bool = False

    def pieces(self) -> list[str]:
        """The text in words, for a stream; none for no text."""
        return [w if i == 0 else f" {w}" for i, w in enumerate((self.text or "").split(" ")) if w]


@dataclass(frozen=True)
class Vendor:
    """One vendor: its address, its shape of an answer and of an error."""

    name: str
    model: str
    suffix: str
    plain: Callable[[Say], dict[str, Any]]
    stream: Callable[[Say], Reply]
    error: Callable[[int, str, str | None], dict[str, Any]]

    def config(self, url: str, **more: Any) -> dict[str, Any]:
        """Arguments for create_llm that lead to the loopback server; nothing is retried."""
        place = {"model": self.model, "base_url": url + self.suffix, "api_key": "key-of-the-test"}
        return {**place, "max_retries": 0, **more}

    def says(self, text: str | None, **say: Any) -> Callable[[Request], Reply]:
        """An answer, streamed when the request asks for a stream."""
        answer = Say(text, **say)
        if answer.calls and "finish" not in say:
            answer = Say(text, **say, finish="tool_calls")

        def reply(request: Request) -> Reply:
            told = self.stream(answer) if self.wants_stream(request) else Reply(self.plain(answer))
            return replace(told, headers={**told.headers, "x-request-id": "req_loopback"})

        return reply

    def fails(
        self,
        status: int,
        message: str = "no",
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """An error in the vendor's own shape."""
        return Reply(self.error(status, message, code), status=status, headers=headers or {})

    def wants_stream(self, request: Request) -> bool:
        """Whether the request asks for a stream."""
        if self.name == "gemini":
            return "streamGenerateContent" in request.path
        return bool(request.json.get("stream"))

    def sent_texts(self, request: Request) -> list[tuple[str, str]]:
        """The conversation on the wire as (role, text); the system prompt comes first."""
        body = request.json
        return _SENT[self.name](body)


def _openai_message(say: Say) -> dict[str, Any]:
    calls = [
        {"id": i, "type": "function", "function": {"name": n, "arguments": json.dumps(a)}}
        for i, n, a in say.calls
    ]
    message: dict[str, Any] = {"role": "assistant", "content": say.text}
    return message | ({"tool_calls": calls} if calls else {})


def _openai_usage(say: Say) -> dict[str, int]:
    read, written = say.usage
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}


def _openai_plain(say: Say) -> dict[str, Any]:
    choice = {"index": 0, "message": _openai_message(say), "finish_reason": say.finish}
    envelope = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "gpt-4o"}
    return envelope | {"choices": [choice], "usage": _openai_usage(say)}


def _openai_stream(say: Say) -> Reply:
    envelope = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1}

    def chunk(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return envelope | {"model": "gpt-4o", "choices": [choice]}

    calls = _openai_message(say).get("tool_calls", [])
    events = [
        chunk({"role": "assistant", "content": ""}),
        *(chunk({"content": piece}) for piece in say.pieces()),
        *(chunk({"tool_calls": [part]}) for part in _openai_call_parts(calls)),
    ]
    if say.hold:
        return sse(*events, done=False, hold=True)
    usage = envelope | {"model": "gpt-4o", "choices": [], "usage": _openai_usage(say)}
    return sse(*events, chunk({}, say.finish), usage)


def _openai_call_parts(calls: list[dict[str, Any]]) -> list[dict[str, Any]]:
    parts = []
    for index, call in enumerate(calls):
        text = call["function"]["arguments"]
        half = len(text) // 2
        head = call["function"] | {"arguments": text[:half]}
        parts.append({"index": index, "id": call["id"], "type": "function", "function": head})
        parts.append({"index": index, "function": {"arguments": text[half:]}})
    return parts


def _openai_error(status: int, message: str, code: str | None) -> dict[str, Any]:
    kind = code or ("server_error" if status >= 500 else "invalid_request_error")
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


def _anthropic_blocks(say: Say) -> list[dict[str, Any]]:
    text = [{"type": "text", "text": say.text}] if say.text else []
    calls = [{"type": "tool_use", "id": i, "name": n, "input": a} for i, n, a in say.calls]
    return text + calls


def _anthropic_plain(say: Say) -> dict[str, Any]:
    return _anthropic_envelope(say) | {
        "content": _anthropic_blocks(say),
        "stop_reason": FINISH["anthropic"][say.finish],
        "usage": {"input_tokens": say.usage[0], "output_tokens": say.usage[1]},
    }


def _anthropic_envelope(say: Say) -> dict[str, Any]:
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-4-5",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": say.usage[0], "output_tokens": 1},
    }


def _anthropic_stream(say: Say) -> Reply:
    events: list[dict[str, Any]] = [{"type": "message_start", "message": _anthropic_envelope(say)}]
    for index, block in enumerate(_anthropic_blocks(say)):
        events += _anthropic_block_events(index, block, say)
    if say.hold:
        return sse(*events, done=False, named=True, hold=True)
    delta = {"stop_reason": FINISH["anthropic"][say.finish], "stop_sequence": None}
    usage = {"output_tokens": say.usage[1]}
    end = [{"type": "message_delta", "delta": delta, "usage": usage}, {"type": "message_stop"}]
    return sse(*events, *end, done=False, named=True)


def _anthropic_block_events(index: int, block: dict[str, Any], say: Say) -> list[dict[str, Any]]:
    if block["type"] == "text":
        start = {"type": "text", "text": ""}
        deltas = [{"type": "text_delta", "text": piece} for piece in say.pieces()]
    else:
        start = block | {"input": {}}
        text = json.dumps(block["input"])
        halves = (text[: len(text) // 2], text[len(text) // 2 :])
        deltas = [{"type": "input_json_delta", "partial_json": half} for half in halves]
    place = {"index": index}
    return [
        {"type": "content_block_start", "content_block": start} | place,
        *({"type": "content_block_delta", "delta": delta} | place for delta in deltas),
        {"type": "content_block_stop"} | place,
    ]


def _anthropic_error(status: int, message: str, code: str | None) -> dict[str, Any]:
    kind = code or ANTHROPIC_ERRORS.get(status, "api_error")
    return {"type": "error", "error": {"type": kind, "message": message}}


def _gemini_answer(parts: list[dict[str, Any]], say: Say, finish: str | None) -> dict[str, Any]:
    candidate: dict[str, Any] = {"content": {"parts": parts, "role": "model"}, "index": 0}
    if finish:
        candidate["finishReason"] = FINISH["gemini"][finish]
    read, written = say.usage
    usage = {"promptTokenCount": read, "candidatesTokenCount": written}
    return {
        "candidates": [candidate],
        "usageMetadata": usage | {"totalTokenCount": read + written},
        "modelVersion": "gemini-2.5-flash",
        "responseId": "r1",
    }


def _gemini_calls(say: Say) -> list[dict[str, Any]]:
    return [{"functionCall": {"id": i, "name": n, "args": a}} for i, n, a in say.calls]


def _gemini_plain(say: Say) -> dict[str, Any]:
    text = [{"text": say.text}] if say.text else []
    return _gemini_answer(text + _gemini_calls(say), say, say.finish)


def _gemini_stream(say: Say) -> Reply:
    events = [_gemini_answer([{"text": piece}], say, None) for piece in say.pieces()]
    if say.hold:
        return sse(*events, done=False, hold=True)
    end = _gemini_answer(_gemini_calls(say) or [{"text": ""}], say, say.finish)
    return sse(*events, end, done=False)


def _gemini_error(status: int, message: str, code: str | None) -> dict[str, Any]:
    name = code or GEMINI_ERRORS.get(status, "INTERNAL")
    return {"error": {"code": status, "message": message, "status": name}}


def _texts(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "".join(part.get("text", "") for part in content or [])


def _openai_sent(body: dict[str, Any]) -> list[tuple[str, str]]:
    return [(m["role"], _texts(m["content"])) for m in body["messages"]]


def _anthropic_sent(body: dict[str, Any]) -> list[tuple[str, str]]:
    system = [("system", _texts(body["system"]))] if body.get("system") else []
    return system + _openai_sent(body)


def _gemini_sent(body: dict[str, Any]) -> list[tuple[str, str]]:
    instruction = body.get("system_instruction") or body.get("systemInstruction")
    system = [("system", _texts(instruction["parts"]))] if instruction else []
    roles = {"model": "assistant"}
    turns = [(roles.get(c["role"], c["role"]), _texts(c["parts"])) for c in body["contents"]]
    return system + turns


_SENT = {"openai": _openai_sent, "anthropic": _anthropic_sent, "gemini": _gemini_sent}

VENDORS = {
    vendor.name: vendor
    for vendor in (
        Vendor("openai", "openai/gpt-4o-mini", "/v1", _openai_plain, _openai_stream, _openai_error),
        Vendor(
            "anthropic",
            "anthropic/claude-sonnet-4-5",
            "",
            _anthropic_plain,
            _anthropic_stream,
            _anthropic_error,
        ),
        Vendor(
            "gemini", "gemini/gemini-2.5-flash", "", _gemini_plain, _gemini_stream, _gemini_error
        ),
    )
}
