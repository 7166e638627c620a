"""Answers that real vendors gave, through the one call: every recorded fact must come out of it.

The recordings stand beside the checkout, in ../shared/vendor_recordings, or where the environment
variable ABSTRACTLLM_LITE_VENDOR_RECORDINGS says; they are no part of the project.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import pytest

from abstractllm_lite import create_llm
from abstractllm_lite.exceptions import AbstractLLMError, UnsupportedFeatureError
from abstractllm_lite.types import GenerateResponse
from tests.real import recordings
from tests.real.recordings import Row
from tests.support.litellms import RELEASE, run
from tests.support.loopback import Loopback

ROWS = recordings.load()
if not ROWS:
    pytest.skip(
        f"NO RECORDED VENDOR ANSWERS at {recordings.FOLDER}: {recordings.ROWS_IN_ALL} rows were "
        "NOT checked; set ABSTRACTLLM_LITE_VENDOR_RECORDINGS to the folder that holds them",
        allow_module_level=True,
    )

PLAIN = ("sync", "async")
STREAM = ("sync", "async", "sync cut", "async cut")

# Rows that cannot hold yet: {row: (reason, the issue that will mend it, modes)}. A row that holds
# after all fails the test, so the table only ever tells the truth.
KNOWN: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "cohere-07-reasoning": (
        "litellm drops Cohere's thinking blocks and takes no client that could keep them",
        "Cohere on the direct route",
        PLAIN,
    ),
    "cohere-08-tool_call+reasoning": (
        "litellm drops Cohere's thinking blocks and takes no client that could keep them",
        "Cohere on the direct route",
        PLAIN,
    ),
}
# Rows that only one end of litellm's supported range misses: {release: {row: reason}}.
MISSED_BY: dict[str, dict[str, str]] = {
    "1.100.0": {
        "bedrock_converse-09-tool_call+reasoning": "it does not know that the model takes tools",
    },
}


def _cases() -> list[Any]:
    return [
        pytest.param(row, mode, marks=_marks(row, mode), id=f"{row.id}-{mode.replace(' ', '-')}")
        for row in ROWS
        for mode in (STREAM if row.streamed else PLAIN)
    ]


def _marks(row: Row, mode: str) -> list[pytest.MarkDecorator]:
    reason, issue, modes = KNOWN.get(row.id, ("", "", ()))
    if mode in modes:
        return [_cannot_hold(f"{reason} (mended by: {issue})", AssertionError)]
    if missed := MISSED_BY.get(RELEASE, {}).get(row.id):
        reason = f"litellm {version('litellm')}: {missed}"
        return [_cannot_hold(reason, AssertionError, UnsupportedFeatureError)]
    return []


def _cannot_hold(reason: str, *raises: type[Exception]) -> pytest.MarkDecorator:
    return pytest.mark.xfail(strict=True, raises=raises, reason=reason)


@pytest.mark.parametrize(("row", "mode"), _cases())
def test_every_fact_of_a_recorded_answer_comes_through(
    row: Row, mode: str, loopback: Loopback
) -> None:
    recordings.serve(row, loopback, piece=7 if "cut" in mode else None)
    llm = create_llm("litellm", **recordings.config(row, loopback.url))
    arguments = {"tools": row.request.get("tools") or None, "stream": row.streamed}
    try:
        if mode.startswith("async"):
            outcome = run(_ask_async(llm, row.request["prompt"], arguments))
        else:
            outcome = _ask(llm, row.request["prompt"], arguments)
    except AbstractLLMError as error:
        outcome = error
    assert recordings.judge(row, outcome, loopback.requests) == []


def _ask(llm: Any, prompt: str, arguments: dict[str, Any]) -> GenerateResponse:
    answer = llm.generate(prompt, **arguments)
    return _ended(list(answer), answer.response) if arguments["stream"] else answer


async def _ask_async(llm: Any, prompt: str, arguments: dict[str, Any]) -> GenerateResponse:
    answer = await llm.generate_async(prompt, **arguments)
    if not arguments["stream"]:
        return answer
    return _ended([chunk async for chunk in answer], answer.response)


def _ended(chunks: list[GenerateResponse], response: GenerateResponse) -> GenerateResponse:
    assert "".join(chunks) == str(response)
    assert chunks[-1].finish_reason == response.finish_reason
    assert chunks[-1].usage == response.usage
    assert list(chunks[-1].tool_calls) == list(response.tool_calls)
    return response


SIGNED = [
    pytest.param(row, mode, id=f"{row.id}-{mode}", marks=_marks(row, mode))
    for row in ROWS
    for mode in ("sync", "sync cut")
    if row.vendor in ("anthropic", "bedrock_converse") and "reasoning" in row.kind
]


@pytest.mark.parametrize(("row", "mode"), SIGNED)
def test_reasoning_is_kept_in_blocks_as_it_was_signed(
    row: Row, mode: str, loopback: Loopback
) -> None:
    recordings.serve(row, loopback, piece=7 if "cut" in mode else None)
    llm = create_llm("litellm", **recordings.config(row, loopback.url))
    arguments = {"tools": row.request.get("tools") or None, "stream": row.streamed}

    response = _ask(llm, row.request["prompt"], arguments)

    texts = [b["thinking"] for b in response.thinking_blocks if b["type"] == "thinking"]
    assert response.thinking_blocks
    assert "".join(texts) == (response.reasoning or "")
    if row.vendor == "anthropic":  # Bedrock's open models sign nothing
        assert all(block.get("signature") for block in response.thinking_blocks)


def test_no_row_is_left_out() -> None:
    assert len({row.id for row in ROWS}) == len(ROWS) == recordings.ROWS_IN_ALL
    assert {case.values[0].id for case in _cases()} == {row.id for row in ROWS}


def test_rows_that_cannot_hold_are_few_and_exist() -> None:
    assert len(KNOWN) <= 5
    named = {*KNOWN, *(row for rows in MISSED_BY.values() for row in rows)}
    assert named <= {row.id for row in ROWS}
    assert named.isdisjoint(recordings.THOUGHT_WITHOUT_TEXT)
