"""When a cassette plays, when it records, and what it keeps."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final, Literal

from .errors import CassetteError

__all__ = ["ENVIRONMENT", "MODES", "Mode", "Record", "mode_named"]

Record = Literal["none", "once", "new", "rewrite", "all"]

ENVIRONMENT: Final = "ABSTRACTLLM_LITE_RECORD"


@dataclass(frozen=True)
class Mode:
    """`keeps` what the file held, `plays` it, `records` what it lacks."""

    keeps: bool
    plays: bool
    records: bool


MODES: Final[dict[str, Mode]] = {
    "none": Mode(keeps=True, plays=True, records=False),
    "once": Mode(keeps=True, plays=True, records=False),  # a file that is not there: as "new"
    "new": Mode(keeps=True, plays=True, records=True),
    "rewrite": Mode(keeps=False, plays=False, records=True),
    "all": Mode(keeps=True, plays=False, records=True),
}


def mode_named(given: str | None) -> str:
    """The record mode that was given, else the environment's, else "none"."""
    mode = given or os.environ.get(ENVIRONMENT) or "none"
    if mode not in MODES:
        raise CassetteError(f"record mode {mode!r} is none of {', '.join(MODES)}")
    return mode
