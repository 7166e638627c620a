"""`proxy=`, `verify=` and `cert=` of a provider and of a call; closing a provider."""

from __future__ import annotations

import asyncio
import pickle
import ssl
import traceback
from collections.abc import Iterator
from typing import Any

import pytest

from abstractllm_lite import create_llm
from abstractllm_lite.exceptions import AbstractLLMError, InvalidParameterError
from abstractllm_lite.providers.litellm import wire
from abstractllm_lite.providers.litellm.loading import load
from abstractllm_lite.providers.litellm.params import Settings
from abstractllm_lite.providers.litellm.plan import plan
from tests.support.loopback import Loopback
from tests.support.network import Certificate, Proxy, make_certificate, running, tls_server
from tests.support.vendors import VENDORS

PASSWORD = "a-password-in-a-proxy"
MODES = pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
VENDOR = VENDORS["openai"]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(autouse=True)
async def _closes() -> Any:
    yield
    await wire.aclose_all()
    wire.close_all()


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with running(Proxy(credentials=f"user:{PASSWORD}")) as found:
        yield found


def network_of(options: dict[str, Any], **config: Any) -> wire.Network:
    settings = {"model": "openai/gpt-4o-mini", "api_key": "k", **config}
    return plan(settings, "hi", None, Settings(options)).network


async def ask(llm: Any, *, is_async: bool, **options: Any) -> str:
    if is_async:
        return str(await llm.generate_async("hi", **options))
    return str(llm.generate("hi", **options))


def ours(frame: Any) -> bool:
    return "/abstractllm_lite/" in frame.f_code.co_filename


@MODES
async def test_a_proxy_carries_the_call_and_is_told_to_nobody(
    loopback: Loopback, proxy: Proxy, certificate: Certificate, is_async: bool
) -> None:
    with tls_server(certificate) as server:
        base = {"model": "openai/gpt-4o-mini", "api_key": "k", "max_retries": 0}
        address = f"http://user:{PASSWORD}@{proxy.address}"
        llm = create_llm("litellm", base_url=server.url, proxy=address, **base)
        with pytest.raises(AbstractLLMError):  # its answer is none of a vendor's
            await ask(llm, is_async=is_async, verify=certificate.file)
        assert len(server.seen) == 1
        assert [line.split()[0] for line in proxy.asked] == ["CONNECT"]
        with pytest.raises(AbstractLLMError) as caught:  # verify= was for one call
            await ask(llm, is_async=is_async)
        assert len(server.seen) == 1
    shown = [repr(llm), str(caught.value), repr(caught.value.__dict__), repr(llm.__dict__)]
    frames = [frame for frame in traceback.walk_tb(caught.value.__traceback__) if ours(frame[0])]
    assert frames
    shown += traceback.StackSummary.extract(iter(frames), capture_locals=True).format()
    assert not any(PASSWORD in text for text in shown)


@MODES
async def test_settings_of_the_network_never_reach_the_vendor(
    loopback: Loopback, certificate: Certificate, is_async: bool
) -> None:
    loopback.reply = VENDOR.says("Hello")
    options = {"proxy": "", "verify": False, "cert": [certificate.file, certificate.key]}
    for llm, given in (
        (create_llm("litellm", **VENDOR.config(loopback.url), **options), {}),
        (create_llm("litellm", **VENDOR.config(loopback.url)), options),
    ):
        assert await ask(llm, is_async=is_async, **given) == "Hello"
    for request in loopback.requests:
        assert not {"proxy", "verify", "cert"} & request.json.keys()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("proxy", f"user:{PASSWORD}@proxy.invalid"),
        ("proxy", f"http://user:{PASSWORD}@:1"),
        ("proxy", f"socks5://user:{PASSWORD}@proxy.invalid:1"),
        ("proxy", True),
        ("verify", "/no/such/file.pem"),
        ("verify", 0),
        ("cert", "/no/such/file.pem"),
        ("cert", __file__),
        ("cert", (__file__, __file__, PASSWORD)),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name_and_not_repeated(name: str, value: Any) -> None:
    made = create_llm("litellm", model="openai/gpt-4o-mini", api_key="k")
    for attempt in (
        lambda: create_llm("litellm", model="openai/gpt-4o-mini", **{name: value}),
        lambda: made.generate("hi", **{name: value}),
    ):
        with pytest.raises(InvalidParameterError, match=f"'{name}'") as caught:
            attempt()
        error = caught.value
        assert PASSWORD not in f"{error} {error!r} {error.__dict__} {pickle.dumps(error)!r}"


def test_a_socks_proxy_is_refused_with_what_to_use_instead() -> None:
    with pytest.raises(InvalidParameterError, match=r"http://.*SOCKS"):
        create_llm("litellm", model="openai/gpt-4o-mini", proxy="socks5://proxy.invalid:1080")


def test_a_certificate_beside_a_context_is_refused(certificate: Certificate) -> None:
    context = ssl.create_default_context()
    with pytest.raises(InvalidParameterError, match="context"):
        network_of({"verify": context, "cert": certificate.file})
    assert network_of({"verify": context}).verify is context


def test_the_calls_own_goes_before_the_providers(certificate: Certificate) -> None:
    config = {"proxy": "http://a.invalid:1", "verify": False}
    assert network_of({}, **config) == wire.Network("http://a.invalid:1", False)
    assert network_of({"proxy": "", "verify": True}, **config) == wire.Network("", True)


def test_what_was_set_for_litellm_holds_where_nothing_is_said(
    monkeypatch: pytest.MonkeyPatch, certificate: Certificate
) -> None:
    for name in ("SSL_VERIFY", "SSL_CERTIFICATE"):
        monkeypatch.delenv(name, raising=False)
    assert network_of({}) == wire.Network()
    monkeypatch.setattr(load(), "ssl_verify", False)
    monkeypatch.setattr(load(), "ssl_certificate", certificate.file)
    assert network_of({}) == wire.Network(verify=False, cert=certificate.file)
    assert network_of({"verify": True}) == wire.Network(cert=certificate.file)
    monkeypatch.setenv("SSL_VERIFY", certificate.file)
    assert network_of({}) == wire.Network(verify=certificate.file, cert=certificate.file)


def test_a_client_certificate_is_not_shown_to_another_vendor(certificate: Certificate) -> None:
    config = {"cert": certificate.file, "proxy": "http://a.invalid:1"}
    options = {"model": "anthropic/claude-haiku-4-5", "api_key": "k"}
    assert network_of(options, **config) == wire.Network("http://a.invalid:1")


def test_a_vendor_whom_they_do_not_reach_is_warned_of() -> None:
    config = {"model": "replicate/m", "api_key": "k", "proxy": "http://a.invalid:1"}
    warnings = plan(config, "hi", None, {}).warnings
    assert [w for w in warnings if "'proxy' has no effect" in w]
    config["model"] = "openai/gpt-4o-mini"
    assert not any("proxy" in warning for warning in plan(config, "hi", None, {}).warnings)


def test_a_closed_provider_connects_anew(loopback: Loopback) -> None:
    loopback.reply = VENDOR.says("Hello")
    with create_llm("litellm", **VENDOR.config(loopback.url)) as llm:
        assert [str(llm.generate("hi")) for _ in range(2)] == ["Hello", "Hello"]
        assert loopback.connections == 1
    assert str(llm.generate("hi")) == "Hello"
    assert loopback.connections == 2
    llm.close()
    llm.close()


async def test_a_closed_provider_connects_anew_in_its_loop(loopback: Loopback) -> None:
    loopback.reply = VENDOR.says("Hello")
    async with create_llm("litellm", **VENDOR.config(loopback.url)) as llm:
        for _ in range(2):
            assert str(await llm.generate_async("hi")) == "Hello"
        assert loopback.connections == 1
    assert str(await llm.generate_async("hi")) == "Hello"
    assert loopback.connections == 2


async def test_closing_one_provider_leaves_the_calls_of_others_alone(loopback: Loopback) -> None:
    loopback.reply = VENDOR.says("Hello", hold=False)
    one, other = (create_llm("litellm", **VENDOR.config(loopback.url)) for _ in range(2))
    stream = await other.generate_async("hi", stream=True)
    held = other.generate("hi", stream=True)
    await one.aclose()
    one.close()
    assert "".join([str(piece) async for piece in stream]) == "Hello"
    assert "".join(map(str, held)) == "Hello"
    await asyncio.sleep(0)
