"""The examples do what they say, without a key and without a network."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from abstractllm_lite.testing import store
from tests.support.loopback import Loopback
from tests.support.vendors import VENDORS

ROOT = Path(__file__).parent.parent
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
QUICKSTART = ROOT / "examples" / "quickstart.py"
AGENT = ROOT / "examples" / "agent.py"

# Runs a script; tells on the last line of stderr which addresses beyond loopback it wanted.
OFFLINE = """
import runpy, sys
from abstractllm_lite.testing.guard import only_loopback
refused = []
with only_loopback(refused, allowed=lambda: False):
    runpy.run_path(sys.argv[1], run_name="__main__")
print(refused, file=sys.stderr)
"""
FACTS = re.compile(
    r"^ +(\d+) tokens in, (\d+) out, \$(0\.\d+), finish reason: (\w+)$", re.MULTILINE
)


def run(script: Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-c", OFFLINE, str(script)],
        env={**kept, "PYTHONPATH": str(ROOT), **environment},
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )


def test_the_quickstart_replays_three_vendors_without_a_key(tmp_path: Path) -> None:
    done = run(QUICKSTART, tmp_path)
    assert (done.returncode, done.stderr) == (0, "[]\n")
    for vendor in VENDORS:
        assert f"\n{vendor}/" in done.stdout
        assert f"(no {vendor.upper()}_API_KEY: replayed, recorded from aimock " in done.stdout
    assert done.stdout.count("(a stand-in, not the vendor)") == 3
    plain = re.findall(r"^plain: +(.+)$", done.stdout, re.MULTILINE)
    streamed = re.findall(r"^streamed: +(.+)$", done.stdout, re.MULTILINE)
    assert len(set(plain)) == 3
    assert plain == streamed
    facts = FACTS.findall(done.stdout)
    assert facts[0::2] == facts[1::2]
    assert [(sent, got, finish) for sent, got, _, finish in facts[0::2]] == [
        ("17", "21", "stop"),
        ("19", "22", "stop"),
        ("14", "18", "stop"),
    ]
    assert all(float(cost) > 0 for _, _, cost, _ in facts)


def test_the_quickstart_asks_a_vendor_whose_key_is_there(
    loopback: Loopback, tmp_path: Path
) -> None:
    loopback.reply = VENDORS["openai"].says("Asked for real")
    key = "key-in-the-environment"
    done = run(QUICKSTART, tmp_path, OPENAI_API_KEY=key, OPENAI_API_BASE=f"{loopback.url}/v1")
    assert (done.returncode, done.stderr) == (0, "[]\n")
    assert done.stdout.count("Asked for real") == 2
    assert "no OPENAI_API_KEY" not in done.stdout
    assert "no ANTHROPIC_API_KEY" in done.stdout
    assert [request.headers["authorization"] for request in loopback.requests] == [
        f"Bearer {key}"
    ] * 2


def test_the_recorded_test_passes_offline() -> None:
    kept = {n: t for n, t in os.environ.items() if not n.startswith(("COV", "PYTEST"))}
    command = ["-m", "pytest", "-n0", "-p", "no:cacheprovider", "examples/test_recorded.py"]
    done = subprocess.run(
        [sys.executable, *command],
        env=kept,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "test_the_sky_is_explained: 1 replayed, 1 unused" in done.stdout


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_an_example_is_short(example: Path) -> None:
    assert len(example.read_text("utf-8").splitlines()) < 60


def test_the_agent_runs_its_tools_while_the_model_is_replayed(tmp_path: Path) -> None:
    done = run(AGENT, tmp_path)
    assert (done.returncode, done.stderr) == (0, "[]\n")
    assert done.stdout.splitlines()[1:] == [
        """list_files: '["notes.txt", "prices.csv"]'""",
        r"read_file: 'item,price\napple,0.40\nbread,2.10\ncheese,4.75\n'",
        "calculate: '7.1'",
        "Two apples and three loaves of bread cost 7.10.",
        "4 answers, $0.0001541",
    ]


def test_every_shipped_cassette_is_used_and_holds_no_key() -> None:
    vendors = [model.split("/")[0] for model in runpy.run_path(str(QUICKSTART))["MODELS"]]
    used = {f"quickstart/{name}.yaml": 2 for name in vendors} | {"agent/openai.yaml": 4}
    cassettes = ROOT / "cassettes"
    assert {path.relative_to(cassettes).as_posix() for path in cassettes.rglob("*.*")} == set(used)
    for name, count in used.items():
        header, interactions = store.read(cassettes / name)
        assert "(a stand-in, not the vendor)" in header["recorded_from"]
        assert len(interactions) == count
