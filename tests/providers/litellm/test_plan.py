"""What a call becomes before anything is sent."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from abstractllm_lite import create_llm
from abstractllm_lite.exceptions import (
    AuthenticationError,
    InvalidParameterError,
    UnsupportedFeatureError,
)
from abstractllm_lite.providers.litellm.call import Call
from abstractllm_lite.providers.litellm.loading import load
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


@pytest.mark.parametrize("config", [{}, {"base_url": "http://127.0.0.1:1"}])
def test_nothing_secret_goes_to_another_vendor_at_another_place(
    config: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "key-of-anthropic")
    own = OPENAI | config | {"extra_headers": {"Authorization": "secret"}}
    elsewhere = {"base_url": "http://127.0.0.1:2"} if config else {}

    call = planned(own, model="anthropic/claude-haiku-4-5", **elsewhere)

    assert dict(call.connection) == elsewhere
    assert "extra_headers" not in call.parameters


@pytest.mark.parametrize("name", ["stream", "prompt"])
def test_arguments_of_a_call_are_not_a_providers(name: str) -> None:
    with pytest.raises(InvalidParameterError, match=f"'{name}' belongs to generate"):
        create_llm("litellm", **OPENAI, **{name: True})


@pytest.mark.parametrize("name", ["fallbacks", "client", "acompletion", "model_list"])
def test_what_would_go_behind_the_calls_back_is_refused_with_a_way_out(name: str) -> None:
    with pytest.raises(UnsupportedFeatureError, match=f"'{name}' is not taken here: "):
        planned(OPENAI, **{name: "x"})


def test_a_setting_may_be_changed_under_any_of_its_names() -> None:
    llm = create_llm("litellm", **OPENAI, base_url="http://127.0.0.1:1")

    llm.set_config(api_base="http://127.0.0.1:2")

    assert llm.get_param("base_url") == llm.get_param("api_base") == "http://127.0.0.1:2"
    assert llm._plan("hi", None, {}).connection["base_url"] == "http://127.0.0.1:2"


def test_what_is_given_is_not_shared() -> None:
    stop = ["a"]
    llm = create_llm("litellm", **OPENAI, stop=stop)

    stop.append("b")
    llm.get_config()["stop"].append("c")

    assert llm._plan("hi", None, {}).parameters["stop"] == ["a"]


@pytest.mark.parametrize("wrong", [{"visoin": True}, {"vision": "yes"}, {"max_tokens": "lots"}])
def test_capabilities_are_checked_where_they_are_given(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidParameterError, match="capabilit"):
        create_llm("litellm", **OPENAI, capabilities=wrong)


def test_an_image_anywhere_needs_a_model_that_sees() -> None:
    part = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
    blind = OPENAI | {"capabilities": {"vision": False}}

    with pytest.raises(UnsupportedFeatureError, match="vision"):
        plan(blind, [part], None, {})
    with pytest.raises(UnsupportedFeatureError, match="vision"):
        planned(blind, messages=[{"role": "user", "content": [part]}])


@pytest.mark.parametrize(
    "config",
    [
        {"base_url": "ftp://user:secret-words@host"},
        {"extra_headers": [("Authorization", "secret-words")]},
    ],
)
def test_a_refused_value_is_told_without_its_secret(config: dict[str, Any]) -> None:
    with pytest.raises(InvalidParameterError) as caught:
        create_llm("litellm", **OPENAI | config)

    assert "secret-words" not in f"{caught.value} {caught.value.value}"
    assert b"secret-words" not in pickle.dumps(caught.value)


def test_warnings_come_in_order() -> None:
    call = planned(OPENAI, load_in_8bit=True, device="cpu", cache_dir="x")

    assert [warning.split("'")[1] for warning in call.warnings] == [
        "cache_dir",
        "device",
        "load_in_8bit",
    ]


def test_a_switch_of_litellms_is_noticed_when_it_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load(), "drop_params", True)
    dropped = planned(OPENAI, model="openai/o3-mini", temperature=0.5)
    monkeypatch.setattr(load(), "drop_params", False)
    refused = planned(OPENAI, model="openai/o3-mini", temperature=0.5)

    assert "ignores" in dropped.warnings[0]
    assert "does not take" in refused.warnings[0]
