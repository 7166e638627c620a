"""A response is its text and every fact about it, whatever is done with it."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from abstractllm_lite.enums import MessageRole
from abstractllm_lite.exceptions import InvalidParameterError
from abstractllm_lite.tools.types import ToolCall, ToolCallRequest
from abstractllm_lite.types import (
    AsyncResponseStream,
    GenerateResponse,
    Message,
    ResponseStream,
    Usage,
)

FIELDS = (
    "content raw_response usage model finish_reason cost cost_source request_id warnings "
    "reasoning thinking_blocks parsed provider attempts route"
).split()

unhurried = settings(deadline=None, max_examples=50)
counts = st.none() | st.integers(0, 10**9)
texts = st.none() | st.text()
plain_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
calls = st.lists(
    st.builds(
        ToolCall,
        id=st.text(),
        name=st.text(),
        arguments=st.dictionaries(st.text(), plain_json, max_size=3),
        error=texts,
        raw_arguments=texts,
    ),
    max_size=3,
)
responses = st.builds(
    GenerateResponse,
    texts,
    raw_response=plain_json,
    usage=st.none() | st.builds(Usage, counts, counts, counts, counts, counts, counts),
    model=texts,
    finish_reason=texts,
    tool_calls=st.none() | calls | st.builds(ToolCallRequest, content=texts, tool_calls=calls),
    cost=st.none() | st.floats(0, 100),
    cost_source=texts,
    request_id=texts,
    warnings=st.lists(st.text(), max_size=3),
    reasoning=texts,
    thinking_blocks=st.lists(st.dictionaries(st.text(), st.text(), max_size=3), max_size=2),
    parsed=plain_json,
    provider=texts,
    attempts=st.none() | st.integers(1, 9),
    route=texts,
)
TRIPS: dict[str, Callable[[GenerateResponse], GenerateResponse]] = {
    **{
        f"pickle {protocol}": lambda r, protocol=protocol: pickle.loads(pickle.dumps(r, protocol))
        for protocol in (0, 2, pickle.HIGHEST_PROTOCOL)
    },
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "dict": lambda r: GenerateResponse.from_dict(r.to_dict()),
    "json": lambda r: GenerateResponse.from_dict(json.loads(json.dumps(r.to_dict()))),
}


@unhurried
@given(response=responses)
def test_a_response_survives_every_trip(response: GenerateResponse) -> None:
    for trip, travel in TRIPS.items():
        back = travel(response)
        assert type(back) is GenerateResponse
        assert back == response
        for name in (*FIELDS, "tool_calls"):
            assert getattr(back, name) == getattr(response, name), (trip, name)
        assert bool(back) == bool(response)


@unhurried
@given(response=responses)
def test_a_response_is_its_text_as_any_str_is(response: GenerateResponse) -> None:
    text = response.content or ""
    assert response == text
    assert hash(response) == hash(text)
    assert response.text == text
    assert type(response.text) is str
    assert json.loads(json.dumps(response)) == text
    assert len(response) == len(text)
    assert bool(response) == bool(text or response.has_tool_calls())


@pytest.mark.parametrize(
    "method",
    [
        str.strip,
        str.upper,
        lambda r: r[:],
        lambda r: r[:2],
        lambda r: r + "",
        lambda r: "".join([r]),
        lambda r: r.replace("x", "y"),
        lambda r: f"{r}",
        str,
    ],
)
def test_what_is_made_of_a_response_is_a_plain_str(method: Callable[[Any], str]) -> None:
    assert type(method(GenerateResponse("Paris", model="m"))) is str


def test_the_constructor_keeps_upstreams_order() -> None:
    calls = ToolCallRequest(content="t", tool_calls=[])
    response = GenerateResponse("t", {"id": 1}, {"total_tokens": 3}, "m", "stop", calls)
    assert response.raw_response == {"id": 1}
    assert response.usage is not None
    assert response.usage.total_tokens == 3
    assert (response.model, response.finish_reason) == ("m", "stop")
    assert response.tool_calls is calls


def test_a_response_with_other_facts_keeps_the_rest() -> None:
    blocks = [{"type": "thinking", "thinking": "Hm", "signature": "s"}]
    response = GenerateResponse("a", model="m", thinking_blocks=blocks)

    assert response.__replace__(model="n").thinking_blocks == tuple(blocks)
    assert response.__replace__(thinking_blocks=None).thinking_blocks == ()
    assert response.thinking_blocks == tuple(blocks)


def test_a_bare_response_knows_nothing_and_invents_nothing() -> None:
    response = GenerateResponse("t")
    several = ("content", "warnings", "thinking_blocks")
    assert [getattr(response, name) for name in FIELDS if name not in several] == [None] * (
        len(FIELDS) - 3
    )
    assert response.warnings == ()
    assert vars(response) == {}


@pytest.mark.parametrize(("given_content", "text"), [(None, ""), ("", ""), ("a", "a")])
def test_no_content_stays_none_while_the_text_is_empty(
    given_content: str | None, text: str
) -> None:
    response = GenerateResponse(given_content)
    assert response.content == given_content
    assert str(response) == text
    assert bool(response) == bool(text)


def test_content_that_is_no_text_is_refused() -> None:
    with pytest.raises(TypeError, match="not bytes"):
        GenerateResponse(b"text")  # type: ignore[arg-type]


def test_an_unknown_fact_is_refused_by_name() -> None:
    with pytest.raises(TypeError, match="costs"):
        GenerateResponse("t", costs=1)  # type: ignore[call-arg]


@pytest.mark.parametrize("name", [*FIELDS, "text", "tool_calls", "anything"])
def test_a_response_cannot_be_changed(name: str) -> None:
    response = GenerateResponse("t", model="m")
    with pytest.raises(AttributeError, match=name):
        setattr(response, name, "x")
    with pytest.raises(AttributeError, match=name):
        delattr(response, name)


OPENAI_CALL = {"id": "c1", "function": {"name": "f", "arguments": '{"a": 1}'}}
CALL = ToolCall(id="c1", name="f", arguments={"a": 1})


@pytest.mark.parametrize(
    "given_calls",
    [
        [CALL],
        (CALL,),
        [OPENAI_CALL],
        [CALL.model_dump()],
        OPENAI_CALL,
        ToolCallRequest(tool_calls=[CALL]),
        {"content": None, "tool_calls": [OPENAI_CALL]},
        type("Old", (), {"tool_calls": [CALL]})(),
    ],
)
def test_tool_calls_are_a_request_however_they_were_given(given_calls: Any) -> None:
    response = GenerateResponse(None, tool_calls=given_calls)
    assert isinstance(response.tool_calls, ToolCallRequest)
    assert list(response.tool_calls) == [CALL]
    assert response.has_tool_calls()
    assert bool(response) is True


@pytest.mark.parametrize("none", [None, [], ToolCallRequest()])
def test_without_tool_calls_the_request_is_empty_and_false(none: Any) -> None:
    response = GenerateResponse("t", tool_calls=none)
    assert not response.tool_calls
    assert list(response.tool_calls) == []
    assert not response.has_tool_calls()


def test_the_empty_request_of_one_response_is_not_that_of_another() -> None:
    GenerateResponse("a").tool_calls.tool_calls.append(CALL)
    assert not GenerateResponse("b").tool_calls


@pytest.mark.parametrize("wrong", ["f", 3, b"f"])
def test_tool_calls_that_are_none_are_refused(wrong: Any) -> None:
    with pytest.raises(InvalidParameterError, match="tool_calls"):
        GenerateResponse("t", tool_calls=wrong)


def test_pydantic_objects_become_their_dumps_in_a_dictionary() -> None:
    class Invoice(BaseModel):
        total: int

    data = GenerateResponse("t", parsed=Invoice(total=3)).to_dict()
    assert data == {"content": "t", "parsed": {"total": 3}}


def test_repr_shows_what_matters_and_no_raw_answer() -> None:
    shown = repr(GenerateResponse("hi", {"raw": "RAW"}, None, "m", "stop", [CALL]))
    assert shown.startswith("GenerateResponse('hi', model='m', finish_reason='stop', tool_calls=[")
    assert "RAW" not in shown
    assert repr(GenerateResponse(None)) == "GenerateResponse(None)"


USAGE = Usage(input_tokens=3, output_tokens=4, total_tokens=7)


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("input_tokens", 3),
        ("prompt_tokens", 3),
        ("output_tokens", 4),
        ("completion_tokens", 4),
        ("total_tokens", 7),
        ("reasoning_tokens", None),
    ],
)
def test_usage_reads_in_both_spellings(name: str, count: int | None) -> None:
    assert USAGE[name] == count
    assert name in USAGE
    assert USAGE.get(name) == count


def test_usage_is_a_mapping() -> None:
    assert isinstance(USAGE, Mapping)
    assert dict(USAGE) == {
        "input_tokens": 3,
        "output_tokens": 4,
        "total_tokens": 7,
        "cache_read_tokens": None,
        "cache_write_tokens": None,
        "reasoning_tokens": None,
    }
    assert len(USAGE) == 6
    assert "tokens" not in USAGE
    with pytest.raises(KeyError, match="tokens"):
        USAGE["tokens"]
    with pytest.raises(AttributeError):
        USAGE.input_tokens = 1  # type: ignore[misc]


def test_get_gives_the_default_for_a_count_that_was_not_told() -> None:
    assert USAGE.get("reasoning_tokens", 0) == 0
    assert USAGE.get("tokens", 0) == 0
    assert Usage(reasoning_tokens=0).get("reasoning_tokens", 5) == 0


def test_usage_equals_the_same_counts_in_any_spelling() -> None:
    assert Usage(3, 4, 7) == USAGE
    assert hash(Usage(3, 4, 7)) == hash(USAGE)
    assert {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7} == USAGE
    assert Usage(3, 4) != USAGE
    assert {"prompt_tokens": 3} != USAGE
    assert {**USAGE, "other": 1} != USAGE
    assert USAGE != 7


def test_usage_is_false_when_nothing_was_told() -> None:
    assert not Usage()
    assert Usage(output_tokens=0)


def test_usage_of_a_vendors_dictionary_leaves_out_what_it_does_not_know() -> None:
    told = {"prompt_tokens": 1, "cache_read_input_tokens": 2, "cost": 3}
    assert Usage.of(told) == Usage(input_tokens=1, cache_read_tokens=2)
    assert Usage.of(USAGE) is USAGE
    assert USAGE.to_dict() == {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}


@unhurried
@given(st.builds(Usage, counts, counts, counts, counts, counts, counts))
def test_usage_survives_copying(usage: Usage) -> None:
    assert pickle.loads(pickle.dumps(usage)) == usage
    assert copy.deepcopy(usage) == usage
    assert Usage.of(usage.to_dict()) == usage
    assert Usage.of(dict(usage)) == usage


def test_a_message_becomes_a_dictionary_without_what_it_lacks() -> None:
    assert Message(MessageRole.USER, "hi").to_dict() == {"role": "user", "content": "hi"}
    assert Message("tool", "3", "add", [{"call_id": "c"}]).to_dict() == {
        "role": "tool",
        "content": "3",
        "name": "add",
        "tool_results": [{"call_id": "c"}],
    }


def test_types_re_exports_the_tool_call_request() -> None:
    import abstractllm_lite.types as module

    assert module.ToolCallRequest is ToolCallRequest
    with pytest.raises(AttributeError, match="Nothing"):
        module.Nothing  # noqa: B018


def test_stream_protocols_tell_streams_from_others() -> None:
    class Stream:
        response = GenerateResponse("t")

        def __iter__(self) -> Stream:
            return self

        def __next__(self) -> GenerateResponse:
            raise StopIteration

        def close(self) -> None: ...

        def __enter__(self) -> Stream:
            return self

        def __exit__(self, *facts: object) -> None: ...

    assert isinstance(Stream(), ResponseStream)
    assert not isinstance(iter([]), ResponseStream)
    assert not isinstance(Stream(), AsyncResponseStream)
