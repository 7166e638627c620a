"""What a vendor's answer headers say: which request it was, and when to try again."""

from __future__ import annotations

import email.utils
import time
from collections.abc import Mapping

_REQUEST_IDS = ("x-request-id", "request-id", "x-amzn-requestid", "apim-request-id", "cf-ray")


def request_id(headers: Mapping[str, str]) -> str | None:
    """The vendor's name for the request, to quote to its support."""
    return next((headers[name] for name in _REQUEST_IDS if name in headers), None)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, from `retry-after-ms`, or `retry-after` in seconds or as an HTTP date."""
    if (milliseconds := _number(headers.get("retry-after-ms"))) is not None:
        return milliseconds / 1000
    told = headers.get("retry-after")
    if (seconds := _number(told)) is not None:
        return seconds
    moment = email.utils.parsedate_tz(told) if told else None
    return max(0.0, email.utils.mktime_tz(moment) - time.time()) if moment else None


def _number(text: str | None) -> float | None:
    try:
        return max(0.0, float(text)) if text else None
    except ValueError:
        return None
