"""Records the cassettes of the examples from the stand-in: `python -m tests.stand_in.record`.

Two recordings differ in nothing but the cassettes' headers.
"""

from __future__ import annotations

import io
import runpy
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from abstractllm_lite.testing import use_cassette
from tests.support.stand_in import HOME, StandIn

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "cassettes"
KEY = "the-stand-in-takes-any-key"

Names = dict[str, Any]


@dataclass(frozen=True)
class Example:
    """An example's script, the stand-in's answers, and what it asks for each of its cassettes."""

    name: str
    asks: Callable[[Names], dict[str, Callable[[], None]]]

    @property
    def fixtures(self) -> Path:
        """What the stand-in answers."""
        return HOME / f"{self.name}.json"

    def record(self, stand_in: StandIn, folder: Path) -> list[Path]:
        """Record the example's cassettes into a folder of its name; returns the files written."""
        names = runpy.run_path(str(ROOT / "examples" / f"{self.name}.py"))
        written = []
        for cassette, ask in self.asks(names).items():
            path = folder / self.name / f"{cassette}.yaml"
            via = {"record_via": stand_in.record_via, "stand_in": stand_in.name}
            with use_cassette(path, record="rewrite", **via), redirect_stdout(io.StringIO()):
                ask()
            written.append(path)
        return written


def _quickstart(names: Names) -> dict[str, Callable[[], None]]:
    models: list[str] = names["MODELS"]
    return {m.split("/")[0]: lambda model=m: names["ask"](model, api_key=KEY) for m in models}


def _agent(names: Names) -> dict[str, Callable[[], None]]:
    return {"openai": lambda: names["answer"](api_key=KEY)}


EXAMPLES = (Example("quickstart", _quickstart), Example("agent", _agent))


def main() -> None:
    """Record the shipped cassettes anew."""
    for example in EXAMPLES:
        with StandIn.started(example.fixtures) as stand_in:
            for path in example.record(stand_in, SHIPPED):
                print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
