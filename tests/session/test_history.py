"""A history as a vendor takes it: what goes over unchanged, what is adapted, what is reported."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abstractllm_lite.session.history import Target, as_text, told_to
from abstractllm_lite.session.message import Message

GEMINIS_ID = "call_x__thought__" + "c2lnbmF0dXJl" * 40
THINKING = [{"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}]


def result(call_id: str = "call_1", **more: Any) -> dict[str, Any]:
    told = {"call_id": call_id, "name": "weather", "arguments": {"city": "Zürich"}}
    return {**told, "output": "sunny", "error": None, **more}


def round_of(*results: dict[str, Any], provider: str | None = "openai", **more: Any) -> Message:
    return Message("assistant", "", tool_results=results, provider=provider, **more)


def to_openai(*messages: Message, **target: Any) -> list[dict[str, Any]]:
    return told_to(messages, Target("openai", **target)).messages


def test_a_round_is_told_as_calls_and_their_results() -> None:
    messages = [Message("user", "Weather?"), round_of(result()), Message("assistant", "Sunny.")]
    assert to_openai(*messages) == [
        {"role": "user", "content": "Weather?"},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {
                    "id": "call_1",
                    "type": "function",
                    "function": {"name": "weather", "arguments": '{"city": "Zürich"}'},
                }
            ],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": "sunny"},
        {"role": "assistant", "content": "Sunny."},
    ]


@pytest.mark.parametrize(
    ("told", "content"),
    [
        ({"output": "as it is"}, "as it is"),
        ({"output": {"a": [1]}}, '{"a": [1]}'),
        ({"output": None, "error": "no such city"}, '{"error": {"message": "no such city"}}'),
        ({"output": "long", "content": "lo… (cut)"}, "lo… (cut)"),
    ],
)
def test_a_result_is_told_as_the_model_was_told_it(told: dict[str, Any], content: str) -> None:
    assert to_openai(round_of(result(**told)))[1]["content"] == content


def test_ids_go_back_unchanged_to_the_vendor_that_gave_them() -> None:
    gemini = round_of(result(GEMINIS_ID), provider="gemini")
    call, answer = told_to([gemini], Target("gemini")).messages
    assert call["tool_calls"][0]["id"] == answer["tool_call_id"] == GEMINIS_ID


@pytest.mark.parametrize("vendor", ["openai", "anthropic", "mistral", "bedrock"])
def test_ids_of_another_vendor_become_ones_that_every_vendor_takes(vendor: str) -> None:
    gemini = round_of(result(GEMINIS_ID), provider="gemini")
    call, answer = told_to([gemini], Target(vendor)).messages
    assert re.fullmatch("[a-zA-Z0-9]{9}", call["tool_calls"][0]["id"])
    assert call["tool_calls"][0]["id"] == answer["tool_call_id"]


def test_equal_ids_of_several_rounds_and_calls_are_told_apart() -> None:
    rounds = [round_of(result("0"), result("0"), provider="ollama") for _ in range(2)]
    wire = to_openai(*rounds)
    asked = [call["id"] for message in wire for call in message.get("tool_calls", ())]
    answered = [message["tool_call_id"] for message in wire if message["role"] == "tool"]
    assert asked == answered
    assert len(set(asked)) == 4


def test_the_same_history_is_told_alike_each_time() -> None:
    messages = [round_of(result("x"), provider=None)]
    assert to_openai(*messages) == to_openai(*messages)


def test_signed_reasoning_goes_back_to_its_vendor_alone() -> None:
    said = round_of(result(), provider="anthropic", thinking_blocks=THINKING)
    same = told_to([said], Target("anthropic"))
    other = told_to([said], Target("openai"))
    assert same.messages[0]["thinking_blocks"] == THINKING
    assert same.notes == ()
    assert "thinking_blocks" not in other.messages[0]
    assert other.notes == (
        "history for openai: 1 message(s) without the reasoning that another vendor signed",
    )


def test_unsigned_reasoning_goes_back_to_its_vendor_alone_and_nobody_misses_it() -> None:
    said = round_of(result(), provider="deepseek", reasoning="Hm.")
    same = told_to([said], Target("deepseek"))
    other = told_to([said], Target("openai"))
    assert same.messages[0]["reasoning_content"] == "Hm."
    assert "reasoning_content" not in other.messages[0]
    assert (*same.notes, *other.notes) == ()


def test_a_vendor_that_wants_reasoning_gets_a_blank_for_a_round_that_has_none() -> None:
    told = told_to([round_of(result(), provider="openai")], Target("deepseek"))
    assert told.messages[0]["reasoning_content"] == " "
    text = told_to([Message("assistant", "Hi.", provider="openai")], Target("deepseek"))
    assert "reasoning_content" not in text.messages[0]


def test_system_messages_stand_first_wherever_they_were() -> None:
    messages = [Message("system", "A"), Message("user", "u"), Message("system", "B")]
    told = told_to(messages, Target("openai"))
    assert told.system_prompt == "A\n\nB"
    assert [m["role"] for m in told.messages] == ["user"]
    assert told.notes == ("history for openai: 1 system message(s) told at the beginning",)
    assert told_to(messages[:2], Target("openai")).notes == ()


PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}


def test_images_are_left_out_for_a_model_that_cannot_see() -> None:
    seen = Message("user", [{"type": "text", "text": "What is it?"}, PICTURE])
    told = told_to([seen], Target("groq", vision=False))
    assert PICTURE not in told.messages[0]["content"]
    assert told.messages[0]["content"][0] == {"type": "text", "text": "What is it?"}
    assert told.notes == ("history for groq: 1 image(s) left out, which the model cannot see",)


@pytest.mark.parametrize("vision", [True, None])
def test_images_go_to_a_model_that_may_see(vision: bool | None) -> None:
    seen = Message("user", [PICTURE])
    assert to_openai(seen, vision=vision)[0]["content"] == [PICTURE]


def test_a_model_without_tools_reads_what_they_said() -> None:
    told = told_to([round_of(result())], Target("small", tools=False))
    assert [m["role"] for m in told.messages] == ["assistant", "user"]
    assert "weather" in told.messages[0]["content"]
    assert "sunny" in told.messages[1]["content"]
    assert told.notes == ("history for small: 1 tool call(s) told as text",)


def test_a_result_without_its_call_is_told_as_text() -> None:
    told = told_to([Message("tool", "sunny", name="weather")], Target("openai"))
    assert told.messages == [{"role": "user", "content": "[weather returned: sunny]"}]
    assert told.notes == ("history for openai: 1 tool result(s) without a call told as text",)


def test_messages_that_say_nothing_are_left_out() -> None:
    told = told_to([Message("user", "  "), Message("assistant", "")], Target("openai"))
    assert told.messages == []
    assert told.notes == ("history for openai: 2 empty message(s) left out",)


def test_a_lone_prompt_is_itself_as_text() -> None:
    assert as_text([Message("system", "s"), Message("user", "Hello")]) == "Hello"


def test_a_conversation_as_text_holds_who_said_what() -> None:
    text = as_text([Message("user", "Weather?"), round_of(result()), Message("user", "Sure?")])
    assert text.splitlines()[0] == "User: Weather?"
    assert '[called weather with {"city": "Z' in text
    assert "Tool: [weather returned: sunny]" in text
    assert text.endswith("User: Sure?\n\nAssistant:")


JSONABLE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2)
    ),
    max_leaves=4,
)
RESULTS = st.builds(
    lambda i, arguments, output, error: result(i, arguments=arguments, output=output, error=error),
    st.text(max_size=12),
    st.dictionaries(st.text(max_size=4), JSONABLE, max_size=2),
    JSONABLE,
    st.none() | st.text(max_size=8),
)
MESSAGES = st.lists(
    st.builds(
        Message,
        st.sampled_from(["system", "user", "assistant", "tool"]),
        st.text(max_size=8),
        tool_results=st.lists(RESULTS, max_size=3),
        provider=st.sampled_from([None, "openai", "gemini"]),
    ),
    max_size=6,
)


@given(MESSAGES, st.sampled_from([None, True, False]))
def test_any_history_is_told_validly(messages: list[Message], tools: bool | None) -> None:
    """Each call has its result right behind it, in order, and nothing else has one."""
    before = [message.to_dict() for message in messages]
    wire = told_to(messages, Target("openai", tools=tools)).messages
    assert [message.to_dict() for message in messages] == before
    json.dumps(wire)
    waiting: list[str] = []
    for message in wire:
        if message["role"] == "tool":
            assert waiting.pop(0) == message["tool_call_id"]
            assert isinstance(message["content"], str)
            continue
        assert waiting == []
        waiting = [call["id"] for call in message.get("tool_calls", ())]
        assert len(set(waiting)) == len(waiting)
        assert waiting or message["content"]
    assert waiting == []
    assert tools is not False or all("tool_calls" not in message for message in wire)
