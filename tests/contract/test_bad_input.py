"""What cannot be meant is refused before anything is sent, and the refusal says what is right."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from abstractllm_lite import create_llm
from abstractllm_lite import exceptions as e
from tests.contract.conftest import Ask
from tests.support.loopback import Loopback
from tests.support.vendors import Vendor

# name: (arguments of create_llm, class, words of the message)
AT_CREATION: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "unknown provider": ({"provider": "litelm"}, e.UnsupportedProviderError, "litelm.*litellm"),
    "provider is no name": ({"provider": 7}, e.UnsupportedProviderError, "7|int"),
    "no model": ({"model": None}, e.InvalidRequestError, "model.*/"),
    "empty model": ({"model": ""}, e.InvalidRequestError, "model"),
    "model is no text": ({"model": 4}, e.InvalidRequestError, "model.*4"),
    "base_url without scheme": (
        {"base_url": "localhost:80"},
        e.InvalidParameterError,
        "base_url.*http",
    ),
    "base_url of a file": ({"base_url": "file:///x"}, e.InvalidParameterError, "base_url.*http"),
    "api_base of a file": ({"api_base": "ftp://x"}, e.InvalidParameterError, "http"),
}
TOOL = {"name": "walk", "description": "Walk.", "input_schema": {"type": "object"}}

# name: (prompt, arguments of generate, class, words of the message)
AT_THE_CALL: dict[str, tuple[Any, dict[str, Any], type[Exception], str]] = {
    "unknown model address": ("hi", {"model": "nowhere/x"}, e.UnsupportedModelError, "nowhere"),
    "slash without a vendor": ("hi", {"model": "/x"}, e.AbstractLLMError, "/x|model"),
    "vendor without a model": ("hi", {"model": "openai/"}, e.AbstractLLMError, "model"),
    "misspelt": ("hi", {"temprature": 1}, e.InvalidParameterError, "temprature.*temperature"),
    "several answers": ("hi", {"n": 2}, e.InvalidParameterError, "n.*that many calls"),
    "prompt is a number": (7, {}, e.InvalidParameterError, "prompt.*str.*int"),
    "prompt is None": (None, {}, e.InvalidParameterError, "prompt"),
    "prompt is bytes": (b"hi", {}, e.InvalidParameterError, "prompt.*str.*bytes"),
    "empty prompt": ("", {}, e.InvalidParameterError, "prompt.*empty"),
    "blank prompt": (" \n", {}, e.InvalidParameterError, "prompt.*empty"),
    "missing file": ("hi", {"files": ["no-such.png"]}, e.FileProcessingError, "no-such.png"),
    "stream is a word": (
        "hi",
        {"stream": "yes"},
        e.InvalidParameterError,
        "stream.*True or False.*yes",
    ),
    "base_url": ("hi", {"base_url": "nowhere"}, e.InvalidParameterError, "base_url.*http"),
    "system prompt": (
        "hi",
        {"system_prompt": 7},
        e.InvalidParameterError,
        "system_prompt.*str.*int",
    ),
    "message without role": ("hi", {"messages": [{"content": "x"}]}, e.InvalidRequestError, "role"),
    "messages is a text": ("hi", {"messages": "x"}, e.InvalidRequestError, "messages"),
    "message is a number": ("hi", {"messages": [7]}, e.InvalidRequestError, "messages.*int"),
    "timeout below 0": ("hi", {"timeout": -1}, e.InvalidParameterError, "timeout.*seconds.*-1"),
    "timeout is a word": ("hi", {"timeout": "soon"}, e.InvalidParameterError, "timeout.*soon"),
    "total_timeout 0": ("hi", {"total_timeout": 0}, e.InvalidParameterError, "total_timeout.*0"),
    "retries below 0": ("hi", {"max_retries": -1}, e.InvalidParameterError, "max_retries.*-1"),
    "retries is a word": (
        "hi",
        {"max_retries": "two"},
        e.InvalidParameterError,
        "max_retries.*two",
    ),
    "unsupported": (
        "hi",
        {"unsupported": "ignore"},
        e.InvalidParameterError,
        "unsupported.*warn.*ignore",
    ),
    "temperature is a word": (
        "hi",
        {"temperature": "hot"},
        e.InvalidParameterError,
        "temperature.*a number.*hot",
    ),
    "top_p is no number": ("hi", {"top_p": float("nan")}, e.InvalidParameterError, "top_p.*nan"),
    "half a token": ("hi", {"max_tokens": 1.5}, e.InvalidParameterError, "max_tokens.*whole.*1.5"),
    "seed is a switch": ("hi", {"seed": True}, e.InvalidParameterError, "seed.*whole.*True"),
    "stop is a number": ("hi", {"stop": 3}, e.InvalidParameterError, "stop.*text.*3"),
    "stop is empty": ("hi", {"stop": ["a", ""]}, e.InvalidParameterError, "stop.*none of them emp"),
    "user is a number": ("hi", {"user": 7}, e.InvalidParameterError, "user.*str.*7"),
    "extra_body": ("hi", {"extra_body": "x"}, e.InvalidParameterError, "extra_body.*mapping"),
    "in parallel": (
        "hi",
        {"parallel_tool_calls": "no"},
        e.InvalidParameterError,
        "parallel_tool_calls.*True or False",
    ),
    "key with a line's end": (
        "hi",
        {"api_key": "key-from-a-file\n"},
        e.InvalidParameterError,
        "^(?!.*from-a-file).*api_key.*one line",
    ),
    "tool_choice is no tool": (
        "hi",
        {"tools": [TOOL], "tool_choice": "run"},
        e.InvalidParameterError,
        "tool_choice.*'required', 'walk', not 'run'",
    ),
    "tool_choice is another tool": (
        "hi",
        {"tools": [TOOL], "tool_choice": {**TOOL, "name": "run"}},
        e.InvalidParameterError,
        "tool_choice.*'walk', not 'run'",
    ),
    "tool_choice is a number": (
        "hi",
        {"tools": [TOOL], "tool_choice": 7},
        e.InvalidParameterError,
        "tool_choice.*'walk', not 7",
    ),
    "tool is a number": ("hi", {"tools": [7]}, e.AbstractLLMError, "tool.*int"),
    "tool name": (
        "hi",
        {"tools": [{"name": "a b", "description": "d", "input_schema": {"type": "object"}}]},
        e.AbstractLLMError,
        "a b",
    ),
    "tools is one tool": ("hi", {"tools": {"name": "x"}}, e.AbstractLLMError, "tools.*list"),
}


@pytest.mark.parametrize("name", AT_CREATION)
def test_create_llm_refuses(name: str, openai: Vendor, loopback: Loopback) -> None:
    arguments, kind, words = AT_CREATION[name]
    config = {"provider": "litellm", **openai.config(loopback.url), **arguments}
    config = {key: value for key, value in config.items() if value is not None}
    if "api_base" in config:
        del config["base_url"]

    with pytest.raises(kind, match=words):
        create_llm(**config)

    assert loopback.requests == []


@pytest.mark.parametrize("name", AT_THE_CALL)
def test_generate_refuses(name: str, openai: Vendor, ask: Ask, loopback: Loopback) -> None:
    prompt, arguments, kind, words = AT_THE_CALL[name]
    llm = create_llm("litellm", **openai.config(loopback.url))
    options = dict(arguments)
    if "stream" in options:
        with pytest.raises(kind, match=f"(?s){words}"):
            llm.generate(prompt, **options)
    else:
        with pytest.raises(kind, match=f"(?s){words}"):
            ask(llm, prompt, **options)

    assert loopback.requests == []


def test_a_missing_key_names_what_would_give_it(
    vendor: Vendor, ask: Ask, loopback: Loopback
) -> None:
    config = vendor.config(loopback.url)
    del config["api_key"]

    with pytest.raises(e.AuthenticationError, match=f"{vendor.name.upper()}_API_KEY") as caught:
        ask(create_llm("litellm", **config), "hi")

    assert "api_key" in str(caught.value)
    assert loopback.requests == []


def test_a_key_from_the_environment_with_a_lines_end_is_told_by_its_header(
    openai: Vendor, ask: Ask, loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = openai.config(loopback.url)
    del config["api_key"]
    monkeypatch.setenv("OPENAI_API_KEY", "key-from-a-file\n")

    with pytest.raises(e.InvalidRequestError, match="header '.*' holds a line's end") as caught:
        ask(create_llm("litellm", **config), "hi")

    assert "from-a-file" not in str(caught.value)
    assert loopback.requests == []


def test_a_key_may_be_a_json_document(openai: Vendor) -> None:
    document = '{\n  "clientid": "x",\n  "clientsecret": "y"\n}\n'

    create_llm("litellm", **{**openai.config("http://127.0.0.1:1"), "api_key": document})


@pytest.mark.parametrize("value", [40, 40.0, Fraction(80, 2)], ids=repr)
def test_numbers_of_other_kinds_are_sent_as_plain_ones(
    value: Any, openai: Vendor, ask: Ask, loopback: Loopback
) -> None:
    loopback.reply = openai.says("ok")
    whole = {} if isinstance(value, Fraction) else {"max_tokens": value}

    ask(create_llm("litellm", **openai.config(loopback.url)), "hi", temperature=value, **whole)

    sent = loopback.requests[0].json
    assert sent["temperature"] == 40
    assert [type(sent[name]) for name in whole] == [int] * len(whole)


def test_a_refusal_is_also_the_valueerror_that_upstream_raised(openai: Vendor) -> None:
    llm = create_llm("litellm", **openai.config("http://127.0.0.1:1"))

    with pytest.raises(ValueError, match="prompt"):
        llm.generate("")
    with pytest.raises(ValueError, match="not supported|Unknown|unknown"):
        create_llm("nobody")


def test_a_refusal_is_no_matter_of_retrying(openai: Vendor) -> None:
    llm = create_llm("litellm", **openai.config("http://127.0.0.1:1"))

    with pytest.raises(e.InvalidParameterError) as caught:
        llm.generate("hi", n=2)

    assert caught.value.retryable is False
    assert caught.value.parameter == "n"
    assert caught.value.value == 2
