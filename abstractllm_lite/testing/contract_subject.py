"""What the contract is about: points, faults, and what a third party tells of its provider."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Final, TypeVar

import pytest

from .. import exceptions as e
from ..enums import ModelCapability
from ..factory import create_llm
from .pytest_contract import PROPERTY
from .ways import STREAMS, WAYS

Test = TypeVar("Test", bound=Callable[..., None])

# What there is to keep; True for what no provider can do without.
POINTS: Final[Mapping[str, bool]] = {
    "answers": True,
    "capabilities": True,
    "registration": True,
    "many at once": True,
    "errors": True,
    "secrets": True,
    "streams": False,
    "whole response of a stream": False,
    "closing of a stream": False,
    "async for without await": False,
    "system prompt": False,
    "history": False,
    "tools": False,
    "tool definitions": False,
    "streamed tool calls": False,
    "history with tools": False,
    "refusal of tools": False,
    "facts of errors": False,
    "partial answers": False,
    "isolation of calls": False,
    "pickling": False,
}
# What the service can be made to do, and the error that must come of it.
FAULTS: Final[Mapping[str, type[e.AbstractLLMError]]] = {
    "authentication": e.AuthenticationError,
    "rate limit": e.RateLimitError,
    "server": e.ProviderAPIError,
    "timeout": e.RequestTimeoutError,
    "connection": e.ProviderConnectionError,
}
CUT: Final = "cut stream"


def point(name: str) -> Callable[[Test], Test]:
    """Say which point a test is about."""

    def named(test: Test) -> Test:
        vars(test)["point"] = name
        return test

    return named


def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"Sunny in {city}"


class Subject:
    """What a subclass fills in, and what its tests are given."""

    provider: ClassVar[str | type[Any]]
    prompt: ClassVar[str] = "Say hello."
    other_prompt: ClassVar[str] = "Count to three."
    tool_prompt: ClassVar[str] = "How is the weather in Paris?"
    tool: ClassVar[Callable[..., Any]] = staticmethod(get_weather)
    tool_arguments: ClassVar[Mapping[str, Any]] = MappingProxyType({"city": "Paris"})
    secret: ClassVar[str] = "sk-contract-0123456789abcdef"
    cannot: ClassVar[Mapping[str, str]] = MappingProxyType({})
    declares: ClassVar[Mapping[Any, bool]] = MappingProxyType({})
    error_facts: ClassVar[Mapping[str, Mapping[str, Any]]] = MappingProxyType({})

    def config(self) -> dict[str, Any]:
        """The settings for create_llm; `self.secret` is the key."""
        return {}

    def failing(self, fault: str) -> tuple[Any, str] | None:
        """A provider and a prompt that end in a fault of FAULTS, or in a stream cut after its
        first pieces (CUT); None where the service cannot be made to fail so."""
        return None

    def make(self) -> Any:
        """A provider, as a user makes one."""
        if isinstance(self.provider, str):
            return create_llm(self.provider, **self.config())
        return self.provider(self.config())

    def can(self, *capabilities: ModelCapability) -> bool:
        """Whether it has one of the capabilities, by `declares`, else by its own word."""
        told = {**self.make().get_capabilities(), **self.declares}
        return any(told.get(capability) for capability in capabilities)

    @pytest.fixture(autouse=True)
    def _point(self, request: pytest.FixtureRequest) -> None:
        name = getattr(request.function, "point", None)
        if name is None:
            return  # a test of the subclass's own
        # Not by record_property, which warns where --junitxml is given.
        request.node.user_properties.append((PROPERTY, [type(self).__name__, name]))
        if strange := set(self.cannot) - {n for n, needed in POINTS.items() if not needed}:
            pytest.fail(f"cannot= names what is no point or no choice: {sorted(strange)}")
        if name in self.cannot:
            pytest.skip(self.cannot[name])

    @pytest.fixture(params=WAYS)
    def way(self, request: pytest.FixtureRequest) -> str:
        """One of the four ways of asking."""
        way = str(request.param)
        if way in STREAMS:
            self._streams()
        return way

    def _needs(self, name: str, *capabilities: ModelCapability) -> None:
        if not self.can(*capabilities):
            pytest.skip(f"get_capabilities() says no {name}")

    def _streams(self) -> None:
        if "streams" in self.cannot:
            pytest.skip(self.cannot["streams"])
        self._needs("streaming", ModelCapability.STREAMING)

    def _failing(self, fault: str) -> tuple[Any, str]:
        made = self.failing(fault)
        return pytest.skip(f"failing() makes no fault {fault!r}") if made is None else made
