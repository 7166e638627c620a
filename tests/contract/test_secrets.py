"""No key leaves by an error, a log, a print, a representation or a pickle."""

from __future__ import annotations

import base64
import html
import json
import logging
import pickle
from contextlib import suppress
from dataclasses import replace
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from abstractllm_lite import create_llm
from abstractllm_lite import exceptions as e
from tests.contract.conftest import Ask
from tests.support.leaks import everything_said_by
from tests.support.loopback import Loopback, Reply, Request
from tests.support.vendors import Vendor

# Of no known vendor's shape, so that only knowing it can hide it.
KEY = "zq7Tq-plain-0xF00-words-KfPw2"

# Such as would be missed by patterns, broken by escapes or taken for a pattern themselves.
KEYS = {
    "plain": KEY,
    "short": "k3yk3y8!",
    "of a proxy of one's own": "sk-1234",
    "pattern": r"a.*b(c+d)[e-f]{2}|^g$\1",
    "escaped": r"with\"quotes\\and/slashes&more=+%41",
}


def echoes(key: str) -> list[str]:
    """The key in the shapes in which a server may repeat it."""
    return [
        key,
        json.dumps(key)[1:-1],
        json.dumps(json.dumps(key))[3:-3],
        repr(key)[1:-1],
        quote(key),
        quote(key, safe=""),
        quote_plus(key),
        quote(key, safe="").lower(),
        html.escape(key),
        base64.b64encode(key.encode()).decode(),
    ]


@pytest.fixture(params=["direct", "litellm"])
def route(request: pytest.FixtureRequest) -> str:
    """One of the two routes."""
    return str(request.param)


def shown(error: BaseException, key: str = KEY) -> list[str]:
    """Whatever the error shows of the key."""
    said = list(everything_said_by(error))
    return [text[:300] for text in said if any(shape in text for shape in echoes(key))]


def echo(vendor: Vendor, status: int, key: str = KEY) -> Any:
    """A vendor that repeats in its error what it was sent, key and all."""

    def reply(request: Request) -> Reply:
        said = " ".join(f"{name}={value}" for name, value in request.headers.items())
        # Once beside the names that give it away, once where nothing but knowing it can find it.
        told = " and ".join((f"refused: {said}", *echoes(key)))
        return vendor.fails(status, told, headers={"x-echo": key, "x-request-id": f"for {key}"})

    return reply


@pytest.mark.parametrize("status", [400, 401, 422, 429, 500])
def test_an_error_holds_no_key(
    status: int,
    route: str,
    vendor: Vendor,
    ask: Ask,
    loopback: Loopback,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    caplog.set_level(logging.DEBUG, "abstractllm_lite")
    loopback.reply = echo(vendor, status)
    llm = create_llm("litellm", **vendor.config(loopback.url, api_key=KEY, transport=route))

    with pytest.raises(e.AbstractLLMError) as caught:
        ask(llm, "hi")

    assert KEY in str(dict(loopback.requests[0].headers))
    assert shown(caught.value) == []
    assert KEY not in caplog.text
    assert KEY not in "".join(capfd.readouterr())


@pytest.mark.parametrize("name", KEYS)
def test_a_key_is_hidden_whatever_its_shape_and_however_it_is_repeated(
    name: str, route: str, vendor: Vendor, loopback: Loopback
) -> None:
    key = KEYS[name]
    loopback.reply = echo(vendor, 400, key)
    config = vendor.config(loopback.url, api_key=key, transport=route)

    with pytest.raises(e.InvalidRequestError) as caught:
        create_llm("litellm", **config).generate("hi")

    assert shown(caught.value, key) == []


@pytest.mark.parametrize("length", range(950, 1010, 3))
def test_a_key_is_hidden_where_a_long_message_is_cut(
    length: int, openai: Vendor, loopback: Loopback
) -> None:
    loopback.reply = openai.fails(400, "x" * length + KEY + "x" * 100)

    with pytest.raises(e.InvalidRequestError) as caught:
        create_llm("litellm", **openai.config(loopback.url, api_key=KEY)).generate("hi")

    assert KEY[:6] not in str(caught.value)


@pytest.mark.parametrize("status", [200, 500])
def test_debug_logs_hold_no_key(
    status: int,
    route: str,
    vendor: Vendor,
    ask: Ask,
    loopback: Loopback,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("LiteLLM", "openai", "httpx", "httpcore", "aiohttp", "abstractllm_lite"):
        caplog.set_level(logging.DEBUG, name)
    loopback.reply = vendor.says("ok") if status == 200 else vendor.fails(status)

    with suppress(e.ProviderAPIError):
        ask(
            create_llm("litellm", **vendor.config(loopback.url, api_key=KEY, transport=route)), "hi"
        )

    assert KEY in str(dict(loopback.requests[0].headers))
    assert [r.getMessage()[:300] for r in caplog.records if KEY in r.getMessage()] == []


@pytest.mark.parametrize("given", ["call", "environment"])
def test_a_key_from_elsewhere_is_hidden_too(
    given: str,
    route: str,
    vendor: Vendor,
    ask: Ask,
    loopback: Loopback,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loopback.reply = echo(vendor, 401)
    config = vendor.config(loopback.url, transport=route)
    del config["api_key"]
    if given == "environment":
        monkeypatch.setenv(f"{vendor.name.upper()}_API_KEY", KEY)
    options = {"api_key": KEY} if given == "call" else {}

    with pytest.raises(e.AuthenticationError) as caught:
        ask(create_llm("litellm", **config), "hi", **options)

    assert KEY in str(dict(loopback.requests[0].headers))
    assert shown(caught.value) == []


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://nowhere.invalid"])
def test_a_connection_error_holds_no_key(url: str, route: str, vendor: Vendor, ask: Ask) -> None:
    with pytest.raises(e.ProviderConnectionError) as caught:
        ask(create_llm("litellm", **vendor.config(url, api_key=KEY, transport=route)), "hi")

    assert shown(caught.value) == []


def test_a_refusal_of_input_holds_no_key(openai: Vendor, ask: Ask) -> None:
    llm = create_llm("litellm", **openai.config("http://127.0.0.1:1", api_key=KEY))

    with pytest.raises(e.InvalidParameterError) as caught:
        ask(llm, "hi", n=2)

    assert shown(caught.value) == []


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


def test_a_response_shows_no_key(route: str, vendor: Vendor, ask: Ask, loopback: Loopback) -> None:
    loopback.reply = vendor.says("ok")

    response = ask(
        create_llm("litellm", **vendor.config(loopback.url, api_key=KEY, transport=route)), "hi"
    )

    assert KEY not in repr(response) + repr(vars(response)) + repr(pickle.dumps(response))


def test_a_request_id_that_repeats_the_key_is_left_out(
    vendor: Vendor, ask: Ask, loopback: Loopback
) -> None:
    says = vendor.says("ok")

    def echoing(request: Request) -> Reply:
        told = says(request)
        return replace(told, headers={**told.headers, "x-request-id": f"for-{KEY}"})

    loopback.reply = echoing

    response = ask(create_llm("litellm", **vendor.config(loopback.url, api_key=KEY)), "hi")

    assert (response, response.request_id) == ("ok", None)


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


def test_a_key_is_not_sent_to_another_origin(
    route: str, vendor: Vendor, ask: Ask, loopback: Loopback
) -> None:
    with Loopback() as other:
        other.reply = vendor.says("stolen")
        loopback.reply = Reply(status=307, headers={"location": f"{other.url}/elsewhere"})

        with pytest.raises(e.AbstractLLMError):
            ask(
                create_llm("litellm", **vendor.config(loopback.url, api_key=KEY, transport=route)),
                "hi",
            )

        assert other.requests == []
