"""docs/native-providers.md: its provider keeps the contract as it says, and is found by name."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from abstractllm_lite.testing.contract_subject import Subject
from tests.fresh_process import REPOSITORY, run_fresh
from tests.testing import contracts

PAGE = (REPOSITORY / "docs" / "native-providers.md").read_text("utf-8")
FENCE = re.compile(r"^```(\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[str]:
    return [text for name, text in FENCE.findall(PAGE) if name == language]


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """The page's files where their first lines say they are."""
    for block in blocks("python"):
        path = tmp_path / block.splitlines()[0].removeprefix("# ")
        path.parent.mkdir()
        path.write_text(block)
    return tmp_path


def test_the_provider_of_the_page_keeps_the_contract(package: Path) -> None:
    tests = package / "tests" / "test_shout.py"

    found = contracts.run(tests, package, "-n0", paths=(package,))

    assert found.failed == {}
    assert len(found.passed["TestShout"]) > 15
    (command, (table,)) = blocks("sh")[0], blocks("text")
    assert command == "pytest -p abstractllm_lite.testing.pytest_contract\n"
    assert table in found.printed


def test_the_entry_point_of_the_page_makes_it_known(package: Path) -> None:
    (block,) = blocks("toml")
    ((group, points),) = tomllib.loads(block)["project"]["entry-points"].items()
    info = package / "shout-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: shout\nVersion: 0.1.0\n")
    lines = [f"{name} = {target}" for name, target in points.items()]
    (info / "entry_points.txt").write_text("\n".join([f"[{group}]", *lines, ""]))

    told = run_fresh(
        """
        from abstractllm_lite import create_llm
        print(create_llm("shout", model="loud", api_key="k").generate("Hello"))
        """,
        package,
    )

    assert told == "HELLO!"


def test_no_block_escapes_and_every_hook_is_told() -> None:
    assert {name for name, _ in FENCE.findall(PAGE)} == {"python", "toml", "sh", "text"}
    hooks = {name for name in vars(Subject) if not name.startswith("_")}
    untold = {name for name in hooks - {"make", "can", "way"} if f"`{name}" not in PAGE}
    assert untold == {"secret"}  # which stands as self.secret
