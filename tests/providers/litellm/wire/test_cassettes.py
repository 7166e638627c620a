"""vcrpy records and replays through the wire, and a missing recording is told as one."""

from __future__ import annotations

from pathlib import Path

import pytest
import vcr
from vcr.errors import CannotOverwriteExistingCassetteException

from tests.support.faults import TEXT, fault_server

from .conftest import MODELS, Outcome, aask, ask

SHAPES = [(is_async, stream) for is_async in (False, True) for stream in (False, True)]


async def outcome_of(url: str, vendor: str, is_async: bool, stream: bool) -> Outcome:
    if is_async:
        return await aask(url, vendor, stream=stream)
    return ask(url, vendor, stream=stream)


@pytest.mark.parametrize(("is_async", "stream"), SHAPES)
@pytest.mark.parametrize("vendor", MODELS)
async def test_recorded_and_replayed(
    tmp_path: Path, vendor: str, is_async: bool, stream: bool
) -> None:
    tape = str(tmp_path / "tape.yaml")
    with fault_server() as server:
        url = server.url(vendor, "ok")
        with vcr.use_cassette(tape, record_mode="once") as recorded:
            assert (await outcome_of(url, vendor, is_async, stream)).text == TEXT
        assert len(recorded) == 1
    with vcr.use_cassette(tape, record_mode="none") as replayed:
        again = await outcome_of(url, vendor, is_async, stream)
    assert again.text == TEXT
    assert again.exchange.status == 200
    assert again.exchange.ended is True
    assert replayed.play_count == 1


@pytest.mark.parametrize(("is_async", "stream"), SHAPES)
@pytest.mark.parametrize("vendor", MODELS)
async def test_missing_recording_is_in_the_chain_and_no_fault_of_the_wire(
    tmp_path: Path, vendor: str, is_async: bool, stream: bool
) -> None:
    with vcr.use_cassette(str(tmp_path / "empty.yaml"), record_mode="none"):
        outcome = await outcome_of("http://127.0.0.1:9/v1", vendor, is_async, stream)
    assert outcome.fault is None
    chain: list[BaseException] = []
    error: BaseException | None = outcome.error
    while error is not None and error not in chain:
        chain.append(error)
        error = error.__cause__ or error.__context__
    assert any(isinstance(link, CannotOverwriteExistingCassetteException) for link in chain)
