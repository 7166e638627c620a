"""Every parameter reaches the wire in the vendor's spelling, for its call only."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from functools import reduce
from typing import Any

import pytest

from abstractllm_lite import create_llm
from abstractllm_lite.enums import ModelParameter as P
from abstractllm_lite.exceptions import InvalidParameterError, UnsupportedFeatureError
from tests.contract.conftest import Ask
from tests.support.litellms import RELEASE
from tests.support.loopback import Loopback, Request
from tests.support.vendors import VENDORS, Vendor

TOOL = {
    "name": "add",
    "description": "Adds.",
    "input_schema": {
        "type": "object",
        "properties": {"a": {"type": "integer"}},
        "required": ["a"],
    },
}


def same(name: str, value: Any) -> dict[str, tuple[str, Any]]:
    """The parameter under one name with the three vendors; Gemini keeps it in a room of its own."""
    return {
        "openai": (name, value),
        "anthropic": (name, value),
        "gemini": (f"generationConfig.{name}", value),
    }


# parameter: (value, {vendor: (path in the body, what stands there)})
ON_THE_WIRE: dict[P, tuple[Any, dict[str, tuple[str, Any]]]] = {
    P.TEMPERATURE: (0.5, same("temperature", 0.5)),
    P.TOP_P: (0.8, same("top_p", 0.8)),
    P.MAX_TOKENS: (
        9,
        same("max_tokens", 9) | {"gemini": ("generationConfig.max_output_tokens", 9)},
    ),
    P.STOP: (
        ["END"],
        {
            "openai": ("stop", ["END"]),
            "anthropic": ("stop_sequences", ["END"]),
            "gemini": ("generationConfig.stop_sequences", ["END"]),
        },
    ),
    P.TOP_K: (
        4,
        {"anthropic": ("top_k", 4), "gemini": ("generationConfig.top_k", 4)},
    ),
    P.FREQUENCY_PENALTY: (
        0.1,
        {
            "openai": ("frequency_penalty", 0.1),
            "gemini": ("generationConfig.frequency_penalty", 0.1),
        },
    ),
    P.PRESENCE_PENALTY: (
        0.2,
        {
            "openai": ("presence_penalty", 0.2),
            "gemini": ("generationConfig.presence_penalty", 0.2),
        },
    ),
    P.SEED: (3, {"openai": ("seed", 3), "gemini": ("generationConfig.seed", 3)}),
    P.LOGIT_BIAS: ({"5": 1}, {"openai": ("logit_bias", {"5": 1})}),
    P.USER: ("u1", {"openai": ("user", "u1"), "anthropic": ("metadata.user_id", "u1")}),
    P.TOOLS: (
        [TOOL],
        {
            "openai": ("tools.0.function.name", "add"),
            "anthropic": ("tools.0.name", "add"),
            "gemini": ("tools.0.function_declarations.0.name", "add"),
        },
    ),
}
# What a release of litellm does not hand on; it must be said.
DROPPED_BY = {("1.100.0", "gemini"): {P.SEED}}
# What other tests of this folder show: where the call goes, how long it may take, what it says.
SHOWN_ELSEWHERE = {
    P.MODEL,
    P.API_KEY,
    P.BASE_URL,
    P.ORGANIZATION,
    P.TIMEOUT,
    P.REQUEST_TIMEOUT,
    P.MAX_RETRIES,
    P.RETRY_COUNT,
    P.SYSTEM_PROMPT,
    P.TOOL_CHOICE,
    P.REPETITION_PENALTY,
    P.IMAGE,
    P.IMAGES,
    P.IMAGE_DETAIL,
    P.PROXY,
}
NOT_FOR_HOSTED_VENDORS = {
    P.DEVICE: "cuda",
    P.DEVICE_MAP: "auto",
    P.LOAD_IN_8BIT: True,
    P.LOAD_IN_4BIT: True,
    P.CACHE_DIR: "models",
    P.CONTENT_FILTER: True,
    P.MODERATION: True,
    P.LOGGING_ENABLED: True,
}


def at(body: Any, path: str) -> Any:
    """What stands in the body at a dotted path; None where there is nothing."""

    def step(place: Any, name: str) -> Any:
        if isinstance(place, list):
            return place[int(name)] if int(name) < len(place) else None
        return place.get(name) if isinstance(place, Mapping) else None

    return reduce(step, path.split("."), body)


def keys_of(body: Any) -> Iterator[str]:
    """Every name in a JSON document, at any depth."""
    if isinstance(body, dict):
        yield from body
        body = list(body.values())
    if isinstance(body, list):
        for each in body:
            yield from keys_of(each)


def key_on_the_wire(request: Request) -> str | None:
    """The key that a request carries, in whichever header."""
    bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
    return request.headers.get("x-api-key") or request.headers.get("x-goog-api-key") or bearer


def test_every_model_parameter_is_accounted_for() -> None:
    tables = {*ON_THE_WIRE, *SHOWN_ELSEWHERE, *NOT_FOR_HOSTED_VENDORS}
    # Spellings of AbstractLLM's documents; each has a test of its own.
    documented = {"api_base", "provider", "metadata", "stream", "json_mode"}
    assert {p.value for p in P} - {p.value for p in tables} <= documented


@pytest.mark.parametrize("where", ["call", "config"])
@pytest.mark.parametrize(
    ("parameter", "name"),
    [
        pytest.param(parameter, name, id=f"{parameter.value}-{name}")
        for parameter, (_, spellings) in ON_THE_WIRE.items()
        for name in spellings
    ],
)
def test_a_parameter_reaches_the_wire_in_the_vendors_spelling(
    parameter: P, name: str, where: str, ask: Ask, loopback: Loopback
) -> None:
    value, spellings = ON_THE_WIRE[parameter]
    vendor = VENDORS[name]
    loopback.reply = vendor.says("ok")
    given = {parameter: value}

    config = given if where == "config" else {}
    llm = create_llm("litellm", **vendor.config(loopback.url, **config))
    response = ask(llm, "hi", **({} if config else given))

    if parameter in DROPPED_BY.get((RELEASE, name), ()):
        assert [warning for warning in response.warnings if parameter.value in warning]
        return
    path, expected = spellings[vendor.name]
    assert at(loopback.requests[0].json, path) == expected
    assert response.warnings == ()


@pytest.mark.parametrize("name", ["repetition_penalty", "top_k"])
def test_a_parameter_beyond_openais_reaches_a_vendor_that_takes_it(
    name: str, openai: Vendor, ask: Ask, loopback: Loopback
) -> None:
    loopback.reply = openai.says("ok")
    model = "openrouter/meta-llama/llama-3.3-70b-instruct"

    ask(create_llm("litellm", **openai.config(loopback.url, model=model)), "hi", **{name: 2})

    assert loopback.requests[0].json[name] == 2


def test_only_what_was_set_is_sent(vendor: Vendor, ask: Ask, loopback: Loopback) -> None:
    loopback.reply = vendor.says("ok")

    ask(create_llm("litellm", **vendor.config(loopback.url)), "hi", temperature=None)

    needed = {
        "openai": {"model", "messages", "stream", "stream_options"},
        "anthropic": {"model", "messages", "stream", "max_tokens"},
        "gemini": {"contents"},
    }
    assert set(loopback.requests[0].json) <= needed[vendor.name]


@pytest.mark.parametrize("name", ["messages", "temperature", "timeout"])
def test_none_means_not_given(name: str, openai: Vendor, ask: Ask, loopback: Loopback) -> None:
    loopback.reply = openai.says("ok")
    llm = create_llm("litellm", **openai.config(loopback.url, temperature=0.5))

    ask(llm, "hi", **{name: None})

    assert loopback.requests[0].json["temperature"] == 0.5


@pytest.mark.parametrize("parameter", NOT_FOR_HOSTED_VENDORS, ids=lambda p: p.value)
def test_a_setting_for_local_models_is_not_sent_and_said(
    parameter: P, openai: Vendor, loopback: Loopback
) -> None:
    loopback.reply = openai.says("ok")
    value = NOT_FOR_HOSTED_VENDORS[parameter]

    response = create_llm("litellm", **openai.config(loopback.url)).generate(
        "hi", **{parameter: value}
    )

    assert parameter.value not in loopback.requests[0].json
    assert any(parameter.value in warning for warning in response.warnings)


def test_arguments_of_one_call_hold_for_that_call(
    vendor: Vendor, ask: Ask, loopback: Loopback
) -> None:
    loopback.reply = vendor.says("ok")
    llm = create_llm("litellm", **vendor.config(loopback.url))
    before = llm.get_config()

    ask(llm, "hi")
    ask(
        llm,
        "hi",
        system_prompt="Odd.",
        messages=[{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}],
        tools=[TOOL],
        temperature=0.1,
        max_tokens=5,
        stop=["x"],
        api_key="another-key",
        model=f"{vendor.model}-other",
        extra_headers={"x-mine": "1"},
        unsupported="drop",
    )
    ask(llm, "hi")

    first, _, third = loopback.requests
    assert (third.path, third.json) == (first.path, first.json)
    assert key_on_the_wire(third) == key_on_the_wire(first) == "key-of-the-test"
    assert "x-mine" not in third.headers
    assert llm.get_config() == before


def test_what_the_caller_gave_is_left_as_it_was(
    vendor: Vendor, ask: Ask, loopback: Loopback
) -> None:
    loopback.reply = vendor.says("ok")
    given: dict[str, Any] = {
        "messages": [{"role": "user", "content": [{"type": "text", "text": "a"}]}],
        "tools": [copy.deepcopy(TOOL)],
        "metadata": {"user_id": "u"},
        "extra_headers": {"x-mine": "1"},
        "stop": ["x"],
        "tool_choice": {"type": "function", "function": {"name": "add"}},
    }
    before = copy.deepcopy(given)

    ask(create_llm("litellm", **vendor.config(loopback.url)), "hi", **given)

    assert given == before


def test_another_model_for_one_call(vendor: Vendor, ask: Ask, loopback: Loopback) -> None:
    loopback.reply = vendor.says("ok")
    llm = create_llm("litellm", **vendor.config(loopback.url))

    ask(llm, "hi", model=f"{vendor.model}-next")

    request = loopback.requests[0]
    name = f"{vendor.model}-next".partition("/")[2]
    assert request.path.endswith(name + ":generateContent") or name in (
        request.path.partition(":")[0].rpartition("/")[2],
        request.json.get("model"),
    )


def test_another_vendor_for_one_call(ask: Ask, loopback: Loopback) -> None:
    openai, anthropic = VENDORS["openai"], VENDORS["anthropic"]
    llm = create_llm("litellm", **openai.config(loopback.url))
    loopback.reply = anthropic.says("I am the other")

    response = ask(llm, "hi", model=anthropic.model, base_url=loopback.url, api_key="theirs")

    assert response == "I am the other"
    assert loopback.requests[0].headers["x-api-key"] == "theirs"
    assert b"key-of-the-test" not in loopback.requests[0].body


def test_an_address_with_a_colon_names_vendor_and_model(
    vendor: Vendor, ask: Ask, loopback: Loopback
) -> None:
    loopback.reply = vendor.says("ok")
    model = vendor.model.replace("/", ":", 1)

    response = ask(create_llm("litellm", **vendor.config(loopback.url, model=model)), "hi")

    assert response.provider == vendor.name


@pytest.mark.parametrize("model", ["ft:gpt-4o-mini:org::id", "gpt-4o-mini"])
def test_a_models_own_colons_stay(model: str, openai: Vendor, ask: Ask, loopback: Loopback) -> None:
    loopback.reply = openai.says("ok")

    ask(create_llm("litellm", **openai.config(loopback.url, model=model)), "hi")

    assert loopback.requests[0].json["model"] == model


def test_another_key_for_one_call(vendor: Vendor, ask: Ask, loopback: Loopback) -> None:
    loopback.reply = vendor.says("ok")
    llm = create_llm("litellm", **vendor.config(loopback.url))

    ask(llm, "hi", api_key="key-of-this-call")
    ask(llm, "hi")

    assert [key_on_the_wire(r) for r in loopback.requests] == [
        "key-of-this-call",
        "key-of-the-test",
    ]


def test_a_key_of_the_environment_is_used(
    vendor: Vendor, ask: Ask, loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    loopback.reply = vendor.says("ok")
    monkeypatch.setenv(f"{vendor.name.upper()}_API_KEY", "key-of-the-environment")
    config = vendor.config(loopback.url)
    del config["api_key"]

    ask(create_llm("litellm", **config), "hi")

    assert key_on_the_wire(loopback.requests[0]) == "key-of-the-environment"


@pytest.mark.parametrize("name", ["base_url", "api_base", P.BASE_URL])
def test_the_address_has_two_names(name: Any, vendor: Vendor, ask: Ask, loopback: Loopback) -> None:
    loopback.reply = vendor.says("ok")
    config = vendor.config(loopback.url)
    url = config.pop("base_url")

    assert ask(create_llm("litellm", **config, **{name: url}), "hi") == "ok"


def test_the_address_may_change_for_one_call(vendor: Vendor, ask: Ask, loopback: Loopback) -> None:
    loopback.reply = vendor.says("ok")
    llm = create_llm("litellm", **vendor.config("http://127.0.0.1:1"))

    assert ask(llm, "hi", base_url=loopback.url + vendor.suffix) == "ok"


def test_two_names_that_disagree_are_refused(openai: Vendor, loopback: Loopback) -> None:
    llm = create_llm("litellm", **openai.config(loopback.url))

    with pytest.raises(InvalidParameterError, match="retr"):
        llm.generate("hi", max_retries=1, num_retries=2)

    assert loopback.requests == []


@pytest.mark.parametrize("name", ["max_retries", "num_retries", "retry_count"])
def test_retries_have_three_names(name: str, openai: Vendor, ask: Ask, loopback: Loopback) -> None:
    loopback.reply = openai.fails(503, headers={"retry-after-ms": "1"})
    config = openai.config(loopback.url)
    del config["max_retries"]

    with pytest.raises(Exception, match="no"):
        ask(create_llm("litellm", **config, **{name: 1}), "hi")

    assert len(loopback.requests) == 2


def test_the_organization_reaches_openai(openai: Vendor, ask: Ask, loopback: Loopback) -> None:
    loopback.reply = openai.says("ok")

    ask(create_llm("litellm", **openai.config(loopback.url, organization="org-1")), "hi")

    assert loopback.requests[0].headers["openai-organization"] == "org-1"


def test_extra_headers_arrive(vendor: Vendor, ask: Ask, loopback: Loopback) -> None:
    loopback.reply = vendor.says("ok")

    ask(create_llm("litellm", **vendor.config(loopback.url)), "hi", extra_headers={"x-mine": "1"})

    assert loopback.requests[0].headers["x-mine"] == "1"


def test_extra_body_arrives(openai: Vendor, ask: Ask, loopback: Loopback) -> None:
    loopback.reply = openai.says("ok")
    llm = create_llm("litellm", **openai.config(loopback.url))

    response = ask(llm, "hi", extra_body={"my_server_takes": [1]})

    assert loopback.requests[0].json["my_server_takes"] == [1]
    assert response.warnings == ()


def test_reasoning_effort_is_known_and_arrives(ask: Ask, loopback: Loopback) -> None:
    gemini = VENDORS["gemini"]
    loopback.reply = gemini.says("ok")

    response = ask(
        create_llm("litellm", **gemini.config(loopback.url)), "hi", reasoning_effort="low"
    )

    assert at(loopback.requests[0].json, "generationConfig.thinkingConfig")
    assert response.warnings == ()


def test_an_unknown_keyword_passes_through_with_a_warning(
    openai: Vendor, ask: Ask, loopback: Loopback
) -> None:
    loopback.reply = openai.says("ok")

    response = ask(create_llm("litellm", **openai.config(loopback.url)), "hi", sparkle=7)

    assert loopback.requests[0].json["sparkle"] == 7
    assert [w for w in response.warnings if "sparkle" in w]


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("temprature", "temperature"),
        ("max_token", "max_tokens"),
        ("sytem_prompt", "system_prompt"),
        ("top-p", "top_p"),
        ("max_retry", "max_retries"),
        ("response_fromat", "response_format"),
        ("api_keys", "api_key"),
        ("tool", "tools"),
    ],
)
def test_a_near_misspelling_is_refused_and_names_the_right_one(
    wrong: str, right: str, openai: Vendor, loopback: Loopback
) -> None:
    llm = create_llm("litellm", **openai.config(loopback.url))

    with pytest.raises(InvalidParameterError, match=f"'{wrong}'.*'{right}'"):
        llm.generate("hi", **{wrong: 1})

    assert loopback.requests == []


def test_a_misspelling_in_create_llm_is_refused_too(openai: Vendor, loopback: Loopback) -> None:
    with pytest.raises(InvalidParameterError, match="temperature"):
        create_llm("litellm", **openai.config(loopback.url), temprature=1).generate("hi")

    assert loopback.requests == []


# A sampling knob that the model refuses: (vendor, model, parameter).
KNOBS = [
    ("anthropic", None, {"seed": 3}),
    ("anthropic", None, {"frequency_penalty": 0.1}),
    ("gemini", None, {"logit_bias": {"5": 1}}),
    ("gemini", None, {"user": "u1"}),
    ("openai", "openai/o3-mini", {"temperature": 0.5}),
    ("openai", "openai/o3-mini", {"top_p": 0.5}),
]


@pytest.mark.parametrize(("name", "model", "given"), KNOBS)
@pytest.mark.parametrize("policy", [None, "warn", "drop"])
def test_a_refused_knob_is_dropped_and_said(
    name: str,
    model: str | None,
    given: dict[str, Any],
    policy: str | None,
    ask: Ask,
    loopback: Loopback,
) -> None:
    vendor = VENDORS[name]
    loopback.reply = vendor.says("ok")
    config = vendor.config(loopback.url, **({"model": model} if model else {}))

    response = ask(create_llm("litellm", **config, unsupported=policy), "hi", **given)

    (parameter,) = given
    assert [w for w in response.warnings if parameter in w]
    assert parameter not in set(keys_of(loopback.requests[0].json))


@pytest.mark.parametrize(("name", "model", "given"), KNOBS)
def test_a_refused_knob_is_an_error_when_asked_for(
    name: str, model: str | None, given: dict[str, Any], ask: Ask, loopback: Loopback
) -> None:
    vendor = VENDORS[name]
    config = vendor.config(loopback.url, **({"model": model} if model else {}))
    (parameter,) = given

    with pytest.raises((InvalidParameterError, UnsupportedFeatureError), match=parameter):
        ask(create_llm("litellm", **config, unsupported="error"), "hi", **given)

    assert loopback.requests == []


def test_tools_that_the_model_refuses_are_an_error(ask: Ask, loopback: Loopback) -> None:
    config = VENDORS["openai"].config(loopback.url, model="perplexity/sonar")

    with pytest.raises((InvalidParameterError, UnsupportedFeatureError), match="tools"):
        ask(create_llm("litellm", **config), "hi", tools=[TOOL])

    assert loopback.requests == []


def test_tools_that_the_model_refuses_are_dropped_when_asked_for(
    ask: Ask, loopback: Loopback
) -> None:
    openai = VENDORS["openai"]
    loopback.reply = openai.says("ok")
    config = openai.config(loopback.url, model="perplexity/sonar", unsupported="drop")

    response = ask(create_llm("litellm", **config), "hi", tools=[TOOL])

    assert "tools" not in loopback.requests[0].json
    assert [w for w in response.warnings if "tools" in w]


@pytest.mark.parametrize(
    ("name", "path", "expected"),
    [
        ("openai", "response_format.type", "json_object"),
        ("gemini", "generationConfig.response_mime_type", "application/json"),
    ],
)
def test_json_mode_asks_for_json(
    name: str, path: str, expected: str, ask: Ask, loopback: Loopback
) -> None:
    vendor = VENDORS[name]
    loopback.reply = vendor.says("{}")

    ask(create_llm("litellm", **vendor.config(loopback.url)), "hi", json_mode=True)

    assert at(loopback.requests[0].json, path) == expected


def test_a_vendors_own_words_for_json_that_have_no_effect_are_said(
    ask: Ask, loopback: Loopback
) -> None:
    anthropic = VENDORS["anthropic"]
    loopback.reply = anthropic.says("{}")
    llm = create_llm("litellm", **anthropic.config(loopback.url))

    response = ask(llm, "hi", response_format={"type": "json_object"})

    assert [warning for warning in response.warnings if "response_format" in warning]


def test_usage_is_asked_for_in_streams(openai: Vendor, loopback: Loopback) -> None:
    loopback.reply = openai.says("ok")

    list(create_llm("litellm", **openai.config(loopback.url)).generate("hi", stream=True))

    assert loopback.requests[0].json["stream_options"] == {"include_usage": True}


def test_a_price_of_ones_own_is_refused_since_litellm_would_keep_it(
    openai: Vendor, ask: Ask, loopback: Loopback
) -> None:
    llm = create_llm("litellm", **openai.config(loopback.url))
    for name in ("input_cost_per_token", "cache_read_input_token_cost", "tiered_pricing"):
        with pytest.raises(UnsupportedFeatureError, match=rf"{name}.*register_model"):
            ask(llm, "x", **{name: 1.0})
    assert loopback.requests == []


@pytest.mark.parametrize("name", ["reasoning_effort", "thinking"])
def test_any_known_parameter_that_the_model_does_not_take_is_refused_in_our_words(
    name: str, ask: Ask, loopback: Loopback
) -> None:
    value = "low" if name == "reasoning_effort" else {"type": "enabled", "budget_tokens": 1024}
    place = {"base_url": f"{loopback.url}/v1", "api_key": "k"}
    llm = create_llm("litellm", model="groq/llama-3.3-70b-versatile", **place)
    with pytest.raises(UnsupportedFeatureError, match=rf"does not take '{name}'.*'drop'") as raised:
        ask(llm, "x", **{name: value})
    assert raised.value.feature == name
    loopback.reply = VENDORS["openai"].says("Hi")
    response = ask(llm, "x", unsupported="drop", **{name: value})
    assert [note for note in response.warnings if f"'{name}' was dropped" in note]
    assert name not in loopback.requests[0].json


def test_openrouters_own_parameters_pass_through(ask: Ask, loopback: Loopback) -> None:
    loopback.reply = VENDORS["openai"].says("Hi")
    own = {"provider": {"order": ["x"]}, "models": ["a/b"], "route": "fallback"}
    place = {"base_url": loopback.url, "api_key": "k"}
    llm = create_llm("litellm", model="openrouter/openai/gpt-4o-mini", **place)
    response = ask(llm, "x", **own)
    assert own.items() <= loopback.requests[0].json.items()
    assert response.warnings == ()


def test_a_model_that_was_taken_back_is_asked_for(
    openai: Vendor, ask: Ask, loopback: Loopback
) -> None:
    loopback.reply = openai.says("Hi")
    llm = create_llm("litellm", **openai.config(loopback.url))
    llm.update_config({"model": None})
    with pytest.raises(InvalidParameterError, match="a model is needed"):
        ask(llm, "x")
    with pytest.raises(InvalidParameterError, match="a model is needed"):
        _ = llm.capabilities
    assert ask(llm, "x", model=openai.model) == "Hi"


def test_a_vendors_own_provider_falls_back_to_its_default_model(loopback: Loopback) -> None:
    loopback.reply = VENDORS["openai"].says("Hi")
    llm = create_llm("openai", model="gpt-4o-mini", base_url=f"{loopback.url}/v1", api_key="k")
    llm.update_config({"model": None})
    assert llm.generate("x") == "Hi"
    assert loopback.requests[0].json["model"] == "gpt-4o"


@pytest.mark.parametrize("variable", ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"])
def test_a_vendors_own_provider_finds_the_keys_that_the_other_finds(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "key-of-the-test")
    assert create_llm("anthropic").get_param("model")


@pytest.mark.parametrize("name", ["repetition_penalty", "min_p"])
def test_what_gemini_would_lose_on_the_way_is_said(name: str, ask: Ask, loopback: Loopback) -> None:
    gemini = VENDORS["gemini"]
    loopback.reply = gemini.says("Hi")
    response = ask(create_llm("litellm", **gemini.config(loopback.url)), "x", **{name: 0.5})
    (note,) = response.warnings
    assert note.startswith(f"'{name}' was dropped: gemini/")


def test_metadata_reaches_openai_and_is_said_to_reach_nobody_else(
    vendor: Vendor, ask: Ask, loopback: Loopback
) -> None:
    loopback.reply = vendor.says("Hi")
    llm = create_llm("litellm", **vendor.config(loopback.url))
    response = ask(llm, "x", metadata={"ticket": "7"})
    if vendor.name == "openai":
        assert loopback.requests[0].json["metadata"] == {"ticket": "7"}
        assert response.warnings == ()
    else:
        (note,) = response.warnings
        assert note == f"'metadata' is for litellm's callbacks alone: {vendor.name} is not told"
