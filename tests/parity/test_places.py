"""Both routes find the same address and the same key in the environment."""

from __future__ import annotations

from typing import Any

import pytest

from abstractllm_lite.exceptions import UnsupportedFeatureError
from abstractllm_lite.providers.litellm import catalog
from abstractllm_lite.providers.litellm.direct import place
from abstractllm_lite.providers.litellm.direct.coverage import VENDORS
from tests.parity.both import ask, differences, sent
from tests.parity.shapes import replies
from tests.support.loopback import Loopback

# Variables that name a key, by vendor: ours and litellm's own.
KEYS = {
    vendor: sorted({*place._KEYS.get(vendor, ()), *catalog.KEYS.get(vendor, ())})
    for vendor in sorted({*place._KEYS, *catalog.KEYS} & VENDORS)
}
BASES = {vendor: names for vendor, (names, _) in place._BASES.items()}
HEADERS = {
    "OPENAI_ORGANIZATION": ("openai", "custom_openai", "deepseek", "perplexity"),
    "OR_SITE_URL": ("openrouter",),
    "OR_APP_NAME": ("openrouter",),
    "VERCEL_SITE_URL": ("vercel_ai_gateway",),
    "VERCEL_APP_NAME": ("vercel_ai_gateway",),
}
# What litellm's road through OpenAI's SDK says in the name of an account with OpenAI, to a vendor
# that has no part in it: {vendor: {place: why}}.
LITELLM_IS_WRONG = {
    "perplexity": {".headers.openai-organization": "no other vendor's business"},
}


@pytest.mark.parametrize(
    ("vendor", "name"), [(vendor, name) for vendor, names in KEYS.items() for name in names]
)
def test_a_key_of_the_environment_is_found_alike(
    vendor: str, name: str, loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "key-of-the-environment")
    told = _on_both_routes(loopback, vendor, base_url=f"{loopback.url}/v1")
    if told and name in place._KEYS.get(vendor, ()):
        assert "key-of-the-environment" in str(told[0])


@pytest.mark.parametrize("vendor", KEYS)
def test_the_same_of_several_keys_is_taken(
    vendor: str, loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    for names in KEYS.values():
        for name in names:
            monkeypatch.setenv(name, f"key-in-{name}")
    (request,) = _on_both_routes(loopback, vendor, base_url=f"{loopback.url}/v1")
    assert any(f"key-in-{name}" in str(request) for name in KEYS[vendor])


@pytest.mark.parametrize(
    ("vendor", "name"), [(vendor, name) for vendor, names in BASES.items() for name in names]
)
def test_an_address_of_the_environment_is_found_alike(
    vendor: str, name: str, loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, f"{loopback.url}/in-the-environment")
    (request,) = _on_both_routes(loopback, vendor, api_key="key-of-the-test")
    assert request["path"].startswith("/in-the-environment")


@pytest.mark.parametrize("vendor", BASES)
def test_the_same_of_several_addresses_is_taken(
    vendor: str, loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    for names in BASES.values():
        for name in names:
            monkeypatch.setenv(name, f"{loopback.url}/{name}")
    (request,) = _on_both_routes(loopback, vendor, api_key="key-of-the-test")
    assert request["path"].startswith(tuple(f"/{name}" for name in BASES[vendor]))
    (request,) = _on_both_routes(loopback, vendor, api_key="k", base_url=f"{loopback.url}/given")
    assert request["path"].startswith("/given")


@pytest.mark.parametrize("vendor", sorted(VENDORS))
def test_a_vendor_without_a_key_is_reached_alike(
    vendor: str, loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "key-for-openai")
    told = _on_both_routes(loopback, vendor, base_url=f"{loopback.url}/v1")
    if vendor not in ("openai", "custom_openai"):
        assert "key-for-openai" not in str(told)


@pytest.mark.parametrize(
    ("name", "vendor"), [(name, vendor) for name, vendors in HEADERS.items() for vendor in vendors]
)
def test_who_asks_is_told_alike(
    name: str, vendor: str, loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "somebody")
    _on_both_routes(loopback, vendor, api_key="k", base_url=f"{loopback.url}/v1")


@pytest.mark.parametrize("suffix", ["", "/v1/messages", "/proxy"])
@pytest.mark.parametrize("disabled", ["", "True"])
def test_anthropics_address_is_completed_alike(
    suffix: str, disabled: str, loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LITELLM_ANTHROPIC_DISABLE_URL_SUFFIX", disabled)
    _on_both_routes(loopback, "anthropic", api_key="k", base_url=loopback.url + suffix)


def test_a_slash_at_the_end_of_anthropics_address_is_not_said_twice(loopback: Loopback) -> None:
    """As litellm does it from 1.109 on."""
    loopback.reply = replies("anthropic")
    config = _config("anthropic", api_key="k", base_url=f"{loopback.url}/proxy/")
    ask({**config, "transport": "direct"}, {"prompt": "x"})
    assert [request.path for request in loopback.requests] == ["/proxy/v1/messages"]


@pytest.mark.parametrize("vendor", ["openai", "mistral", "groq", "gemini", "ollama_chat", "xai"])
@pytest.mark.parametrize("suffix", ["", "/", "/v1/"])
def test_addresses_are_completed_alike(vendor: str, suffix: str, loopback: Loopback) -> None:
    _on_both_routes(loopback, vendor, api_key="k", base_url=loopback.url + suffix)


def test_a_whole_address_is_not_made_longer(loopback: Loopback) -> None:
    """litellm's road through OpenAI's SDK says /chat/completions twice."""
    loopback.reply = replies("openai")
    config = _config("openai", api_key="k", base_url=f"{loopback.url}/v1/chat/completions")
    ask({**config, "transport": "direct"}, {"prompt": "x"})
    assert [request.path for request in loopback.requests] == ["/v1/chat/completions"]


@pytest.mark.parametrize("name", place._BEYOND)
def test_what_litellm_alone_understands_is_left_to_it(
    name: str, loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    loopback.reply = replies("openai")
    monkeypatch.setenv(name, "True")
    config = _config("openai", api_key="k", base_url=loopback.url)
    # A model of its own: what is remembered of models is not to hold for the other tests.
    error = ask({**config, "model": f"openai/{name}", "transport": "direct"}, {"prompt": "x"})
    assert isinstance(error, UnsupportedFeatureError)
    assert error.feature == "transport"
    assert loopback.requests == []


def _config(vendor: str, **place: Any) -> dict[str, Any]:
    return {"model": f"{vendor}/some-model", "max_retries": 0, **place}


def _on_both_routes(server: Loopback, vendor: str, **place: Any) -> list[dict[str, Any]]:
    """The requests, which must be the same; none where both routes refuse alike."""
    server.reply = replies(vendor)
    told, outcomes = [], []
    for route in ("litellm", "direct"):
        server.requests.clear()
        outcomes.append(ask({**_config(vendor, **place), "transport": route}, {"prompt": "x"}))
        asked = [each for each in server.requests if not each.path.endswith("/api/show")]
        told.append([sent(each) for each in asked])
    if not any(told):
        assert type(outcomes[0]) is type(outcomes[1])
    known = LITELLM_IS_WRONG.get(vendor, {})
    found = differences(dict(enumerate(told[0])), dict(enumerate(told[1])))
    assert [line for line in found if line.partition(": ")[0].removeprefix(".0") not in known] == []
    return told[1]
