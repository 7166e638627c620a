"""Foreign exceptions become ours, by fact: a true HTTP status first, types second.

The words of a message never choose a class, with one exception: the table of vendor words, because
some vendors tell a full context window, an empty account or a content filter in words alone.
"""

from __future__ import annotations

import base64
import html
import json
import os
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote, quote_plus

from ...exceptions import (
    AbstractLLMError,
    ContentFilterError,
    ContextWindowExceededError,
    ForeignError,
    GenerationError,
    InvalidRequestError,
    ModelNotFoundError,
    ProviderAPIError,
    ProviderConnectionError,
    RequestTimeoutError,
)
from ...utils.redaction import MASK, is_secret_name, redact
from .error_table import ADVICE, BY_EVENT, BY_FAULT, BY_NAME, BY_STATUS, VENDOR_WORDS, Kind
from .evidence import Evidence, event, first_line, gather
from .headers import request_id, retry_after
from .wire import LATE

if TYPE_CHECKING:
    from .call import Attempt, Call

T = TypeVar("T")

_LONGEST = 1000  # characters of a vendor's message that are worth repeating
_QUOTED = 80  # characters of an answer that could not be read
_READ = 64 * 1024  # characters of it, in which no key may stay
_SHORTEST_SECRET = 8  # characters; masking shorter ones would mask words
_SHORTEST_KEY = 4  # of a key that was given, as for a proxy of one's own


def translating(attempt: Attempt, work: Callable[[], T]) -> T:
    """The result of the work; every exception that leaves is an AbstractLLMError without a cause.

    It is raised outside the except block, so that no foreign exception, which may hold a live
    request with its key, stays reachable as its context.
    """
    try:
        return work()
    except Exception as foreign:
        error: BaseException = translate(foreign, attempt)
    except BaseException as interruption:
        error = _without_frames(interruption)
    raise error


async def atranslating(attempt: Attempt, work: Callable[[], Awaitable[T]]) -> T:
    """The same for work that is awaited."""
    try:
        return await work()
    except Exception as foreign:
        error: BaseException = translate(foreign, attempt)
    except BaseException as interruption:
        error = _without_frames(interruption)
    raise error


def _without_frames(interruption: BaseException) -> BaseException:
    """A cancellation or Ctrl-C that leaves the frames of the request, and their key, behind."""
    interruption.__cause__ = interruption.__context__ = None
    return interruption.with_traceback(None)


def planning(work: Callable[[], T]) -> T:
    """The result of work before anything is sent; what it cannot make sense of is the caller's."""
    try:
        return work()
    except AbstractLLMError:
        raise
    except Exception as foreign:
        told = first_line(str(foreign)) or type(foreign).__name__
        error = InvalidRequestError(f"the call cannot be made sense of: {mask(told)[:_LONGEST]}")
    raise error


def unless_it_fails(work: Callable[[], T], *told: type[Exception]) -> T | None:
    """The result of a look-up that must not cost the call; None if it fails, except as `told`."""
    try:
        return work()
    except told:
        raise
    except Exception:
        return None


def translate(foreign: Exception, attempt: Attempt) -> AbstractLLMError:
    """The AbstractLLMError for any exception of an attempt, with every fact that is known."""
    evidence = gather(foreign, attempt.exchange, wired=attempt.wired)
    ours = attempt.exchange.unanswered or _ours(evidence)
    return _completed(ours, attempt) if ours else _build(foreign, evidence, attempt)


def mask(text: str, secrets: tuple[str, ...] = ()) -> str:
    """The text without the call's keys, the environment's keys, or anything shaped like one."""
    environment = (value for name, value in os.environ.items() if is_secret_name(name))
    known = {secret for secret in environment if len(secret) >= _SHORTEST_SECRET}
    known |= {secret for secret in secrets if len(secret) >= _SHORTEST_KEY}
    shapes = {shape for secret in known for shape in _shapes(secret)}
    for shape in sorted(shapes, key=len, reverse=True):
        text = text.replace(shape, MASK)
    return redact(text)


def _shapes(secret: str) -> Iterator[str]:
    """The secret as a server may repeat it: escaped for JSON, a URL or HTML, or in base64."""
    escaped = json.dumps(secret)
    yield from (secret, escaped[1:-1], json.dumps(escaped)[3:-3], repr(secret)[1:-1])
    yield from (html.escape(secret), base64.b64encode(secret.encode()).decode())
    for quoted in (quote(secret), quote(secret, safe=""), quote_plus(secret)):
        yield from (quoted, quoted.lower())


def _ours(evidence: Evidence) -> AbstractLLMError | None:
    """An error of ours in the chain, or one that a link carries (a cassette's miss does)."""
    for link in evidence.links:
        for each in (link, getattr(link, "abstractllm_error", None)):
            if isinstance(each, AbstractLLMError):
                return each
    return None


def _completed(error: AbstractLLMError, attempt: Attempt) -> AbstractLLMError:
    error.__cause__ = error.__context__ = None
    error.provider = error.provider or attempt.call.vendor
    error.model = error.model or attempt.call.model
    error.attempts = attempt.number
    error.details.setdefault("route", attempt.route)
    if error.status_code is None:
        error.status_code = attempt.exchange.status
        error.request_id = _masked_id(attempt.exchange.headers, attempt.call)
    return error


def _build(foreign: Exception, evidence: Evidence, attempt: Attempt) -> AbstractLLMError:
    call, kind = attempt.call, _kind(evidence)
    told = mask(_told(kind, evidence), call.secrets)[:_LONGEST] + _beginning(evidence, call)
    name = f"{type(foreign).__module__}.{type(foreign).__qualname__}"
    seconds = _first(retry_after(evidence.headers), evidence.retry_delay)
    error = kind(
        message=_message(kind, told, evidence, seconds),
        provider=call.vendor,
        original_exception=ForeignError(name, told),
        details={"route": attempt.route},
        model=call.model,
        status_code=evidence.status,
        retry_after=seconds,
        request_id=_masked_id(evidence.headers, call),
        attempts=attempt.number,
    )
    if isinstance(error, ModelNotFoundError):
        error.model_name = call.model
    error.retryable = _may_retry(error, evidence)
    return error


def _told(kind: Kind, evidence: Evidence) -> str:
    """What happened; litellm's clients have a word each for lateness, and we have one."""
    by_name = evidence.status is None and evidence.fault is None and not evidence.unsent
    return LATE if by_name and kind is RequestTimeoutError else evidence.told()


def _beginning(evidence: Evidence, call: Call) -> str:
    """The first characters of an answer that could not be read, cut once its keys are masked."""
    body = evidence.body.strip()[:_READ] if evidence.unread else ""
    if body and "\0" not in body:  # in another encoding no key would be found
        return f"; it begins {mask(body, call.secrets)[:_QUOTED]!r}"
    return "; it is empty" if evidence.foreign and evidence.silent else ""


def _masked_id(headers: Mapping[str, str], call: Call) -> str | None:
    told = request_id(headers)
    return told and mask(told, call.secrets)


def _first(*seconds: float | None) -> float | None:
    return next((each for each in seconds if each is not None), None)


def _message(kind: Kind, told: str, evidence: Evidence, seconds: float | None) -> str:
    status = f"(HTTP {evidence.status})" if evidence.refused else ""
    stop = "" if status or told.endswith((".", "!", "?")) else "."
    passes = kind.retryable or kind is ProviderAPIError
    when = f"The vendor asks to wait {seconds:.0f} seconds." if seconds and passes else ""
    advice = _ELSEWHERE if evidence.foreign else ADVICE.get(kind)
    return " ".join(filter(None, (told + stop, status, when or advice)))


_ELSEWHERE = "If base_url is set, check that it is the address of the vendor's API."


def _may_retry(error: AbstractLLMError, evidence: Evidence) -> bool:
    """The class decides; a vendor may say otherwise, but revives only a plainly invalid request."""
    asked = evidence.headers.get("x-should-retry")
    if evidence.moved or evidence.fault in _FINAL_FAULTS or isinstance(evidence.links[-1], _BUGS):
        return False
    if type(error) is InvalidRequestError:
        return asked == "true"
    if evidence.fault == "error_event" and type(error) is ProviderAPIError:
        return True  # the status of 200 came before the vendor failed
    return error.retryable and asked != "false"


_FINAL_FAULTS = frozenset({"redirect", "resend", "closed", "invalid"})

# litellm (or a configuration of its) failed, not the vendor: the next attempt would do the same.
_BUGS = (LookupError, TypeError, AttributeError, ValueError, NotImplementedError, ImportError)


def _kind(evidence: Evidence) -> Kind:
    if evidence.refused:
        return _kind_by_status(evidence)
    if evidence.fault == "error_event":
        return _kind_by_event(evidence)
    if evidence.fault:
        return BY_FAULT.get(evidence.fault, ProviderConnectionError)
    if evidence.status is not None:
        return BY_FAULT["redirect"] if evidence.moved else _kind_of_unread(evidence)
    return _kind_by_name(evidence)


def _kind_by_status(evidence: Evidence) -> Kind:
    status = evidence.status or 0
    if status >= 500:
        return BY_STATUS.get(status, ProviderAPIError)
    if status in (401, 404, 408) or (status == 429 and evidence.passes):
        return BY_STATUS[status]
    return _kind_by_words(evidence) or BY_STATUS.get(status, InvalidRequestError)


def _kind_by_words(evidence: Evidence) -> Kind | None:
    words = evidence.words()
    for kind, pattern in VENDOR_WORDS:
        if pattern.search(words):
            return kind
    return next((kind for name, kind in _TOLD_APART if name in evidence.names), None)


# litellm's own verdicts on a 4xx that are worth having: it knows more vendors' words than we do.
_TOLD_APART: tuple[tuple[str, Kind], ...] = (
    ("ContextWindowExceededError", ContextWindowExceededError),
    ("ContentPolicyViolationError", ContentFilterError),
)


def _kind_by_event(evidence: Evidence) -> Kind:
    kind, code = event(evidence.body)
    other = InvalidRequestError if 400 <= (code or 0) < 500 else ProviderAPIError
    by_code = BY_STATUS.get(code or 0, other)
    return _kind_by_words(evidence) or BY_EVENT.get(kind or "") or by_code


def _kind_of_unread(evidence: Evidence) -> Kind:
    """A 2xx that litellm could not read; Azure's filtered answers have no message at all."""
    filtered = any("'finish_reason': 'content_filter'" in str(link) for link in evidence.links)
    return ContentFilterError if filtered else GenerationError


def _kind_by_name(evidence: Evidence) -> Kind:
    """The innermost name that says something; litellm's outer names lie about causes."""
    names = (base.__name__ for link in reversed(evidence.links) for base in type(link).__mro__)
    kind = next((BY_NAME[name] for name in names if name in BY_NAME), ProviderAPIError)
    return InvalidRequestError if evidence.unsent and kind is ProviderAPIError else kind
