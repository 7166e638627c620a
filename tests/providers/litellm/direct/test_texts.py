"""Events that hold text alone are read as litellm's own parser reads them, or left to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abstractllm_lite.providers.litellm.call import Call
from abstractllm_lite.providers.litellm.direct.texts import text_reader
from abstractllm_lite.providers.litellm.direct.ways import prepared, way
from abstractllm_lite.providers.litellm.fold import StreamFold

MODELS = {
    "openai": "gpt-4o-mini",
    "anthropic": "claude-sonnet-4-5",
    "gemini": "gemini-2.5-flash",
}
words = st.text(min_size=1, max_size=20)


def parser(vendor: str) -> Any:
    place = {"api_key": "key-of-the-test", "base_url": "http://127.0.0.1"}
    model = MODELS[vendor]
    messages = [{"role": "user", "content": "x"}]
    call = Call(vendor, model, f"{vendor}/{model}", messages, connection=place, stream=True)
    return way(vendor).parser(prepared(call, {}))


def reader(vendor: str) -> Callable[[Any], Any]:
    found = text_reader(parser(vendor), json_mode=False)
    assert found is not None
    return found


def folded(chunk: Any) -> tuple[str, str | None, bool]:
    """What a stream would make of one chunk: the text, the model, whether anything else came."""
    fold = StreamFold()
    pieces = fold.feed(chunk)
    answer = fold.answer
    more = bool(answer.calls or answer.finish or answer.reasoning or fold.usages)
    return "".join(pieces), answer.model, more


def openai_event(text: str, **choice: Any) -> dict[str, Any]:
    told = {"index": 0, "delta": {"content": text}, "finish_reason": None, **choice}
    envelope = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    return {**envelope, "choices": [told]}


def anthropic_event(text: str) -> dict[str, Any]:
    delta = {"type": "text_delta", "text": text}
    return {"type": "content_block_delta", "index": 0, "delta": delta}


def gemini_event(text: str, **candidate: Any) -> dict[str, Any]:
    content = {"parts": [{"text": text}], "role": "model"}
    return {"candidates": [{"content": content, "index": 0, **candidate}], "modelVersion": "m"}


EVENTS = {"openai": openai_event, "anthropic": anthropic_event, "gemini": gemini_event}


@pytest.mark.parametrize("vendor", EVENTS)
def test_plain_text_is_read_as_litellm_reads_it(vendor: str) -> None:
    theirs, ours = parser(vendor), reader(vendor)

    @given(words)
    def check(text: str) -> None:
        event = EVENTS[vendor](text)
        mine = folded(ours(event))
        assert mine[0] == text
        assert mine[0] == folded(theirs.chunk_parser(event))[0]
        assert mine[2] is False
        if vendor != "anthropic":  # Anthropic names the model once, at the start
            assert mine[1] == "m"

    check()


LEFT_TO_LITELLM: dict[str, list[dict[str, Any]]] = {
    "openai": [
        openai_event("x", finish_reason="stop"),
        openai_event("x", index=1),
        openai_event("x", logprobs={"content": []}),
        openai_event("x", matched_stop=1),
        openai_event(""),
        openai_event("x", delta={"content": "x", "reasoning_content": "y"}),
        openai_event("x", delta={"content": "x", "tool_calls": []}),
        openai_event("x", delta={"content": None, "refusal": "no"}),
        openai_event("x", delta={"content": [{"type": "text", "text": "x"}]}),
        openai_event("x", delta=None),
        {**openai_event("x"), "usage": {"prompt_tokens": 1}},
        {**openai_event("x"), "choices": []},
        {**openai_event("x"), "choices": openai_event("x")["choices"] * 2},
    ],
    "anthropic": [
        {"type": "ping"},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {**anthropic_event("x"), "delta": {"type": "thinking_delta", "thinking": "x"}},
        {**anthropic_event("x"), "delta": {"type": "input_json_delta", "partial_json": "{"}},
        {**anthropic_event("x"), "delta": {"type": "text_delta", "text": "x", "citation": {}}},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {}},
    ],
    "gemini": [
        gemini_event("x", finishReason="STOP"),
        gemini_event("x", index=1),
        gemini_event("x", groundingMetadata={}),
        gemini_event("x", content={"parts": [{"text": "x", "thought": True}]}),
        gemini_event("x", content={"parts": [{"text": "x"}, {"text": "y"}]}),
        gemini_event("x", content={"parts": [{"functionCall": {"name": "f"}}]}),
        gemini_event("x", content={}),
        {**gemini_event("x"), "promptFeedback": {"blockReason": "SAFETY"}},
        {**gemini_event("x"), "candidates": []},
    ],
}


@pytest.mark.parametrize(
    ("vendor", "event"), [(v, event) for v, events in LEFT_TO_LITELLM.items() for event in events]
)
def test_an_event_with_anything_more_is_left_to_litellm(vendor: str, event: dict[str, Any]) -> None:
    assert reader(vendor)(event) is None


def test_a_vendor_with_a_parser_of_its_own_has_no_such_reader() -> None:
    class Own:
        def chunk_parser(self, chunk: Any) -> Any:
            return chunk

    assert text_reader(Own(), json_mode=False) is None


def test_an_answer_in_a_format_that_litellm_makes_a_tool_of_has_no_such_reader() -> None:
    assert text_reader(parser("anthropic"), json_mode=True) is None
