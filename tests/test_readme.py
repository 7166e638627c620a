"""What the README prints is run, in its order, against a loopback server in the vendor's place."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import abstractllm_lite
from tests.support.loopback import Loopback, Reply, Request
from tests.support.vendors import VENDORS

README = Path(__file__).parent.parent / "README.md"
ROOT = Path(abstractllm_lite.__file__).parent.parent
TEXT = README.read_text("utf-8")
FENCE = re.compile(r"^```(\S*)(.*?)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

# Each block as the reader's own file, with the README's line numbers in its tracebacks.
RUN = r"""
import pathlib, re, sys
text = pathlib.Path(sys.argv[1]).read_text("utf-8")
names = {"__name__": "__main__"}
for block in re.finditer(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
    before = text[: block.start(1)].count("\n")
    print("##", before + 1)
    exec(compile("\n" * before + block[1], "README.md", "exec"), names)
"""
CALL = ("call_1", "get_weather", {"city": "Paris"})


def answer(request: Request) -> Reply:
    """Paris, whatever is asked: as a tool call while the tool has not spoken, else as text."""
    body = request.json
    if body.get("tools") and body["messages"][-1]["role"] != "tool":
        return VENDORS["openai"].says(None, calls=[CALL])(request)
    text = '{"city": "Paris"}' if body.get("response_format") else "Paris."
    return VENDORS["openai"].says(text)(request)


def run(*arguments: str, folder: Path, **settings: str) -> str:
    """What a Python of its own prints; nothing may go to stderr."""
    kept = {n: v for n, v in os.environ.items() if not n.startswith(("COV", "PYTEST", "LITELLM"))}
    done = subprocess.run(
        [sys.executable, *arguments],
        env={**kept, "PYTHONPATH": str(ROOT), **settings},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    return done.stdout


def fences(word: str) -> list[str]:
    return [fence[3] for fence in FENCE.finditer(TEXT) if fence[1] == word]


def test_every_python_block_runs_as_printed(tmp_path: Path) -> None:
    with Loopback() as server:
        server.reply = answer
        place = {"OPENAI_API_KEY": "key-of-the-test", "OPENAI_BASE_URL": server.url + "/v1"}
        printed = run("-c", RUN, str(README), folder=tmp_path, **place)
    assert printed.count("## ") == len(fences("python"))
    for expected in ("Paris.\n11 7 ", "call_1 get_weather {'city': 'Paris'}", "\nHello\n"):
        assert expected in printed


def test_the_quickstart_prints_what_is_shown(tmp_path: Path) -> None:
    (shown,) = fences("text")
    assert shown in run(str(README.parent / "examples" / "quickstart.py"), folder=tmp_path)


def test_no_code_escapes_by_another_fence() -> None:
    assert {fence[1] + fence[2] for fence in FENCE.finditer(TEXT)} == {"python", "sh", "text"}


def test_the_first_screen_holds_the_two_commands_and_an_example() -> None:
    screen = TEXT.splitlines()[:40]
    assert "python3 .ci/setup.py && .venv/bin/python examples/quickstart.py" in screen
    assert "python3 .ci/setup.py && .venv/bin/pytest" in screen
    assert 'llm = create_llm("litellm", model="openai/gpt-4o-mini", timeout=30)' in screen


def test_every_error_that_can_be_imported_is_in_the_table() -> None:
    errors = {name for name in abstractllm_lite.__all__ if name.endswith("Error")}
    assert {name for name in errors if f"`{name}" not in TEXT} <= {
        "ModelLoadingError",  # native providers of local models only
        "ProviderImportError",
        "UnsupportedOperationError",
    }


def test_every_switch_set_on_litellm_is_named() -> None:
    from tests.test_clean_guest import QUIETING

    assert {switch for switch in QUIETING if f"`litellm.{switch}`" not in TEXT} == set()
