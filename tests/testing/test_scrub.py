"""No key is ever written, whatever its shape and wherever it stands."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from abstractllm_lite.testing.form import dump, unpack_body
from abstractllm_lite.testing.keys import REDACTED, Secrets
from abstractllm_lite.testing.scrub import (
    REQUEST_HEADERS,
    RESPONSE_HEADERS,
    allowed,
    clean,
    credentials,
    leaks,
)

# A busy machine is no failure.
unhurried = settings(deadline=None)

# What a header may hold, at any length that can be told from a word.
KEYS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=8, max_size=80)
SHAPED = [
    "sk-" + "a1B2" * 6,
    "sk-proj-" + "a1_B-" * 6,
    "sk-ant-api03-" + "Zz9" * 8,
    "AIza" + "Sy1-_" * 7,
    "gsk_" + "a1B2" * 6,
    "hf_" + "abcd" * 6,
    "xai-" + "a1B2" * 6,
    "pplx-" + "a1b2" * 6,
    "nvapi-" + "a1b2" * 6,
    "r8_" + "a1b2" * 6,
    "ghp_" + "a1b2" * 6,
    "AKIA" + "A1B2" * 4,
    "ya29." + "a1-_" * 6,
    "org-" + "a1B2" * 5,
    "proj_" + "a1B2" * 5,
    "eyJ" + "hbGc" * 3 + ".eyJ" + "zdWI" * 3 + ".c2ln",
    "Bearer " + "a1.b2-" * 4,
    "-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc=\n-----END RSA PRIVATE KEY-----",
]
INNOCENT = [
    "a risk-management-of-large-projects talk",
    "task-oriented dialogue, disk-usage-statistics-2026",
    "The bearer of this letter owes responsibilities",
    "claude-haiku-4-5-20251001",
    "chatcmpl-AbCdEfGh123456789",
    "Reorganize-this-paragraph-please, project_management_software",
    "hf_hub and r8_short",
]


def interaction(key: str, **response: Any) -> dict[str, Any]:
    """A key in every place that a vendor or a caller is known to put one."""
    inner = json.dumps({"echo": key, "n": [1, None]})
    told = {
        "error": {"message": f"Incorrect API key provided: {key}.", key: [key]},
        "arguments": inner,
        "bytes": base64.b64encode(inner.encode()).decode(),
    }
    request = {
        "method": "POST",
        "uri": f"https://h/{key.encode().hex()}?alt=sse&key=short&api_key=x",
        "headers": {"content-type": ["application/json"]},
        "body": unpack_body(json.dumps(told)),
    }
    stream = f"event: x\ndata: {json.dumps(told)}\n\ndata:{json.dumps([key])}\n\n: {key}\n"
    answer = {"status": {"code": 401, "message": "No"}, "headers": {}, "body": unpack_body(stream)}
    return {"request": request, "response": {**answer, **response}}


def every_text(value: Any) -> list[str]:
    """All strings of a document, with what base64 hides in them."""
    if isinstance(value, dict):
        return [text for pair in value.items() for item in pair for text in every_text(item)]
    if isinstance(value, list):
        return [text for item in value for text in every_text(item)]
    if not isinstance(value, str):
        return []
    try:
        return [value, base64.b64decode(value, validate=True).decode("latin-1")]
    except ValueError:
        return [value]


@unhurried
@given(KEYS)
def test_a_key_seen_in_a_header_is_found_in_all_other_places(key: str) -> None:
    assume(key not in REDACTED)
    secrets = Secrets(credentials({"Authorization": f"Bearer {key}"}))
    written = clean(interaction(key), secrets)
    bodies = [written["request"]["body"], written["response"]["body"], written["request"]["uri"]]
    assert [text for text in every_text(bodies) if key in text] == []
    assert leaks(written, secrets) is None


@unhurried
@given(KEYS.map(str.encode))
def test_a_key_in_a_binary_body_is_found(key: bytes) -> None:
    assume(key.decode() not in REDACTED)
    secrets = Secrets([key.decode()])
    body = {"base64": base64.b64encode(b"\xff\x00" + key + b"\xfe").decode()}
    assert leaks({"body": body}, secrets) == "body.base64"
    written = clean({"body": body}, secrets)
    assert base64.b64decode(written["body"]["base64"]) == b"\xff\x00REDACTED\xfe"
    assert leaks(written, secrets) is None


@pytest.mark.parametrize("key", SHAPED)
def test_what_has_the_shape_of_a_key_needs_no_introduction(key: str) -> None:
    assert leaks(interaction(key), Secrets()) is not None
    written = clean(interaction(key), Secrets())
    assert leaks(written, Secrets()) is None
    assert key.rsplit(maxsplit=1)[-1] not in dump(written)


@pytest.mark.parametrize("text", INNOCENT)
def test_what_only_looks_like_a_key_stays(text: str) -> None:
    assert clean({"body": {"text": text}}, Secrets()) == {"body": {"text": text}}


@pytest.mark.parametrize(
    ("uri", "written"),
    [
        ("https://h/p?key=abc&alt=sse", "https://h/p?key=REDACTED&alt=sse"),
        ("https://h/p?X-Amz-Signature=abc", "https://h/p?X-Amz-Signature=REDACTED"),
        ("https://me:pass@h:8443/p", "https://h:8443/p"),
        (
            "https://h/p?api-version=2024-10-21&q=a%20b",
            "https://h/p?api-version=2024-10-21&q=a%20b",
        ),
    ],
)
def test_an_address_loses_its_credentials_and_nothing_else(uri: str, written: str) -> None:
    assert clean({"uri": uri}, Secrets()) == {"uri": written}


def test_fields_named_after_credentials_are_emptied_in_bodies() -> None:
    body = {"json": {"access_token": "abc", "key": "C major", "client_secret": {"type": "string"}}}
    assert clean({"body": body}, Secrets())["body"] == {
        "json": {"access_token": REDACTED, "key": "C major", "client_secret": {"type": "string"}}
    }


def test_only_the_allowed_headers_are_written() -> None:
    sent = {"Content-Type": "application/json", "Authorization": "Bearer x", "User-Agent": "y"}
    assert allowed(sent, REQUEST_HEADERS) == {"content-type": ["application/json"]}
    got = {"Retry-After": ["7"], "set-cookie": ["a"], "openai-organization": ["org"], "date": ["b"]}
    assert allowed(got, RESPONSE_HEADERS) == {"retry-after": ["7"]}
    assert allowed({"content-type": b"text/plain"}, REQUEST_HEADERS) == {
        "content-type": ["text/plain"]
    }


def test_every_credential_of_a_message_is_known() -> None:
    headers = {
        "Authorization": "Bearer one",
        "x-goog-api-key": "two",
        "openai-organization": ["three"],
        "x-ratelimit-limit-tokens": "150000000",
        "content-type": "text/plain",
    }
    found = set(credentials(headers, "https://h/?key=four&alt=sse"))
    assert found == {"Bearer one", "Bearer", "one", "two", "three", "four"}


def test_a_word_too_short_for_a_key_is_left_alone() -> None:
    assert Secrets(["x", "test"]).scrub("a test of x") == "a test of x"


def test_what_cleaning_does_not_reach_is_still_found() -> None:
    key = SHAPED[0]
    wrong = interaction("innocent", status={"code": 200, "message": f"OK {key}"})
    assert leaks(clean(wrong, Secrets()), Secrets()) == "response.status.message"


# A key that a stream tells in pieces


def stream(pieces: list[str], kind: str) -> dict[str, Any]:
    """The body of a stream whose events tell the pieces."""
    events = [{"choices": [{"delta": {"content": piece}}]} for piece in pieces]
    if kind == "frames":
        return {"frames": [{"headers": {"a": "b"}, "json": event} for event in events]}
    start = "data: " if kind == "sse" else ""
    return unpack_body("".join(f"{start}{json.dumps(event)}\n\n" for event in events))


def told(body: dict[str, Any]) -> str:
    """What a reader of the stream puts together."""
    if "frames" in body:
        events = [frame["json"] for frame in body["frames"]]
    else:
        lines = [line.removeprefix("data: ") for line in body["text"].splitlines() if line]
        events = [json.loads(line) for line in lines]
    return "".join(event["choices"][0]["delta"]["content"] for event in events)


@unhurried
@given(KEYS, st.sampled_from(["sse", "ndjson", "frames"]), st.data())
def test_a_key_in_pieces_is_found_and_what_is_around_it_stays(
    key: str, kind: str, data: st.DataObject
) -> None:
    assume(key not in REDACTED and REDACTED not in key)
    text = f"ü before {key} after"
    cuts = sorted(data.draw(st.sets(st.integers(1, len(text) - 1), min_size=1, max_size=8)))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    secrets = Secrets([key])
    body = stream(pieces, kind)
    assert leaks({"body": body}, secrets) is not None
    written = clean({"body": body}, secrets)
    assert leaks(written, secrets) is None
    assert key not in told(written["body"])
    assume(secrets.scrub(text) == f"ü before {REDACTED} after")  # else the words hold the key too
    assert told(written["body"]) == f"ü before {REDACTED} after"


@pytest.mark.parametrize("key", [key for key in SHAPED if "\n" not in key])
def test_a_key_of_a_known_shape_in_pieces_is_found(key: str) -> None:
    body = stream([f"it is {key[:7]}", key[7:15], f"{key[15:]}!"], "sse")
    assert leaks({"body": body}, Secrets()) is not None
    written = clean({"body": body}, Secrets())
    assert leaks(written, Secrets()) is None
    assert told(written["body"]) == f"it is {REDACTED}!"


def test_a_stream_without_keys_is_left_as_it_came() -> None:
    body = unpack_body(
        'event: x\ndata:  {"b": 1.0,   "a": "\\u00fc"}\n\n: comment\n\ndata: [DONE]\n\n'
    )
    assert clean({"body": body}, Secrets(["a-known-key"]))["body"] == body


@pytest.mark.parametrize("start", ["", "data: ", "\n\ndata:"])
def test_base64_of_a_whole_json_body_is_looked_into(start: str) -> None:
    hidden = base64.b64encode(json.dumps({"token": SHAPED[0]}).encode()).decode()
    body = unpack_body(f"{start}{hidden}\n")
    assert leaks({"body": body}, Secrets()) is not None
    written = clean({"body": body}, Secrets())
    assert leaks(written, Secrets()) is None
    assert [
        text for text in every_text(written["body"]["text"].split(":")) if SHAPED[0] in text
    ] == []
