"""Records cassettes/quickstart/ from the stand-in: `python -m tests.stand_in.record_quickstart`.

Two recordings differ in nothing but the cassettes' headers.
"""

from __future__ import annotations

import io
import runpy
from contextlib import redirect_stdout
from pathlib import Path

from abstractllm_lite.testing import use_cassette
from tests.support.stand_in import QUICKSTART, StandIn

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "cassettes" / "quickstart"


def record(stand_in: StandIn, folder: Path) -> list[Path]:
    """Ask what the quickstart asks, answered by the stand-in; returns the files written."""
    quickstart = runpy.run_path(str(ROOT / "examples" / "quickstart.py"))
    written = []
    for model in quickstart["MODELS"]:
        path = folder / f"{model.split('/')[0]}.yaml"
        cassette = use_cassette(
            path, record="rewrite", record_via=stand_in.record_via, stand_in=stand_in.name
        )
        with cassette, redirect_stdout(io.StringIO()):
            quickstart["ask"](model, api_key="the-stand-in-takes-any-key")
        written.append(path)
    return written


def main() -> None:
    """Record the shipped cassettes anew."""
    with StandIn.started(QUICKSTART) as stand_in:
        for path in record(stand_in, SHIPPED):
            print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
