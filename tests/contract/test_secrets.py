"""No key leaves by an error, a log, a print, a representation or a pickle."""

from __future__ import annotations

import logging
import pickle
import traceback
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import abstractllm_lite
from abstractllm_lite import create_llm
from abstractllm_lite import exceptions as e
from tests.contract.conftest import Ask
from tests.support.loopback import Loopback, Reply, Request
from tests.support.vendors import Vendor

# Of no known vendor's shape, so that only knowing it can hide it.
KEY = "zq7Tq-plain-0xF00-words-KfPw2"
PACKAGE = str(Path(abstractllm_lite.__file__).parent)


def everything_said_by(error: BaseException) -> Iterator[str]:
    """All that printing, logging, pickling or a debugger would show of an error and its chain."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        link = waiting.pop()
        if link is None or id(link) in seen:
            continue
        seen.add(id(link))
        yield from (str(link), repr(link), repr(link.args), repr(vars(link)))
        yield from _held(link)
        waiting += [link.__cause__, link.__context__, getattr(link, "original_exception", None)]
    yield "".join(traceback.format_exception(error))
    yield repr(pickle.dumps(error))
    yield from _locals_of_our_frames(error)


def _held(link: BaseException) -> Iterator[str]:
    for name in ("request", "response"):
        held = getattr(link, name, None)
        headers = getattr(getattr(held, "request", held), "headers", None)
        yield repr(dict(headers)) if headers else ""


def _locals_of_our_frames(error: BaseException) -> Iterator[str]:
    frame = error.__traceback__
    while frame:
        if frame.tb_frame.f_code.co_filename.startswith(PACKAGE):
            yield from (repr(value) for value in frame.tb_frame.f_locals.values())
        frame = frame.tb_next


def echo(vendor: Vendor, status: int) -> Any:
    """A vendor that repeats in its error what it was sent, key and all."""

    def reply(request: Request) -> Reply:
        said = " ".join(f"{name}={value}" for name, value in request.headers.items())
        # Once beside the names that give it away, once where nothing but knowing it can find it.
        return vendor.fails(status, f"refused: {said} {KEY} was seen", headers={"x-echo": KEY})

    return reply


@pytest.mark.parametrize("status", [400, 401, 422, 429, 500])
def test_an_error_holds_no_key(
    status: int,
    vendor: Vendor,
    ask: Ask,
    loopback: Loopback,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    caplog.set_level(logging.DEBUG, "abstractllm_lite")
    loopback.reply = echo(vendor, status)
    llm = create_llm("litellm", **vendor.config(loopback.url, api_key=KEY))

    with pytest.raises(e.AbstractLLMError) as caught:
        ask(llm, "hi")

    assert KEY in str(dict(loopback.requests[0].headers))
    assert [said[:300] for said in everything_said_by(caught.value) if KEY in said] == []
    assert KEY not in caplog.text
    assert KEY not in "".join(capfd.readouterr())


@pytest.mark.parametrize("status", [200, 500])
def test_debug_logs_hold_no_key(
    status: int, vendor: Vendor, ask: Ask, loopback: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    loopback.reply = vendor.says("ok") if status == 200 else vendor.fails(status)

    with suppress(e.ProviderAPIError):
        ask(create_llm("litellm", **vendor.config(loopback.url, api_key=KEY)), "hi")

    assert KEY in str(dict(loopback.requests[0].headers))
    assert [r.getMessage()[:300] for r in caplog.records if KEY in r.getMessage()] == []


@pytest.mark.parametrize("given", ["call", "environment"])
def test_a_key_from_elsewhere_is_hidden_too(
    given: str, vendor: Vendor, ask: Ask, loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    loopback.reply = echo(vendor, 401)
    config = vendor.config(loopback.url)
    del config["api_key"]
    if given == "environment":
        monkeypatch.setenv(f"{vendor.name.upper()}_API_KEY", KEY)
    options = {"api_key": KEY} if given == "call" else {}

    with pytest.raises(e.AuthenticationError) as caught:
        ask(create_llm("litellm", **config), "hi", **options)

    assert KEY in str(dict(loopback.requests[0].headers))
    assert [said[:300] for said in everything_said_by(caught.value) if KEY in said] == []


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://nowhere.invalid"])
def test_a_connection_error_holds_no_key(url: str, vendor: Vendor, ask: Ask) -> None:
    with pytest.raises(e.ProviderConnectionError) as caught:
        ask(create_llm("litellm", **vendor.config(url, api_key=KEY)), "hi")

    assert [said[:300] for said in everything_said_by(caught.value) if KEY in said] == []


def test_a_refusal_of_input_holds_no_key(openai: Vendor, ask: Ask) -> None:
    llm = create_llm("litellm", **openai.config("http://127.0.0.1:1", api_key=KEY))

    with pytest.raises(e.InvalidParameterError) as caught:
        ask(llm, "hi", n=2)

    assert [said[:300] for said in everything_said_by(caught.value) if KEY in said] == []


def test_a_provider_shows_no_key(vendor: Vendor) -> None:
    llm = create_llm("litellm", **vendor.config("http://127.0.0.1:1", api_key=KEY))

    assert KEY not in repr(llm) + str(llm) + repr(llm.config_manager)


def test_an_answer_prints_and_logs_nothing(
    vendor: Vendor,
    ask: Ask,
    loopback: Loopback,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    loopback.reply = vendor.says("ok")

    ask(create_llm("litellm", **vendor.config(loopback.url)), "hi")

    assert capfd.readouterr() == ("", "")
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_a_response_shows_no_key(vendor: Vendor, ask: Ask, loopback: Loopback) -> None:
    loopback.reply = vendor.says("ok")

    response = ask(create_llm("litellm", **vendor.config(loopback.url, api_key=KEY)), "hi")

    assert KEY not in repr(response) + repr(vars(response)) + repr(pickle.dumps(response))


def test_a_pickled_provider_answers(vendor: Vendor, ask: Ask, loopback: Loopback) -> None:
    loopback.reply = vendor.says("ok")
    llm = create_llm("litellm", **vendor.config(loopback.url, api_key=KEY, temperature=0.5))
    ask(llm, "hi")

    twin = pickle.loads(pickle.dumps(llm))

    assert ask(twin, "hi") == "ok"
    first, second = loopback.requests
    assert second.json == first.json
    assert KEY in str(dict(second.headers))


def test_a_pickle_holds_only_a_key_that_was_given(
    vendor: Vendor, ask: Ask, loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    loopback.reply = vendor.says("ok")
    monkeypatch.setenv(f"{vendor.name.upper()}_API_KEY", KEY)
    config = vendor.config(loopback.url)
    del config["api_key"]
    llm = create_llm("litellm", **config)
    ask(llm, "hi")
    ask(llm, "hi", api_key=f"{KEY}-of-a-call")

    assert KEY not in repr(pickle.dumps(llm))


def test_a_key_is_not_sent_to_another_origin(vendor: Vendor, ask: Ask, loopback: Loopback) -> None:
    with Loopback() as other:
        other.reply = vendor.says("stolen")
        loopback.reply = Reply(status=307, headers={"location": f"{other.url}/elsewhere"})

        with pytest.raises(e.AbstractLLMError):
            ask(create_llm("litellm", **vendor.config(loopback.url, api_key=KEY)), "hi")

        assert other.requests == []
