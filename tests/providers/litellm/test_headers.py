"""What a vendor's answer headers say."""

from __future__ import annotations

import time
from email.utils import formatdate

import pytest

from abstractllm_lite.providers.litellm.headers import request_id, retry_after


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after-ms": "250", "retry-after": "7"}, 0.25),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "Fri, 31 Dec 99999 23:59:59 GMT"}, None),
        ({"retry-after": "Fri, 31 Dec 1999 23:59:59 GMT"}, 0.0),
    ],
)
def test_retry_after_is_seconds_or_nothing(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds


def test_retry_after_takes_an_http_date() -> None:
    told = retry_after({"retry-after": formatdate(time.time() + 30, usegmt=True)})

    assert told == pytest.approx(30, abs=2)


def test_the_request_id_is_found_under_each_vendors_name() -> None:
    assert request_id({"request-id": "a"}) == "a"
    assert request_id({"x-amzn-requestid": "b", "content-type": "x"}) == "b"
    assert request_id({}) is None
