"""The example of a provider of one's own: installed in a fresh environment, found, and proven."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parent.parent / "examples" / "native_provider"


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a new environment with the example in it, and this one's packages in sight."""
    folder = tmp_path_factory.mktemp("native")
    shutil.copytree(EXAMPLE, folder / "source", ignore=shutil.ignore_patterns("__pycache__"))
    venv.create(folder / "venv", symlinks=True)
    (site,) = (folder / "venv").glob("lib/python3*/site-packages")
    here = sysconfig.get_path("purelib")
    (site / "packages.pth").write_text(f"import site; site.addsitedir({here!r})\n")
    offline = ("--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--no-warn-conflicts")
    install = [sys.executable, "-m", "pip", "install", *offline, "--target", str(site)]
    run(*install, str(folder / "source"), cwd=folder)
    return folder / "venv" / "bin" / "python"


def run(*command: str, cwd: Path) -> str:
    kept = {n: v for n, v in os.environ.items() if not n.startswith(("COV", "PYTEST", "PIP_"))}
    done = subprocess.run(
        command, env=kept, cwd=cwd, capture_output=True, text=True, timeout=250, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_it_is_found_by_its_entry_point_and_loads_no_litellm(python: Path, tmp_path: Path) -> None:
    code = """
import sys
from abstractllm_lite import create_llm
llm = create_llm("plainchat", model="m", api_key="k")
print(type(llm).__module__, type(llm).__name__, "litellm" in sys.modules)
"""
    assert run(str(python), "-c", code, cwd=tmp_path).split() == [
        "plainchat",
        "PlainChatProvider",
        "False",
    ]


def test_it_keeps_the_contract(python: Path, tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE / "tests", tmp_path / "tests")
    plugin = ("-p", "abstractllm_lite.testing.pytest_contract", "-p", "no:cacheprovider")
    told = run(str(python), "-m", "pytest", "-q", *plugin, "tests", cwd=tmp_path)
    assert "provider contract: TestPlainChatProvider" in told
    assert "FAILED" not in told
    kept = [line.split() for line in told.splitlines() if line.startswith("  ")]
    assert [words[:-1] for words in kept if words[-1] == "yes"]
    assert [line for line in told.splitlines() if line.startswith("  ") and " no: " in line] == [
        "  refusal of tools            no: it takes tools, so none is to be refused"
    ]


def test_it_is_short() -> None:
    lines = (EXAMPLE / "plainchat.py").read_text("utf-8").splitlines()
    assert len(lines) < 200
    assert not [line for line in lines if "litellm" in line.replace("abstractllm_lite", "")]
