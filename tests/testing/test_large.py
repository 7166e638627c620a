"""Large contents stand beside a cassette, by their hash, and come back whole."""

from __future__ import annotations

import base64
import hashlib
import os
from pathlib import Path

import pytest

from abstractllm_lite import create_llm
from abstractllm_lite.testing import CassetteError, CassetteMiss, use_cassette
from abstractllm_lite.testing.large import LONGEST, folder_of
from tests.media.samples import png
from tests.support.loopback import Loopback
from tests.support.vendors import VENDORS


@pytest.fixture
def picture() -> bytes:
    """A picture whose base64 is longer than a file should hold."""
    return png(extra=os.urandom(LONGEST))


def ask(path: Path, picture: bytes, url: str | None = None) -> str:
    """What is answered to the picture; with a server's address it is recorded."""
    via = {"https://api.openai.com/v1": url} if url else {}
    with use_cassette(path, record="rewrite" if url else "none", record_via=via):
        llm = create_llm("litellm", model="openai/gpt-4o", api_key="replayed", max_retries=0)
        return str(llm.generate("What is it?", image=picture))


def recorded(path: Path, picture: bytes) -> None:
    with Loopback() as server:
        server.reply = VENDORS["openai"].says("A dot.")
        ask(path, picture, server.url)


def test_a_large_image_stands_beside_the_cassette_and_is_matched(
    tmp_path: Path, picture: bytes
) -> None:
    path = tmp_path / "seen.yaml"
    recorded(path, picture)
    encoded = base64.b64encode(picture).decode()
    (file,) = folder_of(path).iterdir()
    assert encoded in file.read_text()
    assert file.name == hashlib.sha256(file.read_bytes()).hexdigest()
    assert encoded not in path.read_text()
    assert len(path.read_text()) < 3000
    assert ask(path, picture) == "A dot."
    with pytest.raises(CassetteMiss):
        ask(path, png(extra=os.urandom(LONGEST)))


def test_recording_anew_leaves_no_content_of_before(tmp_path: Path, picture: bytes) -> None:
    path = tmp_path / "seen.yaml"
    recorded(path, picture)
    recorded(path, png(extra=os.urandom(LONGEST)))
    assert len([*folder_of(path).iterdir()]) == 1
    recorded(path, png(extra=os.urandom(100)))
    assert not folder_of(path).exists()


@pytest.mark.parametrize("fault", ["gone", "changed"])
def test_a_content_that_is_gone_or_changed_is_told(
    fault: str, tmp_path: Path, picture: bytes
) -> None:
    path = tmp_path / "seen.yaml"
    recorded(path, picture)
    (file,) = folder_of(path).iterdir()
    if fault == "gone":
        file.unlink()
    else:
        file.write_text("other")
    before = path.read_bytes()
    with pytest.raises(CassetteError, match=rf"seen\.yaml: its content {file.name}"):
        ask(path, picture)
    assert path.read_bytes() == before
