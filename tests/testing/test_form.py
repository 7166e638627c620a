"""A cassette on paper: readable, and read back as it was written."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abstractllm_lite.testing import CassetteError
from abstractllm_lite.testing.form import dump, load, pack_body, unpack_body

# A busy machine is no failure.
unhurried = settings(deadline=None)

# Weighted towards what block scalars are delicate about.
DELICATE = st.text(st.sampled_from("ab: \t\n\r-#|>'\"{}[]\u00fc\u2028\x85\ufeff\x00\U0001f30d…"))
LOOKALIKES = st.sampled_from(
    ["null", "yes", "1e5", "0x1f", "1_000", "12:30", "2026-11-22", "~", "-"]
)
TEXTS = DELICATE | LOOKALIKES | st.text(st.characters(exclude_categories=["Cs"]))
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
TREES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


def document(body: dict[str, Any]) -> dict[str, Any]:
    request = {"method": "POST", "uri": "https://h/", "headers": {}, "body": body}
    response = {"status": {"code": 200, "message": "OK"}, "headers": {}, "body": body}
    interaction = {"request": request, "response": response}
    return {"header": {}, "version": 1, "interactions": [interaction]}


@unhurried
@given(st.binary() | TEXTS.map(str.encode))
def test_every_body_comes_back_byte_for_byte_or_as_the_same_json(raw: bytes) -> None:
    packed = pack_body(unpack_body(raw))
    assert packed == raw or json.loads(packed) == json.loads(raw)


@unhurried
@given(st.dictionaries(TEXTS, TREES, max_size=4) | st.lists(TREES, max_size=4))
def test_json_survives_the_file(tree: Any) -> None:
    body = unpack_body(json.dumps(tree))
    assert body == {"json": tree} or not tree
    assert load(dump(document(body))) == document(body)


@unhurried
@given(TEXTS)
def test_text_survives_the_file(text: str) -> None:
    body = unpack_body(text)
    assert load(dump(document(body))) == document(body)


def test_json_is_written_as_a_tree_in_its_own_order() -> None:
    text = dump(document(unpack_body(b'{"model": "m", "messages": [{"content": "h\\u00f6"}]}')))
    assert "      json:\n        model: m\n        messages:\n        - content: hö\n" in text


def test_an_event_stream_is_written_as_the_text_it_is() -> None:
    stream = 'data: {"text": "a\tb"}  \n\ndata: [DONE]\n\n'
    text = dump(document(unpack_body(stream)))
    assert '      text: |+\n        data: {"text": "a\tb"}  \n\n        data: [DONE]\n\n' in text


def test_windows_line_ends_stay_readable_and_come_back() -> None:
    stream = b"data: 1\r\n\r\ndata: 2\r\n\r\n"
    body = unpack_body(stream)
    assert body == {"text": "data: 1\n\ndata: 2\n\n", "newlines": "crlf"}
    assert pack_body(body) == stream


@pytest.mark.parametrize("raw", [None, b"", ""])
def test_no_body_is_an_empty_one(raw: bytes | str | None) -> None:
    assert unpack_body(raw) == {}
    assert pack_body({}) == b""


@pytest.mark.parametrize(
    "text", ['{"a": NaN}', '{"a": 1e999}', '{"a": "\\ud800"}', '{"a": ', "[" * 100_000, "7"]
)
def test_what_is_no_plain_json_stays_the_text_it_is(text: str) -> None:
    assert unpack_body(text) == {"text": text}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a: [1", "not readable as YAML"),
        ("!!python/object/apply:os.getcwd []", "not readable as YAML"),
        ("just text", "not a cassette"),
        ("version: 1", "not a cassette"),
        ("interactions: []", "version None; this release reads 1"),
        ("{version: 2, interactions: []}", "version 2; this release reads 1"),
        ("{version: 1, interactions: [{request: {}}]}", "interaction 1 is not in this release's"),
        ("version: 1\ninteractions: []\n", "cut short: its last line is not '...'"),
    ],
)
def test_a_file_that_is_no_cassette_is_refused_with_the_reason(text: str, complaint: str) -> None:
    with pytest.raises(CassetteError, match=complaint):
        load(text)


@pytest.mark.parametrize(
    ("side", "field", "value"),
    [
        ("request", "uri", None),
        ("request", "body", "plain vcrpy's text"),
        ("request", "body", {"base64": "!"}),
        ("response", "status", {"code": "200", "message": "OK"}),
        ("response", "headers", ["content-type"]),
        ("response", "body", {"text": 7}),
    ],
)
def test_an_interaction_that_was_edited_wrongly_is_named(
    side: str, field: str, value: object
) -> None:
    wrong = document({"text": "x"})
    wrong["interactions"].append(json.loads(json.dumps(wrong["interactions"][0])))
    wrong["interactions"][1][side][field] = value
    with pytest.raises(CassetteError, match="interaction 2"):
        load(dump(wrong))


def test_a_file_that_was_cut_anywhere_is_refused() -> None:
    whole = document(unpack_body("data: 1\n\ndata: 2\n\n"))
    whole["interactions"] *= 2
    text = dump(whole)
    assert load(text)["interactions"] == whole["interactions"]
    for length in range(len(text) - 2):
        with pytest.raises(CassetteError):
            load(text[:length])


def test_what_a_person_may_change_is_read() -> None:
    """Line ends, comments, and blank lines at the end do no harm."""
    whole = document({"text": "x"})
    text = "# reviewed\n" + dump(whole) + "\n\n"
    assert load(text)["interactions"] == whole["interactions"]
