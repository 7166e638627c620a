"""The shipped cassettes are what the stand-in answers to what the examples ask now."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from abstractllm_lite.testing import store
from tests.stand_in.record import EXAMPLES, SHIPPED, Example
from tests.support import stand_in as starter
from tests.support.stand_in import QUICKSTART, StandIn, missing


def without_header(path: Path) -> str:
    header, _, rest = path.read_text("utf-8").partition("\nversion: 1\n")
    assert header.startswith("header:\n")
    return rest


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_recording_an_example_again_changes_nothing_but_headers(
    example: Example, stand_in: StandIn, tmp_path: Path
) -> None:
    with StandIn.started(example.fixtures) as own:
        again = example.record(own, tmp_path)
    shipped = sorted((SHIPPED / example.name).glob("*"))
    assert [path.name for path in shipped] == sorted(path.name for path in again)
    for path in again:
        assert without_header(path) == without_header(SHIPPED / path.relative_to(tmp_path))


def test_the_cassettes_name_the_stand_in_that_is_pinned() -> None:
    package = json.loads((starter.HOME / "package.json").read_text("utf-8"))
    version = package["dependencies"]["@copilotkit/aimock"]
    for path in SHIPPED.rglob("*.yaml"):
        header, _ = store.read(path)
        assert header["recorded_from"] == f"aimock {version} (a stand-in, not the vendor)"


def test_the_lock_pins_one_package_and_names_no_host() -> None:
    text = (starter.HOME / "package-lock.json").read_text("utf-8")
    packages = json.loads(text)["packages"]
    assert set(packages) == {"", "node_modules/@copilotkit/aimock"}
    assert packages["node_modules/@copilotkit/aimock"]["integrity"].startswith("sha512-")
    assert "://" not in text


def test_the_stand_in_stops_with_its_context(stand_in: StandIn) -> None:
    with StandIn.started(QUICKSTART) as other:
        assert other.url != stand_in.url
        assert other.name == stand_in.name
        with urllib.request.urlopen(f"{other.url}/health") as answer:
            assert json.load(answer) == {"status": "ok"}
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"{other.url}/health")


def test_a_stand_in_that_does_not_start_says_why(stand_in: StandIn, tmp_path: Path) -> None:
    fixtures = tmp_path / "none.json"
    with pytest.raises(RuntimeError, match=r"did not start[\s\S]*none.json"):
        StandIn.started(fixtures).__enter__()


def test_what_the_stand_in_lacks_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(starter, "_PACKAGE", tmp_path / "nowhere")
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    assert missing() == f"the stand-in is not installed: {starter.INSTALL}"
    monkeypatch.setattr("shutil.which", lambda name: None)
    assert missing() == "the stand-in needs Node.js 20.15 or newer"
    with pytest.raises(RuntimeError, match="needs Node"):
        StandIn.started(QUICKSTART).__enter__()
