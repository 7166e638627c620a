"""Tools reach the vendor in its own shape; its calls come back the same from every mode."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from pydantic import BaseModel

from abstractllm_lite import create_llm
from abstractllm_lite.tools.types import ToolCallRequest, ToolDefinition
from tests.contract.conftest import Ask
from tests.support.loopback import Loopback, Reply, Request, sse
from tests.support.vendors import VENDORS, Say, Vendor

SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string", "description": "Where."}},
    "required": ["city"],
}
ABSTRACTLLM = {"name": "get_weather", "description": "The weather.", "input_schema": SCHEMA}
OPENAI = {
    "type": "function",
    "function": {"name": "get_weather", "description": "The weather.", "parameters": SCHEMA},
}

SEARCH = {"type": "web_search_20250305", "name": "web_search"}


class get_weather_model(BaseModel):
    """The weather."""

    city: str


def get_weather(city: str) -> str:
    """The weather.

    Args:
        city: Where.
    """
    return f"rain in {city}"


def offered(vendor: Vendor, request: Request) -> tuple[str, str, dict[str, Any]]:
    """Name, description and schema of the first tool on the wire."""
    tool = request.json["tools"][0]
    if vendor.name == "openai":
        tool = tool["function"]
    elif vendor.name == "gemini":
        tool = tool["function_declarations"][0]
    schema = tool.get("parameters") or tool.get("input_schema")
    return tool["name"], tool["description"], schema


@pytest.mark.parametrize(
    "tool",
    [
        pytest.param(ABSTRACTLLM, id="AbstractLLM's dictionary"),
        pytest.param(OPENAI, id="OpenAI's dictionary"),
        pytest.param(ToolDefinition(**ABSTRACTLLM), id="ToolDefinition"),
        pytest.param(get_weather, id="function"),
    ],
)
def test_a_tool_reaches_the_vendor(tool: Any, vendor: Vendor, ask: Ask, loopback: Loopback) -> None:
    loopback.reply = vendor.says("ok")
    before = copy.deepcopy(tool)

    ask(create_llm("litellm", **vendor.config(loopback.url)), "hi", tools=[tool])

    name, description, schema = offered(vendor, loopback.requests[0])
    assert (name, description) == ("get_weather", "The weather.")
    assert schema["properties"]["city"]["type"] in {"string", "STRING"}
    assert schema["properties"]["city"]["description"] == "Where."
    assert schema["required"] == ["city"]
    assert tool == before


def test_a_pydantic_model_is_a_tool(vendor: Vendor, ask: Ask, loopback: Loopback) -> None:
    loopback.reply = vendor.says("ok")

    ask(create_llm("litellm", **vendor.config(loopback.url)), "hi", tools=[get_weather_model])

    name, description, schema = offered(vendor, loopback.requests[0])
    assert (name, description) == ("get_weather_model", "The weather.")
    assert set(schema["properties"]) == {"city"}


def test_tools_may_be_configured(vendor: Vendor, ask: Ask, loopback: Loopback) -> None:
    loopback.reply = vendor.says("ok")

    ask(create_llm("litellm", **vendor.config(loopback.url, tools=[ABSTRACTLLM])), "hi")

    assert offered(vendor, loopback.requests[0])[0] == "get_weather"


CHOICES = {
    "required": {
        "openai": "required",
        "anthropic": {"type": "any"},
        "gemini": {"functionCallingConfig": {"mode": "ANY"}},
    },
    "none": {
        "openai": "none",
        "anthropic": {"type": "none"},
        "gemini": {"functionCallingConfig": {"mode": "NONE"}},
    },
    "the one": {
        "openai": {"type": "function", "function": {"name": "get_weather"}},
        "anthropic": {"type": "tool", "name": "get_weather"},
        "gemini": {
            "functionCallingConfig": {"mode": "ANY", "allowed_function_names": ["get_weather"]}
        },
    },
}


@pytest.mark.parametrize("choice", CHOICES)
def test_the_tool_choice_arrives(choice: str, vendor: Vendor, ask: Ask, loopback: Loopback) -> None:
    loopback.reply = vendor.says("ok")
    expected = CHOICES[choice]
    given = expected["openai"]

    ask(
        create_llm("litellm", **vendor.config(loopback.url)),
        "hi",
        tools=[OPENAI],
        tool_choice=given,
    )

    body = loopback.requests[0].json
    assert (body.get("tool_choice") or body.get("toolConfig")) == expected[vendor.name]


@pytest.mark.parametrize(
    "choice",
    [
        pytest.param("get_weather", id="name"),
        pytest.param(get_weather, id="function"),
        pytest.param(ToolDefinition(**ABSTRACTLLM), id="definition"),
        pytest.param(ABSTRACTLLM, id="AbstractLLM's dict"),
        pytest.param(OPENAI, id="OpenAI's dict"),
    ],
)
def test_the_tool_that_must_be_called_is_named_as_it_was_given(
    choice: Any, vendor: Vendor, ask: Ask, loopback: Loopback
) -> None:
    loopback.reply = vendor.says("ok")
    llm = create_llm("litellm", **vendor.config(loopback.url))

    ask(llm, "hi", tools=[get_weather], tool_choice=choice)

    body = loopback.requests[0].json
    expected = CHOICES["the one"][vendor.name]
    assert (body.get("tool_choice") or body.get("toolConfig")) == expected


def test_any_is_another_word_for_required(vendor: Vendor, ask: Ask, loopback: Loopback) -> None:
    loopback.reply = vendor.says("ok")
    llm = create_llm("litellm", **vendor.config(loopback.url))

    ask(llm, "hi", tools=[get_weather], tool_choice="any")

    body = loopback.requests[0].json
    expected = CHOICES["required"][vendor.name]
    assert (body.get("tool_choice") or body.get("toolConfig")) == expected


@pytest.mark.parametrize("given", ["web_search", SEARCH], ids=["name", "itself"])
def test_a_tool_of_the_vendors_own_can_be_chosen(given: Any, ask: Ask, loopback: Loopback) -> None:
    loopback.reply = VENDORS["anthropic"].says("ok")
    llm = create_llm("litellm", **VENDORS["anthropic"].config(loopback.url))

    ask(llm, "hi", tools=[SEARCH, get_weather], tool_choice=given)

    assert loopback.requests[0].json["tool_choice"] == {"type": "tool", "name": "web_search"}


def test_tool_calls_come_back(vendor: Vendor, ask: Ask, loopback: Loopback) -> None:
    calls = [
        ("call_1", "get_weather", {"city": "Paris"}),
        ("call_2", "get_weather", {"city": "Öl"}),
    ]
    loopback.reply = vendor.says(None, calls=calls)

    response = ask(
        create_llm("litellm", **vendor.config(loopback.url)), "Weather?", tools=[ABSTRACTLLM]
    )

    assert response.content is None
    assert response == ""
    assert response
    assert response.has_tool_calls()
    assert isinstance(response.tool_calls, ToolCallRequest)
    assert [(c.id, c.name, c.arguments) for c in response.tool_calls] == calls
    assert response.finish_reason == "tool_calls"


def test_text_and_tool_calls_come_back_together(
    vendor: Vendor, ask: Ask, loopback: Loopback
) -> None:
    loopback.reply = vendor.says("Let me look.", calls=[("c1", "get_weather", {"city": "Paris"})])

    response = ask(create_llm("litellm", **vendor.config(loopback.url)), "x", tools=[ABSTRACTLLM])

    assert response == response.tool_calls.content == "Let me look."
    assert len(response.tool_calls) == 1


def test_a_call_without_arguments_has_none(vendor: Vendor, ask: Ask, loopback: Loopback) -> None:
    loopback.reply = vendor.says(None, calls=[("c1", "now", {})])

    response = ask(create_llm("litellm", **vendor.config(loopback.url)), "x", tools=[ABSTRACTLLM])

    assert response.tool_calls[0].arguments == {}
    assert response.tool_calls[0].error is None


def openai_call(arguments: str, call_id: str = "c1") -> Any:
    """OpenAI's answer with one call whose arguments are this text."""
    call = {"id": call_id, "type": "function"}
    call |= {"function": {"name": "get_weather", "arguments": arguments}}

    def reply(request: Request) -> Reply:
        envelope = {"id": "1", "object": "chat.completion", "created": 1, "model": "m"}
        place = {"index": 0, "finish_reason": "tool_calls"}
        if not request.json.get("stream"):
            message = {"role": "assistant", "content": None, "tool_calls": [call]}
            usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
            return Reply(envelope | {"choices": [place | {"message": message}], "usage": usage})
        delta = {"role": "assistant", "tool_calls": [call | {"index": 0}]}
        return sse(
            envelope | {"object": "chat.completion.chunk", "choices": [place | {"delta": delta}]}
        )

    return reply


@pytest.mark.parametrize("text", ['{"city": ', '["Paris"]', '"Paris"', "null and void"])
def test_arguments_that_are_no_json_object_are_an_error_the_model_can_read(
    text: str, openai: Vendor, ask: Ask, loopback: Loopback
) -> None:
    loopback.reply = openai_call(text)

    response = ask(create_llm("litellm", **openai.config(loopback.url)), "x", tools=[ABSTRACTLLM])

    (call,) = response.tool_calls
    assert call.arguments == {}
    assert call.raw_arguments == text
    assert call.error


@pytest.mark.parametrize("text", ["", "{}", "  "])
def test_no_arguments_are_no_error(text: str, openai: Vendor, ask: Ask, loopback: Loopback) -> None:
    loopback.reply = openai_call(text)

    response = ask(create_llm("litellm", **openai.config(loopback.url)), "x", tools=[ABSTRACTLLM])

    assert [(c.arguments, c.error) for c in response.tool_calls] == [({}, None)]


def test_a_call_without_an_id_gets_one(openai: Vendor, ask: Ask, loopback: Loopback) -> None:
    loopback.reply = openai_call("{}", call_id="")
    llm = create_llm("litellm", **openai.config(loopback.url))

    ids = {ask(llm, "x", tools=[ABSTRACTLLM]).tool_calls[0].id for _ in range(2)}

    assert len(ids) == 2
    assert all(ids)


def test_two_calls_of_one_id_have_ids_of_their_own(
    vendor: Vendor, ask: Ask, loopback: Loopback
) -> None:
    calls = [("c1", "get_weather", {"city": city}) for city in ("Paris", "Rome")]
    loopback.reply = vendor.says(None, calls=calls)

    response = ask(create_llm("litellm", **vendor.config(loopback.url)), "x", tools=[ABSTRACTLLM])

    assert [call.arguments["city"] for call in response.tool_calls] == ["Paris", "Rome"]
    assert response.tool_calls[0].id == "c1"
    assert len({call.id for call in response.tool_calls}) == 2


def test_tools_that_the_vendor_ran_itself_are_not_handed_out(ask: Ask, loopback: Loopback) -> None:
    anthropic = VENDORS["anthropic"]
    answer = anthropic.plain(Say("It rains."))
    search = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search"}
    search |= {"input": {"query": "rain"}}
    found = {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []}

    def reply(request: Request) -> Reply:
        if not anthropic.wants_stream(request):
            return Reply(answer | {"content": [search, found, *answer["content"]]})
        return _anthropic_stream([search, found, *answer["content"]])

    loopback.reply = reply
    tools = [{"type": "web_search_20250305", "name": "web_search"}]

    response = ask(create_llm("litellm", **anthropic.config(loopback.url)), "Rain?", tools=tools)

    assert response == "It rains."
    assert list(response.tool_calls) == []
    assert response.finish_reason == "stop"


def _anthropic_stream(blocks: list[dict[str, Any]]) -> Reply:
    message = VENDORS["anthropic"].plain(Say("")) | {"content": [], "stop_reason": None}
    events: list[dict[str, Any]] = [{"type": "message_start", "message": message}]
    for index, block in enumerate(blocks):
        place = {"index": index}
        start, deltas = block, []
        if block["type"] == "text":
            start = {"type": "text", "text": ""}
            deltas = [{"type": "text_delta", "text": block["text"]}]
        elif block["type"] == "server_tool_use":
            start = block | {"input": {}}
            part = json.dumps(block["input"])
            deltas = [{"type": "input_json_delta", "partial_json": part}]
        events.append({"type": "content_block_start", "content_block": start} | place)
        events += [{"type": "content_block_delta", "delta": delta} | place for delta in deltas]
        events.append({"type": "content_block_stop"} | place)
    end = {"type": "message_delta", "usage": {"output_tokens": 5}}
    end["delta"] = {"stop_reason": "end_turn", "stop_sequence": None}
    return sse(*events, end, {"type": "message_stop"}, done=False, named=True)


TOOL_HISTORY = [
    {"role": "user", "content": "Weather in Paris?"},
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {
                "id": "call_1",
                "type": "function",
                "function": {"name": "get_weather", "arguments": '{"city": "Paris"}'},
            }
        ],
    },
    {"role": "tool", "tool_call_id": "call_1", "name": "get_weather", "content": "rain"},
]


def test_a_tool_history_given_as_dictionaries_arrives(
    vendor: Vendor, ask: Ask, loopback: Loopback
) -> None:
    loopback.reply = vendor.says("It rains in Paris.")
    given = copy.deepcopy(TOOL_HISTORY)

    response = ask(
        create_llm("litellm", **vendor.config(loopback.url)),
        "",
        messages=given,
        tools=[ABSTRACTLLM],
    )

    assert response == "It rains in Paris."
    assert given == TOOL_HISTORY
    call, result = _CALL_AND_RESULT[vendor.name](loopback.requests[0].json)
    assert call == ("get_weather", {"city": "Paris"})
    assert "rain" in result


def _openai_history(body: Any) -> Any:
    _, assistant, tool = body["messages"]
    function = assistant["tool_calls"][0]["function"]
    assert tool["tool_call_id"] == assistant["tool_calls"][0]["id"] == "call_1"
    return (function["name"], json.loads(function["arguments"])), tool["content"]


def _anthropic_history(body: Any) -> Any:
    _, assistant, tool = body["messages"]
    (use,) = [block for block in assistant["content"] if block["type"] == "tool_use"]
    (result,) = [block for block in tool["content"] if block["type"] == "tool_result"]
    assert use["id"] == result["tool_use_id"] == "call_1"
    return (use["name"], use["input"]), str(result["content"])


def _gemini_history(body: Any) -> Any:
    parts = [part for turn in body["contents"] for part in turn["parts"]]
    (call,) = [p["function_call"] for p in parts if "function_call" in p]
    (result,) = [p["function_response"] for p in parts if "function_response" in p]
    assert call["name"] == result["name"] == "get_weather"
    return (call["name"], call["args"]), str(result["response"])


_CALL_AND_RESULT = {
    "openai": _openai_history,
    "anthropic": _anthropic_history,
    "gemini": _gemini_history,
}
