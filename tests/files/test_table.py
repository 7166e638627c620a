"""What vendors are sent is what real ones accepted, on both routes."""

from __future__ import annotations

import json

import pytest

from tests.files.table import KINDS, VENDORS, WITNESSED, cell, witnesses
from tests.real import recordings

REQUESTS = recordings.FOLDER / "requests.jsonl"
ROUTES = ("auto", "litellm")


@pytest.mark.parametrize("transport", ROUTES)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("vendor", VENDORS)
def test_a_file_arrives_or_is_refused(vendor: str, kind: str, transport: str) -> None:
    caught = cell(vendor, kind, transport)

    assert caught.error in {"", "UnsupportedFeatureError"}
    assert caught.error or caught.sent_as, f"nothing of it is in {caught.part}"
    assert caught == cell(vendor, kind)


@pytest.mark.skipif(not REQUESTS.is_file(), reason=f"there is no {REQUESTS}")
def test_the_marks_are_those_of_requests_that_real_vendors_accepted() -> None:
    rows = [json.loads(line) for line in REQUESTS.read_text("utf-8").splitlines()]

    assert witnesses(rows) == WITNESSED
