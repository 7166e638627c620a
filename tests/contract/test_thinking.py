"""Signed reasoning comes back as it was, from a stream as from a plain answer."""

from __future__ import annotations

from typing import Any

import pytest

from abstractllm_lite import create_llm
from tests.contract.conftest import Ask
from tests.support.loopback import Loopback, Reply, Request, sse
from tests.support.vendors import VENDORS, Say

BLOCKS = [
    {"type": "thinking", "thinking": "Let me see.", "signature": "sig-1"},
    {"type": "redacted_thinking", "data": "opaque"},
    {"type": "thinking", "thinking": "", "signature": "sig-0"},
    {"type": "thinking", "thinking": "And so.", "signature": "sig-2"},
]


def _stream(message: dict[str, Any]) -> Reply:
    start = message | {"content": [], "stop_reason": None}
    events: list[dict[str, Any]] = [{"type": "message_start", "message": start}]
    for index, block in enumerate(message["content"]):
        begun, deltas = _told(block)
        events.append({"type": "content_block_start", "index": index, "content_block": begun})
        events += [
            {"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas
        ]
        events.append({"type": "content_block_stop", "index": index})
    end = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    closing = {"type": "message_delta", "delta": end, "usage": {"output_tokens": 7}}
    return sse(*events, closing, {"type": "message_stop"}, done=False, named=True)


def _told(block: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    if block["type"] == "redacted_thinking":
        return block, []
    if block["type"] == "text":
        return {**block, "text": ""}, [{"type": "text_delta", "text": block["text"]}]
    text = block["thinking"]
    pieces = [{"type": "thinking_delta", "thinking": text[n : n + 4]} for n in range(0, 12, 4)]
    signature = {"type": "signature_delta", "signature": block["signature"]}
    return {"type": "thinking", "thinking": "", "signature": ""}, [*pieces, signature]


@pytest.mark.parametrize("transport", ["direct", "litellm"])
def test_signed_reasoning_comes_back_as_it_was(
    transport: str, ask: Ask, loopback: Loopback
) -> None:
    anthropic = VENDORS["anthropic"]
    said = anthropic.plain(Say("Hello."))
    message = said | {"content": [*BLOCKS, *said["content"]]}

    def reply(request: Request) -> Reply:
        return _stream(message) if anthropic.wants_stream(request) else Reply(message)

    loopback.reply = reply
    llm = create_llm("litellm", **anthropic.config(loopback.url, transport=transport))

    response = ask(llm, "hi", thinking={"type": "enabled", "budget_tokens": 1024}, max_tokens=2048)

    assert response == "Hello."
    assert [dict(block) for block in response.thinking_blocks] == BLOCKS
    assert response.reasoning == "Let me see.And so."
