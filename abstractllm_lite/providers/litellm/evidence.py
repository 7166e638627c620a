"""What is known of a failure: the wire's record first, then the innermost link that saw HTTP."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .wire import Exchange

_RETRY_DELAY = re.compile(r'"retryDelay"\s*:\s*"(\d+(?:\.\d+)?)s"')


@dataclass(frozen=True, slots=True)
class Evidence:
    """The facts of one failure; `status` and `fault` are None where nothing was seen of them.

    `silent`: an answer's head came, and not one byte of its body.
    """

    links: tuple[BaseException, ...]
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    fault: str | None = None
    unsent: bool = False
    silent: bool = False

    @property
    def refused(self) -> bool:
        """Whether the vendor answered with an error status."""
        return self.status is not None and self.status >= 400

    @property
    def moved(self) -> bool:
        """Whether the vendor's last word was a redirect."""
        return self.status is not None and 300 <= self.status < 400

    @property
    def unread(self) -> bool:
        """Whether the vendor answered with success, and with nothing that could be read."""
        succeeded = self.status is not None and 200 <= self.status < 300
        return succeeded and self.fault in (None, "bad_body")

    @property
    def foreign(self) -> bool:
        """Whether it was not even the start of a vendor's answer, which is JSON or events."""
        body = self.body.strip()
        return self.unread and (self.silent if not body else not body.startswith(("{", "[")))

    @property
    def names(self) -> frozenset[str]:
        """The names of every class in the chain, bases included."""
        return frozenset(base.__name__ for link in self.links for base in type(link).__mro__)

    @property
    def retry_delay(self) -> float | None:
        """Seconds to wait by the body: Gemini tells a limit per minute there, and in the words of
        an empty account."""
        delay = _RETRY_DELAY.search(self.body)
        return float(delay[1]) if delay else None

    @property
    def passes(self) -> bool:
        """Whether the body says that the limit passes within the hour; Gemini tells a delay for a
        day's quota as well."""
        return self.retry_delay is not None and "PerDay" not in self.body

    def words(self) -> str:
        """The vendor's message with its codes and types, for the table of vendor words."""
        codes = ("message", "detail", "code", "type", "status", "details")
        return " ".join(_spoken(self.body, *codes))

    def told(self) -> str:
        """One line on what happened, in the vendor's words where there are any."""
        spoken = " ".join(_spoken(self.body, "message", "detail"))
        if self.fault == "error_event":
            return spoken or "the vendor broke off its answer"
        if self.refused:
            return spoken or f"the vendor answered with status {self.status}"
        if self.fault or self.status is not None:
            return self._unread()
        return first_line(str(self.links[-1])) or type(self.links[-1]).__name__

    def _unread(self) -> str:
        if self.fault:
            return next((str(x) for x in self.links if getattr(x, "kind", None) == self.fault), "")
        return f"the vendor's answer could not be read ({type(self.links[-1]).__name__})"


def gather(error: BaseException, exchange: Exchange, *, wired: bool) -> Evidence:
    """The evidence of an exception and of the exchange it ended.

    `wired` is whether our wire carried it: what was not sent on it has had no answer, whatever
    status litellm's exception makes up.
    """
    links = tuple(_chain(error))
    if exchange.status is not None or exchange.fault is not None:
        body, told = (exchange.body or exchange.content).decode("utf-8", "replace"), links
        fault = "error_event" if _is_event(body) or _is_refusal(exchange, body) else None
        if exchange.fault is not None:
            fault, told = fault or exchange.fault.kind, (*links, exchange.fault)
        facts = (exchange.status, exchange.headers, _payload(body), fault)
        return Evidence(told, *facts, silent=exchange.silent)
    if wired and not exchange.requests:
        return Evidence(links, unsent=True)
    if (link := _answered(links)) is None:
        return Evidence(links)
    response: Any = link.response  # type: ignore[attr-defined]
    told = response.status_code
    return Evidence(links, told, _headers(links, response), _body(link, response))


def _answered(links: tuple[BaseException, ...]) -> BaseException | None:
    """The link that saw the vendor's answer, where our wire carried nothing.

    Only an HTTP client's own error is sure to have; litellm makes up an answer with status 500
    where none came (1.106.2), so no other link is believed beside a lost connection.
    """
    seen = [link for link in reversed(links) if isinstance(_status(link), int)]
    sure = [link for link in seen if "HTTPStatusError" in _names(link)]
    lost = any(_NO_ANSWER & _names(link) for link in links)
    return next(iter(sure or ([] if lost else seen)), None)


# What clients raise, and what is raised before them, when no answer came.
_NO_ANSWER = frozenset(
    "TransportError ClientConnectionError gaierror SSLError ConnectionError TimeoutException "
    "DefaultCredentialsError NoCredentialsError".split()
)


def _status(link: BaseException) -> Any:
    return getattr(getattr(link, "response", None), "status_code", None)


def _names(link: BaseException) -> frozenset[str]:
    names = frozenset(base.__name__ for base in type(link).__mro__)
    # The SDK's bare error is that of a client without a key, and was never sent.
    return names | {"NoCredentialsError"} if type(link).__name__ == "OpenAIError" else names


def event(body: str) -> tuple[str | None, int | None]:
    """The type and the status code that an error event names."""
    inner = _inner(body)
    kind, code = inner.get("type"), inner.get("code")
    return (kind if isinstance(kind, str) else None), (code if isinstance(code, int) else None)


def first_line(text: str) -> str:
    """The first line of a message; what follows it is often a traceback with local paths."""
    return text.strip().splitlines()[0] if text.strip() else ""


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exception and all that lies beneath it, outermost first, each once."""
    waiting, seen = [error], set[int]()
    while waiting:
        link = waiting.pop(0)
        if id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        context = None if link.__suppress_context__ else link.__context__
        beneath = (getattr(link, "original_exception", None), link.__cause__, context)
        waiting += [each for each in beneath if isinstance(each, BaseException)]


def _is_event(body: str) -> bool:
    """The wire keeps an error event that came in a stream, which litellm may raise at once."""
    return body.startswith(("data:", "event:"))


def _is_refusal(exchange: Exchange, body: str) -> bool:
    """Whether an answer that is called a success is the vendor's error."""
    told = _json(body) if exchange.status is not None and exchange.status < 300 else None
    return isinstance(told, Mapping) and bool(told.get("error"))


def _payload(body: str) -> str:
    """The data of an event, or the body itself."""
    if not _is_event(body):
        return body
    lines = (line for line in body.splitlines() if line.startswith("data:"))
    return next(lines, "").removeprefix("data:").strip()


def _headers(links: tuple[BaseException, ...], response: Any) -> dict[str, str]:
    told = [getattr(link, "litellm_response_headers", None) for link in links]
    sources = [source for source in (*told, response.headers) if source]
    return {str(k).lower(): str(v) for source in sources for k, v in dict(source).items()}


def _body(link: BaseException, response: Any) -> str:
    """The answer's text; one that was streamed and never read has none (httpx raises then)."""
    text = response.text if getattr(response, "is_stream_consumed", True) else ""
    return text or str(getattr(link, "body", None) or getattr(link, "message", None) or link)


def _spoken(body: str, *names: str) -> list[str]:
    outer, inner = _json(body), _inner(body)
    if not isinstance(outer, Mapping):  # in another encoding no key would be found
        return [] if body.lstrip().startswith("<") or "\0" in body else [first_line(body)]
    if isinstance(outer.get("error"), str):
        return [outer["error"]]
    words = [inner.get(name) or outer.get(name) for name in names]
    return [str(word) for word in words if word]


def _inner(body: str) -> Mapping[str, Any]:
    outer = _json(body)
    inner = outer.get("error", outer) if isinstance(outer, Mapping) else {}
    return inner if isinstance(inner, Mapping) else {}


def _json(body: str) -> Any:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return told[0] if isinstance(told, list) and told else told
