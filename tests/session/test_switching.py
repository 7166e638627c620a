"""A conversation begun with one vendor goes on with any other, in the other's own language."""

from __future__ import annotations

from typing import Any

import pytest

from abstractllm_lite import Session, create_llm
from tests.session.languages import LANGUAGES
from tests.support.loopback import Loopback, Request

PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}


def weather(city: str) -> str:
    """The weather."""
    return f"sunny in {city}"


def provider(vendor: str, server: Loopback, **settings: Any) -> Any:
    language = LANGUAGES[vendor]
    place = {"base_url": server.url + language.suffix, "max_retries": 0}
    return create_llm("litellm", model=language.model, **place, **language.settings, **settings)


def answers(vendor: str, server: Loopback) -> None:
    """Let the server speak the vendor's language: a call of the tool first, then a text."""
    waiting = [("weather", {"city": "Paris"})]

    def reply(request: Request) -> Any:
        show = request.path.endswith("/api/show")
        call = waiting.pop() if waiting and not show else None
        return LANGUAGES[vendor].reply(request, "" if call else "Sunny.", call)

    server.reply = reply


def chats(server: Loopback) -> list[Any]:
    return [r.json for r in server.requests if not r.path.endswith("/api/show")]


@pytest.mark.parametrize("second", LANGUAGES)
@pytest.mark.parametrize("first", LANGUAGES)
def test_any_vendor_goes_on_after_any_other(first: str, second: str, loopback: Loopback) -> None:
    session = Session("Be brief.", tools=[weather])
    for vendor in (first, second, first):
        answers(vendor, loopback)
        response = session.generate(f"Weather? ({vendor})", provider(vendor, loopback))
        assert response == "Sunny."
    assert len(chats(loopback)) == 6
    assert len(session.messages) == 10
    signed = {"anthropic", "bedrock"} & {first, second}
    lost = [note for note in response.warnings if "reasoning" in note]
    assert bool(lost) == (first != second and second == "anthropic"), signed


@pytest.mark.parametrize("vendor", ["anthropic", "gemini"])
def test_what_a_vendor_signed_goes_back_to_it_alone(vendor: str, loopback: Loopback) -> None:
    session = Session(tools=[weather])
    for each in (vendor, "openai", "mistral", vendor):
        answers(each, loopback)
        session.generate("Weather?", provider(each, loopback))
    bodies = list(map(str, chats(loopback)))
    assert ["c2lnbmVk" in body for body in bodies] == [False, True] + [False] * 4 + [True, True]


@pytest.mark.parametrize("vendor", LANGUAGES)
def test_images_stay_away_from_a_model_that_cannot_see(vendor: str, loopback: Loopback) -> None:
    session = Session()
    session.add_message("user", [{"type": "text", "text": "Look."}, PICTURE])
    session.add_message("assistant", "I see.")
    answers(vendor, loopback)
    llm = provider(vendor, loopback, capabilities={"vision": False})
    loopback.reply = lambda request: LANGUAGES[vendor].reply(request, "Dark.")
    response = session.generate("And now?", llm)
    assert response == "Dark."
    assert "iVBORw0KGgo" not in str(chats(loopback))
    assert any("1 image(s) left out" in note for note in response.warnings)


@pytest.mark.parametrize("vendor", LANGUAGES)
def test_a_model_without_tools_reads_what_they_said(vendor: str, loopback: Loopback) -> None:
    session = Session(tools=[weather])
    answers("openai", loopback)
    session.generate("Weather?", provider("openai", loopback))
    session.tools.clear()
    loopback.requests.clear()
    loopback.reply = lambda request: LANGUAGES[vendor].reply(request, "Fine.")
    llm = provider(vendor, loopback, capabilities={"tool_use": False, "function_calling": False})
    response = session.generate("Thanks?", llm)
    assert response == "Fine."
    (body,) = chats(loopback)
    assert "sunny in Paris" in str(body)
    assert "tool_calls" not in str(body)
    assert any("told as text" in note for note in response.warnings)


def test_another_model_of_one_provider_is_another_vendor(loopback: Loopback) -> None:
    session = Session(tools=[weather])
    answers("gemini", loopback)
    llm = provider("gemini", loopback)
    session.generate("Weather?", llm)
    answers("anthropic", loopback)
    session.generate("Weather?", llm, model="anthropic/claude-sonnet-4-5")
    assert "c2lnbmVk" in str(chats(loopback)[1])
    assert "c2lnbmVk" not in str(chats(loopback)[2])
