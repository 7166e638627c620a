"""Recorded answers of real vendors come out alike on both routes, whole and in pieces."""

from __future__ import annotations

from typing import Any

import pytest

from abstractllm_lite.providers.litellm.direct.coverage import VENDORS
from tests.parity.both import Outcome, differences, facts, run
from tests.real import recordings
from tests.real.recordings import Row
from tests.support.litellms import RELEASE
from tests.support.loopback import Loopback

ROWS = recordings.load()
if not ROWS:
    pytest.skip(
        f"NO RECORDED VENDOR ANSWERS at {recordings.FOLDER}: the direct route was NOT compared",
        allow_module_level=True,
    )

COVERED = [row for row in ROWS if row.model.partition("/")[0] in VENDORS]

# Facts that litellm tells wrongly of streams, and the direct route as the vendor says.
WRONG_IN_STREAMS = {
    "model": "litellm names the model as it was asked for",
    **(
        {"usage.cache_write_tokens": "litellm 1.100 loses a count of 0"}
        if RELEASE == "1.100.0"
        else {}
    ),
}
# Rows of which litellm tells a fact wrongly: {release: {row: {fact: why}}}.
WRONG_IN_ROWS: dict[str, dict[str, dict[str, str]]] = {
    "1.109.1": {
        "compat-02-stream+tool_call": {
            "finish_reason": "litellm turns the vendor's 'stop' beside calls into 'tool_calls'"
        },
    },
}


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("row", COVERED, ids=lambda row: row.id)
def test_both_routes_read_an_answer_alike(row: Row, is_async: bool, loopback: Loopback) -> None:
    recordings.serve(row, loopback)
    through_litellm = _asked(row, loopback, "litellm", is_async=is_async)
    loopback.requests.clear()
    directly = _asked(row, loopback, "direct", is_async=is_async)
    assert recordings.judge(row, directly, loopback.requests) == []
    found = differences(_told(row, through_litellm), _told(row, directly))
    assert [line for line in found if line.partition(": ")[0][1:] not in _known(row)] == []
    if row.streamed:
        recordings.serve(row, loopback, piece=7)
        cut = _asked(row, loopback, "direct", is_async=is_async)
        assert differences(_told(row, directly), _told(row, cut)) == []


def test_rows_that_litellm_tells_wrongly_exist() -> None:
    named = {row for rows in WRONG_IN_ROWS.values() for row in rows}
    assert named <= {row.id for row in COVERED}


def test_enough_rows_are_compared() -> None:
    assert len(COVERED) >= 110
    assert {row.vendor for row in COVERED} >= {"openai", "anthropic", "gemini", "groq", "ollama"}


def _known(row: Row) -> set[str]:
    wrong = WRONG_IN_ROWS.get(RELEASE, {}).get(row.id, {})
    return {*wrong, *(WRONG_IN_STREAMS if row.streamed else ())}


def _asked(row: Row, server: Loopback, route: str, *, is_async: bool) -> Outcome:
    config = {**recordings.config(row, server.url), "transport": route}
    arguments = {
        "prompt": row.request["prompt"],
        "tools": row.request.get("tools") or None,
        "stream": row.streamed,
    }
    return run(config, arguments, is_async=is_async)


def _told(row: Row, outcome: Outcome) -> dict[str, Any]:
    """The facts, without the ids that are made up where the vendor sends none."""
    told = facts(outcome)
    if any(not call["id"] for call in row.facts.get("tool_calls", ())):
        told["calls"] = [call[1:] for call in told["calls"]]
    return told
