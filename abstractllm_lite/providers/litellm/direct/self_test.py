"""What a way is tested with before its first call: one request, one answer, one event.

Nothing is sent. A litellm that builds or reads them otherwise than it did when this was written is
not driven by hand.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from ..call import Call
from ..errors import unless_it_fails
from ..loading import part
from .guard import Declined, tell
from .ways import prepared, way

_ASKED, _SAID = "a question of the self-test", "an answer"

# Vendor -> its plain answer, and an event of its stream, each saying SAID; "" is everybody else's.
_SAMPLES = {
    "": (
        """{"id": "1", "object": "chat.completion", "created": 1, "model": "m",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": "SAID"},
                         "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}}""",
        """{"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m",
            "choices": [{"index": 0, "delta": {"content": "SAID"}, "finish_reason": null}]}""",
    ),
    "anthropic": (
        """{"id": "1", "type": "message", "role": "assistant", "model": "m",
            "content": [{"type": "text", "text": "SAID"}], "stop_reason": "end_turn",
            "usage": {"input_tokens": 3, "output_tokens": 2}}""",
        """{"type": "content_block_delta", "index": 0,
            "delta": {"type": "text_delta", "text": "SAID"}}""",
    ),
    "gemini": (
        """{"candidates": [{"index": 0, "finishReason": "STOP",
                            "content": {"role": "model", "parts": [{"text": "SAID"}]}}],
            "usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 2,
                              "totalTokenCount": 5}, "modelVersion": "m"}""",
        """{"candidates": [{"index": 0,
                            "content": {"role": "model", "parts": [{"text": "SAID"}]}}]}""",
    ),
    "ollama_chat": (
        """{"model": "m", "message": {"role": "assistant", "content": "SAID"}, "done": true,
            "done_reason": "stop", "prompt_eval_count": 3, "eval_count": 2}""",
        """{"model": "m", "message": {"role": "assistant", "content": "SAID"}, "done": false}""",
    ),
    "ollama": (
        """{"model": "m", "response": "SAID", "done": true, "prompt_eval_count": 3,
            "eval_count": 2}""",
        """{"model": "m", "response": "SAID", "done": false}""",
    ),
}


@lru_cache(256)
def passes(vendor: str, model: str) -> bool:
    """Whether litellm builds a request, and reads an answer and an event, as it should.

    Told once in the log where it does not. Raises Declined for a model that has another way.
    """
    passed = bool(unless_it_fails(lambda: _passes(vendor, model), Declined))
    if not passed:
        tell(f"litellm's part for {vendor} is not what it was tested as")
    return passed


def _passes(vendor: str, model: str) -> bool:
    place = {"api_key": "self-test", "base_url": "http://127.0.0.1"}
    asked = [{"role": "user", "content": _ASKED}]
    request = prepared(Call(vendor, model, f"{vendor}/{model}", asked, connection=place), {})
    sample = _SAMPLES.get(vendor, _SAMPLES[""])
    answer, event = (json.loads(text.replace("SAID", _SAID)) for text in sample)
    read = way(vendor).read(request, _response(answer))
    chunk = way(vendor).parser(request).chunk_parser(event)
    return _ASKED in json.dumps(request.data) and _reads(read) and _text(chunk) == _SAID


def _response(body: dict[str, Any]) -> Any:
    httpx = part("llms.custom_httpx.http_handler").httpx
    return httpx.Response(200, json=body, request=httpx.Request("POST", "http://127.0.0.1"))


def _reads(answer: Any) -> bool:
    choice, usage = answer.choices[0], answer.usage
    told = (choice.message.content, choice.finish_reason)
    counts = (usage.prompt_tokens, usage.completion_tokens)
    return told == (_SAID, "stop") and counts == (3, 2)


def _text(event: Any) -> Any:
    return event["text"] if isinstance(event, dict) else event.choices[0].delta.content
