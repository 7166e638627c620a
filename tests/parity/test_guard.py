"""A changed litellm costs the direct route, never the call; and no call leaves a trace."""

from __future__ import annotations

import inspect
import json
import logging
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest

from abstractllm_lite import create_llm
from abstractllm_lite.exceptions import AbstractLLMError, UnsupportedFeatureError
from abstractllm_lite.providers.litellm import direct
from abstractllm_lite.providers.litellm.direct import guard, uniform, ways
from abstractllm_lite.providers.litellm.loading import load, part
from tests.parity.both import run
from tests.support.loopback import Loopback, Reply, Request
from tests.support.vendors import VENDORS

FAMILIES = {"openai": "gpt-4o", "anthropic": "claude-sonnet-4-5", "gemini": "gemini-2.5-flash"}
DRIFT = (TypeError, AttributeError, ImportError, NotImplementedError)

_number = count()


def _config(server: Loopback, vendor: str = "openai", **more: Any) -> dict[str, Any]:
    """A model that no other test has asked: what is remembered of models is not of this one."""
    server.reply = VENDORS[vendor].says("Hello there")
    config = VENDORS[vendor].config(server.url)
    return {**config, "model": f"{vendor}/{FAMILIES[vendor]}-{next(_number)}", **more}


@pytest.fixture
def _nothing_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A warning is given once in a process."""
    monkeypatch.setattr(guard, "_told", set())


# What litellm may do to us; each leaves litellm.completion itself unharmed.


def _grows(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
    original = getattr(owner, name)

    @wraps(original)
    def grown(*args: Any, **keywords: Any) -> Any:
        return original(*args, **keywords)

    signature = inspect.signature(original)
    new = inspect.Parameter("quite_new", inspect.Parameter.KEYWORD_ONLY)
    parameters = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
    grown.__signature__ = signature.replace(parameters=[*parameters, new])  # type: ignore[attr-defined]
    monkeypatch.setattr(owner, name, grown)


def _a_grown_method(monkeypatch: pytest.MonkeyPatch) -> str:
    _grows(monkeypatch, load().OpenAIGPTConfig, "validate_environment")
    return "openai"


def _a_grown_function(monkeypatch: pytest.MonkeyPatch) -> str:
    transformation = part("llms.vertex_ai.gemini.transformation")
    _grows(monkeypatch, transformation, "sync_transform_request_body")
    return "gemini"


def _a_vanished_function(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.delattr(load().utils, "validate_and_fix_openai_messages")
    return "openai"


def _a_vanished_module(monkeypatch: pytest.MonkeyPatch) -> str:
    load()
    part.cache_clear()
    monkeypatch.setitem(sys.modules, "litellm.anthropic_beta_headers_manager", None)
    return "anthropic"


CHANGES = (_a_grown_method, _a_grown_function, _a_vanished_function, _a_vanished_module)


@pytest.mark.usefixtures("_nothing_told")
@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__[1:])
def test_a_changed_litellm_is_asked_itself(
    change: Callable[[pytest.MonkeyPatch], str],
    is_async: bool,
    loopback: Loopback,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    config = _config(loopback, change(monkeypatch))
    with caplog.at_level(logging.WARNING, "abstractllm_lite.direct"):
        answers = [run(config, {"prompt": "x"}, is_async=is_async) for _ in range(2)]

    assert [str(answer) for answer in answers] == ["Hello there"] * 2
    assert [answer.route for answer in answers] == ["litellm"] * 2  # type: ignore[union-attr]
    assert len(loopback.requests) == 2
    told = [r for r in caplog.records if r.name == "abstractllm_lite.direct"]
    assert len(told) == 1
    assert "litellm.completion" in told[0].getMessage()


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__[1:])
def test_a_changed_litellm_is_an_error_where_the_direct_route_is_wanted(
    change: Callable[[pytest.MonkeyPatch], str],
    loopback: Loopback,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = _config(loopback, change(monkeypatch), transport="direct")
    for is_async in (False, True):
        error = run(config, {"prompt": "x"}, is_async=is_async)
        assert isinstance(error, UnsupportedFeatureError)
        assert error.feature == "transport"
    assert loopback.requests == []


@pytest.mark.usefixtures("_nothing_told")
@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
@pytest.mark.parametrize("kind", DRIFT)
def test_whatever_drift_raises_before_sending_costs_one_request(
    kind: type[Exception], stream: bool, loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ways, "draft", _raising(kind("drift")))
    answer = run(_config(loopback), {"prompt": "x", "stream": stream}, is_async=False)

    assert str(answer) == "Hello there"
    assert answer.route == "litellm"  # type: ignore[union-attr]
    assert len(loopback.requests) == 1


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("kind", [*DRIFT, ValueError, KeyError])
def test_a_failure_of_reading_is_never_a_second_request(
    kind: type[Exception], is_async: bool, loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = _config(loopback, max_retries=2)
    assert str(run(config, {"prompt": "x"}, is_async=is_async)) == "Hello there"
    loopback.requests.clear()
    monkeypatch.setattr(uniform, "read", _raising(kind("drift")))
    monkeypatch.setattr(uniform, "parser", lambda _: SimpleNamespace(chunk_parser=_raising(kind())))
    for stream in (False, True):
        error = run(config, {"prompt": "x", "stream": stream}, is_async=is_async)
        assert isinstance(error, AbstractLLMError)
        assert not error.retryable
    assert len(loopback.requests) == 2


def test_a_failure_to_find_the_reader_of_a_stream_is_never_a_second_request(
    loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = _config(loopback, max_retries=2)
    run(config, {"prompt": "x"}, is_async=False)
    loopback.requests.clear()
    monkeypatch.setattr(uniform, "parser", _raising(ImportError("gone")))
    error = run(config, {"prompt": "x", "stream": True}, is_async=False)
    assert isinstance(error, AbstractLLMError)
    assert len(loopback.requests) == 1


# The self-test.


def _another_body(vendor: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def body(*_: Any, **__: Any) -> dict[str, Any]:
        return {"model": "m", "prompt": "something else"}

    if vendor == "gemini":
        transformation = part("llms.vertex_ai.gemini.transformation")
        monkeypatch.setattr(transformation, "sync_transform_request_body", body)
    else:
        monkeypatch.setattr(_CONFIGS[vendor](), "transform_request", body)


def _another_answer(vendor: str, monkeypatch: pytest.MonkeyPatch) -> None:
    message = {"role": "assistant", "content": "something else"}
    answer = load().ModelResponse(choices=[{"message": message, "finish_reason": "stop"}])
    monkeypatch.setattr(_CONFIGS[vendor](), "transform_response", lambda *_, **__: answer)


def _another_event(vendor: str, monkeypatch: pytest.MonkeyPatch) -> None:
    choice = SimpleNamespace(delta=SimpleNamespace(content="something else"))
    chunk = SimpleNamespace(choices=[choice])
    monkeypatch.setattr(_PARSERS[vendor](), "chunk_parser", lambda *_, **__: chunk)


_GEMINI = "llms.vertex_ai.gemini.vertex_and_google_ai_studio_gemini"
_OPENAI = "llms.openai.chat.gpt_transformation"
_CONFIGS: dict[str, Callable[[], Any]] = {
    "openai": lambda: load().OpenAIGPTConfig,
    "anthropic": lambda: load().AnthropicConfig,
    "gemini": lambda: part(_GEMINI).VertexGeminiConfig,
}
_PARSERS: dict[str, Callable[[], Any]] = {
    "openai": lambda: part(_OPENAI).OpenAIChatCompletionStreamingHandler,
    "anthropic": lambda: part("llms.anthropic.chat.handler").ModelResponseIterator,
    "gemini": lambda: part(_GEMINI).ModelResponseIterator,
}


@pytest.mark.parametrize("vendor", FAMILIES)
@pytest.mark.parametrize("change", [_another_body, _another_answer, _another_event])
def test_a_litellm_that_says_or_reads_something_else_is_not_driven(
    change: Callable[..., None], vendor: str, loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = _config(loopback, vendor, transport="direct")
    with monkeypatch.context() as changed:
        change(vendor, changed)
        refused = run(config, {"prompt": "x"}, is_async=False)
    assert isinstance(refused, UnsupportedFeatureError)
    assert loopback.requests == []
    unchanged = run(_config(loopback, vendor, transport="direct"), {"prompt": "x"}, is_async=False)
    assert str(unchanged) == "Hello there"


# Who took it.


@pytest.mark.parametrize("route", ["direct", "litellm"])
@pytest.mark.parametrize("vendor", FAMILIES)
def test_the_route_is_told(vendor: str, route: str, loopback: Loopback) -> None:
    llm = create_llm("litellm", **_config(loopback, vendor, transport=route))
    assert llm.generate("x").route == route
    stream = llm.generate("x", stream=True)
    assert list(stream)[-1].route == route
    assert stream.response.route == route
    assert llm.generate("x", transport="litellm").route == "litellm"


@pytest.mark.parametrize("route", ["direct", "litellm"])
def test_an_error_tells_its_route(route: str, loopback: Loopback) -> None:
    config = _config(loopback, transport=route)
    loopback.reply = VENDORS["openai"].fails(400)
    error = run(config, {"prompt": "x"}, is_async=False)
    assert isinstance(error, AbstractLLMError)
    assert error.details["route"] == route


def test_covered_calls_take_the_direct_route_unasked(loopback: Loopback) -> None:
    for vendor in FAMILIES:
        answer = run(_config(loopback, vendor), {"prompt": "x"}, is_async=False)
        assert answer.route == "direct"  # type: ignore[union-attr]


# What belongs to one call stays with it.


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
def test_names_of_tools_stay_with_their_call(stream: bool, loopback: Loopback) -> None:
    """Both names become one on the wire; each call must hear its own again."""

    def calls_the_tool(request: Request) -> Reply:
        (tool,) = request.json["tools"]
        return VENDORS["anthropic"].says(None, calls=[("c1", tool["name"], {})])(request)

    config = _config(loopback, "anthropic", transport="direct")
    loopback.reply = calls_the_tool
    llm = create_llm("litellm", **config)

    def called(name: str) -> str:
        function = {"name": name, "parameters": {"type": "object", "properties": {}}}
        tools = [{"type": "function", "function": function}]
        answer: Any = llm.generate("x", tools=tools, stream=stream)
        if stream:
            for _ in answer:
                pass
            answer = answer.response
        return str(answer.tool_calls[0].name)

    names = ["my.tool/x", "my/tool.x"] * 20
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(called, names)) == names
    sent = {json.dumps(request.json["tools"]) for request in loopback.requests}
    assert len(sent) == 1


def test_what_was_asked_is_not_changed(loopback: Loopback) -> None:
    tools = [{"type": "function", "function": {"name": "my.tool/x", "parameters": {}}}]
    asked = {
        "messages": [{"role": "user", "content": [{"type": "text", "text": "x", "name": None}]}],
        "tools": tools,
        "extra_body": {"a": {"b": 1}},
        "extra_headers": {"x-a": "b"},
        "stop": ["a"],
    }
    before = json.dumps(asked)
    for vendor in FAMILIES:
        answer = run(_config(loopback, vendor, transport="direct"), asked, is_async=False)
        assert str(answer) == "Hello there"
    assert json.dumps(asked) == before


def _raising(error: Exception) -> Callable[..., Any]:
    def fails(*_: Any, **__: Any) -> Any:
        raise error

    return fails


def test_the_room_declines_by_its_own_exception() -> None:
    assert not issubclass(direct.Declined, AbstractLLMError)
    assert not issubclass(direct.Declined, DRIFT)
