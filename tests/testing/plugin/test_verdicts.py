"""What a run says of its cassettes, and which tests fail for theirs."""

from __future__ import annotations

import pytest

from tests.support.vendors import VENDORS

from .conftest import Project

TWO = """
    import pytest

    pytestmark = pytest.mark.llm_cassette

    def test_one(llm):
        assert llm.generate("one") == "one 1"
        llm.generate("more")

    def test_two(llm):
        assert llm.generate("two") == "two 3"
"""


@pytest.fixture
def recorded(project: Project) -> Project:
    """A project with two recorded tests."""
    project.write("test_chat.py", TWO)
    assert project.run("--llm-record=once").counts == {"passed": 2}
    return project


def test_each_test_has_its_verdict(recorded: Project) -> None:
    assert recorded.run().verdicts() == [
        "test_chat.py::test_one: 2 replayed",
        "test_chat.py::test_two: 1 replayed",
        "2 tests with cassettes: 3 replayed",
    ]


def test_a_quiet_run_tells_what_is_not_plain_replay(recorded: Project) -> None:
    assert "test_chat.py::test_one: 2 replayed" not in recorded.run("-q").text
    recorded.write("test_chat.py", TWO.replace('llm.generate("more")', ""))
    recorded.run("-q").says("test_chat.py::test_one: 1 replayed, 1 unused")


def test_a_run_without_cassettes_says_nothing_of_them(project: Project) -> None:
    project.write("test_plain.py", "def test_one(): pass")
    assert "llm cassettes" not in project.run().text


def test_an_unused_answer_fails_the_test_and_says_what_to_do(recorded: Project) -> None:
    recorded.write("test_chat.py", TWO.replace('llm.generate("more")', ""))
    run = recorded.run()
    assert run.counts == {"passed": 1, "failed": 1}
    path = recorded.cassette("test_chat/test_one.yaml")
    run.says(
        f"{path}: recorded and not used (--llm-record=rewrite drops them, allow_unused=True of the",
        "POST https://api.openai.com/v1/chat/completions",
        "test_chat.py::test_one: 1 replayed, 1 unused",
    )
    again = TWO.replace('llm.generate("more")', "").replace("one 1", "one 4")
    recorded.write("test_chat.py", again)
    recorded.run("--llm-record=rewrite", "-k", "test_one")
    assert recorded.run("-k", "test_one").counts == {"passed": 1, "deselected": 1}


def test_an_unused_answer_may_be_allowed(recorded: Project) -> None:
    text = TWO.replace('llm.generate("more")', "").replace(
        "pytest.mark.llm_cassette", "pytest.mark.llm_cassette(allow_unused=True)"
    )
    recorded.write("test_chat.py", text)
    run = recorded.run()
    assert run.counts == {"passed": 2}
    run.says("test_chat.py::test_one: 1 replayed, 1 unused")


def test_a_test_that_fails_is_not_failed_twice(recorded: Project) -> None:
    recorded.write("test_chat.py", TWO.replace('llm.generate("more")', "assert False, 'mine'"))
    run = recorded.run()
    run.says("AssertionError: mine")
    assert "recorded and not used" not in run.text


def test_a_swallowed_miss_fails_the_test(recorded: Project) -> None:
    swallowing = """llm.generate("more")
        with pytest.raises(Exception):
            llm.generate("?")"""
    recorded.write("test_chat.py", TWO.replace('llm.generate("more")', swallowing))
    run = recorded.run()
    assert run.counts == {"passed": 1, "failed": 1}
    run.says(
        "no answer was recorded, and the test went on without noticing",
        "test_chat.py::test_one: 2 replayed, 1 missed",
    )


def test_what_is_added_and_what_is_not_recorded_is_told(recorded: Project) -> None:
    recorded.server.reply = VENDORS["openai"].says("a b c", hold=True)
    text = TWO.replace(
        'llm.generate("more")',
        'llm.generate("more")\n        stream = llm.generate("again", stream=True)\n'
        "        next(stream)\n        stream.close()",
    )
    recorded.write("test_chat.py", text)
    run = recorded.run("--llm-record=new")
    run.says(
        "test_chat.py::test_one: 2 replayed, 1 sent live, 1 not recorded",
        "CassetteWarning",
        "not recorded, for the answer was not read to its end",
    )


def test_workers_of_xdist_send_their_verdicts(project: Project) -> None:
    """The tests ask without litellm, which each worker would have to load."""
    text = """
        import httpx
        import pytest

        pytestmark = pytest.mark.llm_cassette

        def ask(prompt):
            body = {"messages": [{"content": prompt}]}
            url = "https://api.openai.com/v1/chat/completions"
            return httpx.post(url, json=body, verify=False)

        def test_one():
            ask("one"), ask("more")

        def test_two():
            ask("two")
        """
    project.write("test_chat.py", text)
    assert project.run("--llm-record=once").counts == {"passed": 2}
    project.write("test_chat.py", text.replace('ask("two")', 'ask("new")'))
    run = project.run_apart("-p", "xdist", "-n2")
    assert run.counts == {"passed": 1, "failed": 1}
    assert run.verdicts() == [
        "test_chat.py::test_one: 2 replayed",
        "test_chat.py::test_two: 1 missed, 1 unused",
        "2 tests with cassettes: 2 replayed, 1 missed, 1 unused",
    ]
