"""A provider is anything with the interface's methods; its settings are its own."""

from __future__ import annotations

from typing import Any

import pytest

from abstractllm_lite import interface
from abstractllm_lite.enums import ModelCapability, ModelParameter
from abstractllm_lite.interface import AbstractLLMInterface


class Echo(AbstractLLMInterface):
    def generate(self, prompt: str, *args: Any, **kwargs: Any) -> str:
        return prompt

    async def generate_async(self, prompt: str, *args: Any, **kwargs: Any) -> str:
        return prompt


def test_a_class_without_both_ways_to_generate_cannot_be_made() -> None:
    class Half(AbstractLLMInterface):
        def generate(self, *args: Any, **kwargs: Any) -> str:
            return ""

    with pytest.raises(TypeError, match="generate_async"):
        Half()  # type: ignore[abstract]


def test_settings_are_set_and_read_in_either_spelling() -> None:
    llm = Echo({ModelParameter.MODEL: "m"})
    llm.set_config(temperature=0)
    llm.update_config({"top_p": 1})
    assert llm.get_config() == {"model": "m", "temperature": 0, "top_p": 1}
    assert llm.get_param(ModelParameter.TEMPERATURE, 0.7) == 0
    assert llm.get_param("seed", 7) == 7
    assert llm.config[ModelParameter.MODEL] == "m"


def test_the_parameters_of_a_call_are_not_stored() -> None:
    llm = Echo({"model": "m", "temperature": 0})
    params = llm.get_provider_params({"temperature": 1, "seed": None}, system_prompt="s")
    assert params == {"model": "m", "temperature": 1, "system_prompt": "s"}
    assert llm.get_config() == {"model": "m", "temperature": 0}


def test_config_is_a_copy_that_a_provider_may_replace() -> None:
    llm = Echo({"model": "m"})
    llm.config["model"] = "other"
    assert llm.get_param("model") == "m"
    llm.config = {"own": 1}  # type: ignore[assignment]
    assert llm.config == {"own": 1}
    assert not isinstance(AbstractLLMInterface.config, dict)


def test_a_provider_that_does_not_say_can_nothing_even_unbound() -> None:
    capabilities = AbstractLLMInterface.get_capabilities(None)  # type: ignore[arg-type]
    assert capabilities.pop(ModelCapability.MAX_TOKENS) == 2048
    assert set(capabilities.values()) == {False}
    assert capabilities["streaming"] is False  # type: ignore[index]


def test_the_enums_are_re_exported() -> None:
    assert interface.ModelParameter is ModelParameter
    assert interface.ModelCapability is ModelCapability
