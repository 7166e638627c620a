"""`llm_guard` and `llm_guard_sockets`: a test does not call a vendor unless it records."""

from __future__ import annotations

import pytest

from .conftest import Project

LIVE = """
    import pytest

    def test_live(llm):
        llm.generate("hello")
"""
REFUSED = (
    "LiveCallError: [openai] test_live.py::test_live would have made a live call "
    "(POST https://api.openai.com/v1/chat/completions), which llm_guard refuses; nothing was sent."
)


@pytest.mark.parametrize("call", ['llm.generate("q")', 'list(llm.generate("q", stream=True))'])
@pytest.mark.parametrize("route", ["direct", "litellm"])
def test_a_live_call_is_an_error_that_names_the_test(
    route: str, call: str, project: Project
) -> None:
    project.ini("llm_guard = true")
    call = call.replace('"q"', f'"q", transport="{route}"')
    project.write("test_live.py", LIVE.replace('llm.generate("hello")', call))
    run = project.run()
    assert run.counts == {"failed": 1}
    run.says(REFUSED)


def test_a_live_call_of_a_vendor_that_litellm_reaches_alone_is_refused_too(
    project: Project,
) -> None:
    project.ini("llm_guard = true")
    project.write(
        "test_live.py",
        """
        from abstractllm_lite import create_llm

        def test_live():
            create_llm("litellm", model="cohere_chat/command-r", api_key="k").generate("q")
        """,
    )
    run = project.run()
    assert run.counts == {"failed": 1}
    run.says("test_live.py::test_live would have made a live call (a call to cohere_chat), which")


def test_calls_to_this_machine_and_recording_cassettes_may_pass(project: Project) -> None:
    project.ini("llm_guard = true", "llm_guard_sockets = true")
    project.write(
        "test_live.py",
        f"""
        import pytest

        def test_local(llm):
            llm.generate("hello", base_url="{project.server.url}/v1")

        @pytest.mark.llm_cassette
        def test_recorded(llm):
            llm.generate("hello")
        """,
    )
    assert project.run("--llm-record=once").counts == {"passed": 2}
    assert project.run().counts == {"passed": 2}
    assert len(project.server.requests) == 3


def test_without_the_setting_nothing_is_refused(project: Project) -> None:
    project.write(
        "test_live.py",
        """
        import socket
        from abstractllm_lite.providers.litellm.wire import tape

        def test_live():
            assert socket.getaddrinfo.__name__ == "getaddrinfo"
            assert tape.here() is None
        """,
    )
    assert project.run_apart().counts == {"passed": 1}


SOCKETS = """
    import socket
    import pytest

    @pytest.fixture
    def late():
        yield
        with pytest.raises(OSError):
            socket.create_connection(("192.0.2.7", 80))

    def test_look_up():
        socket.getaddrinfo("example.com", 80)

    @pytest.mark.parametrize("method", ["connect", "connect_ex"])
    def test_connect(method):
        with socket.socket() as connection:
            getattr(connection, method)(("192.0.2.1", 80))

    def test_swallowed():
        with pytest.raises(OSError):
            socket.create_connection(("192.0.2.1", 80))

    def test_at_the_end(late):
        pass

    def test_this_machine():
        with socket.create_server(("127.0.0.1", 0)) as server:
            socket.create_connection(server.getsockname()).close()
        with pytest.raises(OSError):
            socket.getaddrinfo("a-dead-name.invalid", 80)

    def test_unix():
        one, other = socket.socketpair()
        one.close(), other.close()
"""


def test_the_second_setting_is_for_every_socket(project: Project) -> None:
    project.ini("llm_guard_sockets = true")
    project.write("test_net.py", SOCKETS)
    run = project.run()
    assert run.counts == {"failed": 4, "passed": 3, "errors": 1}
    run.says(
        "test_look_up would have reached 'example.com', which llm_guard_sockets refuses",
        "test_net.py::test_connect[connect] would have reached '192.0.2.1'",
        "test_net.py::test_connect[connect_ex] would have reached '192.0.2.1'",
        "the test tried to leave this machine, which llm_guard_sockets refuses: 192.0.2.1",
        "the test tried to leave this machine, which llm_guard_sockets refuses: 192.0.2.7",
    )


def test_after_the_run_the_sockets_are_as_before(project: Project) -> None:
    import socket

    before = socket.getaddrinfo, socket.socket.connect, socket.socket.connect_ex
    project.ini("llm_guard_sockets = true", "llm_guard = true")
    project.write("test_net.py", "def test_one(): pass")
    assert project.run().counts == {"passed": 1}
    assert (socket.getaddrinfo, socket.socket.connect, socket.socket.connect_ex) == before
