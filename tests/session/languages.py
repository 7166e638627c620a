"""Eight vendors' languages in small: what each answers, and what each insists on in a history."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from tests.support.loopback import Reply, Request

Call = tuple[str, dict[str, Any]]
AWS = {"aws_access_key_id": "id", "aws_secret_access_key": "secret", "aws_region_name": "us-east-1"}


@dataclass(frozen=True)
class Language:
    """A vendor: its model, how it says a text or a call, and what it refuses in a request."""

    model: str
    says: Callable[[str, Call | None], dict[str, Any]]
    faults: Callable[[Any], Iterator[str]]
    suffix: str = "/v1"
    settings: dict[str, Any] = field(default_factory=lambda: {"api_key": "key-of-the-test"})

    def reply(self, request: Request, text: str, call: Call | None = None) -> Reply:
        """The answer; side doors are answered too, and a faulty request is refused."""
        if request.path.endswith("/api/show"):
            return Reply({"template": "{{ .Tools }}", "model_info": {}})
        if found := list(self.faults(request.json)):
            return Reply({"error": {"message": "; ".join(found)}}, status=400)
        return Reply(self.says(text, call))


def _openai(call_id: str) -> Callable[[str, Call | None], dict[str, Any]]:
    def says(text: str, call: Call | None) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": text or None}
        if call:
            function = {"name": call[0], "arguments": json.dumps(call[1])}
            message["tool_calls"] = [{"id": call_id, "type": "function", "function": function}]
        finish = "tool_calls" if call else "stop"
        choice = {"index": 0, "message": message, "finish_reason": finish}
        usage = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
        envelope = {"id": "c", "object": "chat.completion", "created": 1, "model": "m"}
        return {**envelope, "choices": [choice], "usage": usage, "service_tier": None}

    return says


def _anthropic(text: str, call: Call | None) -> dict[str, Any]:
    thinking = {"type": "thinking", "thinking": "Hm.", "signature": "c2lnbmVk"}
    said: list[dict[str, Any]] = [{"type": "text", "text": text}] if text else []
    if call:
        told = {"name": call[0], "input": call[1]}
        said.append({"type": "tool_use", "id": "toolu_01ab-C", **told})
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [thinking, *said],
        "stop_reason": "tool_use" if call else "end_turn",
        "usage": {"input_tokens": 3, "output_tokens": 2},
    }


def _gemini(text: str, call: Call | None) -> dict[str, Any]:
    told: list[dict[str, Any]] = [{"text": text}] if text else []
    if call:
        function = {"name": call[0], "args": call[1]}
        told.append({"functionCall": function, "thoughtSignature": "c2lnbmVk" * 30})
    candidate = {"content": {"role": "model", "parts": told}, "finishReason": "STOP", "index": 0}
    usage = {"promptTokenCount": 3, "candidatesTokenCount": 2, "totalTokenCount": 5}
    return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": "m"}


def _bedrock(text: str, call: Call | None) -> dict[str, Any]:
    content: list[dict[str, Any]] = [{"text": text}] if text else []
    if call:
        told = {"name": call[0], "input": call[1]}
        content.append({"toolUse": {"toolUseId": "tooluse_aB-c", **told}})
    return {
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": "tool_use" if call else "end_turn",
        "usage": {"inputTokens": 3, "outputTokens": 2, "totalTokens": 5},
        "metrics": {"latencyMs": 1},
    }


def _cohere(text: str, call: Call | None) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant"}
    if text:
        message["content"] = [{"type": "text", "text": text}]
    if call:
        function = {"name": call[0], "arguments": json.dumps(call[1])}
        message["tool_calls"] = [{"id": "get_weather_0y", "type": "function", "function": function}]
    usage = {"tokens": {"input_tokens": 3, "output_tokens": 2}}
    finish = "TOOL_CALL" if call else "COMPLETE"
    return {"id": "c", "finish_reason": finish, "message": message, "usage": usage}


def _ollama(text: str, call: Call | None) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": text}
    if call:
        message["tool_calls"] = [{"function": {"name": call[0], "arguments": call[1]}}]
    counts = {"prompt_eval_count": 3, "eval_count": 2}
    ended = {"done": True, "done_reason": "stop", "created_at": "2026-11-25T12:00:00Z"}
    return {"model": "m", "message": message, **ended, **counts}


def _chat(id_form: str) -> Callable[[Any], Iterator[str]]:
    """OpenAI's language: calls, then their results, one system message, known names alone."""

    def faults(body: Any) -> Iterator[str]:
        waiting: list[str] = []
        for number, message in enumerate(body["messages"]):
            if message["role"] == "system" and number:
                yield "a system message that is not the first"
            if message["role"] == "tool":
                if not waiting or waiting.pop(0) != message["tool_call_id"]:
                    yield "a result without its call"
            elif waiting:
                yield "a call without its result"
            if unknown := message.keys() - _CHAT_NAMES:
                yield f"unknown: {unknown}"
            calls = message.get("tool_calls") or []
            waiting += [call["id"] for call in calls]
            yield from (f"id {c['id']}" for c in calls if not re.fullmatch(id_form, c["id"]))
            if not (message.get("content") or calls):
                yield "an empty message"
        if waiting:
            yield "a call without its result"

    return faults


_CHAT_NAMES = {"role", "content", "tool_calls", "tool_call_id"}


def _alternating(turns: list[Any], users: str = "user") -> Iterator[str]:
    roles = [turn["role"] for turn in turns]
    if roles[0] != users or any(a == b for a, b in pairwise(roles)):
        yield f"roles do not alternate: {roles}"


def _blocks(use: str, ids: str, result: str) -> Callable[[Any], Iterator[str]]:
    """Anthropic's and Bedrock's: each use is answered in the next message."""

    def parts(turn: Any, kind: str) -> list[Any]:
        told = [b.get(kind) or b for b in turn["content"] if b.get("type") == kind or kind in b]
        return [each[ids if kind == use else _ANSWERS[use]] for each in told]

    def faults(body: Any) -> Iterator[str]:
        turns = body["messages"]
        yield from _alternating(turns)
        for turn, after in zip(turns, [*turns[1:], {"content": []}], strict=True):
            used = parts(turn, use)
            if used != parts(after, result):
                yield "calls and results differ"
            yield from (f"id {each}" for each in used if not re.fullmatch("[a-zA-Z0-9_-]+", each))
            if not turn["content"]:
                yield "an empty message"

    return faults


_ANSWERS = {"tool_use": "tool_use_id", "toolUse": "toolUseId"}


def _google(body: Any) -> Iterator[str]:
    turns = body["contents"]
    yield from _alternating(turns)
    for turn, after in zip(turns, [*turns[1:], {"parts": []}], strict=True):
        called = [p["function_call"] for p in turn["parts"] if "function_call" in p]
        told = [p["function_response"] for p in after["parts"] if "function_response" in p]
        if [each["name"] for each in called] != [each["name"] for each in told]:
            yield "calls and responses differ"


def _local(body: Any) -> Iterator[str]:
    for before, message in pairwise([{"role": "user"}, *body["messages"]]):
        if message["role"] == "tool" and before["role"] not in ("tool", "assistant"):
            yield "a result without its call"


LANGUAGES = {
    "openai": Language("openai/gpt-4o", _openai("call_" + "a1" * 12), _chat(".{1,40}")),
    "anthropic": Language(
        "anthropic/claude-sonnet-4-5", _anthropic, _blocks("tool_use", "id", "tool_result"), ""
    ),
    "gemini": Language("gemini/gemini-2.5-flash", _gemini, _google, ""),
    "mistral": Language(
        "mistral/mistral-small-latest", _openai("aB3dE6gH9"), _chat("[a-zA-Z0-9]{9}")
    ),
    "groq": Language("groq/llama-3.3-70b-versatile", _openai("call_x9y8"), _chat(".{1,40}")),
    "cohere": Language("cohere_chat/command-a-03-2025", _cohere, _chat(".{1,40}"), "/v2/chat"),
    "bedrock": Language(
        "bedrock/converse/anthropic.claude-3-5-sonnet-20240620-v1:0",
        _bedrock,
        _blocks("toolUse", "toolUseId", "toolResult"),
        "",
        AWS,
    ),
    "ollama": Language("ollama_chat/llama3.1", _ollama, _local, ""),
}
