"""What eight vendors are told of tools, read from the bytes that reach them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import BaseModel, Field

from abstractllm_lite import create_llm
from abstractllm_lite.exceptions import (
    AbstractLLMError,
    InvalidRequestError,
    UnsupportedFeatureError,
)
from tests.real import accepted
from tests.stand_in.test_tool_loop import AWS, PLACES, Place
from tests.support.litellms import RELEASE
from tests.support.loopback import Loopback, Reply

VENDORS = PLACES | {"nova": Place("bedrock/converse/us.amazon.nova-pro-v1:0", "", settings=AWS)}
SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
ONE = {"name": "one", "description": "One.", "input_schema": SCHEMA}
TWO = {"name": "two", "description": "Two.", "input_schema": SCHEMA}
STRICT = {"type": "function", "function": {"name": "one", "parameters": SCHEMA, "strict": True}}
NAMED = {"type": "function", "function": {"name": "one"}}


def asked(vendor: str, loopback: Loopback, **options: Any) -> Any:
    """The body that the vendor was sent, and what would have been warned of; it always refuses."""
    place = VENDORS[vendor]
    loopback.reply = Reply({"error": {"message": "enough"}}, status=400)
    config = {"base_url": loopback.url + place.suffix, "max_retries": 0, **place.settings}
    llm = create_llm("litellm", model=place.model, **config)
    warnings = llm._plan("hi", None, dict(options)).warnings
    with pytest.raises(AbstractLLMError) as caught:
        llm.generate("hi", **options)
    chats = [request for request in loopback.requests if not request.path.endswith("/api/show")]
    if not chats:
        raise caught.value
    assert isinstance(caught.value, InvalidRequestError)
    return chats[0].json, [warning for warning in warnings if "aws_" not in warning]


def tools(body: Any) -> list[Any]:
    """The tools on the wire as (name, description, schema)."""
    told = body.get("tools") or body["toolConfig"]["tools"]
    if "function_declarations" in told[0]:
        told = told[0]["function_declarations"]
    found = [each.get("function") or each.get("toolSpec") or each for each in told]
    return [(each["name"], each["description"], _schema(each)) for each in found]


def _schema(tool: Any) -> Any:
    return tool.get("parameters") or tool.get("input_schema") or tool["inputSchema"]["json"]


def choice(body: Any) -> Any:
    """What the vendor is told of the tool choice, None for nothing."""
    config = body.get("toolConfig", {})
    return (
        body.get("tool_choice") or config.get("functionCallingConfig") or config.get("toolChoice")
    )


# None: the vendor has no such word.
CHOICES: dict[str, dict[str, Any]] = {
    "openai": {"auto": "auto", "none": "none", "required": "required", "one": NAMED},
    "anthropic": {
        "auto": {"type": "auto"},
        "none": {"type": "none"},
        "required": {"type": "any"},
        "one": {"type": "tool", "name": "one"},
    },
    "gemini": {
        "auto": {"mode": "AUTO"},
        "none": {"mode": "NONE"},
        "required": {"mode": "ANY"},
        "one": {"mode": "ANY", "allowed_function_names": ["one"]},
    },
    "mistral": {"auto": "auto", "none": "none", "required": "any", "one": NAMED},
    "groq": {"auto": "auto", "none": "none", "required": "required", "one": NAMED},
    "cohere": {"none": "NONE", "required": "REQUIRED", "one": None},
    "bedrock": {
        "auto": {"auto": {}},
        "none": None,
        "required": {"any": {}},
        "one": {"tool": {"name": "one"}},
    },
    "nova": {
        "auto": {"auto": {}},
        "none": None,
        "required": {"any": {}},
        "one": {"tool": {"name": "one"}},
    },
    "ollama": {"none": None, "required": None, "one": None},
}
# litellm 1.100 does not know that Nova takes a choice.
if RELEASE == "1.100.0":
    CHOICES["nova"] = dict.fromkeys(CHOICES["nova"])
CASES = [(vendor, name) for vendor in CHOICES for name in ("auto", "none", "required", "one")]


@pytest.mark.parametrize(("vendor", "name"), CASES)
def test_the_tool_choice_arrives_or_is_refused(vendor: str, name: str, loopback: Loopback) -> None:
    given = NAMED if name == "one" else name
    expected = CHOICES[vendor].get(name, "unsaid")

    if expected is None:
        with pytest.raises(UnsupportedFeatureError, match="'tool_choice'; unsupported='drop'"):
            asked(vendor, loopback, tools=[ONE, TWO], tool_choice=given)
        assert loopback.requests == []
        body, warnings = asked(
            vendor, loopback, tools=[ONE, TWO], tool_choice=given, unsupported="drop"
        )
        assert [warning.split("'")[1] for warning in warnings] == ["tool_choice"]
        assert choice(body) is None
        return
    body, warnings = asked(vendor, loopback, tools=[ONE, TWO], tool_choice=given)
    assert choice(body) == (None if expected == "unsaid" else expected)
    assert warnings == []


def test_a_choice_without_tools_is_said_to_have_no_effect(loopback: Loopback) -> None:
    for vendor in ("openai", "anthropic"):
        for given in ("required", "walk", print):
            body, warnings = asked(vendor, loopback, tool_choice=given)
            assert choice(body) is None
            assert warnings == ["'tool_choice' has no effect: there are no tools"]


ONE_AT_A_TIME: dict[str, Any] = {
    "openai": {"parallel_tool_calls": False},
    "mistral": {"parallel_tool_calls": False},
    "groq": {"parallel_tool_calls": False},
    "anthropic": {"tool_choice": {"type": "auto", "disable_parallel_tool_use": True}},
}


@pytest.mark.parametrize("vendor", VENDORS)
def test_one_call_at_a_time_arrives_or_is_warned_of(vendor: str, loopback: Loopback) -> None:
    body, warnings = asked(vendor, loopback, tools=[ONE, TWO], parallel_tool_calls=False)

    expected = ONE_AT_A_TIME.get(vendor)
    if expected is None:
        assert [warning.split("'")[1] for warning in warnings] == ["parallel_tool_calls"]
        assert "parallel" not in json.dumps(body)
    else:
        assert {name: body[name] for name in expected} == expected
        assert warnings == []


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_strict_schema_arrives_or_is_warned_of(vendor: str, loopback: Loopback) -> None:
    body, warnings = asked(vendor, loopback, tools=[STRICT])

    if [warning for warning in warnings if "'strict' was dropped" in warning]:
        assert vendor not in ("openai", "mistral", "groq", "bedrock")
        with pytest.raises(UnsupportedFeatureError, match="strict"):
            _refused(vendor, loopback)
    else:
        assert vendor not in ("gemini", "cohere", "nova", "ollama")
        assert '"strict": true' in json.dumps(body)


def _refused(vendor: str, loopback: Loopback) -> None:
    loopback.requests.clear()
    try:
        asked(vendor, loopback, tools=[STRICT], unsupported="error")
    finally:
        assert loopback.requests == []


class Street(BaseModel):
    """A street."""

    name: str
    number: int = Field(1, ge=1)


class Node(BaseModel):
    """A node."""

    name: str
    children: list[Node] = []


def nested(street: Street, more: list[Street], other: Street | None = None) -> None:
    """Has models in it."""


def grow(node: Node) -> None:
    """Contains itself."""


def odd(pair: tuple[int, str], table: dict[str, int], anything: Any = None) -> None:
    """Has types that few know."""


@pytest.mark.parametrize("vendor", VENDORS)
def test_nested_models_arrive_whole(vendor: str, loopback: Loopback) -> None:
    body, warnings = asked(vendor, loopback, tools=[nested])

    ((name, description, schema),) = tools(body)
    assert (name, description) == ("nested", "Has models in it.")
    assert "$ref" not in json.dumps(schema)
    assert "$defs" not in json.dumps(schema)
    street = schema["properties"]["street"]
    assert street["properties"]["name"]["type"] == "string"
    assert street["required"] == ["name"]
    assert schema["properties"]["more"]["items"]["properties"].keys() == {"name", "number"}
    assert "properties" in schema["properties"]["other"]["anyOf"][0]
    assert warnings == []


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_type_that_contains_itself_arrives_or_is_warned_of(
    vendor: str, loopback: Loopback
) -> None:
    body, warnings = asked(vendor, loopback, tools=[grow])

    ((_, _, schema),) = tools(body)
    if vendor in ("openai", "anthropic", "mistral", "groq"):
        assert schema["$defs"]["Node"]["properties"]["children"]["items"] == {
            "$ref": "#/$defs/Node"
        }
        assert warnings == []
    else:
        assert "$" not in json.dumps(schema)
        node = schema["properties"]["node"]
        child = node["properties"]["children"]["items"]
        assert child == {"type": "object", "description": "Another Node, as above."}
        assert [warning.split("'")[1] for warning in warnings] == ["grow"]


@pytest.mark.parametrize("vendor", VENDORS)
def test_tuples_mappings_and_any_value_say_the_same_everywhere(
    vendor: str, loopback: Loopback
) -> None:
    body, _ = asked(vendor, loopback, tools=[odd])

    ((_, _, schema),) = tools(body)
    pair, table, anything = (schema["properties"][name] for name in ("pair", "table", "anything"))
    assert "integer" in json.dumps(pair)
    assert "string" in json.dumps(pair)
    assert "integer" in json.dumps(table)
    assert anything.get("type") != "object"


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_tool_without_a_description_has_one_that_every_vendor_takes(
    vendor: str, loopback: Loopback
) -> None:
    body, _ = asked(vendor, loopback, tools=[{"name": "one", "input_schema": SCHEMA}])

    assert [(name, description) for name, description, _ in tools(body)] == [("one", "one")]


@pytest.mark.skipif(
    not accepted.FILE.is_file(), reason="the vendors' accepted requests are not here"
)
@pytest.mark.parametrize("vendor", PLACES)
def test_requests_with_nested_models_have_the_shape_of_accepted_ones(
    vendor: str, loopback: Loopback
) -> None:
    body, _ = asked(vendor, loopback, tools=[nested, grow, odd])

    place = PLACES[vendor]
    assert accepted.new_to(place.accepted or vendor, body) <= place.new
