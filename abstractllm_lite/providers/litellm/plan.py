"""From arguments to a Call: everything that can be wrong before sending is found here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ssl import SSLContext
from typing import TYPE_CHECKING, Any

from ..._plain import plain_copy
from ...enums import ModelCapability
from ...exceptions import InvalidParameterError, UnsupportedFeatureError
from ...utils.redaction import is_secret_name
from . import catalog, params, tool_rules
from .attachments import Attached, attached, has_files
from .call import MAX_RETRIES, TIMEOUT, Call, Limits
from .capabilities import Capabilities
from .loading import load
from .messages import compose
from .senses import IMAGE_PARTS, check_parts, family, part_types, senses
from .tools import chosen, to_wire
from .wire import Network, carries, environment

if TYPE_CHECKING:
    from .params import Settings

_ORGANIZED = frozenset({"openai", "azure"})

# Read by this package, or without meaning for the vendor: never sent under their own names.
_NOT_SENT = params.OWN | params.CONNECTION | {"n"}


def plan(
    config: Mapping[Any, Any],
    prompt: Any,
    system_prompt: str | None,
    options: dict[str, Any],
) -> Call:
    """The call that the provider's settings and one call's own arguments amount to.

    Raises InvalidParameterError, InvalidRequestError, UnsupportedModelError,
    UnsupportedFeatureError, AuthenticationError, FileProcessingError or ImageProcessingError.
    """
    taken = params.Settings(options)
    options.clear()  # it is the caller's frame's: a traceback would show the key in it
    given, own = params.named(taken), params.named(config)
    params.check_settings(own)
    settings = params.merged(_belonging(own, given), given)
    params.check(params.merged(settings, {"system_prompt": system_prompt}))
    vendor, model = catalog.locate(params.require_model(settings))
    unknown = params.check_names(settings, catalog.known_names(vendor, model))
    if "api_key" not in settings:
        catalog.require_key(vendor, model)
    files = _attached(settings, vendor, model)
    messages = _messages(prompt, system_prompt, settings, files)
    _require(settings, vendor, model, messages)
    sent, dropped = _decided(settings, vendor, model)
    address, connection = catalog.address(vendor, model, _connection(settings, vendor))
    return Call(
        vendor=vendor,
        model=model,
        address=address,
        messages=messages,
        parameters=params.Settings(plain_copy(dict(sent))),
        connection=connection,
        limits=_limits(settings),
        network=_network(settings),
        stream=settings.get("stream", False),
        schema=_schema(sent.get("response_format")),
        transport=settings.get("transport", "auto"),
        warnings=(*files.warnings, *dropped, *map(_passed_unknown, unknown)),
    )


def _attached(settings: Settings, vendor: str, model: str) -> Attached:
    if not has_files(settings):
        return Attached(history=settings.get("messages") or ())
    known = senses(vendor, model, catalog.entry(vendor, model))
    return attached(settings, known, f"{vendor}/{model}")


def _messages(
    prompt: Any, system_prompt: str | None, settings: Settings, files: Attached
) -> list[dict[str, Any]]:
    return compose(
        prompt,
        system_prompt=system_prompt,
        default_system_prompt=settings.get("system_prompt"),
        history=files.history,
        parts=files.parts,
    )


def _belonging(config: Settings, given: Settings) -> Settings:
    """The provider's settings that hold for the model of this call.

    What was said of the provider's own model is not true of another one, and a key goes to another
    vendor only where both are reached at one base_url.
    """
    other = given.get("model")
    if other is None or other == config.get("model", other):
        return config
    own, together = {"capabilities"}, "base_url" in config and "base_url" not in given
    params.check({"model": other})
    if not together and catalog.locate(other)[0] != catalog.locate(config["model"])[0]:
        own |= {*params.CONNECTION, "cert", "extra_headers", *filter(is_secret_name, config)}
    return params.Settings((name, value) for name, value in config.items() if name not in own)


def _connection(settings: Settings, vendor: str) -> Settings:
    taken = params.CONNECTION - ({"organization"} if vendor not in _ORGANIZED else set())
    return params.Settings({name: settings[name] for name in taken & settings.keys()})


def _limits(settings: Settings) -> Limits:
    return Limits(
        timeout=settings.get("timeout", TIMEOUT),
        total=settings.get("total_timeout"),
        max_retries=settings.get("max_retries", MAX_RETRIES),
    )


def _network(settings: Settings) -> Network:
    """How the vendor is reached; what was set for litellm holds where nothing is said here."""
    litellm, cert = load(), settings.get("cert")
    verify = settings.get("verify", environment.litellms_verify(litellm.ssl_verify))
    given = isinstance(verify, SSLContext)
    if given and cert is not None:
        raise InvalidParameterError(
            "cert", None, "'cert' must be loaded into the context that is given as 'verify'"
        )
    if cert is None and not given:
        cert = environment.litellms_cert(litellm.ssl_certificate)
    kept = tuple(cert) if isinstance(cert, list) else cert
    return Network(settings.get("proxy"), verify, kept)


def _require(settings: Settings, vendor: str, model: str, messages: list[dict[str, Any]]) -> None:
    """Raise UnsupportedFeatureError for what the model is known not to take."""
    kinds = {*part_types(messages)} - {"text"}
    needed = {
        ModelCapability.VISION: kinds & IMAGE_PARTS,
        ModelCapability.AUDIO_PROCESSING: kinds & {"input_audio"},
        ModelCapability.TOOL_USE: settings.get("tools"),
    }
    if not any(needed.values()) and not kinds:
        return
    row = catalog.entry(vendor, model)
    check_parts(messages, senses(vendor, model, row), f"{vendor}/{model}")
    capabilities = Capabilities(row, settings.get("capabilities"), family(vendor))
    for capability, asked in needed.items():
        if asked:
            capabilities.require(capability)


def _decided(settings: Settings, vendor: str, model: str) -> tuple[Settings, list[str]]:
    """The parameters to send, and a warning for each that is not sent or has no effect."""
    policy = settings.get("unsupported", "drop" if settings.get("drop_params") else "warn")
    sent, warnings = params.Settings(), list(_meaningless(settings, vendor))
    for name, value in _asked(settings, vendor).items():
        effect = _effect(name, value, vendor, model)
        if effect != "refused":
            sent[name] = value
        if effect != "kept":
            _judge(name, value, effect, policy, f"{vendor}/{model}")
            warnings.append(_dropped(name, effect, f"{vendor}/{model}"))
    if "tools" in sent:
        warnings += _losses(sent["tools"], vendor, model, policy)
        sent["tools"] = tool_rules.fitted(sent["tools"], vendor, model)
    return sent, warnings


def _losses(tools: list[dict[str, Any]], vendor: str, model: str, policy: str) -> list[str]:
    """What the vendor will not know of the tools; an error where nothing may be lost."""
    lost = list(tool_rules.losses(tools, vendor, model))
    if lost and policy == "error":
        raise UnsupportedFeatureError("tools", lost[0])
    return lost


def _asked(settings: Settings, vendor: str) -> Settings:
    left_out = _NOT_SENT | _local_only(settings)
    asked = params.Settings(
        (name, params.as_sent(name, value))
        for name, value in settings.items()
        if name not in left_out
    )
    if "metadata" in asked and vendor in _ORGANIZED:  # litellm keeps it to its callbacks
        body = asked.get("extra_body") or {}
        asked["extra_body"] = {"metadata": asked["metadata"], **body}
    if settings.get("json_mode"):
        asked.setdefault("response_format", _JSON_MODE)
    if tools := settings.get("tools"):
        asked["tools"] = to_wire(tools)
    if (choice := asked.pop("tool_choice", None)) is not None and tools:
        asked["tool_choice"] = chosen(choice, asked["tools"])
    if (choice := tool_rules.own_choice(vendor, asked.get("tool_choice"))) is not None:
        del asked["tool_choice"]
        asked["extra_body"] = {"tool_choice": choice, **asked.get("extra_body", {})}
    return asked


def _effect(name: str, value: Any, vendor: str, model: str) -> catalog.Effect:
    taken = catalog.supported(vendor, model)
    if name in params.ESSENTIAL and taken and name not in taken:
        return "refused"
    if name == "parallel_tool_calls" and not value and tool_rules.always_parallel(vendor, model):
        return "refused"
    if name == "tool_choice" and value == "auto":  # it is what every vendor does unasked
        return "kept"
    if name in params.JUDGED or name == "tool_choice" or value == _JSON_MODE:
        return catalog.effect(vendor, model, name, value)
    return "kept"


_JSON_MODE = {"type": "json_object"}


def _judge(name: str, value: Any, effect: catalog.Effect, policy: str, address: str) -> None:
    vital = name == "tool_choice" or (effect == "refused" and name not in params.KNOBS)
    if policy == "error" or (vital and policy == "warn"):
        message = f"{address} {_VERBS[effect]} '{name}'; unsupported='drop' leaves it out"
        if name in params.KNOBS:
            raise InvalidParameterError(name, value, message)
        raise UnsupportedFeatureError(name, message)


def _dropped(name: str, effect: catalog.Effect, address: str) -> str:
    return f"'{name}' was dropped: {address} {_VERBS[effect]} it"


_VERBS = {"refused": "does not take", "ignored": "ignores"}


def _local_only(settings: Settings) -> set[str]:
    """The settings of models on this machine; `provider` as a mapping is OpenRouter's."""
    local = params.LOCAL_ONLY & settings.keys()
    return {name for name in local if not isinstance(settings[name], Mapping)}


def _meaningless(settings: Settings, vendor: str) -> Iterator[str]:
    for name in sorted(_local_only(settings)):
        yield f"'{name}' was dropped: it has no meaning for a hosted model"
    for name in params.NETWORK if not carries(vendor) else ():
        if name in settings:
            yield f"'{name}' has no effect: litellm's own connection carries calls to {vendor}"
    if "tool_choice" in settings and not settings.get("tools"):
        yield "'tool_choice' has no effect: there are no tools"
    if "metadata" in settings and vendor not in _ORGANIZED:
        yield f"'metadata' is for litellm's callbacks alone: {vendor} is not told"
    if "organization" in settings and vendor not in _ORGANIZED:
        yield f"'organization' was dropped: {vendor} has none"


def _passed_unknown(name: str) -> str:
    return f"'{name}' is not known to litellm; it was passed on as it is"


def _schema(response_format: Any) -> Any:
    from pydantic import BaseModel

    is_model = isinstance(response_format, type) and issubclass(response_format, BaseModel)
    return response_format if is_model else None
