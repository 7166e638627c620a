"""Ids that a program made up do not matter; which of them are equal does."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abstractllm_lite.providers.litellm.tools import WireCall, from_wire
from abstractllm_lite.testing.ids import numbered
from abstractllm_lite.testing.match import key, settled

unhurried = settings(deadline=None, max_examples=50)


def request(body: Any) -> dict[str, Any]:
    return {"method": "POST", "uri": "https://h/", "body": {"json": body}}


def made() -> str:
    """An id as this package makes it for a call that has none."""
    return from_wire([WireCall(name="f")], None)[0].id


def history(first: str, second: str) -> dict[str, Any]:
    """Two tool calls with their results."""
    return {
        "messages": [
            {
                "role": "assistant",
                "tool_calls": [{"id": first, "type": "function"}, {"id": second}],
            },
            {"role": "tool", "tool_call_id": first, "content": "Sunny"},
            {"role": "tool", "tool_call_id": second, "content": "Rainy"},
        ]
    }


def test_two_conversations_with_generated_ids_are_one() -> None:
    one, other = history(made(), made()), history(made(), made())
    assert one != other
    assert key(request(one)) == key(request(other))
    assert settled({"json": one}) == settled({"json": other})


def test_results_that_change_places_are_another_conversation() -> None:
    first, second = made(), made()
    swapped = history(first, second)
    swapped["messages"][1]["tool_call_id"], swapped["messages"][2]["tool_call_id"] = second, first
    assert key(request(history(first, second))) != key(request(swapped))


@pytest.mark.parametrize(
    "identifier",
    [
        "call_abc",
        "toolu_01A09q90qw90lq917835lq9",
        "call_" + "A1b2" * 6,
        "fc_" + "0f" * 11,
        "gpt-4o",
    ],
)
def test_an_id_of_the_vendor_stays(identifier: str) -> None:
    assert numbered({"id": identifier}) == {"id": identifier}
    assert key(request({"id": identifier})) != key(request({"id": identifier + "0"}))


@pytest.mark.parametrize("place", ["content", "user", "seed_text", "model", "prompt"])
def test_what_is_no_id_matters_whatever_its_shape(place: str) -> None:
    one, other = ({place: str(uuid.uuid4())} for _ in range(2))
    assert key(request(one)) != key(request(other))


@pytest.mark.parametrize("place", ["input", "args", "arguments", "metadata", "parameters"])
def test_an_id_in_the_data_of_a_call_matters(place: str) -> None:
    one, other = ({"function": {place: {"id": str(uuid.uuid4())}}} for _ in range(2))
    assert key(request(one)) != key(request(other))


@pytest.mark.parametrize("shape", ["call_{}", "{}", "msg-{}", "tooluse_{}"])
@pytest.mark.parametrize("digits", [uuid.uuid4, lambda: uuid.uuid4().hex, lambda: made()[5:]])
def test_a_number_has_the_shape_of_the_id_that_it_stands_for(shape: str, digits: Any) -> None:
    told = shape.format(digits())
    (number,) = numbered({"toolUseId": told}).values()
    assert len(number) == len(told)
    assert number.endswith("1")
    assert [each for each in number if not each.isalnum()] == [
        each for each in told if not each.isalnum()
    ]


TREES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.builds(made)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.sampled_from(["id", "tool_call_id", "input", "a", "b"]), inner),
    ),
    max_leaves=12,
)


@unhurried
@given(TREES)
def test_numbering_again_changes_nothing(tree: Any) -> None:
    once = settled({"json": tree})
    assert settled(once) == once
    assert key(request(tree)) == key(request(once["json"]))
    assert json.dumps(once)
