"""Where a provider keeps its settings: one dictionary with string keys."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

from .._plain import plain_copy
from ..exceptions import InvalidParameterError
from .redaction import redact_values

__all__ = ["ConfigurationManager"]


class ConfigurationManager:
    """The settings of a provider; a ModelParameter and its string are the same key.

    A setting that is None counts as not set: it hides no default. 0, "" and False are settings.
    """

    def __init__(self, initial_config: Mapping[str, Any] | None = None) -> None:
        self._config: dict[str, Any] = _by_name(initial_config or {})

    def get_param(self, param: str, default: Any = None) -> Any:
        """The setting, or the default where it is not set."""
        value = self._config.get(_name(param))
        return default if value is None else value

    def update_config(self, updates: Mapping[str, Any]) -> None:
        """Set several settings at once; None takes a setting back."""
        self._config.update(_by_name(updates))

    def get_config(self) -> dict[str, Any]:
        """A copy of all settings, with string keys."""
        settings: dict[str, Any] = plain_copy(self._config)
        return settings

    def merge_with_defaults(self, defaults: Mapping[str, Any]) -> None:
        """Set what is not set yet."""
        for name, value in _by_name(defaults).items():
            if self._config.get(name) is None:
                self._config[name] = value

    def get_provider_params(
        self,
        kwargs: Mapping[str, Any],
        system_prompt: str | None = None,
        tools: list[Any] | None = None,
    ) -> dict[str, Any]:
        """The settings for one call: stored ones, then the call's own; nothing is stored."""
        own = {**_by_name(kwargs), **_told({"system_prompt": system_prompt, "tools": tools})}
        return {**_told(self._config), **_told(own)}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({redact_values(self._config)!r})"


def _name(param: object) -> str:
    value = param.value if isinstance(param, Enum) else param
    if not isinstance(value, str):
        raise InvalidParameterError(
            "config", param, f"A setting is named by a str or a ModelParameter, not {param!r}"
        )
    return value


def _by_name(settings: object) -> dict[str, Any]:
    if not isinstance(settings, Mapping):
        kind = type(settings).__name__
        raise InvalidParameterError("config", kind, f"Settings are a dictionary, not {kind}")
    return {_name(param): plain_copy(value) for param, value in settings.items()}


def _told(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if value is not None}
