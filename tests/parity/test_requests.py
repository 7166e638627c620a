"""Both routes say the same to a vendor: one loopback server is asked on each, shape by shape."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from abstractllm_lite.exceptions import UnsupportedFeatureError
from abstractllm_lite.providers.litellm.direct.coverage import VENDORS
from tests.parity.both import Outcome, aask, ask, differences, sent
from tests.parity.shapes import FEW, SHAPES, arguments, replies
from tests.support.litellms import RELEASE, run
from tests.support.loopback import Loopback

# They stand for the families of rules; each is asked every shape.
MODELS = (
    "openai/gpt-4o",
    "openai/o3-mini",
    "openai/gpt-5",
    "anthropic/claude-3-haiku-20240307",
    "anthropic/claude-sonnet-4-5",
    "anthropic/claude-opus-4-6",
    "gemini/gemini-2.0-flash",
    "gemini/gemini-2.5-flash",
    "gemini/gemini-3-pro-preview",
    "mistral/mistral-large-latest",
    "groq/llama-3.3-70b-versatile",
    "deepseek/deepseek-chat",
    "xai/grok-4",
    "together_ai/meta-llama/Llama-3.3-70B-Instruct-Turbo",
    "fireworks_ai/accounts/fireworks/models/llama-v3p1-8b-instruct",
    "openrouter/anthropic/claude-sonnet-4",
    "ollama_chat/llama3.1",
    "ollama/llama3.1",
    "hosted_vllm/qwen",
    "perplexity/sonar",
)

# Shapes that the direct route leaves to litellm: {vendor: {shape: why}}.
_FETCHED = {"image address": "the image has to be fetched while the request is built"}
DECLINED_BY_ALL = {
    "pdf": "litellm knows which models read files, and from 1.109 refuses the others"
}
DECLINED: dict[str, dict[str, str]] = {
    "gemini": _FETCHED,
    "ollama": _FETCHED,
    "ollama_chat": _FETCHED,
    "groq": {"json_schema, stream": "litellm makes a plain call of it"},
    "xai": {"web_search": "litellm takes the Responses API for it"},
}

# Vendors to which litellm brings no PDF: refused before a route is taken.
WITHOUT_PDF = {"deepseek", "ollama", "ollama_chat"}

# Where the routes differ and the direct one is right: {vendor: {place: why}}.
LITELLM_IS_WRONG: dict[str, dict[str, str]] = {
    "novita": {
        ".headers.x-novita-source": "a header of litellm's configuration (1.109) that its road "
        "through OpenAI's SDK leaves out",
    },
}

# What the models refuse by litellm's word, so that nothing is there to compare.
REFUSED: dict[str, set[str]] = {
    "openai/gpt-4o": {"reasoning_effort", "reasoning_effort, tools", "thinking"},
    "anthropic/claude-sonnet-4-5": {
        *("safety", "modalities", "store", "prediction", "service_tier"),
        "audio",  # litellm would leave it out
    },
    "gemini/gemini-2.5-flash": {"safety", "store", "prediction", "image address"},
}
TAKEN_SINCE = {"1.109.1": {"anthropic/claude-sonnet-4-5": {"service_tier"}}}

# Models whose async way through litellm is compared too, and with which shapes.
AWAITED_MODELS = (
    "openai/gpt-4o",
    "anthropic/claude-sonnet-4-5",
    "gemini/gemini-2.5-flash",
    "mistral/mistral-large-latest",
    "groq/llama-3.3-70b-versatile",
    "openrouter/anthropic/claude-sonnet-4",
    "ollama_chat/llama3.1",
    "perplexity/sonar",
)
AWAITED = (*FEW, "image", "tool history", "cache_control", "odd tool names", "json_schema")


@pytest.mark.parametrize("model", MODELS)
def test_every_shape_is_sent_alike(model: str, loopback: Loopback) -> None:
    assert _compared(loopback, model, SHAPES) == _declined_for(model)


@pytest.mark.parametrize("model", AWAITED_MODELS)
def test_shapes_are_sent_alike_when_awaited(model: str, loopback: Loopback) -> None:
    found = run(_acompared(loopback, model, AWAITED))
    assert found == {}


NAMED = {"clarifai": "user.app.some-model"}  # whose models have names of three parts


@pytest.mark.parametrize("vendor", sorted(VENDORS))
def test_every_vendor_is_sent_alike(vendor: str, loopback: Loopback) -> None:
    model = NAMED.get(vendor, "some-model")
    assert _compared(loopback, f"{vendor}/{model}", FEW) == {}


def test_shapes_are_really_sent(loopback: Loopback) -> None:
    """Else the comparison would be one of refusals."""
    since = TAKEN_SINCE.get(RELEASE, {})
    for model, refused in REFUSED.items():
        silent = {shape for shape in SHAPES if not _requests(loopback, model, shape)}
        assert silent == (refused - since.get(model, set())) | DECLINED_BY_ALL.keys()


def test_nothing_is_asked_about_a_model_on_the_side(
    loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OLLAMA_API_BASE", loopback.url)
    for vendor in ("ollama", "ollama_chat"):
        assert len(_requests(loopback, f"{vendor}/never-asked-before", "plain")) == 1


def _requests(server: Loopback, model: str, shape: str) -> list[Any]:
    server.reply = replies(model.partition("/")[0])
    server.requests.clear()
    ask(_config(server, model, "direct"), arguments(shape))
    return list(server.requests)


def _compared(server: Loopback, model: str, shapes: Iterable[str]) -> dict[str, Any]:
    """What does not agree, by shape; a shape that the direct route declines has its reason."""
    found = {}
    for shape in shapes:
        directly = _told(server, ask(_start(server, model, "direct"), arguments(shape)))
        if not (verdict := _verdict_on_declined(model, shape, directly)):
            outcome = ask(_start(server, model, "litellm"), arguments(shape))
            verdict = _verdict(model, directly, _told(server, outcome))
        found[shape] = verdict
    return {shape: verdict for shape, verdict in found.items() if verdict}


async def _acompared(server: Loopback, model: str, shapes: Iterable[str]) -> dict[str, Any]:
    """The same, awaited."""
    found = {}
    for shape in shapes:
        directly = _told(server, await aask(_start(server, model, "direct"), arguments(shape)))
        if not (verdict := _verdict_on_declined(model, shape, directly)):
            outcome = await aask(_start(server, model, "litellm"), arguments(shape))
            verdict = _verdict(model, directly, _told(server, outcome))
        found[shape] = verdict
    return {shape: verdict for shape, verdict in found.items() if verdict}


def _start(server: Loopback, model: str, route: str) -> dict[str, Any]:
    server.reply = replies(model.partition("/")[0])
    server.requests.clear()
    return _config(server, model, route)


def _config(server: Loopback, model: str, route: str) -> dict[str, Any]:
    return {
        "model": model,
        "base_url": f"{server.url}/v1",
        "api_key": "key-of-the-test",
        "max_retries": 0,
        "transport": route,
    }


def _declined_for(model: str) -> dict[str, str]:
    vendor = model.partition("/")[0]
    return ({} if vendor in WITHOUT_PDF else DECLINED_BY_ALL) | DECLINED.get(vendor, {})


def _told(server: Loopback, outcome: Outcome) -> Any:
    """The requests, or the error where there was none. litellm asks Ollama for its models too."""
    asked = [request for request in server.requests if not request.path.endswith("/api/show")]
    return [sent(request) for request in asked] or outcome


def _verdict_on_declined(model: str, shape: str, told: Any) -> str | None:
    if isinstance(told, UnsupportedFeatureError) and told.feature == "transport":
        return _declined_for(model).get(shape, f"declined: {told}")
    return None


def _verdict(model: str, directly: Any, through_litellm: Any) -> Any:
    if not isinstance(directly, list) or not isinstance(through_litellm, list):
        alike = type(directly) is type(through_litellm)
        return None if alike else f"{directly!r} is not {through_litellm!r}"
    if not len(directly) == len(through_litellm) == 1:
        return f"{len(directly)} requests are not {len(through_litellm)}"
    known = LITELLM_IS_WRONG.get(model.partition("/")[0], {})
    lines = differences(through_litellm[0], directly[0])
    return [line for line in lines if line.partition(": ")[0] not in known]
