"""A stream's end is known by its vendor's mark, and its damage seen, wherever the bytes are cut."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abstractllm_lite.providers.litellm.wire import dialect_of
from abstractllm_lite.providers.litellm.wire.ends import asks_for_stream, tap
from abstractllm_lite.providers.litellm.wire.exchange import BODY_LIMIT, Dialect, Exchange
from abstractllm_lite.providers.litellm.wire.frames import BadFrame, first_frame
from tests.real.recordings import FOLDER, load
from tests.support.faults import error_body, stream_events

VENDORS = ("openai", "anthropic", "gemini")
STREAMS = [row for row in load() if row.streamed and row.response["status"] == 200]


def watch(
    data: bytes, sizes: list[int], dialect: Dialect = "sse"
) -> tuple[object, Exchange, bytes]:
    """The verdict on `data`, fed in pieces of the given sizes in turn, and what was handed on."""
    exchange = Exchange(1.0, stream=True)
    exchange.answer(200, [])
    watcher = tap(dialect, exchange)
    turn, handed = 0, b""
    while data and not watcher.broken:
        size = sizes[turn % len(sizes)]
        handed += watcher.feed(data[:size])
        data, turn = data[size:], turn + 1
    return "broken" if watcher.broken else watcher.verdict(), exchange, handed


def frame(payload: object, kind: str = "event", **headers: str) -> bytes:
    """A frame of AWS's event stream."""
    told = {":message-type": kind, **{f":{k.replace('_', '-')}": v for k, v in headers.items()}}
    packed = b"\x04flag\x00" + b"".join(
        struct.pack(">B", len(name))
        + name.encode()
        + struct.pack(">BH", 7, len(value))
        + value.encode()
        for name, value in told.items()
    )
    body = json.dumps(payload).encode()
    head = struct.pack(">II", 16 + len(packed) + len(body), len(packed))
    whole = head + struct.pack(">I", zlib.crc32(head)) + packed + body
    return whole + struct.pack(">I", zlib.crc32(whole))


def chunk(event: object) -> bytes:
    """What Bedrock's invoke wraps a model's own event in."""
    inner = base64.b64encode(json.dumps(event).encode()).decode()
    return frame({"bytes": inner, "p": "abc"}, event_type="chunk")


CONVERSE = [
    frame({"role": "assistant"}, event_type="messageStart"),
    frame({"delta": {"text": "Grüße"}}, event_type="contentBlockDelta"),
    frame({"contentBlockIndex": 0}, event_type="contentBlockStop"),
    frame({"stopReason": "end_turn"}, event_type="messageStop"),
    frame({"usage": {"inputTokens": 1}}, event_type="metadata"),
]
OLLAMA = [
    json.dumps({"message": {"content": "Grüße"}, "done": False}).encode() + b"\n",
    json.dumps(
        {"message": {"tool_calls": [{"function": {"arguments": {"done": True}}}]}, "done": False}
    ).encode()
    + b"\n",
    b'{"message":{"content":""},"done":true,"done_reason":"stop"}\n',
]


def sse(event: object) -> bytes:
    """A server-sent event."""
    return b"data: " + json.dumps(event).encode() + b"\n\n"


sizes = st.lists(st.integers(1, 200), min_size=1, max_size=20)


@given(sizes=sizes)
@pytest.mark.parametrize("vendor", VENDORS)
def test_whole_stream_has_its_end_however_it_is_cut(vendor: str, sizes: list[int]) -> None:
    verdict, exchange, _ = watch(b"".join(stream_events(vendor)), sizes)
    assert (verdict, exchange.ended) == (None, True)


@given(sizes=sizes, end=st.integers(1, 9))
@pytest.mark.parametrize("vendor", VENDORS)
def test_stream_without_its_last_events_is_truncated(
    vendor: str, sizes: list[int], end: int
) -> None:
    events = stream_events(vendor)[:end]
    verdict, exchange, _ = watch(b"".join(events), sizes)
    assert (verdict, exchange.ended) == ("truncated", False)


@given(sizes=sizes)
@pytest.mark.parametrize("vendor", VENDORS)
def test_error_event_is_kept_whole(vendor: str, sizes: list[int]) -> None:
    begun = b"".join(stream_events(vendor)[:3])
    verdict, exchange, _ = watch(begun + b"data: " + error_body(vendor, 529) + b"\n\n", sizes)
    assert verdict == "error_event"
    assert error_body(vendor, 529) in exchange.body


@given(sizes=sizes, text=st.text())
def test_marks_within_the_text_are_not_marks(sizes: list[int], text: str) -> None:
    for words in (text, '\ndata: [DONE]\n\n"finish_reason":"stop" "type":"message_stop"'):
        chunk = {"choices": [{"delta": {"content": words}, "finish_reason": None}]}
        verdict, *_ = watch(b"data: " + json.dumps(chunk).encode() + b"\n\n", sizes)
        assert verdict == "truncated"


ARGUMENTS = [
    {name: word}
    for name in ("finish_reason", "finishReason", "stop_reason", "blockReason", "type", "error")
    for word in ("stop", "error", "message_stop", {"message": "no"})
]


@pytest.mark.parametrize("arguments", ARGUMENTS, ids=str)
def test_a_tools_arguments_named_like_marks_are_not_marks(arguments: dict[str, Any]) -> None:
    call = {"functionCall": {"name": "close", "args": arguments}}
    begun = sse({"candidates": [{"content": {"parts": [call]}}]})
    end = sse({"candidates": [{"content": {"parts": []}, "finishReason": "STOP"}]})
    for size in (1, 7, 10**6):
        assert watch(begun, [size])[0] == "truncated"
        verdict, exchange, handed = watch(begun + end, [size])
        assert (verdict, exchange.ended, exchange.body) == (None, True, b"")
        assert handed == begun + end


@given(sizes=sizes)
@pytest.mark.parametrize(
    "failure",
    [
        {"error": "no"},
        {"type": "error", "error": {"message": "no"}},
        {"choices": [{"delta": {}, "finish_reason": "error"}]},
    ],
    ids=str,
)
def test_an_error_event_has_its_error_in_its_own_keys(failure: Any, sizes: list[int]) -> None:
    begun = sse({"choices": [{"delta": {"content": "a"}, "finish_reason": None}], "error": None})
    verdict, exchange, _ = watch(begun + sse(failure), sizes)
    assert verdict == "error_event"
    assert json.loads(exchange.body.removeprefix(b"data:")) == failure


@given(sizes=sizes)
def test_an_event_named_error_is_kept_with_its_data(sizes: list[int]) -> None:
    named = b"event: error\n" + sse({"words": "no"})
    verdict, exchange, _ = watch(sse({"choices": []}) + named, sizes)
    assert (verdict, exchange.body) == ("error_event", named)


@given(sizes=sizes)
def test_an_event_in_several_lines_may_be_the_end_or_an_error(sizes: list[int]) -> None:
    begun = sse({"choices": []})
    end = b'data: {"choices":\ndata: [{"finish_reason": "stop"}]}\n\n'
    error = b'data: {"error":\ndata: {"message": "no"}}\n\n'
    assert watch(begun + end, sizes)[0] is None
    verdict, exchange, _ = watch(begun + error, sizes)
    assert (verdict, exchange.body[:34]) == ("error_event", b'data: {"error": {"message": "no"}}')


@pytest.mark.parametrize("last", [b"data: [DONE]", b'data: {"choices":[{"finish_reason":"stop"}]}'])
def test_the_last_line_may_lack_its_end(last: bytes) -> None:
    assert watch(sse({"choices": []}) + last, [9])[0] is None


@pytest.mark.parametrize("body", [b"", b"<html>\n</html>", b'{"error": "x"}', b"[1]"])
def test_what_is_no_event_stream_is_a_bad_body_and_kept(body: bytes) -> None:
    verdict, exchange, _ = watch(body, [3])
    assert verdict == "bad_body"
    assert exchange.body == body


def test_a_bad_body_is_kept_up_to_the_limit() -> None:
    _, exchange, _ = watch(b"x" * (BODY_LIMIT + 5), [1000])
    assert exchange.body == b"x" * BODY_LIMIT


BAD = [b'data: {"cut": "he\n\n', b"data: not json\r\n\r\n", b'data: {"x": "\xff"}\n\n']


@given(sizes=sizes)
@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("vendor", VENDORS)
def test_an_event_that_is_no_json_breaks_the_stream_after_what_came_before(
    vendor: str, bad: bytes, sizes: list[int]
) -> None:
    events = stream_events(vendor)
    before = b"".join(events[:3])
    whole = before + bad + b"".join(events[3:])
    verdict, exchange, handed = watch(whole, sizes)
    assert (verdict, exchange.ended) == ("broken", False)
    assert handed.startswith(before)
    assert whole.startswith(handed)
    assert watch(whole, [10**6])[2] == before, "nothing of the bad event is handed on"


@pytest.mark.parametrize("vendor", VENDORS)
def test_what_follows_the_end_cannot_break_the_stream(vendor: str) -> None:
    whole = b"".join(stream_events(vendor)) + BAD[0]
    for size in (1, 10**6):
        assert watch(whole, [size])[::2] == (None, whole)


@pytest.mark.parametrize(
    "sound",
    [
        b": a comment\n\n",
        b"data:\n\n",
        b"event: ping\ndata: {}\n\n",
        b"id: 5\nretry: 10\ndata: {}\n\n",
        b'data: {"a":\ndata: 1}\n\n',
        b'data: {"a": 1}\ndata: {"b": 2}\n\n',
        b"data: [DONE]\n\n",
    ],
)
def test_events_of_every_sound_shape_pass(sound: bytes) -> None:
    for size in (1, 5, 100):
        assert watch(sound, [size])[2] == sound


@given(sizes=sizes)
def test_converse_ends_with_its_message_stop(sizes: list[int]) -> None:
    whole = b"".join(CONVERSE)
    verdict, exchange, handed = watch(whole, sizes, "eventstream")
    assert (verdict, exchange.ended, exchange.reasoned, handed) == (None, True, True, whole)


@given(sizes=sizes, cut=st.integers(1, sum(map(len, CONVERSE[:4])) - 1))
def test_converse_that_is_cut_before_its_message_stop_is_truncated(
    sizes: list[int], cut: int
) -> None:
    verdict, exchange, _ = watch(b"".join(CONVERSE)[:cut], sizes, "eventstream")
    assert verdict == ("truncated" if cut >= len(CONVERSE[0]) else "bad_body")
    assert exchange.ended is False


@given(sizes=sizes)
@pytest.mark.parametrize(
    "last",
    [
        {"type": "message_stop"},
        {"completionReason": "FINISH", "amazon-bedrock-invocationMetrics": {"inputTokenCount": 1}},
        {"choices": [{"stop_reason": "stop"}]},
    ],
)
def test_invoke_ends_with_its_models_end(last: object, sizes: list[int]) -> None:
    begun = chunk({"type": "content_block_delta", "delta": {"text": "Grüße"}})
    assert watch(begun + chunk(last), sizes, "eventstream")[0] is None
    assert watch(begun, sizes, "eventstream")[0] == "truncated"


@given(sizes=sizes)
def test_exception_of_bedrock_is_an_error_event_with_its_type_and_words(sizes: list[int]) -> None:
    thrown = frame(
        {"message": "Too many requests"}, "exception", exception_type="throttlingException"
    )
    verdict, exchange, _ = watch(CONVERSE[0] + thrown, sizes, "eventstream")
    assert verdict == "error_event"
    told = json.loads(exchange.body.removeprefix(b"data: "))
    assert told["error"] == {"type": "throttlingException", "message": "Too many requests"}
    coded = frame({}, "error", error_code="InternalError", error_message="it broke")
    _, exchange, _ = watch(CONVERSE[0] + coded, [9], "eventstream")
    told = json.loads(exchange.body.removeprefix(b"data: "))
    assert told["error"] == {"type": "InternalError", "message": "it broke"}


@pytest.mark.parametrize("place", [0, 8, 20, -3])
def test_damaged_frame_breaks_the_stream_after_what_came_before(place: int) -> None:
    damaged = bytearray(CONVERSE[1])
    damaged[place] ^= 0xFF
    whole = CONVERSE[0] + bytes(damaged) + b"".join(CONVERSE[2:])
    verdict, _, handed = watch(whole, [10**6], "eventstream")
    assert (verdict, handed) == ("broken", CONVERSE[0])


def test_what_is_no_frame_is_a_bad_body_and_kept() -> None:
    page = b"<html><body>Welcome to the proxy</body></html>"
    verdict, exchange, handed = watch(page, [7], "eventstream")
    assert (verdict, exchange.body, handed) == ("bad_body", page, page)


@pytest.mark.parametrize("headers", [b"\x09short", b"\x01n\x63", b"\x01n\x07\x00"])
def test_headers_that_cannot_be_read_are_no_frame(headers: bytes) -> None:
    head = struct.pack(">II", 16 + len(headers), len(headers))
    whole = head + struct.pack(">I", zlib.crc32(head)) + headers
    with pytest.raises(BadFrame, match="headers"):
        first_frame(whole + struct.pack(">I", zlib.crc32(whole)))


@given(sizes=sizes, newline=st.booleans())
def test_ollama_ends_with_done(sizes: list[int], newline: bool) -> None:
    whole = b"".join(OLLAMA)
    whole = whole if newline else whole.rstrip()
    verdict, exchange, handed = watch(whole, sizes, "ndjson")
    assert (verdict, exchange.ended, handed) == (None, True, whole)


@given(sizes=sizes, cut=st.integers(1, sum(map(len, OLLAMA)) - 2))
def test_ollama_that_is_cut_before_done_is_truncated(sizes: list[int], cut: int) -> None:
    verdict, exchange, _ = watch(b"".join(OLLAMA)[:cut], sizes, "ndjson")
    assert verdict == ("truncated" if cut >= len(OLLAMA[0]) - 1 else "bad_body")
    assert exchange.ended is False


@given(sizes=sizes)
def test_error_line_of_ollama_is_an_error_event(sizes: list[int]) -> None:
    line = b'{"error":"model runner has unexpectedly stopped"}\n'
    verdict, exchange, _ = watch(OLLAMA[0] + line, sizes, "ndjson")
    assert (verdict, exchange.body) == ("error_event", b"data: " + line.strip())


def test_line_that_is_no_json_breaks_ollamas_stream_after_what_came_before() -> None:
    verdict, _, handed = watch(b"".join([OLLAMA[0], b'{"cut": "h\n', *OLLAMA[1:]]), [999], "ndjson")
    assert (verdict, handed) == ("broken", OLLAMA[0])


@pytest.mark.parametrize("body", [b"", b"<html>\n</html>\n"])
def test_what_are_no_lines_of_json_is_a_bad_body_and_kept(body: bytes) -> None:
    verdict, exchange, _ = watch(body, [3], "ndjson")
    assert (verdict, exchange.body) == ("bad_body", body)


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


def dialect(row: Any) -> Dialect | None:
    return dialect_of(row.model.split("/")[0])


KNOWN = [row for row in STREAMS if dialect(row)]


@pytest.mark.skipif(not STREAMS, reason=f"no recordings of real vendors in {FOLDER}")
@pytest.mark.parametrize("row", KNOWN, ids=lambda row: row.id)
def test_real_vendors_streams_are_sound_and_have_an_end_that_is_seen(row: Any) -> None:
    found = dialect(row)
    assert found
    for sizes in ([10**9], [7], [1]):
        verdict, exchange, handed = watch(row.body, sizes, found)
        assert (verdict, exchange.ended, handed) == (None, True, row.body)


@pytest.mark.skipif(not STREAMS, reason=f"no recordings of real vendors in {FOLDER}")
def test_real_vendors_streams_are_truncated_when_cut() -> None:
    cut = [watch(row.body[: len(row.body) // 3], [7], dialect(row) or "sse")[0] for row in KNOWN]
    assert cut.count("truncated") >= 0.9 * len(cut)
    assert {dialect(row) for row in KNOWN} == {"sse", "ndjson", "eventstream"}
