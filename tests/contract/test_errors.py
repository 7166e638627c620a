"""Each failure of a vendor becomes the one right class, with every fact, in every mode."""

from __future__ import annotations

import copy
import pickle
from dataclasses import dataclass
from typing import Any

import pytest

from abstractllm_lite import create_llm
from abstractllm_lite import exceptions as e
from tests.contract.conftest import Ask
from tests.support.loopback import Loopback, Reply, sse
from tests.support.vendors import VENDORS, Say, Vendor

# status: (class, whether waiting helps)
BY_STATUS: dict[int, tuple[type[e.AbstractLLMError], bool]] = {
    400: (e.InvalidRequestError, False),
    401: (e.AuthenticationError, False),
    402: (e.QuotaExceededError, False),
    403: (e.PermissionDeniedError, False),
    404: (e.ModelNotFoundError, False),
    408: (e.RequestTimeoutError, True),
    409: (e.InvalidRequestError, False),
    413: (e.InvalidRequestError, False),
    422: (e.InvalidRequestError, False),
    429: (e.RateLimitError, True),
    500: (e.ProviderAPIError, True),
    502: (e.ProviderAPIError, True),
    503: (e.ProviderAPIError, True),
    504: (e.RequestTimeoutError, True),
    529: (e.ProviderAPIError, True),
}


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
    "openai context": Told(
        "openai",
        400,
        "This model's maximum context length is 128000 tokens. However, your messages resulted in "
        "130000 tokens.",
        e.ContextWindowExceededError,
        "context_length_exceeded",
    ),
    "anthropic context": Told(
        "anthropic",
        400,
        "prompt is too long: 213462 tokens > 200000 maximum",
        e.ContextWindowExceededError,
    ),
    "gemini context": Told(
        "gemini",
        400,
        "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
        e.ContextWindowExceededError,
    ),
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
    "ollama context": Told(
        "openai",
        400,
        "prompt too long; exceeded max context length by 4 tokens",
        e.ContextWindowExceededError,
    ),
    "openai filter": Told(
        "openai",
        400,
        "Your request was rejected as a result of our safety system.",
        e.ContentFilterError,
        "content_policy_violation",
    ),
    "azure filter": Told(
        "openai",
        400,
        "The response was filtered due to the prompt triggering Azure OpenAI's content management "
        "policy.",
        e.ContentFilterError,
        "content_filter",
    ),
    "anthropic filter": Told(
        "anthropic", 400, "Output blocked by content filtering policy", e.ContentFilterError
    ),
    "openai quota": Told(
        "openai",
        429,
        "You exceeded your current quota, please check your plan and billing details.",
        e.QuotaExceededError,
        "insufficient_quota",
    ),
    "anthropic quota": Told(
        "anthropic",
        400,
        "Your credit balance is too low to access the Anthropic API.",
        e.QuotaExceededError,
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
    "gemini key": Told(
        "gemini", 400, "API key not valid. Please pass a valid API key.", e.AuthenticationError
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


@pytest.mark.parametrize("status", BY_STATUS)
def test_the_status_decides_the_class(
    status: int, vendor: Vendor, ask: Ask, loopback: Loopback
) -> None:
    loopback.reply = vendor.fails(status, "the vendor's words", headers={"x-request-id": "req_9"})

    error = failure(ask, vendor, loopback)

    kind, retryable = BY_STATUS[status]
    assert type(error) is kind
    assert error.status_code == status
    assert error.retryable is retryable
    assert "the vendor's words" in str(error)
    assert str(error).startswith(f"[{vendor.name}] ")
    assert error.provider == vendor.name
    assert error.model is not None
    assert vendor.model.endswith(error.model)
    assert error.request_id == "req_9"
    assert error.attempts == len(loopback.requests) == 1
    assert error.partial is None


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
    told = IN_WORDS["openai context"]
    loopback.reply = openai.fails(told.status, told.message, told.code)

    error = failure(ask, openai, loopback)

    assert isinstance(error, e.ContextWindowExceededError)
    assert error.context_window in {None, 128000}
    assert error.content_length in {None, 130000}


def test_a_missing_model_is_named(vendor: Vendor, ask: Ask, loopback: Loopback) -> None:
    loopback.reply = vendor.fails(404, "no such model")

    error = failure(ask, vendor, loopback)

    assert isinstance(error, e.ModelNotFoundError)
    assert vendor.model.endswith(error.model_name)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://nowhere.invalid"])
def test_no_connection_is_a_connection_error(
    url: str, vendor: Vendor, ask: Ask, loopback: Loopback
) -> None:
    llm = create_llm("litellm", **vendor.config(url))

    with pytest.raises(e.ProviderConnectionError) as caught:
        ask(llm, "hi")

    assert caught.value.status_code is None
    assert caught.value.retryable
    assert caught.value.attempts == 1


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("", id="empty"),
        pytest.param("<html>down for repair</html>", id="html"),
        pytest.param('{"id": "x"', id="cut JSON"),
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


@pytest.mark.parametrize(("name", "nothing"), [("openai", "choices"), ("gemini", "candidates")])
def test_an_answer_without_choices_is_an_error(
    name: str, nothing: str, ask: Ask, loopback: Loopback
) -> None:
    vendor = VENDORS[name]
    answer = vendor.plain(Say("x")) | {nothing: []}
    loopback.reply = lambda r: sse(answer) if vendor.wants_stream(r) else Reply(answer)

    with pytest.raises(e.AbstractLLMError):
        ask(create_llm("litellm", **vendor.config(loopback.url)), "hi")


@pytest.mark.parametrize("status", [401, 503])
@pytest.mark.parametrize(
    "body", [b"", b"plain words", b"<html><b>no</b></html>", b'{"error": "words"}', b"\xff\xfe"]
)
def test_an_error_in_a_strange_body_keeps_its_class(
    status: int, body: bytes, vendor: Vendor, ask: Ask, loopback: Loopback
) -> None:
    loopback.reply = Reply(body, status=status)

    error = failure(ask, vendor, loopback)

    assert type(error) is BY_STATUS[status][0]
    assert error.status_code == status


@pytest.mark.parametrize("status", BY_STATUS)
def test_an_error_survives_pickling_and_copying(
    status: int, vendor: Vendor, loopback: Loopback
) -> None:
    loopback.reply = vendor.fails(status, "words", headers={"retry-after": "3"})
    error = failure(Ask("sync"), vendor, loopback)

    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(twin) is type(error)
        assert str(twin) == str(error)
        assert twin.args == error.args
        for fact in (
            "provider",
            "model",
            "status_code",
            "retry_after",
            "request_id",
            "attempts",
            "retryable",
            "details",
        ):
            assert getattr(twin, fact) == getattr(error, fact), fact


def test_no_foreign_exception_is_reachable(vendor: Vendor, ask: Ask, loopback: Loopback) -> None:
    loopback.reply = vendor.fails(500, "words")

    error = failure(ask, vendor, loopback)

    for link in (error.__cause__, error.__context__, error.original_exception):
        assert link is None or type(link).__module__.startswith("abstractllm_lite")


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
