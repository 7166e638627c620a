"""Settings: one key per name, None is not set, nothing of one call stays."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from abstractllm_lite.enums import ModelParameter
from abstractllm_lite.exceptions import InvalidParameterError
from abstractllm_lite.utils.config import ConfigurationManager

unhurried = hypothesis_settings(deadline=None, max_examples=50)
names = st.sampled_from([p.value for p in ModelParameter]) | st.text()
spelled = names | st.sampled_from(ModelParameter)
values = st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.integers())
settings = st.dictionaries(spelled, values)


def told(*layers: dict[Any, Any]) -> dict[str, Any]:
    """The model to compare with: later layers win, None says nothing."""
    merged: dict[str, Any] = {}
    for layer in layers:
        merged.update({str(name): value for name, value in layer.items() if value is not None})
    return merged


@unhurried
@given(first=settings, second=settings, default=st.integers())
def test_the_last_update_wins_in_either_spelling(
    first: dict[Any, Any], second: dict[Any, Any], default: int
) -> None:
    manager = ConfigurationManager(first)
    manager.update_config(second)
    expected = {str(name): value for name, value in {**first, **second}.items()}
    assert manager.get_config() == expected
    for name, value in expected.items():
        wanted = default if value is None else value
        assert manager.get_param(name, default) == wanted
        if name in list(ModelParameter):
            assert manager.get_param(ModelParameter(name), default) == wanted


@unhurried
@given(config=settings, defaults=settings)
def test_defaults_fill_only_what_is_not_set(
    config: dict[Any, Any], defaults: dict[Any, Any]
) -> None:
    manager = ConfigurationManager(config)
    manager.merge_with_defaults(defaults)
    for name in {*map(str, config), *map(str, defaults)}:
        assert manager.get_param(name) == told(defaults, config).get(name)


@unhurried
@given(config=settings, kwargs=settings, prompt=st.none() | st.text())
def test_the_parameters_of_a_call_are_never_stored(
    config: dict[Any, Any], kwargs: dict[Any, Any], prompt: str | None
) -> None:
    manager = ConfigurationManager(config)
    before = manager.get_config()
    params = manager.get_provider_params(kwargs, prompt, None)
    assert params == told(config, kwargs, {"system_prompt": prompt})
    assert manager.get_config() == before


@unhurried
@given(config=settings)
def test_keys_are_plain_strings(config: dict[Any, Any]) -> None:
    assert {type(name) for name in ConfigurationManager(config).get_config()} <= {str}


@unhurried
@given(config=settings)
def test_settings_survive_copying(config: dict[Any, Any]) -> None:
    manager = ConfigurationManager(config)
    for twin in (pickle.loads(pickle.dumps(manager)), copy.deepcopy(manager)):
        assert twin.get_config() == manager.get_config()


@pytest.mark.parametrize("value", [0, "", False, [], 0.0])
def test_a_false_value_is_a_setting(value: Any) -> None:
    manager = ConfigurationManager({"seed": value})
    manager.merge_with_defaults({"seed": 7})
    assert manager.get_param("seed", 7) == value


def test_none_takes_a_setting_back() -> None:
    manager = ConfigurationManager({"seed": 7})
    manager.update_config({"seed": None})
    assert manager.get_param("seed", 1) == 1


def test_string_keyed_defaults_are_kept() -> None:
    manager = ConfigurationManager()
    manager.merge_with_defaults({"foo": 1, ModelParameter.SEED: 2})
    assert manager.get_config() == {"foo": 1, "seed": 2}


def test_the_copy_and_the_callers_dictionary_stay_apart() -> None:
    given_config = {"seed": 1}
    manager = ConfigurationManager(given_config)
    manager.get_config()["seed"] = 2
    given_config["seed"] = 3
    assert manager.get_param("seed") == 1


def test_the_calls_own_system_prompt_and_tools_win() -> None:
    manager = ConfigurationManager({"system_prompt": "stored", "tools": [1]})
    params = manager.get_provider_params({"system_prompt": "kwarg"}, "argument", [2])
    assert params == {"system_prompt": "argument", "tools": [2]}


@pytest.mark.parametrize("wrong", [[("a", 1)], "model=x", 3])
def test_settings_that_are_no_dictionary_are_refused(wrong: Any) -> None:
    with pytest.raises(InvalidParameterError, match="dictionary"):
        ConfigurationManager().update_config(wrong)


def test_a_key_that_is_no_name_is_refused() -> None:
    with pytest.raises(InvalidParameterError, match="3"):
        ConfigurationManager({3: 1})  # type: ignore[dict-item]


def test_repr_shows_no_secret_at_any_depth() -> None:
    manager = ConfigurationManager(
        {
            "model": "m",
            "api_key": "hunter2",
            "max_tokens": 5,
            "extra_headers": {"Authorization": "Bearer hunter2", "X-Team": "blue"},
            "fallbacks": [{"api_key": "hunter2"}],
        }
    )
    shown = repr(manager)
    assert "hunter2" not in shown
    assert "'max_tokens': 5" in shown
    assert "'X-Team': 'blue'" in shown
