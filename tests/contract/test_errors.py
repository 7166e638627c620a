"""Failures beyond the table of `tests/faults`: other vendors' words, and words that mislead."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import Any

import pytest

from abstractllm_lite import create_llm
from abstractllm_lite import exceptions as e
from tests.contract.conftest import Ask
from tests.support.loopback import Loopback, Reply, sse
from tests.support.vendors import VENDORS, Vendor


@dataclass(frozen=True)
class Told:
    """What a vendor answers, and what that is: `address` where it is another vendor's model."""

    vendor: str
    status: int
    message: str
    kind: type[e.AbstractLLMError]
    code: str | None = None
    address: str | None = None


# What vendors tell in words or codes, some of them only there.
IN_WORDS: dict[str, Told] = {
    "openrouter context": Told(
        "openai",
        400,
        "This endpoint's maximum context length is 131072 tokens. However, you requested about "
        "200000 tokens.",
        e.ContextWindowExceededError,
        address="openrouter/openai/gpt-4o-mini",
    ),
    "perplexity context": Told(
        "openai",
        400,
        "The total length of all messages is too long",
        e.ContextWindowExceededError,
        "too_many_prompt_tokens",
        address="perplexity/sonar",
    ),
    "nova context": Told("openai", 400, "Input Tokens Exceeded", e.ContextWindowExceededError),
    "ollama context": Told(
        "openai",
        400,
        "prompt too long; exceeded max context length by 4 tokens",
        e.ContextWindowExceededError,
    ),
    "azure filter": Told(
        "openai",
        400,
        "The response was filtered due to the prompt triggering Azure OpenAI's content management "
        "policy.",
        e.ContentFilterError,
        "content_filter",
    ),
    "deepseek key": Told(
        "openai",
        401,
        "Authentication Fails, Your api key is invalid",
        e.AuthenticationError,
        "invalid_request_error",
        address="deepseek/deepseek-chat",
    ),
    "deepseek balance": Told(
        "openai",
        402,
        "Insufficient Balance",
        e.QuotaExceededError,
        "invalid_request_error",
        address="deepseek/deepseek-chat",
    ),
}

# Words that mean nothing: the status decides.
TRAPS: dict[str, tuple[int, str, type[e.AbstractLLMError]]] = {
    "timeout": (400, "'timeout' is not a known field", e.InvalidRequestError),
    "authentication": (400, "'authentication_mode' is no field", e.InvalidRequestError),
    "api key": (400, "the text 'my api key is invalid' was refused", e.InvalidRequestError),
    "another status": (400, "item 403 of the list is forbidden", e.InvalidRequestError),
    "not found": (400, "tool not found: model", e.InvalidRequestError),
    "quota": (500, "quota service unreachable", e.ProviderAPIError),
    "pool": (503, "upstream timeout: the pool is full", e.ProviderAPIError),
    "invalid": (500, "invalid state", e.ProviderAPIError),
    "context": (500, "maximum context length could not be read", e.ProviderAPIError),
    "rate limit": (404, "no rate limit of that name", e.ModelNotFoundError),
}


def failure(ask: Ask, vendor: Vendor, loopback: Loopback, **config: Any) -> e.AbstractLLMError:
    """The error that asking ends in; a foreign one fails the test."""
    llm = create_llm("litellm", **vendor.config(loopback.url, **config))
    with pytest.raises(e.AbstractLLMError) as caught:
        ask(llm, "hi")
    return caught.value


@pytest.mark.parametrize("name", IN_WORDS)
def test_what_vendors_tell_in_words_is_understood(name: str, ask: Ask, loopback: Loopback) -> None:
    told = IN_WORDS[name]
    vendor = VENDORS[told.vendor]
    loopback.reply = vendor.fails(told.status, told.message, told.code)

    error = failure(ask, vendor, loopback, **({"model": told.address} if told.address else {}))

    assert type(error) is told.kind
    assert error.status_code == told.status
    assert error.retryable is False
    assert told.message in str(error)


@pytest.mark.parametrize("name", TRAPS)
def test_words_that_only_resemble_change_nothing(
    name: str, vendor: Vendor, ask: Ask, loopback: Loopback
) -> None:
    status, message, kind = TRAPS[name]
    loopback.reply = vendor.fails(status, message)

    error = failure(ask, vendor, loopback)

    assert type(error) is kind
    assert error.status_code == status


def test_a_context_window_error_tells_the_numbers(
    openai: Vendor, ask: Ask, loopback: Loopback
) -> None:
    said = (
        "This model's maximum context length is 128000 tokens. However, your messages resulted in "
        "130000 tokens."
    )
    loopback.reply = openai.fails(400, said, "context_length_exceeded")

    error = failure(ask, openai, loopback)

    assert isinstance(error, e.ContextWindowExceededError)
    assert error.context_window in {None, 128000}
    assert error.content_length in {None, 130000}


def test_a_missing_model_is_named(vendor: Vendor, ask: Ask, loopback: Loopback) -> None:
    loopback.reply = vendor.fails(404, "no such model")

    error = failure(ask, vendor, loopback)

    assert isinstance(error, e.ModelNotFoundError)
    assert vendor.model.endswith(error.model_name)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("{}", id="empty object"),
        pytest.param("[]", id="list"),
        pytest.param('"hi"', id="text"),
        pytest.param("null", id="null"),
    ],
)
@pytest.mark.parametrize("mode", ["sync", "async"])
def test_an_answer_that_is_none_is_an_error(
    mode: str, body: str, vendor: Vendor, loopback: Loopback
) -> None:
    loopback.reply = Reply(body)

    error = failure(Ask(mode), vendor, loopback, max_retries=2)

    assert isinstance(error, e.GenerationError | e.ProviderAPIError)
    assert error.status_code in {None, 200}
    assert "Traceback" not in str(error)
    assert "site-packages" not in str(error)


@pytest.mark.parametrize(
    ("body", "begins"),
    [
        pytest.param("<html><p>A portal.</p>", "it begins '<html><p>A portal.</p>'", id="page"),
        pytest.param('{"choices": [{"mess', 'it begins \'{"choices": [{"mess\'', id="cut"),
        pytest.param("x" * 5000, f"it begins '{'x' * 80}'.", id="long"),
        pytest.param("", "it is empty", id="nothing"),
    ],
)
@pytest.mark.parametrize("route", ["direct", "litellm"])
def test_an_answer_that_cannot_be_read_is_quoted(
    route: str, body: str, begins: str, vendor: Vendor, ask: Ask, loopback: Loopback
) -> None:
    loopback.reply = Reply(body, headers={"content-type": "text/html"})

    error = failure(ask, vendor, loopback, transport=route)

    assert type(error) is e.GenerationError
    assert begins in str(error)
    assert ("base_url" in str(error)) == (not body.startswith("{"))


@pytest.mark.parametrize("route", ["direct", "litellm"])
def test_of_an_answer_that_began_well_nothing_else_is_said(
    route: str, openai: Vendor, loopback: Loopback
) -> None:
    begun = {"choices": [{"index": 0, "delta": {"content": "Hello"}}]}
    loopback.reply = sse(begun, '{"choices": [{"ind', "{}")
    llm = create_llm("litellm", **openai.config(loopback.url), transport=route)

    with pytest.raises(e.GenerationError) as caught:
        list(llm.generate("hi", stream=True))

    assert caught.value.partial == "Hello"
    assert "empty" not in str(caught.value)
    assert "base_url" not in str(caught.value)


def test_an_answer_in_another_encoding_is_not_quoted(
    vendor: Vendor, ask: Ask, loopback: Loopback
) -> None:
    for status in (200, 400):
        loopback.reply = Reply("my-plain-key".encode("utf-16"), status=status)

        error = failure(ask, vendor, loopback, api_key="my-plain-key")

        assert type(error) is (e.GenerationError if status == 200 else e.InvalidRequestError)
        assert "\0" not in str(error)
        assert "begins" not in str(error)


def test_the_texts_within_a_key_that_is_a_document_stay_hidden(
    openai: Vendor, ask: Ask, loopback: Loopback
) -> None:
    loopback.reply = openai.fails(401, "no access for the-client-secret")

    error = failure(ask, openai, loopback, api_key='{"clientsecret": "the-client-secret"}')

    assert type(error) is e.AuthenticationError
    assert "the-client-secret" not in str(error)


def test_a_key_in_an_answer_that_cannot_be_read_stays_hidden_where_it_is_cut(
    vendor: Vendor, ask: Ask, loopback: Loopback
) -> None:
    key = "zq7Tq-plain-0xF00-words-KfPw2"
    loopback.reply = Reply("<" + "=" * 70 + key + " " + key)

    error = failure(ask, vendor, loopback, api_key=key)

    assert f"it begins '<{'=' * 70}" in str(error)
    assert "zq7" not in str(error)


@pytest.mark.parametrize("route", ["direct", "litellm"])
def test_a_proxy_that_cannot_be_reached_is_blamed(route: str, vendor: Vendor, ask: Ask) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        proxy = f"http://user:pass-of-the-proxy@127.0.0.1:{gone.getsockname()[1]}"
    config = {**vendor.config("http://127.0.0.1:9"), "proxy": proxy, "transport": route}

    with pytest.raises(e.ProviderConnectionError) as caught:
        ask(create_llm("litellm", **config), "hi")

    assert "no connection to 127.0.0.1:9 through a proxy: " in str(caught.value)
    assert "pass-of-the-proxy" not in str(caught.value)


@pytest.mark.parametrize("route", ["direct", "litellm"])
def test_who_cannot_be_reached_is_named(route: str, vendor: Vendor, ask: Ask) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        peer = f"127.0.0.1:{gone.getsockname()[1]}"
    llm = create_llm("litellm", **vendor.config(f"http://{peer}"), transport=route)

    with pytest.raises(e.ProviderConnectionError) as caught:
        ask(llm, "hi")

    assert f"no connection to {peer}: [Errno" in str(caught.value)
    assert " object at 0x" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "kind"), [(401, e.AuthenticationError), (503, e.ProviderAPIError)]
)
@pytest.mark.parametrize(
    "body", [b"", b"plain words", b"<html><b>no</b></html>", b'{"error": "words"}', b"\xff\xfe"]
)
def test_an_error_in_a_strange_body_keeps_its_class(
    status: int,
    kind: type[e.AbstractLLMError],
    body: bytes,
    vendor: Vendor,
    ask: Ask,
    loopback: Loopback,
) -> None:
    loopback.reply = Reply(body, status=status)

    error = failure(ask, vendor, loopback)

    assert type(error) is kind
    assert error.status_code == status


def test_failures_print_and_log_nothing(
    vendor: Vendor,
    ask: Ask,
    loopback: Loopback,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    loopback.reply = vendor.fails(500, "words")

    failure(ask, vendor, loopback)

    assert capfd.readouterr() == ("", "")
    assert [r for r in caplog.records if r.levelname in {"WARNING", "ERROR", "CRITICAL"}] == []


IN_A_SUCCESS = {
    "rate limit": ({"message": "Rate limit reached", "code": 429}, e.RateLimitError),
    "context": (
        {"message": "too long", "code": "context_length_exceeded"},
        e.ContextWindowExceededError,
    ),
    "words": ("something broke", e.ProviderAPIError),
}


@pytest.mark.parametrize("route", ["direct", "litellm"])
@pytest.mark.parametrize("told", IN_A_SUCCESS)
def test_an_error_with_status_200_is_told_in_the_vendors_words(
    told: str, route: str, openai: Vendor, ask: Ask, loopback: Loopback
) -> None:
    error, kind = IN_A_SUCCESS[told]
    loopback.reply = Reply({"error": error})
    llm = create_llm("litellm", **openai.config(loopback.url, transport=route))
    with pytest.raises(e.AbstractLLMError) as raised:
        ask(llm, "x")
    assert type(raised.value) is kind
    assert (error if isinstance(error, str) else error["message"]) in raised.value.message
    assert raised.value.status_code == 200


@pytest.mark.parametrize("model", ["cohere_chat/command-r", "cloudflare/@cf/meta/llama-3-8b"])
def test_no_status_is_made_up_where_nobody_answered(
    model: str, ask: Ask, refused_address: str
) -> None:
    llm = create_llm("litellm", model=model, base_url=refused_address, api_key="k", max_retries=0)
    with pytest.raises(e.ProviderConnectionError) as raised:
        ask(llm, "x")
    assert raised.value.status_code is None


def test_a_status_that_came_is_told_where_litellms_own_connection_carried_it(
    ask: Ask, loopback: Loopback
) -> None:
    loopback.reply = Reply({"message": "slow down"}, 429, {"retry-after": "7"})
    place = {"base_url": loopback.url, "api_key": "k", "max_retries": 0}
    llm = create_llm("litellm", model="cohere_chat/command-r", **place)
    with pytest.raises(e.RateLimitError) as raised:
        ask(llm, "x")
    assert raised.value.status_code == 429


def test_azure_without_a_key_is_not_the_vendors_fault(ask: Ask, loopback: Loopback) -> None:
    place = {"base_url": loopback.url, "api_version": "2024-10-21", "max_retries": 0}
    llm = create_llm("litellm", model="azure/gpt-4o", **place)
    with pytest.raises(e.AuthenticationError) as raised:
        ask(llm, "x")
    assert raised.value.status_code is None
    assert not raised.value.retryable
    assert loopback.requests == []


@pytest.fixture
def refused_address() -> str:
    """An address of this machine at which nothing listens."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}"
