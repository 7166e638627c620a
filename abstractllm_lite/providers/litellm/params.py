"""Keywords: what each name means, which value it takes, and which names are slips of the pen."""

from __future__ import annotations

import difflib
import json
import math
import numbers
import os
import re
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ...enums import ModelCapability
from ...exceptions import InvalidParameterError, UnsupportedFeatureError
from ...utils.redaction import Masked, is_secret_name, redact, redact_values
from .capabilities import capability
from .wire import environment

Settings = Masked

ALIASES = {
    "api_base": "base_url",
    "num_retries": "max_retries",
    "retry_count": "max_retries",
    "request_timeout": "timeout",
}

# How a call reaches its vendor (see wire.Network); nothing of it is told to anyone.
NETWORK = ("proxy", "verify", "cert")

# How files are read (see media.MediaFactory.from_source).
READING = ("root", "allow_fetch", "max_file_size", "max_table_rows")

# What this package reads itself; none of these reaches litellm under its own name.
OWN = frozenset(
    "prompt system_prompt messages files image images image_detail tools stream model "
    "timeout total_timeout max_retries unsupported capabilities json_mode transport".split()
) | frozenset(NETWORK + READING)

CONNECTION = frozenset("api_key base_url organization".split())

# Sampling knobs: a model that refuses one still answers, so `unsupported="warn"` drops them.
KNOBS = frozenset(
    "temperature top_p top_k min_p frequency_penalty presence_penalty repetition_penalty seed "
    "logit_bias logprobs top_logprobs user verbosity parallel_tool_calls".split()
)

_NUMBERS = "temperature top_p min_p frequency_penalty presence_penalty repetition_penalty".split()
_WHOLE_NUMBERS = "max_tokens max_completion_tokens top_k top_logprobs seed".split()

# An answer without these would not be the answer that was asked for.
ESSENTIAL = frozenset("tools tool_choice response_format stop max_tokens".split())

# Whether the model takes these depends on their value, and is asked of litellm beforehand.
JUDGED = KNOBS | frozenset(
    "max_completion_tokens modalities prediction audio reasoning_effort thinking service_tier "
    "safety_identifier store prompt_cache_key web_search_options".split()
)

STANDARD = (
    JUDGED
    | ESSENTIAL
    | frozenset(
        "n stream_options extra_headers extra_body api_version metadata deployment_id".split()
    )
)

# Settings of a model on this machine; a hosted one has no such thing (AbstractLLM's names).
LOCAL_ONLY = frozenset(
    "device device_map load_in_8bit load_in_4bit cache_dir content_filter moderation "
    "logging_enabled provider".split()
)

# Arguments of a call, which a provider cannot be given.
PER_CALL = frozenset({"prompt", "stream"})

# What litellm would do on its own behind the back of the call, and what does it here.
REFUSED = {
    "client": "connections are this package's own",
    "acompletion": "use generate_async",
    "custom_llm_provider": "name the vendor in model=, as in 'openai/my-model'",
    "model_list": "make a provider for each model",
    "fallbacks": "catch the error and call another provider",
    "context_window_fallback_dict": "catch ContextWindowExceededError",
    "retry_policy": "use max_retries",
    "retry_strategy": "use max_retries",
    "cooldown_time": "use max_retries",
}

# litellm would keep the price of one call for the whole process (1.100-1.109).
_PRICE = re.compile(r"_cost(_per)?(_|$)|^tiered_pricing$")
_PRICES = "tell litellm the model's prices by litellm.register_model({model: {...}})"

KNOWN = OWN | CONNECTION | STANDARD | LOCAL_ONLY | ALIASES.keys() | REFUSED.keys()

_SLIP = 0.89  # difflib ratio: `temprature` 0.95, `timout` 0.92; `max_new_tokens` only 0.83


def merged(config: Mapping[Any, Any], options: Mapping[Any, Any]) -> Settings:
    """The settings of one call: its own options over the provider's; None means not given."""
    return Settings({**named(config), **named(options)})


def renamed(options: Mapping[Any, Any]) -> Settings:
    """The options with aliases resolved and nothing left out; the last of two names holds."""
    return Settings((canonical(key), value) for key, value in options.items())


def canonical(key: Any) -> str:
    """The one name of a setting that has several."""
    name = _plain(key)
    return ALIASES.get(name, name)


def require_model(settings: Mapping[str, Any]) -> str:
    """The model of the settings. Raises InvalidParameterError where there is none."""
    model: str | None = settings.get("model")
    if model is None:
        raise InvalidParameterError(
            "model", None, "a model is needed: create_llm('litellm', model='vendor/model')"
        )
    return model


def check_settings(settings: Mapping[str, Any]) -> None:
    """Raise InvalidParameterError for what a provider cannot be given."""
    for name in PER_CALL & settings.keys():
        raise InvalidParameterError(
            name, None, f"'{name}' belongs to generate(), not to a provider"
        )
    check(settings)


def named(options: Mapping[Any, Any]) -> Settings:
    """The options under their own names: enum members as strings, aliases resolved."""
    settings = Settings()
    for key, value in options.items():
        name, target = _plain(key), canonical(key)
        if value is None:
            continue
        if target in settings and settings[target] != value:
            raise InvalidParameterError(
                name, None, f"'{name}' is another name of '{target}', and they differ: give one"
            )
        settings[target] = value
    return settings


def check(settings: Mapping[str, Any]) -> None:
    """Raise InvalidParameterError for the first value that cannot be meant."""
    for name, value in settings.items():
        if why := REFUSED.get(name) or (_PRICES if _PRICE.search(name) else None):
            raise UnsupportedFeatureError(name, f"'{name}' is not taken here: {why}")
        if rule := _RULES.get(name):
            rule(name, value)


def check_names(names: Iterable[str], known: Iterable[str] = ()) -> list[str]:
    """The names that nobody knows; raise InvalidParameterError for a near-misspelling."""
    unknown = sorted(set(names) - KNOWN - set(known))
    for name in unknown:
        if meant := _meant(name):
            raise InvalidParameterError(
                name, None, f"Unknown parameter '{name}': did you mean '{meant}'?"
            )
    return unknown


def _meant(name: str) -> str | None:
    """The known name that an unknown one was to be, if any."""
    plain = name.lower().replace("-", "_")
    for each in (plain, f"{plain}s", plain.removesuffix("s"), f"{plain.removesuffix('y')}ies"):
        if each in KNOWN:
            return each
    return next(iter(difflib.get_close_matches(plain, KNOWN, n=1, cutoff=_SLIP)), None)


def _plain(key: Any) -> str:
    return str(key.value if isinstance(key, Enum) else key)


def _expect(name: str, value: Any, good: bool, wanted: str) -> None:
    if not good:
        told = isinstance(value, (str, int, float)) and not is_secret_name(name)
        shown = f"{redact(repr(value))} ({type(value).__name__})" if told else type(value).__name__
        kept = redact_values(value) if told else None
        raise InvalidParameterError(name, kept, f"'{name}' must be {wanted}, not {shown}")


def _seconds(name: str, value: Any) -> None:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    _expect(name, value, number and 0 < value < math.inf, "a number of seconds above 0")


def _number(name: str, value: Any) -> None:
    good = isinstance(value, numbers.Real) and not isinstance(value, bool)
    _expect(name, value, good and -math.inf < value < math.inf, "a number")


def _whole(name: str, value: Any) -> None:
    whole = isinstance(value, float) and value.is_integer()
    good = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    _expect(name, value, good or whole, "a whole number")


def _texts(name: str, value: Any) -> None:
    every = value if isinstance(value, (list, tuple)) else [value]
    good = all(isinstance(each, str) and each for each in every)
    _expect(name, value, good, "a text or a list of texts, none of them empty")


def _key(name: str, value: Any) -> None:
    """Some vendors' keys are JSON documents; a plain one goes into a header."""
    text = value if isinstance(value, str) else ""
    plain = bool(text) and text.strip() == text and text.isprintable()
    good = plain or _is_document(text)
    _expect(name, value, good, "a key of one line, without spaces or line ends about it")


def _is_document(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def as_sent(name: str, value: Any) -> Any:
    """The value as JSON has it: numbers of other kinds (numpy's, 40.0 tokens) as Python's own."""
    if name in _WHOLE_NUMBERS:
        return int(value)
    other = name in _NUMBERS and not isinstance(value, (int, float))
    return float(value) if other else value


def _count(name: str, value: Any) -> None:
    good = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    _expect(name, value, good, "a whole number, 0 or more")


def _size(name: str, value: Any) -> None:
    good = isinstance(value, int) and not isinstance(value, bool) and value >= 1
    _expect(name, value, good, "a whole number, 1 or more")


def _folder(name: str, value: Any) -> None:
    good = isinstance(value, (str, os.PathLike)) and bool(str(value)) and Path(value).is_dir()
    _expect(name, value, good, "an existing folder")


def _switch(name: str, value: Any) -> None:
    _expect(name, value, isinstance(value, bool), "True or False")


def _text(name: str, value: Any) -> None:
    good = isinstance(value, str) and bool(value.strip())
    _expect(name, value, good, "a text that is not empty")


def _model(name: str, value: Any) -> None:
    good = isinstance(value, str) and bool(value.strip()) and all(value.split("/"))
    _expect(name, value, good, "a model's address like 'openai/gpt-4o-mini'")


def _string(name: str, value: Any) -> None:
    _expect(name, value, isinstance(value, str), "a str")


def _url(name: str, value: Any) -> None:
    if isinstance(value, str) and "@" in value.partition("?")[0]:  # its password is not repeated
        raise InvalidParameterError(
            name, None, f"'{name}' must hold no user and password: give the key as api_key="
        )
    good = isinstance(value, str) and _is_http(value)
    _expect(name, value, good, "an address like http://host:port/path or https://host/path")


def _is_http(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _network(name: str, value: Any) -> None:
    """The value is never repeated: a proxy's address and a certificate's tuple hold passwords."""
    try:
        environment.check(name, value)
    except environment.Unusable as error:
        reason = str(error)
    else:
        return
    raise InvalidParameterError(name, None, f"'{name}' cannot be used: {reason}")


def _one(name: str, value: Any) -> None:
    if value != 1:
        raise InvalidParameterError(
            name,
            value,
            "'n' asks one call for several answers: make that many calls",
        )


def _among(*choices: str) -> Callable[[str, Any], None]:
    wanted = "one of " + ", ".join(repr(choice) for choice in choices)
    return lambda name, value: _expect(name, value, value in choices, wanted)


def _mapping(name: str, value: Any) -> None:
    _expect(name, value, isinstance(value, Mapping), "a mapping")


def _sequence(name: str, value: Any) -> None:
    good = isinstance(value, Iterable) and not isinstance(value, (str, bytes, Mapping))
    _expect(name, value, good, "a list")


def _capabilities(name: str, value: Any) -> None:
    _mapping(name, value)
    for key, told in value.items():
        known = capability(key)
        number = known is ModelCapability.MAX_TOKENS and isinstance(told, int)
        good = told is None or isinstance(told, bool) or number
        _expect(f"{name}[{known.name.lower()}]", told, good, "True, False or None")


_RULES: dict[str, Callable[[str, Any], None]] = {
    "model": _model,
    "api_key": _key,
    "system_prompt": _string,
    "base_url": _url,
    "proxy": _network,
    "verify": _network,
    "cert": _network,
    "timeout": _seconds,
    "total_timeout": _seconds,
    "max_retries": _count,
    "root": _folder,
    "allow_fetch": _switch,
    "max_file_size": _size,
    "max_table_rows": _size,
    "stream": _switch,
    "json_mode": _switch,
    "unsupported": _among("warn", "drop", "error"),
    "transport": _among("auto", "direct", "litellm"),
    "capabilities": _capabilities,
    "messages": _sequence,
    "tools": _sequence,
    "extra_headers": _mapping,
    "n": _one,
    # What any value of these could mean is the vendor's to say, what none could is said here.
    **dict.fromkeys(_NUMBERS, _number),
    **dict.fromkeys(_WHOLE_NUMBERS, _whole),
    "stop": _texts,
    "user": _string,
    "parallel_tool_calls": _switch,
    "metadata": _mapping,
    "extra_body": _mapping,
}
