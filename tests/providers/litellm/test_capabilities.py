"""What is known of a model, and who says so."""

from __future__ import annotations

import pytest

from abstractllm_lite import ModelCapability
from abstractllm_lite.exceptions import InvalidParameterError, UnsupportedFeatureError
from abstractllm_lite.providers.litellm.capabilities import Capabilities, capability

ROW = {
    "mode": "chat",
    "supports_vision": True,
    "supports_audio_input": False,
    "max_output_tokens": 99,
}


def test_each_capability_is_true_false_or_unknown_with_its_source() -> None:
    told = Capabilities(ROW, {"json_mode": False})

    assert (told["vision"], told.source("vision")) == (True, "litellm")
    assert (told["AUDIO_PROCESSING"], told.source("audio_processing")) == (False, "litellm")
    assert (told["supports_tool_use"], told.source("tool_use")) == (None, "unknown")
    assert (told[ModelCapability.JSON_MODE], told.source("json_mode")) == (False, "user")
    assert (told["streaming"], told.source("streaming")) == (True, "abstractllm-lite")
    assert (told["max_tokens"], told["embeddings"]) == (99, False)


def test_nothing_is_known_of_a_model_without_a_row() -> None:
    told = Capabilities(None, None)

    assert {told[name] for name in ("vision", "tool_use", "json_mode", "max_tokens")} == {None}


def test_only_a_known_false_is_an_obstacle() -> None:
    told = Capabilities(ROW, None)

    told.require("vision")
    told.require("tool_use")
    with pytest.raises(UnsupportedFeatureError, match="audio_processing.*litellm"):
        told.require("audio_processing")


def test_it_is_a_mapping_like_others() -> None:
    told = Capabilities(ROW, None)

    assert set(told) == set(ModelCapability)
    assert len(told) == len(ModelCapability)
    assert "nonsense" not in told
    assert told.get("nonsense", 5) == 5
    with pytest.raises(KeyError):
        told["nonsense"]
    assert "vision=True (litellm)" in repr(told)


def test_plain_values_are_abstractllms() -> None:
    plain = Capabilities(None, None).plain()

    assert plain[ModelCapability.VISION] is plain["vision"] is plain.get("vision") is False
    assert plain["max_tokens"] == plain[ModelCapability.MAX_TOKENS] == 2048
    assert "vision" in plain
    assert "nonsense" not in plain
    assert plain.get("nonsense", 5) == 5
    assert dict(plain) == {each: plain[each] for each in ModelCapability}


def test_a_name_that_is_none_is_refused_with_those_that_are() -> None:
    assert capability("VISION") is capability("supports_vision") is ModelCapability.VISION
    with pytest.raises(InvalidParameterError, match="visoin.*vision"):
        capability("visoin")
