"""A Python of its own for what a test must not do to its neighbours."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

REPOSITORY = Path(__file__).resolve().parent.parent


def run_fresh(code: str, *paths: Path) -> str:
    """What the program prints; a failure raises with its traceback."""
    search = os.pathsep.join([str(REPOSITORY), *map(str, paths)])
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", dedent(code)],
        env={**os.environ, "PYTHONPATH": search, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if done.returncode:
        raise AssertionError(f"exit {done.returncode}\n{done.stdout}\n{done.stderr}")
    assert done.stderr == ""
    return done.stdout.strip()
