"""The command that records what a cassette lacks."""

from __future__ import annotations

import os
import shlex

from .modes import ENVIRONMENT

__all__ = ["running_test", "to_record"]


def to_record() -> str:
    """What a person types, as a line of the miss's message."""
    if (test := running_test()) is not None:
        return f"To record it: pytest --llm-record=new {shlex.quote(test)}"
    return f'To record it, run once with {ENVIRONMENT}=new, or give use_cassette record="new".'


def running_test() -> str | None:
    """The id of the test that runs in this process, as pytest tells; None outside pytest."""
    told = os.environ.get("PYTEST_CURRENT_TEST")
    return told.rpartition(" (")[0] if told else None
