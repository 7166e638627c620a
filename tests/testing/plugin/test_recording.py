"""The marker, the fixture and the option: what is recorded where, and replayed from there."""

from __future__ import annotations

import pytest

from .conftest import Project

ONE = """
    import pytest

    @pytest.mark.llm_cassette
    def test_one(llm):
        assert llm.generate("hello") == "hello 1"
"""


def test_a_marked_test_is_recorded_once_and_replayed(project: Project) -> None:
    project.write("test_chat.py", ONE)
    recorded = project.run("--llm-record=once")
    assert recorded.counts == {"passed": 1}
    assert recorded.verdicts() == [
        "test_chat.py::test_one: 1 sent live",
        "1 test with a cassette: 1 sent live",
    ]
    text = project.cassette("test_chat/test_one.yaml").read_text("utf-8")
    assert "recorded_from: loopback 1 (a stand-in, not the vendor)" in text
    assert "uri: https://api.openai.com/v1/chat/completions" in text
    assert "key-of-the-test" not in text
    replayed = project.run()
    assert replayed.counts == {"passed": 1}
    assert replayed.verdicts() == [
        "test_chat.py::test_one: 1 replayed",
        "1 test with a cassette: 1 replayed",
    ]
    assert len(project.server.requests) == 1


def test_without_a_recording_a_test_fails_and_says_how_to_record_it(project: Project) -> None:
    project.write("test_chat.py", ONE)
    run = project.run()
    assert run.counts == {"failed": 1}
    run.says(
        "CassetteMiss: [openai] no answer is recorded for this request",
        "cassette: " + str(project.cassette("test_chat/test_one.yaml")) + ", which is not there",
        "To record it: pytest --llm-record=new test_chat.py::test_one",
        "test_chat.py::test_one: 1 missed",
    )
    assert project.server.requests == []


def test_another_prompt_fails_with_what_differs(project: Project) -> None:
    project.write("test_chat.py", ONE)
    project.run("--llm-record=once")
    project.write("test_chat.py", ONE.replace('"hello")', '"good bye")'))
    run = project.run()
    assert run.counts == {"failed": 1}
    run.says(
        "The nearest recorded request, number 1 of 1, differs (- recorded, + asked now):",
        '- messages[0].content: "hello"',
        '+ messages[0].content: "good bye"',
        "test_chat.py::test_one: 1 missed, 1 unused",
    )


def test_the_command_in_the_message_mends_the_test(project: Project) -> None:
    test = "test_chat.py::TestB::test_c[a b/c]"
    project.write(
        "test_chat.py",
        """
        import pytest

        @pytest.mark.llm_cassette
        class TestB:
            @pytest.mark.parametrize("word", ["a b/c"])
            def test_c(self, llm, word):
                assert llm.generate(word) == "a b/c 1"
        """,
    )
    run = project.run()
    run.says(f"To record it: pytest --llm-record=new '{test}'")
    assert project.run("--llm-record=new", test).counts == {"passed": 1}
    assert project.cassette("test_chat/TestB.test_c[a b%2Fc].yaml").is_file()
    assert project.run().counts == {"passed": 1}


def test_the_environment_says_the_mode_where_no_option_does(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write("test_chat.py", ONE)
    monkeypatch.setenv("ABSTRACTLLM_LITE_RECORD", "once")
    assert project.run("--llm-record=none").counts == {"failed": 1}
    assert project.run().counts == {"passed": 1}


def test_the_option_holds_for_use_cassette_and_child_processes_too(project: Project) -> None:
    project.write(
        "test_chat.py",
        """
        import os
        from abstractllm_lite.testing import use_cassette

        def test_one(llm, llm_record_via):
            with use_cassette("own.yaml", record_via=llm_record_via):
                assert llm.generate("hello") == "hello 1"
            assert os.environ["ABSTRACTLLM_LITE_RECORD"] == "once"
        """,
    )
    assert project.run("--llm-record=once").counts == {"passed": 1}
    assert (project.path / "own.yaml").is_file()


def test_a_mode_that_is_none_is_refused(project: Project) -> None:
    run = project.run("--llm-record=maybe")
    assert run.code == 4
    run.says("--llm-record: invalid choice: 'maybe'")


def test_the_fixture_alone_opens_the_cassette_and_tells_what_it_holds(project: Project) -> None:
    project.write(
        "test_chat.py",
        """
        def test_one(llm, llm_cassette):
            llm.generate("hello")
            assert (llm_cassette.hits, len(llm_cassette.live)) in [(1, 0), (0, 1)]
            assert llm_cassette.path.parts[-3:] == ("cassettes", "test_chat", "test_one.yaml")
        """,
    )
    assert project.run("--llm-record=once").counts == {"passed": 1}
    assert project.run().counts == {"passed": 1}


def test_the_marker_says_file_and_settings(project: Project) -> None:
    project.conftest(
        """
        @pytest.fixture
        def llm_record_via():
            return {}
        """
    )
    project.write(
        "test_chat.py",
        f"""
        import pytest

        @pytest.mark.llm_cassette(
            "shared.yaml",
            record="once",
            record_via={{"https://api.openai.com/v1": "{project.server.url}/v1"}},
            stand_in="another 2",
            secrets=["hunter2-hunter2"],
        )
        def test_one(llm):
            llm.generate("hunter2-hunter2")
        """,
    )
    assert project.run().counts == {"passed": 1}
    text = project.cassette("shared.yaml").read_text("utf-8")
    assert "another 2" in text
    assert "hunter2" not in text


@pytest.mark.parametrize(
    ("marker", "complaint"),
    [
        ("llm_cassette(mode='new')", "llm_cassette has no setting mode; it has record, record_via"),
        ("llm_cassette('a', 'b')", "llm_cassette takes one path, and settings by name"),
        ("llm_cassette('a', path='b')", "llm_cassette takes one path, and settings by name"),
        ("llm_cassette(record='maybe')", "record mode 'maybe' is none of none, once, new"),
    ],
)
def test_a_marker_that_cannot_be_meant_is_an_error(
    marker: str, complaint: str, project: Project
) -> None:
    project.write("test_chat.py", f"import pytest\n@pytest.mark.{marker}\ndef test_one(): pass\n")
    run = project.run()
    assert run.counts == {"errors": 1}
    run.says(f"CassetteError: {complaint}")


def test_settings_are_fixtures(project: Project) -> None:
    project.conftest(
        """
        @pytest.fixture
        def llm_cassette_dir(tmp_path_factory):
            import pathlib
            return pathlib.Path("elsewhere")

        @pytest.fixture
        def llm_record():
            return "once"

        @pytest.fixture
        def llm_secrets():
            return ("hunter2-hunter2",)

        @pytest.fixture
        def llm_allow_unused():
            return True
        """
    )
    project.write("test_chat.py", ONE.replace("hello", "hunter2-hunter2"))
    assert project.run().counts == {"passed": 1}
    text = (project.path / "elsewhere" / "test_chat" / "test_one.yaml").read_text("utf-8")
    assert "hunter2" not in text
    project.write("test_chat.py", ONE.replace('assert llm.generate("hello") == "hello 1"', "pass"))
    assert project.run().counts == {"passed": 1}


def test_tests_that_share_a_file_rewrite_it_together(project: Project) -> None:
    project.write(
        "test_chat.py",
        """
        import pytest

        pytestmark = pytest.mark.llm_cassette("shared.yaml", allow_unused=True)

        def test_one(llm):
            llm.generate("one")

        def test_two(llm):
            llm.generate("two")
        """,
    )
    for _ in range(2):
        assert project.run("--llm-record=rewrite").counts == {"passed": 2}
    assert project.cassette("shared.yaml").read_text("utf-8").count("- request:") == 2
    assert project.run().counts == {"passed": 2}


def test_calls_of_the_tests_fixtures_are_on_the_cassette(project: Project) -> None:
    project.conftest(
        """
        @pytest.fixture
        def greeting(llm):
            return llm.generate("from a fixture")
        """
    )
    project.write(
        "test_chat.py",
        """
        import pytest

        @pytest.mark.llm_cassette
        def test_one(greeting):
            assert greeting == "from a fixture 1"
        """,
    )
    assert project.run("--llm-record=once").counts == {"passed": 1}
    assert project.run().counts == {"passed": 1}


def test_asyncio_tests_and_their_streams_are_served(project: Project) -> None:
    project.write(
        "test_chat.py",
        """
        import asyncio
        import pytest

        pytestmark = [pytest.mark.llm_cassette, pytest.mark.asyncio]

        async def test_plain(llm):
            assert await llm.generate_async("hello") == "hello 1"

        async def test_stream_and_tasks(llm):
            pieces = [piece async for piece in llm.generate_async("hello", stream=True)]
            assert "".join(pieces) == "hello 2"
            await asyncio.gather(*(llm.generate_async(f"task {n}") for n in range(3)))
        """,
    )
    assert project.run("--llm-record=once").counts == {"passed": 2}
    assert project.run().counts == {"passed": 2}
    assert len(project.server.requests) == 5


def test_unittest_cases_are_served(project: Project) -> None:
    project.write(
        "test_chat.py",
        """
        import unittest
        import pytest
        from abstractllm_lite import create_llm

        @pytest.mark.llm_cassette
        class TestOld(unittest.TestCase):
            def test_one(self):
                llm = create_llm("litellm", model="openai/gpt-4o-mini", api_key="k")
                self.assertEqual(llm.generate("hello"), "hello 1")
        """,
    )
    assert project.run("--llm-record=once").counts == {"passed": 1}
    assert project.run().counts == {"passed": 1}


def test_long_and_odd_names_have_files_of_their_own(project: Project) -> None:
    project.write(
        "test_chat.py",
        """
        import pytest

        @pytest.mark.llm_cassette
        @pytest.mark.parametrize("word", ["x" * 300, "x" * 301, "a/b", "a%2Fb", "ü", "*"])
        def test_one(llm, word):
            llm.generate(word)
        """,
    )
    assert project.run("--llm-record=once").counts == {"passed": 6}
    assert len(list(project.cassette("test_chat").iterdir())) == 6
    assert project.run().counts == {"passed": 6}
