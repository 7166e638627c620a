"""Compressed answers are read as they come, and a broken or cut compression is seen."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abstractllm_lite.providers.litellm.wire import Exchange
from abstractllm_lite.providers.litellm.wire.clients import http_client
from abstractllm_lite.providers.litellm.wire.encoding import Decoder, encoding_of, known
from tests.support.faults import TEXT, FaultServer, plain_answer, stream_events
from tests.support.loopback import Loopback, Reply

from .conftest import MODELS, aask, ask

BODY = b"".join(stream_events("openai"))
RAW = zlib.compressobj(wbits=-zlib.MAX_WBITS)
FORMS = {
    "gzip": gzip.compress(BODY),
    "two members": gzip.compress(BODY[:100]) + gzip.compress(BODY[100:]),
    "padded": gzip.compress(BODY) + b"\0\0\0",
    "zlib": zlib.compress(BODY),
    "raw deflate": RAW.compress(BODY) + RAW.flush(),
}


@given(size=st.integers(1, 300))
@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_read_however_it_is_cut(form: str, size: int) -> None:
    decoder, data = Decoder(), FORMS[form]
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    assert b"".join(map(decoder.feed, pieces)) == BODY
    assert decoder.whole


@pytest.mark.parametrize("form", FORMS)
def test_a_cut_is_seen(form: str) -> None:
    decoder = Decoder()
    decoder.feed(FORMS[form][: len(FORMS[form]) // 3])
    assert not decoder.whole


def test_names_of_encodings() -> None:
    named = [encoding_of({"content-encoding": name}) for name in ("", "identity", " GZip ", "br")]
    assert named == ["", "", "gzip", "br"]
    assert [known(name) for name in named] == [True, True, True, False]


@pytest.mark.parametrize("vendor", MODELS)
@pytest.mark.parametrize("stream", [False, True])
async def test_compressed_answers_reach_the_reader_and_the_record(
    server: FaultServer, vendor: str, stream: bool
) -> None:
    url = server.url(vendor, "gzip")
    content = b"" if stream else plain_answer(vendor)
    for outcome in (ask(url, vendor, stream=stream), await aask(url, vendor, stream=stream)):
        assert (outcome.text, outcome.fault, outcome.error) == (TEXT, None, None)
        assert (outcome.exchange.ended, outcome.exchange.content) == (True, content)


async def read(url: str, exchange: Exchange, *, is_async: bool, body: bytes = b"{}") -> bytes:
    client = http_client(exchange, is_async=is_async)
    if is_async:
        return bytes((await client.post(url, content=body)).content)
    return bytes(client.post(url, content=body).content)


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize(
    "coded", [b"no gzip at all", gzip.compress(b"{}", mtime=0)[:-9]], ids=["none", "cut"]
)
async def test_broken_compression_is_a_fault(
    loopback: Loopback, is_async: bool, coded: bytes
) -> None:
    loopback.reply = Reply(coded, headers={"content-encoding": "gzip"})
    exchange = Exchange(20.0)
    with pytest.raises(Exception, match="compression"):
        await read(loopback.url, exchange, is_async=is_async)
    assert exchange.fault is not None
    assert exchange.fault.kind == "bad_body"
    assert exchange.content == b""


@pytest.mark.parametrize("is_async", [False, True])
async def test_compressed_stream_that_is_cut_at_an_event_is_truncated(
    loopback: Loopback, is_async: bool
) -> None:
    half = gzip.compress(b"".join(stream_events("openai")[:3]))
    loopback.reply = Reply(half, headers={"content-encoding": "gzip"}, piece=5)
    exchange = Exchange(20.0, stream=True)
    exchange.dialect = "sse"
    with pytest.raises(Exception, match="end mark"):
        await read(loopback.url, exchange, is_async=is_async, body=b'{"stream": true}')
    assert exchange.fault is not None
    assert exchange.fault.kind == "truncated"


@pytest.mark.parametrize("is_async", [False, True])
async def test_an_error_is_told_from_a_compressed_body(loopback: Loopback, is_async: bool) -> None:
    told = b'{"error": {"message": "no"}}'
    headers = {"content-encoding": "deflate"}
    loopback.reply = Reply(zlib.compress(told), status=400, headers=headers)
    exchange = Exchange(20.0)
    assert await read(loopback.url, exchange, is_async=is_async) == told
    assert (exchange.body, exchange.content) == (told, b"")


@pytest.mark.parametrize("is_async", [False, True])
async def test_an_encoding_that_is_unknown_here_is_left_to_the_reader(
    loopback: Loopback, is_async: bool
) -> None:
    loopback.reply = Reply(b"data: {}\n\n", headers={"content-encoding": "unheard-of"})
    exchange = Exchange(20.0, stream=True)
    exchange.dialect = "sse"
    body = b'{"stream": true}'
    assert await read(loopback.url, exchange, is_async=is_async, body=body) == b"data: {}\n\n"
    assert (exchange.ended, exchange.content) == (None, b"")
