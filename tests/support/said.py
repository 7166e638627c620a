"""What vendors really say: refusals in their own words, and answers that are odd but whole.

`REFUSALS` and `ODD` are kept by fault and vendor; the server of faults (`faults.py`) sends them.
The words are those of the vendors' documentation and of answers that they gave up to 2026-11.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from tests.support.loopback import Reply, sse
from tests.support.vendors import VENDORS, Say, Vendor

Odd = Callable[[Vendor, bool], Reply]

TEXT = "Grüße from the loopback server, in several pieces of text."
USAGE = (7, 5)  # input and output tokens
HUGE = 1_000_000  # characters

_TRAP = "403 timeout: authentication_mode 'quota' is no field; see the maximum context_size"


def _openai(status: int, message: str, code: str | None = None, kind: str = "") -> Reply:
    error = {"message": message, "type": kind or "invalid_request_error", "param": None}
    return Reply({"error": error | {"code": code}}, status=status)


def _anthropic(status: int, message: str) -> Reply:
    return VENDORS["anthropic"].fails(status, message)


def _gemini(status: int, message: str, *details: dict[str, Any]) -> Reply:
    error = VENDORS["gemini"].fails(status, message).body
    assert isinstance(error, dict)
    return Reply({"error": error["error"] | {"details": list(details)}}, status=status)


def _google(name: str, **facts: Any) -> dict[str, Any]:
    return {"@type": f"type.googleapis.com/google.rpc.{name}", **facts}


_GEMINI_QUOTA = "You exceeded your current quota, please check your plan and billing details."

REFUSALS: dict[str, dict[str, Reply]] = {
    "context": {
        "openai": _openai(
            400,
            "This model's maximum context length is 128000 tokens. However, your messages resulted "
            "in 130000 tokens. Please reduce the length of the messages.",
            "context_length_exceeded",
        ),
        "anthropic": _anthropic(400, "prompt is too long: 213462 tokens > 200000 maximum"),
        "gemini": _gemini(
            400,
            "The input token count (1200000) exceeds the maximum number of tokens allowed "
            "(1048576).",
        ),
    },
    "filter": {
        "openai": _openai(
            400,
            "Your request was rejected as a result of our safety system.",
            "content_policy_violation",
        ),
        "anthropic": _anthropic(400, "Output blocked by content filtering policy"),
    },
    "flagged": {
        "openai": _openai(
            400,
            "Invalid prompt: your prompt was flagged as potentially violating our usage policy. "
            "Please try again with a different prompt.",
            "invalid_prompt",
        )
    },
    "moderation": {  # an aggregator's, in OpenAI's shape
        "openai": Reply(
            {
                "error": {
                    "code": 403,
                    "message": "openai/gpt-4o-mini requires moderation on OpenAI. Your input was "
                    'flagged for "violence/graphic". No credits were charged.',
                    "metadata": {"reasons": ["violence/graphic"], "flagged_input": "hi"},
                }
            },
            status=403,
        )
    },
    "quota": {
        "openai": _openai(
            429,
            "You exceeded your current quota, please check your plan and billing details.",
            "insufficient_quota",
            "insufficient_quota",
        ),
        "anthropic": _anthropic(
            400,
            "Your credit balance is too low to access the Anthropic API. Please go to Plans & "
            "Billing to upgrade or purchase credits.",
        ),
        "gemini": _gemini(429, _GEMINI_QUOTA),
    },
    "quota_of_the_day": {
        "gemini": _gemini(
            429,
            _GEMINI_QUOTA,
            _google(
                "QuotaFailure",
                violations=[{"quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier"}],
            ),
            _google("RetryInfo", retryDelay="21s"),
        )
    },
    "quota_of_the_minute": {
        "gemini": _gemini(
            429,
            _GEMINI_QUOTA,
            _google(
                "QuotaFailure",
                violations=[{"quotaId": "GenerateRequestsPerMinutePerProjectPerModel-FreeTier"}],
            ),
            _google("RetryInfo", retryDelay="0.01s"),
        )
    },
    "bad_key": {
        "openai": _openai(401, "Incorrect API key provided.", "invalid_api_key"),
        "anthropic": _anthropic(401, "invalid x-api-key"),
        "gemini": _gemini(400, "API key not valid. Please pass a valid API key."),
    },
    "trap_400": {name: vendor.fails(400, _TRAP) for name, vendor in VENDORS.items()},
    "trap_500": {
        name: vendor.fails(500, f"{_TRAP}; 404 invalid_request_error")
        for name, vendor in VENDORS.items()
    },
}


# The odd answers: each is the vendor's own answer, plain or streamed, with one thing changed.

_NOTHING: dict[str, tuple[str, Any]] = {
    "openai": ("choices", []),
    "anthropic": ("content", []),
    "gemini": ("candidates", []),
}
_USAGE = frozenset({"usage", "usageMetadata"})


def _say(say: Say, vendor: Vendor, streamed: bool) -> Reply:
    return vendor.stream(say) if streamed else Reply(json.dumps(vendor.plain(say)))


def _saying(text: str | None, *calls: Any, finish: str = "stop") -> Odd:
    return partial(_say, Say(text, calls, USAGE, "tool_calls" if calls else finish))


def _spoilt_call(vendor: Vendor, streamed: bool) -> Reply:
    """A call whose arguments are cut; only where a vendor sends them as text."""
    told = _saying(None, ("call_1", "weather", {"city": "Paris"}))(vendor, streamed)
    spoilt = told.content.replace(rb"\"Paris\"}", rb"\"Par").replace(rb"is\"}", b"")
    return replace(told, body=spoilt)


def _no_choices(vendor: Vendor, streamed: bool) -> Reply:
    name, _ = _NOTHING[vendor.name]
    return Reply(json.dumps(_without(frozenset({name}), vendor.plain(Say(TEXT, (), USAGE)))))


def _empty_choices(vendor: Vendor, streamed: bool) -> Reply:
    name, nothing = _NOTHING[vendor.name]
    answer = vendor.plain(Say(TEXT, (), USAGE)) | {name: nothing}
    return sse(answer) if streamed else Reply(json.dumps(answer))


def _no_usage(vendor: Vendor, streamed: bool) -> Reply:
    if not streamed:
        return Reply(json.dumps(_without(_USAGE, vendor.plain(Say(TEXT, (), USAGE)))))
    told = vendor.stream(Say(TEXT, (), USAGE))
    events = (_uncounted(event) for event in told.content.split(b"\n\n") if event)
    return replace(told, body=b"".join(event + b"\n\n" for event in events))


def _uncounted(event: bytes) -> bytes:
    head, _, data = event.rpartition(b"data: ")
    if data == b"[DONE]":
        return event
    return head + b"data: " + json.dumps(_without(_USAGE, json.loads(data))).encode()


def _without(names: frozenset[str], value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without(names, v) for k, v in value.items() if k not in names}
    return [_without(names, item) for item in value] if isinstance(value, list) else value


def _blocked(vendor: Vendor, streamed: bool) -> Reply:
    """Gemini's way to refuse a prompt, with status 200."""
    usage = {"promptTokenCount": USAGE[0], "totalTokenCount": USAGE[0]}
    answer = {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "usageMetadata": usage}
    return sse(answer, done=False) if streamed else Reply(json.dumps(answer))


ODD: dict[str, Odd] = {
    "huge": _saying("x" * HUGE),
    "null_content": _saying(None),
    "cut_off": _saying(TEXT, finish="length"),
    "unknown_tool": _saying(None, ("call_1", "no_such_tool", {"city": "Paris"})),
    "double_tool": _saying(None, *[("call_1", "weather", {"city": "Paris"})] * 2),
    "spoilt_tool": _spoilt_call,
    "no_choices": _no_choices,
    "empty_choices": _empty_choices,
    "no_usage": _no_usage,
    "blocked": _blocked,
}


def known(fault: str) -> bool:
    """Whether some vendor says it."""
    return fault in ODD or fault in REFUSALS


def reply(fault: str, vendor: str, *, streamed: bool) -> Reply | None:
    """What the vendor says; None for a fault that is none of words."""
    if fault in ODD:
        return ODD[fault](VENDORS[vendor], streamed)
    return REFUSALS.get(fault, {}).get(vendor)
