"""Cassettes that no test uses: listed by --llm-orphans, deleted by --llm-prune, in whole runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Project

TESTS = """
    import pytest

    pytestmark = pytest.mark.llm_cassette

    def test_kept(llm):
        llm.generate("hello")

    def test_gone(llm):
        llm.generate("hello")

    @pytest.mark.skip
    def test_skipped(llm):
        pass
"""


@pytest.fixture
def renamed(project: Project) -> Project:
    """A project one of whose recorded tests has got another name; and files of other kinds."""
    project.write("test_chat.py", TESTS)
    assert project.run("--llm-record=once").counts == {"passed": 2, "skipped": 1}
    gone = project.cassette("test_chat/test_gone.yaml")
    for name in ("test_chat/test_skipped.yaml", "test_deleted/test_x.yaml", "shown/example.yaml"):
        path = project.cassette(name)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(gone.read_bytes())
    foreign = project.cassette("test_chat/foreign.yaml")
    foreign.write_text("interactions: []\nversion: 1\n", "utf-8")
    project.write("test_chat.py", TESTS.replace("test_gone", "test_kept_too"))
    project.cassette("test_chat/test_kept_too.yaml").write_bytes(gone.read_bytes())
    return project


def files(project: Project) -> set[str]:
    return {path.name for path in project.cassette("").rglob("*.yaml")}


def test_orphans_are_listed_and_stay(renamed: Project) -> None:
    before = files(renamed)
    run = renamed.run("--llm-orphans")
    assert run.counts == {"passed": 2, "skipped": 1}
    run.says(
        str(renamed.cassette("test_chat/test_gone.yaml")),
        str(renamed.cassette("test_deleted/test_x.yaml")),
        "2 found; --llm-prune deletes them",
    )
    for kept in ("foreign", "test_skipped", "example", "test_kept_too"):
        assert f"{kept}.yaml" not in run.text
    assert files(renamed) == before


def test_orphans_are_deleted_when_asked_and_nothing_else(renamed: Project) -> None:
    before = files(renamed)
    run = renamed.run("--llm-prune")
    run.says(str(renamed.cassette("test_chat/test_gone.yaml")), "2 deleted")
    assert files(renamed) == before - {"test_gone.yaml", "test_x.yaml"}
    renamed.run("--llm-prune").says("= orphan llm cassettes =", "none")


@pytest.mark.parametrize(
    ("options", "doubt"),
    [
        (["test_chat.py"], "the run was given paths"),
        (["-k", "kept"], "tests were deselected"),
        (["--maxfail=1"], "tests could not be collected"),
        (["-x"], "the run was broken off"),
    ],
    ids=["paths", "deselected", "uncollected", "broken off"],
)
def test_a_part_of_the_tests_cannot_tell(options: list[str], doubt: str, renamed: Project) -> None:
    if "collected" in doubt:
        renamed.write("test_broken.py", "import nothing_of_this_name")
    if "broken off" in doubt:
        renamed.write("test_a.py", "import pytest\ndef test_a(): pytest.exit('enough')")
    before = files(renamed)
    run = renamed.run("--llm-prune", *options)
    run.says("not looked for: ", doubt, "only a whole run can tell")
    assert files(renamed) == before


def test_workers_of_xdist_find_the_same(renamed: Project) -> None:
    """The tests ask nothing, so that no worker has to load litellm."""
    text = renamed.path.joinpath("test_chat.py").read_text("utf-8")
    allowed = "llm_cassette(allow_unused=True)"
    text = text.replace('llm.generate("hello")', "pass").replace("llm_cassette", allowed)
    renamed.write("test_chat.py", text)
    before = files(renamed)
    renamed.run_apart("-p", "xdist", "-n2", "--llm-prune").says("2 deleted")
    assert files(renamed) == before - {"test_gone.yaml", "test_x.yaml"}


def test_a_folder_elsewhere_is_looked_through_too(renamed: Project) -> None:
    elsewhere = renamed.path / "elsewhere"
    renamed.cassette("").rename(elsewhere)
    renamed.conftest(
        f"""
        @pytest.fixture
        def llm_cassette_dir():
            import pathlib
            return pathlib.Path({str(elsewhere)!r})
        """
    )
    renamed.run("--llm-orphans").says(str(Path("elsewhere/test_chat/test_gone.yaml")), "2 found")


def test_a_marker_that_cannot_be_read_fails_its_test_alone(project: Project) -> None:
    project.write(
        "test_chat.py",
        """
        import pytest

        @pytest.mark.llm_cassette(rekord="once")
        def test_typo(llm):
            pass

        def test_sound():
            pass
        """,
    )
    run = project.run("--llm-orphans")
    assert run.counts == {"passed": 1, "errors": 1}
    run.says("llm_cassette has no setting rekord", "not looked for: a marker cannot be read")
