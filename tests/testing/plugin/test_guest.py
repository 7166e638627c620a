"""The plugin is a quiet guest in projects that do not use it, and beside other plugins."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import abstractllm_lite
from abstractllm_lite import testing
from abstractllm_lite.testing import modes, pytest_plugin
from tests.support.vendors import VENDORS

from .conftest import Project

HEAVY = ("vcr", "litellm", "httpx", "aiohttp", "yaml", "pydantic", "abstractllm_lite.providers")


def test_loading_it_loads_nothing_heavy() -> None:
    code = "import sys, abstractllm_lite.testing.pytest_plugin; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert set(HEAVY) & set(loaded.stdout.split()) == set()


def test_a_project_that_does_not_use_it_loads_nothing_heavy_and_sees_nothing(
    project: Project,
) -> None:
    project.write("conftest.py", "")
    project.ini("addopts = --strict-markers --strict-config", "filterwarnings = error")
    project.write(
        "test_plain.py",
        f"""
        import sys

        def test_one():
            assert set({HEAVY!r}) & set(sys.modules) == set()
            assert "abstractllm_lite.testing.pytest_plugin" in sys.modules
        """,
    )
    run = project.run_apart("-p", "no:logging", "-W", "error")
    assert run.counts == {"passed": 1}
    assert "warning" not in run.text.lower()
    assert "llm" not in run.text.replace("abstractllm-lite", "").split("collected")[1]


def test_modes_and_variable_are_those_of_the_cassettes() -> None:
    assert tuple(modes.MODES) == pytest_plugin.MODES
    assert modes.ENVIRONMENT == pytest_plugin.ENVIRONMENT


def test_the_marker_and_the_fixtures_are_documented(project: Project) -> None:
    project.run("--markers").says("@pytest.mark.llm_cassette(path=None, *, record=None")
    fixtures = project.run("--fixtures")
    fixtures.says("llm_cassette_dir", "The folder of the cassettes: `cassettes` beside the test")
    project.run("--help").says("--llm-record", "--llm-orphans", "--llm-prune", "llm_guard_sockets")


def test_it_stands_beside_a_plugin_that_uses_vcrpy(project: Project) -> None:
    """As pytest-recording and pytest-vcr do: a cassette of vcrpy around the test."""
    project.conftest(
        """
        import vcr

        @pytest.fixture
        def others(request):
            mode = "none" if (request.path.parent / "others.yaml").exists() else "once"
            with vcr.use_cassette("others.yaml", record_mode=mode) as cassette:
                yield cassette
        """
    )
    project.write(
        "test_both.py",
        f"""
        import httpx
        import pytest

        @pytest.mark.llm_cassette
        def test_inside(llm, others):
            assert llm.generate("hello") == "hello 1"

        def test_theirs_alone(llm, others):
            llm.generate("theirs", base_url="{project.server.url}/v1")
        """,
    )
    assert project.run("--llm-record=once", "-k", "inside").counts["passed"] == 1
    project.write("others.yaml", "interactions: []\nversion: 1\n")
    assert project.run("-k", "inside").counts["passed"] == 1
    (project.path / "others.yaml").unlink()
    for _ in range(2):
        assert project.run("-k", "theirs").counts["passed"] == 1
    assert len(project.server.requests) == 2


def test_two_runs_at_once_record_into_one_file(project: Project) -> None:
    """What another process has recorded in the meantime is not lost."""
    project.write(
        "test_chat.py",
        """
        import pytest
        from abstractllm_lite.testing import use_cassette

        def test_one(llm, llm_record_via):
            outer = use_cassette("shared.yaml", llm, record="new", record_via=llm_record_via)
            with outer:
                llm.generate("outer")
                other = type(llm)(llm.get_config())
                with use_cassette("shared.yaml", other, record="new", record_via=llm_record_via):
                    other.generate("inner")
            with use_cassette("shared.yaml", llm, other) as cassette:
                assert len(cassette.interactions) == 2
                llm.generate("outer"), other.generate("inner")
        """,
    )
    assert project.run().counts == {"passed": 1}


@pytest.mark.parametrize("option", ["--llm-orphans", "--llm-prune"])
def test_a_project_without_cassettes_has_no_orphans(option: str, project: Project) -> None:
    project.write("test_plain.py", "def test_one(): pass")
    project.run(option).says("= orphan llm cassettes =", "\nnone\n")


@pytest.mark.parametrize("page", ["README.md", "docs/testing.md"])
def test_what_the_pages_show_is_recorded_and_replayed(page: str, project: Project) -> None:
    text = (Path(__file__).parents[3] / page).read_text("utf-8")
    (shown,) = (b for b in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if "def test_" in b)
    if "create_llm\n" not in shown:
        shown = "from abstractllm_lite import create_llm\n" + shown
    project.write("test_shown.py", shown)
    project.server.reply = VENDORS["openai"].says("Paris.")
    assert project.run("--llm-record=once").counts == {"passed": 1}
    assert project.run().counts == {"passed": 1}
    assert len(project.server.requests) == 1


@pytest.mark.parametrize("module", [abstractllm_lite, testing, pytest_plugin])
def test_what_pytest_loads_first_loads_again(module: ModuleType) -> None:
    """It is loaded before coverage looks, which sees here what loading it does."""
    assert module.__file__
    names = runpy.run_path(module.__file__)
    assert {name for name in vars(module) if name.isupper()} <= names.keys()
