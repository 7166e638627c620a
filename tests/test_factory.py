"""create_llm gives the provider of a name its settings, and says what it knows otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from abstractllm_lite.enums import ModelParameter
from abstractllm_lite.exceptions import UnsupportedProviderError
from abstractllm_lite.factory import create_llm, get_llm_providers, register_provider
from abstractllm_lite.providers import registry
from tests.native_provider import Native, Shaped


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_registered", {})


def test_a_registered_provider_answers() -> None:
    register_provider("mine", Native)
    llm = create_llm("mine", model="m")
    assert isinstance(llm, Native)
    assert llm.generate("hello") == "m: hello"


def test_settings_come_as_one_dictionary_with_plain_string_keys() -> None:
    register_provider("mine", Shaped)
    llm: Any = create_llm("mine", **{ModelParameter.MODEL: "m", "own": 1})
    assert llm.given == {"model": "m", "own": 1}
    assert {type(name) for name in llm.given} == {str}


def test_the_built_in_names_are_listed() -> None:
    assert set(get_llm_providers()) >= {"litellm", "openai", "anthropic", "ollama", "huggingface"}
    register_provider("mine", Native)
    assert "mine" in get_llm_providers()


def test_an_unknown_provider_names_those_that_exist() -> None:
    with pytest.raises(UnsupportedProviderError) as caught:
        create_llm("nobody")
    message = str(caught.value)
    assert message.startswith("Provider 'nobody' not supported. Available providers: ")
    assert all(name in message for name in get_llm_providers())
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize(
    ("asked", "meant"), [("litelm", "litellm"), ("OpenAI", "openai"), ("antropic", "anthropic")]
)
def test_a_misspelt_provider_is_told_the_right_name(asked: str, meant: str) -> None:
    with pytest.raises(UnsupportedProviderError, match=f"Did you mean '{meant}'"):
        create_llm(asked)


@pytest.mark.parametrize(
    ("asked", "model"), [("gemini", "gemini/..."), ("openai/gpt-4o-mini", "openai/gpt-4o-mini")]
)
def test_a_vendor_or_model_in_the_providers_place_is_shown_the_way(asked: str, model: str) -> None:
    with pytest.raises(UnsupportedProviderError) as caught:
        create_llm(asked)
    assert f'create_llm("litellm", model="{model}")' in str(caught.value)


@pytest.mark.parametrize("wrong", [None, 3, b"openai", Native, ["openai"]])
def test_a_provider_that_is_no_text_is_unsupported(wrong: Any) -> None:
    with pytest.raises(UnsupportedProviderError, match="named by a str"):
        create_llm(wrong)


def test_what_the_provider_says_of_its_settings_reaches_the_caller() -> None:
    class Strict(Native):
        def __init__(self, config: dict[str, Any]) -> None:
            raise KeyError("model")

    register_provider("mine", Strict)
    with pytest.raises(KeyError, match="model"):
        create_llm("mine")
