"""What must come of each fault, whatever the vendor, the way of asking and the route.

The tests and the page "What happens when..." are both made from `FAULTS`. Where one vendor is told
otherwise, it has a row of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from abstractllm_lite import exceptions as e
from tests.support.said import TEXT

MODES = ("sync", "async", "sync stream", "async stream")
VENDORS = ("openai", "anthropic", "gemini")
ROUTES = ("direct", "litellm")

PLAIN, STREAM = MODES[:2], MODES[2:]
AMPLE = 20.0  # seconds, for faults that end by themselves
BRIEF = 0.5  # seconds, for faults before any content: late content could not be told from none
SHORT = 1.0  # seconds, for faults after content, which must have had the time to come

NO = "no"
YES = "yes"
PERHAPS = "perhaps"
PART = "for what came, perhaps for more"

DONE = "yes, done for you"
LATER = "yes, by yourself: the wait is too long"
YOURS = "yes, by yourself: you have a part"
USELESS = "no"
CHANGED = "no: change the request"

MOMENT = "a moment"
AS_TOLD = "`retry_after` seconds"
TO_PAY = "until the account has credit"
NOTHING = "-"


@dataclass(frozen=True)
class Fault:
    """One row: a fault of `tests/support/faults.py` and what a call that meets it must end in.

    `error` is None for what is no fault to the caller, who then gets `text`. `status` is the HTTP
    status that was seen, `retried` whether another attempt follows, `arrives` whether a request
    reaches the server, `partial` whether a part of the text comes first. `options` are the call's,
    `more` is what else must hold of the error or the response.
    """

    name: str
    what: str
    error: type[e.AbstractLLMError] | None
    status: int | None = None
    charged: str = NO
    again: str = USELESS
    wait: str = NOTHING
    retryable: bool = False
    retry_after: float | None = None
    modes: tuple[str, ...] = MODES
    vendors: tuple[str, ...] = VENDORS
    timeout: float = AMPLE
    arrives: bool = True
    requests: int = 1
    partial: bool = False
    text: str = TEXT
    options: Mapping[str, Any] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def retried(self) -> bool:
        """Whether the call itself makes another attempt."""
        return self.again == DONE

    @property
    def timed(self) -> bool:
        """Whether only a timeout ends it."""
        return self.timeout < AMPLE or self.options.get("total_timeout") == SHORT


def passing(name: str, what: str, error: Any, status: int | None = None, **rest: Any) -> Fault:
    """A fault that another attempt may not meet."""
    usual = {"again": DONE, "wait": MOMENT, "retryable": True}
    return Fault(name, what, error, status, **{**usual, **rest})


def broken(name: str, what: str, error: Any = e.ProviderConnectionError, **rest: Any) -> Fault:
    """A fault in the midst of a stream."""
    usual = {"charged": PART, "again": YOURS, "retryable": True, "partial": True, "modes": STREAM}
    return Fault(name, what, error, 200, **{**usual, **rest})


def answered(name: str, what: str, **rest: Any) -> Fault:
    """No fault: the answer is whole."""
    return Fault(name, what, None, **{"charged": YES, "again": NOTHING, **rest})


ONLY_OPENAI, ONLY_GEMINI = ("openai",), ("gemini",)
NOT_GEMINI = ("openai", "anthropic")
_CONNECTION, _TIMEOUT = e.ProviderConnectionError, e.RequestTimeoutError
_API, _INVALID, _LIMIT = e.ProviderAPIError, e.InvalidRequestError, e.RateLimitError

SECTIONS: dict[str, tuple[Fault, ...]] = {
    "The vendor cannot be reached": (
        passing("refused", "nothing listens at the address", _CONNECTION, arrives=False),
        passing("unknown_host", "the host name is not known", _CONNECTION, arrives=False),
        passing("no_tls", "the TLS handshake fails", _CONNECTION, arrives=False),
        passing(
            "unreachable",
            "connecting takes longer than `timeout`",
            _TIMEOUT,
            timeout=BRIEF,
            arrives=False,
        ),
    ),
    "No answer comes": (
        passing(
            "stall",
            "no answer within `timeout`",
            _TIMEOUT,
            charged=PERHAPS,
            timeout=BRIEF,
        ),
        passing(
            "reset",
            "the connection is reset before an answer",
            _CONNECTION,
            charged=PERHAPS,
        ),
        passing(
            "hangup",
            "the connection is closed before an answer",
            _CONNECTION,
            charged=PERHAPS,
        ),
        passing(
            "drip_head",
            "the head of the answer comes too slowly",
            _TIMEOUT,
            charged=PERHAPS,
            timeout=BRIEF,
        ),
        passing(
            "drip",
            "the answer comes too slowly to end within `timeout`",
            _TIMEOUT,
            200,
            charged=PERHAPS,
            timeout=SHORT,
        ),
        passing(
            "truncated",
            "the connection is closed within the answer",
            _CONNECTION,
            200,
            charged=PERHAPS,
            modes=PLAIN,
        ),
        passing(
            "reset_body",
            "the connection is reset within the answer",
            _CONNECTION,
            200,
            charged=PERHAPS,
            modes=PLAIN,
        ),
    ),
    "The vendor refuses the request": (
        Fault("status_400", "400: the request is wrong", _INVALID, 400, again=CHANGED),
        Fault(
            "context",
            "400: the prompt is longer than the context window",
            e.ContextWindowExceededError,
            400,
            again=CHANGED,
        ),
        Fault(
            "filter",
            "400: a content filter refuses it",
            e.ContentFilterError,
            400,
            again=CHANGED,
            vendors=NOT_GEMINI,
        ),
        Fault(
            "flagged",
            "400: a content filter refuses it",
            e.ContentFilterError,
            400,
            again=CHANGED,
            vendors=ONLY_OPENAI,
        ),
        Fault(
            "trap_400",
            "400: the request is wrong",
            _INVALID,
            400,
            again=CHANGED,
        ),
        Fault(
            "bad_key",
            "401: the key is wrong",
            e.AuthenticationError,
            401,
            vendors=NOT_GEMINI,
        ),
        Fault(
            "bad_key",
            "400 from Gemini: the key is wrong",
            e.AuthenticationError,
            400,
            vendors=ONLY_GEMINI,
        ),
        Fault("status_401", "401: the key is wrong", e.AuthenticationError, 401),
        Fault("echo", "401 that repeats your key", e.AuthenticationError, 401),
        Fault("status_402", "402: the account is empty", e.QuotaExceededError, 402, wait=TO_PAY),
        Fault("status_403", "403: the key may not do this", e.PermissionDeniedError, 403),
        Fault(
            "moderation",
            "403: a moderator refuses it",
            e.ContentFilterError,
            403,
            again=CHANGED,
            vendors=ONLY_OPENAI,
        ),
        Fault("status_404", "404: no such model or address", e.ModelNotFoundError, 404),
        Fault("status_409", "409: a conflict", _INVALID, 409),
        Fault("status_413", "413: the request is too large", _INVALID, 413, again=CHANGED),
        Fault("status_422", "422: the request is wrong", _INVALID, 422, again=CHANGED),
        Fault("redirect", "a redirect to another address", _CONNECTION, 307),
        Fault(
            "redirect_round",
            "a redirect that leads round in a circle",
            _CONNECTION,
            307,
            requests=6,
        ),
    ),
    "The vendor has had enough for now": (
        passing("status_429", "429: too many requests", _LIMIT, 429),
        passing(
            "retry_now",
            "429 with `Retry-After` in seconds",
            _LIMIT,
            429,
            retry_after=0.01,
            wait=AS_TOLD,
        ),
        passing(
            "retry_ms",
            "429 with `Retry-After-Ms`",
            _LIMIT,
            429,
            retry_after=0.01,
            wait=AS_TOLD,
        ),
        passing(
            "retry_date",
            "429 with `Retry-After` as a date",
            _LIMIT,
            429,
            retry_after=0.0,
            wait=AS_TOLD,
        ),
        passing(
            "error_drip",
            "429 whose words come too slowly",
            _LIMIT,
            429,
            timeout=SHORT,
        ),
        Fault(
            "retry_hour",
            "429 with a `Retry-After` of more than 120 s",
            _LIMIT,
            429,
            retryable=True,
            retry_after=3600.0,
            again=LATER,
            wait=AS_TOLD,
        ),
        Fault(
            "retry_minute",
            "429 with a `Retry-After` beyond what `total_timeout` leaves",
            _LIMIT,
            429,
            retryable=True,
            retry_after=60.0,
            again=LATER,
            wait=AS_TOLD,
            options={"total_timeout": AMPLE},
        ),
        Fault(
            "quota",
            "429: the quota is used up",
            e.QuotaExceededError,
            429,
            wait=TO_PAY,
            vendors=("openai", "gemini"),
        ),
        Fault(
            "quota",
            "400 from Anthropic: the credit is used up",
            e.QuotaExceededError,
            400,
            wait=TO_PAY,
            vendors=("anthropic",),
        ),
        Fault(
            "quota_of_the_day",
            "429 from Gemini: the quota of the day is used up",
            e.QuotaExceededError,
            429,
            retry_after=21.0,
            wait="until the vendor's day ends",
            vendors=ONLY_GEMINI,
        ),
        passing(
            "quota_of_the_minute",
            "429 from Gemini: the quota of the minute is used up",
            _LIMIT,
            429,
            retry_after=0.01,
            wait=AS_TOLD,
            vendors=ONLY_GEMINI,
        ),
    ),
    "The vendor is in trouble": (
        passing("status_408", "408: it waited too long for the request", _TIMEOUT, 408),
        passing("status_500", "500: it failed", _API, 500),
        passing("trap_500", "500: it failed", _API, 500),
        passing("status_502", "502: its gateway failed", _API, 502),
        passing("page_502", "502 with a web page", _API, 502),
        passing("status_503", "503: it is down or overloaded", _API, 503),
        passing("status_504", "504: it took too long itself", _TIMEOUT, 504),
        passing("status_529", "529: it is overloaded", _API, 529),
        passing(
            "error_first",
            "200, and then an error in place of the stream",
            _API,
            200,
            modes=STREAM,
        ),
    ),
    "The answer is none": (
        Fault("html", "200 with a web page", e.GenerationError, 200, charged=PERHAPS),
        Fault("empty", "200 with nothing", e.GenerationError, 200, charged=PERHAPS),
        Fault(
            "bad_json",
            "200 with JSON that is cut",
            e.GenerationError,
            200,
            charged=PERHAPS,
            modes=PLAIN,
        ),
        Fault(
            "no_choices",
            "200 without an answer in it",
            e.GenerationError,
            200,
            charged=PERHAPS,
            modes=PLAIN,
        ),
        Fault(
            "empty_choices",
            "200 with an empty list of answers",
            e.GenerationError,
            200,
            charged=PERHAPS,
            vendors=ONLY_OPENAI,
        ),
        Fault(
            "empty_choices",
            "200 with an empty list of answers",
            e.GenerationError,
            200,
            charged=PERHAPS,
            modes=PLAIN,
            vendors=ONLY_GEMINI,
        ),
        Fault("bad_gzip", "200 with a broken compression", e.GenerationError, 200, charged=PERHAPS),
        Fault(
            "bad_utf8",
            "200 with bytes that are no text",
            e.GenerationError,
            200,
            charged=PERHAPS,
            modes=PLAIN,
        ),
        Fault(
            "json",
            "a plain answer although a stream was asked for",
            e.GenerationError,
            200,
            charged=YES,
            modes=STREAM,
        ),
    ),
    "A stream breaks off": (
        broken("cut", "the connection is closed in the midst of it"),
        broken("cut_reset", "the connection is reset in the midst of it"),
        broken("cut_clean", "it ends without the vendor's end mark"),
        broken("stall_mid", "nothing more comes for `timeout` seconds", _TIMEOUT, timeout=SHORT),
        broken("pings", "only pings come for `timeout` seconds", _TIMEOUT, timeout=SHORT),
        broken(
            "endless",
            "it goes on beyond `total_timeout`",
            _TIMEOUT,
            options={"total_timeout": SHORT},
        ),
        broken("error_event", "the vendor sends an error in it", _API),
        broken("bad_line", "an event in it is no JSON", e.GenerationError, retryable=False),
        broken("bad_bytes", "an event in it is no text", e.GenerationError, retryable=False),
    ),
    "Odd, but an answer": (
        answered("ok", "all is well"),
        answered("gzip", "the answer is compressed"),
        answered("bytewise", "it comes in pieces of a few bytes", modes=STREAM),
        answered("wrong_type", "it is called plain text"),
        answered("redirect_home", "a redirect within the same address", requests=2),
        answered("no_usage", "no token counts come", more={"usage": None}),
        answered("null_content", "it has no text", text="", more={"content": None}),
        answered("cut_off", "`max_tokens` was reached", more={"finish_reason": "length"}),
        answered(
            "blocked",
            "Gemini blocks the prompt",
            text="",
            more={"finish_reason": "content_filter"},
            vendors=ONLY_GEMINI,
        ),
        answered("huge", "a million characters", text="x" * 1_000_000),
        answered("unknown_tool", "it calls a tool that was not offered", text=""),
        answered("double_tool", "two of its tool calls have one id", text=""),
        answered(
            "spoilt_tool",
            "a tool call's arguments are no JSON",
            text="",
            vendors=ONLY_OPENAI,
        ),
        answered(
            "spoilt_tool",
            "a tool call's arguments are no JSON",
            text="",
            vendors=("anthropic",),
            modes=STREAM,
        ),
    ),
}
FAULTS = tuple(fault for section in SECTIONS.values() for fault in section)


@dataclass(frozen=True)
class Cell:
    """One fault, asked for in one way, of one vendor, on one route."""

    fault: Fault
    mode: str
    vendor: str
    route: str

    def __str__(self) -> str:
        return "-".join((self.fault.name, self.vendor, self.mode.replace(" ", "-"), self.route))


# Cells of the litellm route that do not hold, and why litellm gives no way.
_COUNTS = "litellm 1.100-1.109 reads the counts of every plain answer and raises KeyError without"
EXCEPTIONS: dict[str, str] = {
    f"no_usage-{vendor}-{mode}-litellm": _COUNTS
    for vendor in ("anthropic", "gemini")
    for mode in PLAIN
}
# The same for one release at the end of litellm's supported range.
_LAST_COUNTS = (
    "litellm 1.100 reads the counts of Anthropic's last event and raises KeyError without"
)
EXCEPTIONS_OF: dict[str, dict[str, str]] = {
    "1.100.0": {f"no_usage-anthropic-{mode}-stream-litellm": _LAST_COUNTS for mode in PLAIN}
}


def cells(*routes: str) -> list[Cell]:
    """Every cell of the table on the routes."""
    return [
        Cell(fault, mode, vendor, route)
        for fault in FAULTS
        for vendor in fault.vendors
        for mode in fault.modes
        for route in routes
    ]
