"""`use_cassette` records what the HTTP clients get, and gives it to them again, offline."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any, get_args

import aiohttp
import httpx
import pytest

from abstractllm_lite.exceptions import AbstractLLMError
from abstractllm_lite.testing import (
    Cassette,
    CassetteError,
    CassetteMiss,
    SecretInCassette,
    use_cassette,
)
from abstractllm_lite.testing.cassettes import Record
from abstractllm_lite.testing.errors import Unanswered
from abstractllm_lite.testing.form import dump, load
from abstractllm_lite.testing.taking import Taking
from tests.support.loopback import Loopback, Reply, Request

# Reading the certificates anew for each client takes longer than all else here.
post = partial(httpx.post, verify=False)

VENDOR = "https://api.vendor.invalid/v1"
JSON = "application/json"
KEY = "a-key-without-any-known-shape"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "cassette.yaml"


@pytest.fixture
def counting(loopback: Loopback) -> Loopback:
    """A server that says how many requests it has had."""

    def count(request: Request) -> Reply:
        return Reply({"answer": len(loopback.requests), "asked": request.json})

    loopback.reply = count
    return loopback


def ask(url: str, question: Any = "q", **headers: str) -> Any:
    return post(url, json={"question": question}, headers=headers).json()["answer"]


async def ask_async(url: str, question: Any = "q") -> Any:
    told: dict[str, Any] = {
        "data": json.dumps({"question": question}),
        "headers": {"content-type": JSON},
    }
    async with aiohttp.ClientSession() as session, session.post(url, **told) as response:
        return (await response.json())["answer"]


def written(path: Path) -> dict[str, Any]:
    return load(path.read_text("utf-8"))


def without_header(path: Path) -> str:
    header, _, rest = path.read_text("utf-8").partition("\nversion: 1\n")
    assert header.startswith("header:\n")
    return rest


# Recording and replaying


def test_what_was_recorded_is_replayed_without_the_server(counting: Loopback, path: Path) -> None:
    with use_cassette(path, record="once"):
        assert ask(counting.url) == 1
    with use_cassette(path) as cassette:
        assert ask(counting.url) == 1
    assert len(counting.requests) == 1
    assert cassette.unused == []


async def test_a_sync_recording_serves_async_code(counting: Loopback, path: Path) -> None:
    with use_cassette(path, record="once"):
        assert ask(counting.url) == 1
    async with use_cassette(path):
        assert await ask_async(counting.url) == 1
    assert len(counting.requests) == 1


async def test_an_async_recording_serves_sync_code(counting: Loopback, path: Path) -> None:
    async with use_cassette(path, record="once"):
        assert await ask_async(counting.url) == 1
    with use_cassette(path):
        assert ask(counting.url) == 1
    assert len(counting.requests) == 1


async def test_async_httpx_is_served_too(counting: Loopback, path: Path) -> None:
    with use_cassette(path, record="once"):
        ask(counting.url)
    async with use_cassette(path), httpx.AsyncClient() as client:
        response = await client.post(counting.url, json={"question": "q"})
    assert response.json()["answer"] == 1


async def test_json_that_aiohttp_is_yet_to_write_is_the_same(
    counting: Loopback, path: Path
) -> None:
    with use_cassette(path, record="once"):
        ask(counting.url)
    async with use_cassette(path), aiohttp.ClientSession() as session:
        response = await session.post(counting.url, json={"question": "q"})
        assert (await response.json())["answer"] == 1


async def test_a_file_is_sent_and_recorded_by_its_content(counting: Loopback, path: Path) -> None:
    async with use_cassette(path, record="once"), aiohttp.ClientSession() as session:
        await session.post(counting.url, data=io.BytesIO(b'{"question": "q"}'))
    assert counting.requests[0].json == {"question": "q"}
    with use_cassette(path):
        assert ask(counting.url) == 1


async def test_a_body_that_cannot_be_compared_is_refused(path: Path) -> None:
    async with use_cassette(path), aiohttp.ClientSession() as session:
        with pytest.raises(CassetteError, match="type FormData cannot be recorded"):
            await session.post("http://h.invalid", data=aiohttp.FormData({"a": "b"}))


def test_equal_requests_are_answered_in_the_order_of_recording(
    counting: Loopback, path: Path
) -> None:
    with use_cassette(path, record="once"):
        assert [ask(counting.url) for _ in range(3)] == [1, 2, 3]
    with use_cassette(path):
        assert [ask(counting.url) for _ in range(3)] == [1, 2, 3]


@pytest.mark.parametrize(
    "wrap",
    [bytes, io.BytesIO, lambda body: iter([body[:5], body[5:]])],
    ids=["bytes", "file", "iter"],
)
def test_other_clients_than_ours_are_served_by_vcrpy(
    wrap: Callable[[bytes], Any], counting: Loopback, path: Path
) -> None:
    import urllib3

    def ask_urllib3() -> Any:
        body = wrap(b'{"question": "q"}')
        with urllib3.PoolManager() as pool:
            return pool.request("POST", counting.url, body=body).json()["answer"]

    with use_cassette(path, record="once"):
        assert ask_urllib3() == 1
    with use_cassette(path):
        assert ask_urllib3() == 1
        with pytest.raises(Unanswered):
            ask_urllib3()
    assert len(counting.requests) == 1


@pytest.mark.parametrize(
    "content", [b"plain \xff\x00 bytes", [b"in ", b"pieces"], "text", b""], ids=str
)
def test_any_body_can_be_sent_and_answered(content: Any, loopback: Loopback, path: Path) -> None:
    loopback.reply = lambda request: Reply(request.body, headers={"content-type": "x/y"})
    kept = iter(content) if isinstance(content, list) else content
    with use_cassette(path, record="once"):
        first = post(loopback.url, content=kept)
    kept = iter(content) if isinstance(content, list) else content
    with use_cassette(path):
        again = post(loopback.url, content=kept)
    assert first.content == again.content == loopback.requests[0].body
    assert again.headers["content-type"] == "x/y"


async def test_compressed_answers_are_written_readable(loopback: Loopback, path: Path) -> None:
    packed = gzip.compress(json.dumps({"answer": "hö"}).encode())
    loopback.reply = Reply(packed, headers={"content-encoding": "gzip"})
    with use_cassette(path, record="once"):
        assert ask(loopback.url) == "hö"
        assert await ask_async(loopback.url) == "hö"
    for interaction in written(path)["interactions"]:
        assert interaction["response"]["body"] == {"json": {"answer": "hö"}}
    with use_cassette(path):
        assert ask(loopback.url) == "hö"
        assert await ask_async(loopback.url) == "hö"


def test_an_encoding_that_cannot_be_undone_is_kept_as_it_came() -> None:
    taking = Taking({"uri": VENDOR}, VENDOR, learn=list)
    taking.begin(200, "OK", [("Content-Encoding", "br"), ("Date", "today")])
    taking.feed(b"\xff\xfe")
    taking.end(whole=True)
    assert taking.interaction
    response = taking.interaction["response"]
    assert response["headers"] == {"content-encoding": ["br"]}
    assert response["body"] == {"base64": "//4="}


def test_status_and_retry_headers_come_back(loopback: Loopback, path: Path) -> None:
    loopback.reply = Reply({}, status=429, headers={"retry-after": "7", "x-should-retry": "true"})
    with use_cassette(path, record="once"):
        post(loopback.url)
    with use_cassette(path):
        response = post(loopback.url)
    assert response.status_code == 429
    assert response.headers["retry-after"] == "7"
    assert response.headers["x-should-retry"] == "true"


def test_a_redirect_is_recorded_and_followed_again(loopback: Loopback, path: Path) -> None:
    loopback.queue(Reply({}, status=307, headers={"location": f"{loopback.url}/there?key={KEY}"}))
    loopback.reply = Reply({"answer": "there"})
    with use_cassette(path, record="once"):
        post(loopback.url, follow_redirects=True)
    assert KEY not in path.read_text("utf-8")
    with use_cassette(path):
        assert post(loopback.url, follow_redirects=True).json() == {"answer": "there"}


async def test_aiohttp_follows_a_recorded_redirect(loopback: Loopback, path: Path) -> None:
    loopback.queue(Reply({}, status=302, headers={"location": "/there"}))
    loopback.reply = Reply({"answer": "there"})
    async with use_cassette(path, record="once"):
        assert await ask_async(loopback.url) == "there"
    async with use_cassette(path) as cassette:
        assert await ask_async(loopback.url) == "there"
    assert len(loopback.requests) == 2
    assert cassette.unused == []


def test_many_threads_share_a_cassette(counting: Loopback, path: Path) -> None:
    questions = list(range(24))
    with use_cassette(path, record="once"), ThreadPoolExecutor(8) as threads:
        first = list(threads.map(lambda n: ask(counting.url, n), questions))
    with use_cassette(path) as cassette, ThreadPoolExecutor(8) as threads:
        again = list(threads.map(lambda n: ask(counting.url, n), questions))
    assert first == again
    assert cassette.unused == []


async def test_many_tasks_share_a_cassette(counting: Loopback, path: Path) -> None:
    async with use_cassette(path, record="once"):
        first = await asyncio.gather(*(ask_async(counting.url, n) for n in range(24)))
    async with use_cassette(path):
        again = await asyncio.gather(*(ask_async(counting.url, n) for n in range(24)))
    assert first == again


def test_after_the_cassette_the_network_is_back(counting: Loopback, path: Path) -> None:
    with httpx.Client() as client:
        with use_cassette(path, record="once"):
            client.post(counting.url, json={"question": "q"})
        with use_cassette(path):
            client.post(counting.url, json={"question": "q"})
        client.post(counting.url, json={"question": "q"})
    assert len(counting.requests) == 2


def test_of_nested_cassettes_the_inner_one_answers(counting: Loopback, path: Path) -> None:
    inner = path.with_name("inner.yaml")
    with use_cassette(path, record="once") as outer:
        with use_cassette(inner, record="once"):
            ask(counting.url)
        ask(counting.url, "outer")
    assert len(outer.interactions) == 1
    assert len(written(inner)["interactions"]) == 1


def test_one_cassette_can_be_opened_again_but_not_twice(counting: Loopback, path: Path) -> None:
    cassette = use_cassette(path, record="once")
    with cassette:
        ask(counting.url)
        with pytest.raises(CassetteError, match="open already"):
            cassette.__enter__()
    with cassette:
        assert ask(counting.url) == 1
    assert len(counting.requests) == 1


def test_unused_answers_are_named(counting: Loopback, path: Path) -> None:
    with use_cassette(path, record="once"):
        ask(counting.url + "/a")
        ask(counting.url + "/b")
    with use_cassette(path) as cassette:
        ask(counting.url + "/a")
    assert cassette.unused == [f"POST {counting.url}/b"]
    assert repr(cassette) == f"<Cassette {path}: 2 recorded, record='none'>"


# Record modes: what was recorded before, whether a known and an unknown question reach the server,
# and how many interactions the file then holds.


@pytest.mark.parametrize(
    ("mode", "known", "unknown", "left"),
    [
        ("none", False, None, 2),
        ("once", False, None, 2),
        ("new", False, True, 3),
        ("rewrite", True, True, 2),
        ("all", True, True, 3),
    ],
)
def test_record_modes(
    mode: Record, known: bool, unknown: bool | None, left: int, counting: Loopback, path: Path
) -> None:
    with use_cassette(path, record="once"):
        ask(counting.url, "known")
        ask(counting.url, "other")
    with use_cassette(path, record=mode):
        assert ask(counting.url, "known") == (3 if known else 1)
        if unknown is None:
            with pytest.raises(Unanswered):
                ask(counting.url, "unknown")
        else:
            ask(counting.url, "unknown")
    asked = [i["request"]["body"]["json"]["question"] for i in written(path)["interactions"]]
    assert len(asked) == left
    assert len(counting.requests) == 2 + known + bool(unknown)


def test_every_record_mode_has_its_row() -> None:
    assert set(get_args(Record)) == {"none", "once", "new", "rewrite", "all"}


def test_none_never_records(counting: Loopback, path: Path) -> None:
    with use_cassette(path), pytest.raises(Unanswered):
        ask(counting.url)
    assert not path.exists()
    assert counting.requests == []


def test_the_environment_sets_the_mode_that_no_argument_sets(
    counting: Loopback, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ABSTRACTLLM_LITE_RECORD", "once")
    with use_cassette(path):
        ask(counting.url)
    with use_cassette(path, record="none"), pytest.raises(Unanswered):
        ask(counting.url, "other")
    monkeypatch.setenv("ABSTRACTLLM_LITE_RECORD", "maybe")
    with pytest.raises(CassetteError, match="'maybe' is none of none, once, new, rewrite, all"):
        use_cassette(path)


def test_all_replaces_in_place_of_what_was_asked_again(counting: Loopback, path: Path) -> None:
    with use_cassette(path, record="once"):
        ask(counting.url, "a")
        ask(counting.url, "b")
    with use_cassette(path, record="all"):
        ask(counting.url, "b")
    with use_cassette(path):
        assert ask(counting.url, "a") == 1
        assert ask(counting.url, "b") == 3


def test_a_recording_that_failed_half_way_keeps_what_it_has(counting: Loopback, path: Path) -> None:
    with pytest.raises(ZeroDivisionError), use_cassette(path, record="once"):
        ask(counting.url)
        1 / 0  # noqa: B018
    assert len(written(path)["interactions"]) == 1


def test_a_rewriting_that_failed_half_way_leaves_the_file(counting: Loopback, path: Path) -> None:
    with use_cassette(path, record="once"):
        ask(counting.url)
    before = path.read_bytes()
    with pytest.raises(ZeroDivisionError), use_cassette(path, record="rewrite"):
        ask(counting.url)
        1 / 0  # noqa: B018
    assert path.read_bytes() == before


@pytest.mark.parametrize("mode", ["none", "once", "new", "rewrite", "all"])
def test_without_a_recording_the_file_is_not_touched(
    mode: Record, counting: Loopback, path: Path
) -> None:
    with use_cassette(path, record="once"):
        ask(counting.url)
    before = path.read_bytes(), path.stat().st_mtime_ns
    with use_cassette(path, record=mode):
        pass
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


# A stand-in


async def test_a_vendors_requests_are_recorded_via_a_stand_in(
    counting: Loopback, path: Path
) -> None:
    via = {VENDOR: f"{counting.url}/stand/in"}
    with use_cassette(path, record="once", record_via=via, stand_in="standin 1.2"):
        assert ask(f"{VENDOR}/chat?alt=sse", "sync") == 1
        assert await ask_async(f"{VENDOR}/chat?alt=sse", "async") == 2
        async with httpx.AsyncClient() as client:
            await client.post(f"{VENDOR}/chat?alt=sse", json={"question": "httpx"})
    for request in counting.requests:
        assert (request.path, request.query) == ("/stand/in/chat", "alt=sse")
        assert request.headers["host"] == counting.url.removeprefix("http://")
    uris = {interaction["request"]["uri"] for interaction in written(path)["interactions"]}
    assert uris == {f"{VENDOR}/chat?alt=sse"}
    assert written(path)["header"]["recorded_from"] == "standin 1.2 (a stand-in, not the vendor)"
    with use_cassette(path, record_via=via) as cassette:
        assert ask(f"{VENDOR}/chat?alt=sse", "async") == 2
        assert await ask_async(f"{VENDOR}/chat?alt=sse", "sync") == 1
    assert cassette.recorded_from == "standin 1.2 (a stand-in, not the vendor)"


async def test_only_the_vendors_own_address_is_sent_to_the_stand_in(
    counting: Loopback, path: Path
) -> None:
    via = {f"{counting.url}/v1": f"{counting.url}/in", f"{counting.url}/v1/x": f"{counting.url}/x"}
    with use_cassette(path, record="once", record_via=via) as cassette:
        for place in ("/v1/chat", "/v1", "/v1?a=b", "/v10/chat", "/v1/x/y", "/other"):
            ask(counting.url + place)
        await ask_async(f"{counting.url}/other/async")
    paths = [request.path for request in counting.requests]
    assert paths == ["/in/chat", "/in", "/in", "/v10/chat", "/x/y", "/other", "/other/async"]
    assert cassette.recorded_from == "127.0.0.1, unnamed (a stand-in, not the vendor)"


@pytest.mark.parametrize("address", ["api.openai.com", "ftp://h", "", "https://"])
def test_a_stand_in_needs_two_addresses(address: str, path: Path) -> None:
    with pytest.raises(CassetteError, match="is not an http"):
        use_cassette(path, record_via={VENDOR: address})
    with pytest.raises(CassetteError, match="is not an http"):
        use_cassette(path, record_via={address: VENDOR})


def test_the_header_says_when_and_with_what_and_from_whom(counting: Loopback, path: Path) -> None:
    with use_cassette(path, record="once"):
        ask(counting.url)
    header = written(path)["header"]
    assert header["recorded_from"] == "127.0.0.1"
    assert header["recorded_at"].endswith("Z")
    assert {"abstractllm-lite", "vcrpy", "python"} <= set(header["recorded_with"])


def test_a_library_without_a_version_does_not_cost_the_recording(
    counting: Loopback, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr("abstractllm_lite.testing.store.version", unknown)
    with use_cassette(path, record="once"):
        ask(counting.url)
    assert written(path)["header"]["recorded_with"]["vcrpy"] == "unknown"


def test_the_header_names_all_who_answered(counting: Loopback, path: Path) -> None:
    with use_cassette(path, record="once"):
        ask(counting.url)
    via = {VENDOR: counting.url}
    with use_cassette(path, record="new", record_via=via, stand_in="standin 1.2") as cassette:
        ask(VENDOR)
    assert cassette.recorded_from == "127.0.0.1, standin 1.2 (a stand-in, not the vendor)"
    with use_cassette(path, record="rewrite", record_via=via, stand_in="standin 1.3") as cassette:
        ask(VENDOR)
    assert cassette.recorded_from == "standin 1.3 (a stand-in, not the vendor)"


async def test_two_recordings_differ_in_their_headers_only(
    loopback: Loopback, tmp_path: Path
) -> None:
    loopback.reply = lambda request: Reply(
        {"answer": request.json["question"]},
        headers={"date": str(len(loopback.requests)), "x-request-id": str(len(loopback.requests))},
    )
    via = {VENDOR: loopback.url}
    one, two, three = (tmp_path / f"{name}.yaml" for name in ("one", "two", "three"))
    for path in (one, two):
        with use_cassette(path, record="once", record_via=via):
            ask(VENDOR, [1.0, "ü"], authorization=f"Bearer {path.name}")
    async with use_cassette(three, record="once", record_via=via):
        await ask_async(VENDOR, [1.0, "ü"])
    assert without_header(one) == without_header(two) == without_header(three)


def test_the_order_of_a_requests_keys_does_not_reach_the_file(
    loopback: Loopback, tmp_path: Path
) -> None:
    loopback.reply = Reply({"b": 1, "a": 2})
    one, two = tmp_path / "one.yaml", tmp_path / "two.yaml"
    for path, content in (
        (one, b'{"a":[{"x":1,"y":2}],"b":0}'),
        (two, b'{"b":0,"a":[{"y":2,"x":1}]}'),
    ):
        with use_cassette(path, record="once"):
            post(loopback.url, content=content)
    assert without_header(one) == without_header(two)
    assert list(written(one)["interactions"][0]["response"]["body"]["json"]) == ["b", "a"]


# Secrets


def test_no_credential_reaches_the_file(loopback: Loopback, path: Path) -> None:
    loopback.queue(Reply({"answer": f"your key {KEY} is of org-of-the-caller"}))
    loopback.reply = Reply({"answer": "ok"}, headers={"openai-organization": "org-of-the-caller"})
    with use_cassette(path, record="once"):
        assert KEY in ask(f"{loopback.url}/?key={KEY}", "q", authorization=f"Bearer {KEY}")
        ask(loopback.url)
    text = path.read_text("utf-8")
    assert KEY not in text
    assert "org-of-the-caller" not in text
    assert "your key REDACTED is of REDACTED" in text
    with use_cassette(path):
        assert ask(f"{loopback.url}/?key=another", "q") == "your key REDACTED is of REDACTED"


def test_given_secrets_do_not_reach_the_file_and_still_match(
    counting: Loopback, path: Path
) -> None:
    for mode in ("once", "none"):
        with use_cassette(path, record=mode, secrets=["hunter2-hunter2"]):
            assert ask(counting.url, "my password is hunter2-hunter2") == 1
    assert "hunter2" not in path.read_text("utf-8")


def test_a_prompt_that_speaks_of_the_replaying_key_is_found(counting: Loopback, path: Path) -> None:
    with use_cassette(path, record="once"):
        ask(counting.url, "what is replayed?", authorization=f"Bearer {KEY}")
    with use_cassette(path):
        assert ask(counting.url, "what is replayed?", authorization="Bearer replayed") == 1


def test_a_miss_does_not_repeat_the_key(path: Path) -> None:
    with use_cassette(path), pytest.raises(Unanswered) as caught:
        ask(f"http://h.invalid/?key={KEY}", f"my key is {KEY}", authorization=f"Bearer {KEY}")
    assert "my key is" not in str(caught.value)
    assert KEY not in str(caught.value)


def test_a_write_that_would_still_hold_a_key_is_refused(
    counting: Loopback, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with use_cassette(path, record="once"):
        ask(counting.url)
    before = path.read_bytes()
    monkeypatch.setattr("abstractllm_lite.testing.scrub.clean", lambda message, _: message)
    refused = pytest.raises(
        SecretInCassette, match=r"not written: interaction 2 holds a key in its request\.body\.json"
    )
    with refused as caught, use_cassette(path, record="new"):
        ask(counting.url, KEY, authorization=f"Bearer {KEY}")
    assert KEY not in str(caught.value)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_file_that_holds_a_key_is_not_used(counting: Loopback, path: Path) -> None:
    with use_cassette(path, record="once"):
        ask(counting.url, "innocent")
    key = "sk-" + "a1b2c3d4" * 4
    path.write_text(path.read_text("utf-8").replace("innocent", key), "utf-8")
    with pytest.raises(SecretInCassette, match="not used: interaction 1 holds a key") as caught:
        use_cassette(path).__enter__()
    assert key not in str(caught.value)
    assert str(path) in str(caught.value)


# Misses and unusable files


def test_a_miss_carries_its_error_through_the_client(counting: Loopback, path: Path) -> None:
    with use_cassette(path, record="once"):
        ask(counting.url, "2+2")
    with use_cassette(path), pytest.raises(Unanswered) as caught:
        ask(counting.url, "2+3")
    miss = caught.value.abstractllm_error
    assert type(miss) is CassetteMiss
    assert isinstance(miss, AbstractLLMError)
    assert not miss.retryable
    assert str(miss) == str(caught.value)
    for told in (str(path), f"POST {counting.url}", '- question: "2+2"', '+ question: "2+3"'):
        assert told in str(miss)
    assert len(counting.requests) == 1


def test_a_miss_tells_the_command_that_records_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with use_cassette(path), pytest.raises(Unanswered) as in_a_test:
        ask("http://h.invalid")
    test = (
        f"{__name__.replace('.', '/')}.py::{test_a_miss_tells_the_command_that_records_it.__name__}"
    )
    assert f"To record it: pytest --llm-record=new {test}" in str(in_a_test.value)
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    with use_cassette(path), pytest.raises(Unanswered) as in_a_script:
        ask("http://h.invalid")
    assert "run once with ABSTRACTLLM_LITE_RECORD=new, or give" in str(in_a_script.value)


async def test_a_miss_is_the_same_in_async_code(counting: Loopback, path: Path) -> None:
    async with use_cassette(path):
        with pytest.raises(Unanswered, match="which is not there") as caught:
            await ask_async(counting.url)
    assert isinstance(caught.value.abstractllm_error, CassetteMiss)


def test_a_miss_does_not_use_up_an_answer(counting: Loopback, path: Path) -> None:
    with use_cassette(path, record="once"):
        ask(counting.url, "a")
    with use_cassette(path):
        with pytest.raises(Unanswered):
            ask(counting.url, "b")
        assert ask(counting.url, "a") == 1
        with pytest.raises(Unanswered, match="recorded once and is now asked once more"):
            ask(counting.url, "a")


def test_a_race_for_the_last_answer_ends_in_a_miss(
    counting: Loopback, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with use_cassette(path, record="once"):
        ask(counting.url)
    monkeypatch.setattr(Cassette, "can_answer", lambda *_: True)
    with use_cassette(path):
        ask(counting.url)
        with pytest.raises(Unanswered):
            ask(counting.url)


@pytest.mark.parametrize(
    "content", [b"\xff\xfe", b"a: [", b"{version: 9, interactions: []}", b"", b"[]"]
)
@pytest.mark.parametrize("mode", ["none", "once", "new", "all"])
def test_a_file_that_cannot_be_read_is_named_and_stays(
    content: bytes, mode: Record, path: Path
) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(CassetteError, match="cassette.yaml: "):
        use_cassette(path, record=mode).__enter__()
    assert path.read_bytes() == content


def test_a_file_that_cannot_be_written_leaves_nothing_behind(
    counting: Loopback, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with use_cassette(path, record="once"):
        ask(counting.url)
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="no space"), use_cassette(path, record="new"):
        ask(counting.url, "more")
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_what_another_recorded_in_the_meantime_is_kept(counting: Loopback, path: Path) -> None:
    with use_cassette(path, record="once"):
        ask(counting.url, "first")
    with use_cassette(path, record="new"):
        ask(counting.url, "mine")
        other = written(path)
        other["interactions"] *= 2
        path.write_text(dump(other), "utf-8")
    assert len(written(path)["interactions"]) == 3


def test_a_file_that_vanished_in_the_meantime_is_written_anew(
    counting: Loopback, path: Path
) -> None:
    with use_cassette(path, record="once"):
        ask(counting.url, "first")
    with use_cassette(path, record="new"):
        ask(counting.url, "second")
        path.unlink()
    assert len(written(path)["interactions"]) == 2


@pytest.mark.parametrize("mode", ["none", "once", "new", "all"])
def test_a_file_that_was_cut_is_told_and_stays(
    mode: Record, counting: Loopback, path: Path
) -> None:
    with use_cassette(path, record="once"):
        ask(counting.url, "first")
        ask(counting.url, "second")
    text = path.read_text("utf-8")
    cut = text[: text.rindex("- request:")]
    path.write_text(cut, "utf-8")
    with pytest.raises(CassetteError, match="cassette.yaml: cut short: its last line is not"):
        use_cassette(path, record=mode).__enter__()
    assert path.read_text("utf-8") == cut


def test_rewriting_does_not_care_what_was_there(counting: Loopback, path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"a: [")
    with use_cassette(path, record="rewrite"):
        ask(counting.url)
    assert len(written(path)["interactions"]) == 1


def test_without_vcrpy_the_remedy_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vcr.patch", None)
    with pytest.raises(CassetteError, match=r'pip install "abstractllm-lite\[testing\]"'):
        use_cassette(path).__enter__()


def test_importing_the_room_loads_no_foreign_library() -> None:
    code = "import sys, abstractllm_lite.testing; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    heavy = {"vcr", "pytest", "litellm", "httpx", "aiohttp", "yaml", "pydantic"}
    assert heavy & set(loaded.stdout.split()) == set()
