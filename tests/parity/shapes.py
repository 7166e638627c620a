"""The shapes of requests that both routes must build alike, as arguments of generate()."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Callable
from functools import cache
from typing import Any

from pydantic import BaseModel

from tests.support.loopback import Reply, Request
from tests.support.vendors import VENDORS

PROMPT = "What is the weather in Zürich\u2028today?"


class City(BaseModel):
    """A city and its people."""

    name: str
    people: int | None = None


def _tool(name: str, **more: Any) -> dict[str, Any]:
    schema = {
        "type": "object",
        "properties": {
            "city": {"type": "string", "description": "Where"},
            "unit": {"type": "string", "enum": ["c", "f"]},
            "days": {"type": "array", "items": {"type": "integer"}, "default": [1]},
        },
        "required": ["city"],
    }
    function = {"name": name, "description": f"Tells the {name}", "parameters": schema}
    return {"type": "function", "function": {**function, **more}}


def _call(number: int, name: str, arguments: str) -> dict[str, Any]:
    function = {"name": name, "arguments": arguments}
    return {"id": f"call_{number}", "type": "function", "function": function}


def _result(number: int, name: str, content: str) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": f"call_{number}", "name": name, "content": content}


def _png() -> str:
    def chunk(kind: bytes, data: bytes) -> bytes:
        rest = kind + data
        return struct.pack(">I", len(data)) + rest + struct.pack(">I", zlib.crc32(rest))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0\0\0\0")) + chunk(b"IEND", b"")
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + body).decode()


def _user(*parts: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"role": "user", "content": [{"type": "text", "text": PROMPT}, *parts]}]


def _image(url: str, **more: Any) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url, **more}}


WEATHER = _tool("weather")
TOOLS = [WEATHER, _tool("rain", strict=True)]
ODD_TOOLS = [_tool("my.tool/x"), _tool("wetter_für_heute"), WEATHER]
SCHEMA = {
    "type": "json_schema",
    "json_schema": {
        "name": "city",
        "strict": True,
        "schema": {
            "type": "object",
            "properties": {"name": {"type": "string"}, "people": {"type": "integer"}},
            "required": ["name", "people"],
            "additionalProperties": False,
        },
    },
}
HISTORY = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Weather in Bern and Basel?"},
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            _call(1, "weather", '{"city": "Bern"}'),
            _call(2, "weather", '{"city": "Basel", "days": [1, 2]}'),
        ],
    },
    _result(1, "weather", "sunny, 25°"),
    _result(2, "weather", '{"rain": true}'),
]
ODD_HISTORY = [
    {"role": "user", "content": "Use it."},
    {"role": "assistant", "content": "Yes.", "tool_calls": [_call(1, "my.tool/x", "{}")]},
    _result(1, "my.tool/x", "done"),
]
TURNS = [
    {"role": "user", "content": "My name is Ada."},
    {"role": "assistant", "content": "Good day, Ada."},
    {"role": "user", "content": "What is my name?"},
    {"role": "assistant", "content": "Ada.", "name": None},
]
PDF = "data:application/pdf;base64," + base64.b64encode(b"%PDF-1.4\n%%EOF").decode()
CACHED = {"type": "text", "text": "Long.", "cache_control": {"type": "ephemeral"}}

_NAMED = {"type": "function", "function": {"name": "weather"}}

SHAPES: dict[str, dict[str, Any]] = {
    "plain": {},
    "stream": {"stream": True},
    "system": {"system_prompt": "Be brief."},
    "system, stream": {"system_prompt": "Be brief.", "stream": True},
    "knobs": {"temperature": 0.5, "top_p": 0.9, "max_tokens": 64},
    "zero temperature": {"temperature": 0, "max_completion_tokens": 64},
    "stop": {"stop": ["END", "\n\n"]},
    "one stop": {"stop": "END"},
    "seed": {"seed": 7},
    "penalties": {"presence_penalty": 0.1, "frequency_penalty": 0.2},
    "logit_bias": {"logit_bias": {"50256": -100}},
    "logprobs": {"logprobs": True, "top_logprobs": 2},
    "top_k": {"top_k": 5},
    "unknown parameter": {"min_p": 0.1, "an_own_parameter": {"a": [1]}},
    "drop_params": {"drop_params": True, "store": True, "reasoning_effort": "low"},
    "user": {"user": "somebody"},
    "service_tier": {"service_tier": "default"},
    "store": {"store": True},
    "safety": {"safety_identifier": "s", "prompt_cache_key": "p"},
    "modalities": {"modalities": ["text"]},
    "prediction": {"prediction": {"type": "content", "content": "Zürich"}},
    "verbosity": {"verbosity": "low"},
    "web_search": {"web_search_options": {"search_context_size": "low"}},
    "stream_options": {"stream": True, "stream_options": {"include_usage": False}},
    "tools": {"tools": TOOLS},
    "tools, stream": {"tools": TOOLS, "stream": True, "system_prompt": "Be brief."},
    "tool without parameters": {"tools": [{"type": "function", "function": {"name": "now"}}]},
    "tool_choice auto": {"tools": TOOLS, "tool_choice": "auto"},
    "tool_choice none": {"tools": TOOLS, "tool_choice": "none"},
    "tool_choice required": {"tools": TOOLS, "tool_choice": "required"},
    "tool_choice named": {"tools": TOOLS, "tool_choice": _NAMED},
    "parallel_tool_calls": {"tools": TOOLS, "parallel_tool_calls": False},
    "odd tool names": {"tools": ODD_TOOLS, "messages": ODD_HISTORY},
    "odd tool names, stream": {"tools": ODD_TOOLS, "stream": True},
    "tool history": {"tools": TOOLS, "messages": HISTORY, "prompt": None},
    "tool history, stream": {"tools": TOOLS, "messages": HISTORY, "stream": True},
    "tool history, no tools": {"messages": HISTORY},
    "turns": {"messages": TURNS, "system_prompt": "Be brief."},
    "developer": {"messages": [{"role": "developer", "content": "Be brief."}]},
    "two systems": {"messages": [{"role": "system", "content": c} for c in "ab"]},
    "first the assistant": {"messages": TURNS[1:]},
    "image": {"messages": _user(_image(f"data:image/png;base64,{_png()}", detail="low"))},
    "image address": {"messages": _user(_image("https://example.com/a.png"))},
    "pdf": {"messages": _user({"type": "file", "file": {"file_data": PDF, "filename": "a.pdf"}})},
    "audio": {
        "messages": _user({"type": "input_audio", "input_audio": {"data": "AA==", "format": "wav"}})
    },
    "json_object": {"response_format": {"type": "json_object"}},
    "json_schema": {"response_format": SCHEMA},
    "json_schema, stream": {"response_format": SCHEMA, "stream": True},
    "json_schema, tools": {"response_format": SCHEMA, "tools": TOOLS},
    "pydantic": {"response_format": City},
    "reasoning_effort": {"reasoning_effort": "low"},
    "reasoning_effort, tools": {"reasoning_effort": "high", "tools": TOOLS},
    "thinking": {"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 2048},
    "extra_body": {"extra_body": {"an_extra": {"b": 2}}},
    "extra_body, stream": {"extra_body": {"an_extra": 1}, "stream": True},
    "extra_headers": {"extra_headers": {"X-Extra": "e", "anthropic-beta": "b-2025-01-01"}},
    "cache_control": {"messages": [{"role": "user", "content": [CACHED]}]},
    "cache_control, system": {"messages": [{"role": "system", "content": [CACHED]}]},
    "cache_control, tool": {"tools": [{**WEATHER, "cache_control": {"type": "ephemeral"}}]},
    "organization": {"organization": "org-1"},
}

# What each vendor of direct.coverage.VENDORS is asked; the models that stand for a family get all.
FEW = ("plain", "stream", "knobs", "tools, stream")


def arguments(shape: str) -> dict[str, Any]:
    """The arguments of generate()."""
    return {"prompt": PROMPT, **SHAPES[shape]}


def _ollama(request: Request) -> Reply:
    if request.path.endswith("/api/show"):
        return Reply({"template": "{{ .Tools }}", "model_info": {}})
    said = {"role": "assistant", "content": '{"name": "a"}'}
    told = {"message": said} if request.path.endswith("/chat") else {"response": said["content"]}
    end = {"done": True, "done_reason": "stop", "prompt_eval_count": 3, "eval_count": 2}
    return Reply({"model": "m", "created_at": "2026-01-01T00:00:00Z", **told, **end})


@cache
def replies(vendor: str) -> Callable[[Request], Reply]:
    """What the server says to a vendor's requests, plain and streamed."""
    if vendor in ("ollama", "ollama_chat"):
        return _ollama
    return VENDORS[vendor if vendor in VENDORS else "openai"].says('{"name": "a", "people": 1}')
