"""AWS's binary event streams are written as a person reads them, and replayed as they came."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abstractllm_lite.providers.litellm.wire.frames import first_frame
from abstractllm_lite.testing.form import dump, pack_body, unpack_body
from abstractllm_lite.testing.frames import pack, unpack
from abstractllm_lite.testing.keys import Secrets
from abstractllm_lite.testing.scrub import clean, leaks

unhurried = settings(deadline=None, max_examples=60)
HEADERS = {":event-type": "contentBlockDelta", ":message-type": "event"}
KEY = "sk-" + "a1B2" * 6


def test_a_stream_of_converse_reads_as_trees() -> None:
    told = [
        {"headers": HEADERS, "json": {"delta": {"text": "Hi"}, "contentBlockIndex": 0}},
        {"headers": {":event-type": "messageStop"}, "json": {"stopReason": "end_turn"}},
    ]
    body = unpack_body(pack(told))
    assert body == {"frames": told}
    assert "text: Hi" in dump(body)
    assert "!!binary" not in dump(body)


def test_an_event_that_bedrock_wraps_in_base64_reads_as_a_tree() -> None:
    event = {"type": "content_block_delta", "delta": {"text": "Hi"}}
    inner = base64.b64encode(json.dumps(event, separators=(",", ":")).encode()).decode()
    raw = pack([{"headers": HEADERS, "json": {"bytes": inner}}])
    assert unpack_body(raw) == {"frames": [{"headers": HEADERS, "event": event}]}
    assert pack_body(unpack_body(raw)) == raw


@pytest.mark.parametrize("payload", [{}, {"text": "plain"}, {"base64": "/wA="}])
def test_any_payload_survives(payload: dict[str, Any]) -> None:
    told = [{"headers": HEADERS, **payload}]
    assert unpack(pack(told)) == told


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
TREES = st.dictionaries(TEXTS, st.one_of(TEXTS, st.integers(), st.none(), st.lists(TEXTS)))
FRAMES = st.fixed_dictionaries(
    {"headers": st.dictionaries(TEXTS.filter(lambda t: 0 < len(t.encode()) < 250), TEXTS)},
    optional={"json": TREES},
)


@unhurried
@given(st.lists(FRAMES, min_size=1, max_size=4))
def test_frames_survive_and_the_wire_takes_them(told: list[dict[str, Any]]) -> None:
    raw = pack(told)
    assert pack_body(unpack_body(raw)) == raw
    rest, count = raw, 0
    while frame := first_frame(rest) if rest else None:
        rest, count = rest[frame.size :], count + 1
    assert (rest, count) == (b"", len(told))


@unhurried
@given(st.binary(max_size=200))
def test_no_bytes_are_lost_whatever_they_are(raw: bytes) -> None:
    assert pack_body(unpack_body(raw)) == raw or unpack_body(raw).keys() == {"json"}


def number_header() -> bytes:
    """A frame with a header that is a number, which no text can show."""
    headers = bytes([1]) + b"n" + bytes([4]) + struct.pack(">i", 7)
    prelude = struct.pack(">II", 16 + len(headers), len(headers))
    start = prelude + struct.pack(">I", zlib.crc32(prelude)) + headers
    return start + struct.pack(">I", zlib.crc32(start))


@pytest.mark.parametrize(
    "spoil",
    [lambda raw: raw[:-1], lambda raw: raw[:-1] + b"x", lambda raw: raw + b"\0", lambda _: b""],
    ids=["cut", "damaged", "more", "empty"],
)
def test_what_is_no_sound_stream_stays_as_it_is(spoil: Any) -> None:
    raw = spoil(pack([{"headers": HEADERS, "json": {"a": 1}}]))
    assert unpack(raw) is None
    assert pack_body(unpack_body(raw)) == raw


def test_a_header_that_cannot_be_shown_is_kept_as_bytes() -> None:
    assert unpack_body(number_header()).keys() == {"base64"}


@pytest.mark.parametrize(
    "frame",
    [
        {"headers": {":exception-type": f"bad {KEY}"}, "json": {}},
        {"headers": HEADERS, "json": {"message": f"bad {KEY}", KEY: 1}},
        {"headers": HEADERS, "event": {"message": [f"bad {KEY}"]}},
        {"headers": HEADERS, "text": f"bad {KEY}"},
        {"headers": HEADERS, "base64": base64.b64encode(b"\xff" + KEY.encode()).decode()},
    ],
    ids=["header", "json", "event", "text", "base64"],
)
def test_a_key_in_a_frame_is_found_and_taken_out(frame: dict[str, Any]) -> None:
    interaction = {"response": {"body": {"frames": [frame]}}}
    assert leaks(interaction, Secrets())
    written = clean(interaction, Secrets())
    assert leaks(written, Secrets()) is None
    assert KEY.encode() not in pack(written["response"]["body"]["frames"])
    assert [each.keys() for each in written["response"]["body"]["frames"]] == [frame.keys()]
