"""The end of an event stream is known by the vendor's mark, wherever the bytes are cut."""

from __future__ import annotations

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abstractllm_lite.providers.litellm.wire.ends import Tap, asks_for_stream, inflated, readable
from abstractllm_lite.providers.litellm.wire.exchange import BODY_LIMIT, Exchange
from abstractllm_lite.providers.litellm.wire.vendors import KNOWN_ENDS
from tests.real.recordings import FOLDER, load
from tests.support.faults import error_body, stream_events

VENDORS = ("openai", "anthropic", "gemini")
STREAMS = [row for row in load() if row.streamed and row.response["status"] == 200]


def watch(
    data: bytes, sizes: list[int], headers: dict[str, str] | None = None
) -> tuple[object, Exchange]:
    """The verdict on `data`, fed in pieces of the given sizes in turn."""
    exchange = Exchange(1.0, stream=True)
    exchange.answer(200, (headers or {}).items())
    tap = Tap(exchange)
    turn = 0
    while data:
        size = sizes[turn % len(sizes)]
        tap.feed(data[:size])
        data, turn = data[size:], turn + 1
    return tap.verdict(), exchange


sizes = st.lists(st.integers(1, 200), min_size=1, max_size=20)


@given(sizes=sizes)
@pytest.mark.parametrize("vendor", VENDORS)
def test_whole_stream_has_its_end_however_it_is_cut(vendor: str, sizes: list[int]) -> None:
    verdict, exchange = watch(b"".join(stream_events(vendor)), sizes)
    assert (verdict, exchange.ended) == (None, True)


@given(sizes=sizes, end=st.integers(1, 9))
@pytest.mark.parametrize("vendor", VENDORS)
def test_stream_without_its_last_events_is_truncated(
    vendor: str, sizes: list[int], end: int
) -> None:
    events = stream_events(vendor)[:end]
    verdict, exchange = watch(b"".join(events), sizes)
    assert (verdict, exchange.ended) == ("truncated", False)


@given(sizes=sizes)
@pytest.mark.parametrize("vendor", VENDORS)
def test_error_event_is_kept_whole(vendor: str, sizes: list[int]) -> None:
    begun = b"".join(stream_events(vendor)[:3])
    verdict, exchange = watch(begun + b"data: " + error_body(vendor, 529) + b"\n\n", sizes)
    assert verdict == "error_event"
    assert error_body(vendor, 529) in exchange.body


@given(sizes=sizes, text=st.text())
def test_marks_within_the_text_are_not_marks(sizes: list[int], text: str) -> None:
    for words in (text, '\ndata: [DONE]\n\n"finish_reason":"stop" "type":"message_stop"'):
        chunk = {"choices": [{"delta": {"content": words}, "finish_reason": None}]}
        verdict, _ = watch(b"data: " + json.dumps(chunk).encode() + b"\n\n", sizes)
        assert verdict == "truncated"


@pytest.mark.parametrize("body", [b"", b"<html>\n</html>", b'{"error": "x"}', b"[1]"])
def test_what_is_no_event_stream_is_a_bad_body_and_kept(body: bytes) -> None:
    verdict, exchange = watch(body, [3])
    assert verdict == "bad_body"
    assert exchange.body == body


def test_a_bad_body_is_kept_up_to_the_limit() -> None:
    _, exchange = watch(b"x" * (BODY_LIMIT + 5), [1000])
    assert exchange.body == b"x" * BODY_LIMIT


@pytest.mark.parametrize("vendor", VENDORS)
def test_compressed_stream_is_watched(vendor: str) -> None:
    data = gzip.compress(b"".join(stream_events(vendor)))
    assert watch(data, [11], {"content-encoding": "gzip"})[0] is None
    half = gzip.compress(b"".join(stream_events(vendor)[:4]))
    assert watch(half, [11], {"content-encoding": "gzip"})[0] == "truncated"


def test_broken_compression_is_no_verdict() -> None:
    verdict, exchange = watch(b"not gzip at all", [4], {"content-encoding": "gzip"})
    assert (verdict, exchange.ended) == (None, None)


def test_unknown_compression_cannot_be_watched() -> None:
    assert readable({})
    assert readable({"content-encoding": "gzip"})
    assert not readable({"content-encoding": "br"})


def test_error_body_is_decoded_where_it_can_be() -> None:
    assert inflated(gzip.compress(b"{}"), {"content-encoding": "gzip"}) == b"{}"
    assert inflated(b"broken", {"content-encoding": "gzip"}) == b"broken"
    assert inflated(b"as it is", {"content-encoding": "br"}) == b"as it is"


@pytest.mark.parametrize(
    ("path", "body", "asks"),
    [
        ("/v1/chat/completions", b'{"stream": true}', True),
        ("/v1/chat/completions", b'{"stream":false}', False),
        ("/v1/chat/completions", json.dumps({"content": '"stream": true'}).encode(), False),
        ("/models/gemini:streamGenerateContent", b"{}", True),
        ("/models/stream-1:generateContent", b"{}", False),
        ("/model/nova/converse-stream", b"{}", True),
        ("/model/nova/converse", b"{}", False),
    ],
)
def test_whether_a_stream_is_asked_for(path: str, body: bytes, asks: bool) -> None:
    assert asks_for_stream(path, body) is asks


@pytest.mark.skipif(not STREAMS, reason=f"no recordings of real vendors in {FOLDER}")
@pytest.mark.parametrize("row", STREAMS, ids=lambda row: row.id)
def test_real_vendors_streams_all_have_an_end_that_is_seen(row: object) -> None:
    known = row.model.split("/")[0] in KNOWN_ENDS  # type: ignore[attr-defined]
    for sizes in ([10**9], [7], [1]):
        verdict, exchange = watch(row.body, sizes)  # type: ignore[attr-defined]
        assert not known or (verdict, exchange.ended) == (None, True)


@pytest.mark.skipif(not STREAMS, reason=f"no recordings of real vendors in {FOLDER}")
def test_real_vendors_streams_are_truncated_when_cut_in_half() -> None:
    known = [row for row in STREAMS if row.model.split("/")[0] in KNOWN_ENDS]
    verdicts = [watch(row.body[: len(row.body) // 3], [7])[0] for row in known]
    assert verdicts.count("truncated") >= 0.9 * len(verdicts)
