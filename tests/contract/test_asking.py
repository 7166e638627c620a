"""What is asked arrives at the vendor as its own format has it, and what it says comes back."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from pydantic import BaseModel

from abstractllm_lite import create_llm
from abstractllm_lite.exceptions import GenerationError
from abstractllm_lite.types import GenerateResponse, Message
from tests.contract.conftest import Ask
from tests.support.loopback import Loopback, Reply, Request, sse
from tests.support.vendors import VENDORS, Say, Vendor

PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGA"
    "WjR9awAAAABJRU5ErkJggg=="
)


def test_the_answer_is_a_str_with_every_fact(vendor: Vendor, ask: Ask, loopback: Loopback) -> None:
    loopback.reply = vendor.says("The answer is four.", usage=(11, 7))

    response = ask(create_llm("litellm", **vendor.config(loopback.url)), "What is 2+2?")

    assert isinstance(response, GenerateResponse)
    assert response == response.content == response.text == "The answer is four."
    assert response.finish_reason == "stop"
    assert response.usage is not None
    assert (response.usage.input_tokens, response.usage.output_tokens) == (11, 7)
    assert response.usage["prompt_tokens"] == 11
    assert response.usage.total_tokens == 18
    assert response.provider == vendor.name
    assert response.attempts == len(loopback.requests) == 1
    assert response.request_id == "req_loopback"
    assert response.warnings == ()
    assert not response.tool_calls
    assert not response.has_tool_calls()
    assert response.model is not None
    assert response.reasoning is None


def test_the_cost_is_that_of_the_tokens(vendor: Vendor, ask: Ask, loopback: Loopback) -> None:
    llm = create_llm("litellm", **vendor.config(loopback.url))
    loopback.queue(vendor.says("a", usage=(10, 10)), vendor.says("b", usage=(1000, 1000)))

    little, much = ask(llm, "x"), ask(llm, "x")

    assert little.cost
    assert much.cost == pytest.approx(100 * little.cost)


def test_the_price_of_an_unknown_model_is_not_invented(
    openai: Vendor, ask: Ask, loopback: Loopback
) -> None:
    loopback.reply = openai.says("hi")
    config = openai.config(loopback.url, model="openai/a-model-without-a-price")

    assert ask(create_llm("litellm", **config), "x").cost is None


def test_a_cut_answer_says_length(vendor: Vendor, ask: Ask, loopback: Loopback) -> None:
    loopback.reply = vendor.says("Once upon", finish="length")

    response = ask(create_llm("litellm", **vendor.config(loopback.url)), "Tell a story")

    assert (response, response.finish_reason) == ("Once upon", "length")


def test_the_system_prompt_arrives(vendor: Vendor, ask: Ask, loopback: Loopback) -> None:
    loopback.reply = vendor.says("ok")
    llm = create_llm("litellm", **vendor.config(loopback.url))

    ask(llm, "hi", system_prompt="Be brief.")

    assert vendor.sent_texts(loopback.requests[0]) == [("system", "Be brief."), ("user", "hi")]


def test_the_configured_system_prompt_gives_way_to_that_of_the_call(
    vendor: Vendor, ask: Ask, loopback: Loopback
) -> None:
    loopback.reply = vendor.says("ok")
    llm = create_llm("litellm", **vendor.config(loopback.url, system_prompt="Be kind."))

    ask(llm, "hi")
    ask(llm, "hi", system_prompt="Be brief.")

    systems = [vendor.sent_texts(request)[0] for request in loopback.requests]
    assert systems == [("system", "Be kind."), ("system", "Be brief.")]
    assert [len(vendor.sent_texts(request)) for request in loopback.requests] == [2, 2]


HISTORY = [
    {"role": "user", "content": "I am Ada."},
    {"role": "assistant", "content": "Hello Ada."},
]
TURNS = [("user", "I am Ada."), ("assistant", "Hello Ada.")]


@pytest.mark.parametrize(
    "history",
    [
        pytest.param(HISTORY, id="dicts"),
        pytest.param([Message(m["role"], m["content"]) for m in HISTORY], id="Messages"),
    ],
)
def test_the_history_comes_before_the_prompt(
    vendor: Vendor, ask: Ask, loopback: Loopback, history: list[Any]
) -> None:
    loopback.reply = vendor.says("ok")
    given = copy.deepcopy(history)

    ask(create_llm("litellm", **vendor.config(loopback.url)), "Who am I?", messages=given)

    assert vendor.sent_texts(loopback.requests[0]) == [*TURNS, ("user", "Who am I?")]
    assert given == history


def test_a_prompt_that_ends_the_history_is_not_sent_twice(
    vendor: Vendor, ask: Ask, loopback: Loopback
) -> None:
    loopback.reply = vendor.says("ok")
    history = [*HISTORY, {"role": "user", "content": "Who am I?"}]

    ask(create_llm("litellm", **vendor.config(loopback.url)), "Who am I?", messages=history)

    assert vendor.sent_texts(loopback.requests[0]) == [*TURNS, ("user", "Who am I?")]


def test_a_prompt_said_before_is_sent_again(vendor: Vendor, ask: Ask, loopback: Loopback) -> None:
    loopback.reply = vendor.says("ok")

    ask(create_llm("litellm", **vendor.config(loopback.url)), "I am Ada.", messages=HISTORY)

    assert vendor.sent_texts(loopback.requests[0]) == [*TURNS, ("user", "I am Ada.")]


def test_a_system_message_of_the_history_stands_for_the_configured_one(
    vendor: Vendor, ask: Ask, loopback: Loopback
) -> None:
    loopback.reply = vendor.says("ok")
    llm = create_llm("litellm", **vendor.config(loopback.url, system_prompt="Be kind."))

    ask(llm, "hi", messages=[{"role": "system", "content": "Be odd."}, *HISTORY])

    sent = vendor.sent_texts(loopback.requests[0])
    assert sent == [("system", "Be odd."), *TURNS, ("user", "hi")]


def test_content_parts_given_as_dictionaries_arrive(
    vendor: Vendor, ask: Ask, loopback: Loopback
) -> None:
    loopback.reply = vendor.says("a pixel")
    image = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}
    parts = [{"type": "text", "text": "What is it?"}, image]
    llm = create_llm("litellm", **vendor.config(loopback.url))

    ask(llm, "", messages=[{"role": "user", "content": parts}])

    request = loopback.requests[0]
    assert vendor.sent_texts(request) == [("user", "What is it?")]
    assert PIXEL in request.body.decode()
    assert image == {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}


def test_a_vendors_own_marks_on_a_part_arrive(ask: Ask, loopback: Loopback) -> None:
    anthropic = VENDORS["anthropic"]
    loopback.reply = anthropic.says("ok")
    part = {"type": "text", "text": "Long.", "cache_control": {"type": "ephemeral"}}

    ask(
        create_llm("litellm", **anthropic.config(loopback.url)),
        "hi",
        messages=[{"role": "system", "content": [part]}],
    )

    assert loopback.requests[0].json["system"] == [part]


class Invoice(BaseModel):
    """What is owed."""

    customer: str
    total: float


def test_a_pydantic_class_as_response_format_gives_a_validated_object(
    vendor: Vendor, ask: Ask, loopback: Loopback
) -> None:
    loopback.reply = vendor.says('{"customer": "Ada", "total": 12.5}')

    response = ask(
        create_llm("litellm", **vendor.config(loopback.url)), "Extract", response_format=Invoice
    )

    assert response.parsed == Invoice(customer="Ada", total=12.5)
    assert '"total"' in loopback.requests[0].body.decode()


def test_an_answer_that_misses_its_schema_is_an_error_that_says_where(
    vendor: Vendor, ask: Ask, loopback: Loopback
) -> None:
    loopback.reply = vendor.says('{"customer": "Ada"}')
    llm = create_llm("litellm", **vendor.config(loopback.url))

    with pytest.raises(GenerationError, match="Invoice.*total"):
        ask(llm, "Extract", response_format=Invoice)


def test_a_response_format_given_as_a_dictionary_arrives(
    openai: Vendor, ask: Ask, loopback: Loopback
) -> None:
    loopback.reply = openai.says("{}")
    schema = {"type": "object", "properties": {}, "additionalProperties": False}
    wanted = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema, "strict": True}}
    given = copy.deepcopy(wanted)

    response = ask(create_llm("litellm", **openai.config(loopback.url)), "x", response_format=given)

    assert loopback.requests[0].json["response_format"] == given == wanted
    assert response.parsed is None


def test_reasoning_comes_apart_from_the_text(openai: Vendor, ask: Ask, loopback: Loopback) -> None:
    def reply(request: Request) -> Reply:
        if not openai.wants_stream(request):
            answer = openai.plain(Say("Four."))
            answer["choices"][0]["message"]["reasoning_content"] = "Two and two."
            return Reply(answer)
        chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
        deltas = [{"role": "assistant", "reasoning_content": "Two and"}]
        deltas += [{"reasoning_content": " two."}, {"content": "Four."}]
        events = [chunk | {"choices": [{"index": 0, "delta": delta}]} for delta in deltas]
        end = chunk | {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
        return sse(*events, end)

    loopback.reply = reply

    response = ask(create_llm("litellm", **openai.config(loopback.url)), "2+2?")

    assert (response, response.reasoning) == ("Four.", "Two and two.")


@pytest.mark.parametrize("route", ["direct", "litellm"])
def test_the_raw_answer_is_the_vendors_own_on_both_routes(
    vendor: Vendor, loopback: Loopback, route: str
) -> None:
    loopback.reply = vendor.says("The answer")
    llm = create_llm("litellm", **vendor.config(loopback.url), transport=route)

    for mode in ("sync", "async"):
        answer = Ask(mode)(llm, "x")
        assert answer.route == route
        assert answer.raw_response == vendor.plain(Say("The answer"))


def test_a_stream_has_no_raw_answer(ask: Ask, vendor: Vendor, loopback: Loopback) -> None:
    loopback.reply = vendor.says("The answer")
    streamed = ask.streamed

    answer = ask(create_llm("litellm", **vendor.config(loopback.url)), "x")

    assert (answer.raw_response is None) is streamed


@pytest.mark.parametrize("mode", ["sync stream", "async stream"])
def test_a_stream_that_litellm_makes_of_a_plain_answer_comes_through(
    mode: str, loopback: Loopback
) -> None:
    openai = VENDORS["openai"]
    loopback.reply = Reply(openai.plain(Say('{"city": "Paris"}')))
    place = {**openai.config(loopback.url), "model": "groq/llama-3.3-70b-versatile"}
    schema = {"type": "object", "properties": {"city": {"type": "string"}}}
    form = {"type": "json_schema", "json_schema": {"name": "place", "schema": schema}}

    response = Ask(mode)(create_llm("litellm", **place), "Where?", response_format=form)

    assert (response, response.route) == ('{"city": "Paris"}', "litellm")
    assert "stream" not in loopback.requests[0].json
