"""What a call becomes before anything is sent."""

from __future__ import annotations

from typing import Any

import pytest

from abstractllm_lite import create_llm
from abstractllm_lite.exceptions import AuthenticationError, UnsupportedFeatureError
from abstractllm_lite.providers.litellm.call import Call
from abstractllm_lite.providers.litellm.plan import plan


def planned(config: dict[str, Any], **options: Any) -> Call:
    return plan(config, "hi", None, options)


OPENAI = {"model": "openai/gpt-4o-mini", "api_key": "key-of-openai"}


def test_a_key_is_not_sent_to_another_vendor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)

    with pytest.raises(AuthenticationError, match="ANTHROPIC_API_KEY"):
        planned(OPENAI, model="anthropic/claude-haiku-4-5")


def test_the_other_vendors_own_key_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "key-of-anthropic")

    call = planned(OPENAI | {"aws_secret_access_key": "s"}, model="anthropic/claude-haiku-4-5")

    assert "key-of-openai" not in str(dict(call.connection))
    assert "aws_secret_access_key" not in call.parameters


def test_a_key_stays_with_its_base_url() -> None:
    call = planned(OPENAI | {"base_url": "http://127.0.0.1:1"}, model="anthropic/claude-haiku-4-5")

    assert dict(call.connection) == {"base_url": "http://127.0.0.1:1", "api_key": "key-of-openai"}


def test_a_key_serves_all_models_of_its_vendor() -> None:
    assert planned(OPENAI, model="openai/gpt-4o").connection["api_key"] == "key-of-openai"


def test_capabilities_of_one_model_are_not_those_of_another() -> None:
    blind = OPENAI | {"capabilities": {"vision": False}}

    call = planned(blind, model="openai/gpt-4o", image="https://example.com/a.png")

    assert call.messages[0]["content"][1]["type"] == "image_url"


def test_the_options_are_emptied_so_that_no_traceback_shows_them() -> None:
    options = {"api_key": "key-of-the-call"}

    plan(OPENAI, "hi", None, options)

    assert options == {}


def test_a_hosted_hugging_face_model_is_asked_in_openais_language() -> None:
    llm = {"model": "huggingface/org/name", "api_key": "k", "base_url": "http://127.0.0.1:1/v1"}

    call = planned(llm)

    assert (call.vendor, call.address) == ("huggingface", "openai/org/name")


@pytest.mark.parametrize("given", ["gpt-4o", "openai/gpt-4o"])
def test_a_vendors_own_provider_adds_its_vendor_to_each_model(given: str) -> None:
    llm = create_llm("openai", api_key="k", capabilities={"vision": False})

    call = llm._plan("hi", None, {"model": given})

    assert (call.address, call.connection["api_key"]) == ("openai/gpt-4o", "k")
    with pytest.raises(UnsupportedFeatureError, match="vision"):
        llm._plan("hi", None, {"image": "https://example.com/a.png"})
