"""A test of code that calls an LLM, answered from a recording: `pytest examples/test_recorded.py`.

Without a path in its marker the file would be `cassettes/test_recorded/test_the_sky_is_….yaml`
beside this one, and `pytest --llm-record=once` would record it; here it is the quickstart's.
"""

import os
from pathlib import Path

import pytest

from abstractllm_lite import create_llm

SHARED = Path(__file__).parent.parent / "cassettes" / "quickstart" / "openai.yaml"


def explain(subject: str) -> str:
    """The code under test."""
    key = os.environ.get("OPENAI_API_KEY", "replayed")
    llm = create_llm("litellm", model="openai/gpt-4o-mini", max_tokens=200, api_key=key)
    return llm.generate(f"Why is {subject}? Answer in one sentence.")


@pytest.mark.llm_cassette(SHARED, allow_unused=True)
def test_the_sky_is_explained() -> None:
    assert "blue" in explain("the sky blue")
