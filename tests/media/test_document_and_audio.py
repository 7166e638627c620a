"""PDFs and sounds."""

from __future__ import annotations

import base64
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from abstractllm_lite.exceptions import FileProcessingError, UnsupportedFeatureError
from abstractllm_lite.media import AudioInput, DocumentInput
from tests.media import samples


def pretend_pypdf(monkeypatch: pytest.MonkeyPatch, *texts: str, fails: bool = False) -> None:
    """A pypdf whose reader finds these texts, or fails as it pleases."""

    class PdfReader:
        def __init__(self, file: Any) -> None:
            if fails or not file.read().startswith(b"%PDF"):
                raise KeyError("/Root")
            self.pages = [SimpleNamespace(extract_text=lambda text=text: text) for text in texts]

    module = ModuleType("pypdf")
    module.PdfReader = PdfReader  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pypdf", module)


def test_a_pdf_is_a_file_with_its_name() -> None:
    part = DocumentInput(samples.pdf(), name="report").to_provider_format("openai")

    data = "data:application/pdf;base64," + base64.b64encode(samples.pdf()).decode()
    assert part == {"type": "file", "file": {"filename": "report.pdf", "file_data": data}}


def test_a_pdf_that_is_cut_short_is_refused() -> None:
    for length in (20, len(samples.pdf()) - 7):
        with pytest.raises(FileProcessingError, match="cut short"):
            DocumentInput(samples.pdf()[:length]).load()
    with pytest.raises(FileProcessingError, match="cut short"):
        DocumentInput(samples.pdf() + bytes(3000)).load()


def test_what_is_no_pdf_is_refused() -> None:
    with pytest.raises(FileProcessingError, match="not a PDF: it holds text"):
        DocumentInput(b"report").load()


def test_the_text_of_a_pdf_is_that_of_its_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend_pypdf(monkeypatch, "one", "two")
    document = DocumentInput(samples.pdf(), name="a.pdf")

    assert document.get_text() == "one\n\ntwo"
    assert document.fenced() == "File: a.pdf (the text of a PDF)\n```\none\n\ntwo\n```"
    assert "===== a.pdf =========\none" in document.to_provider_format("ollama")


def test_the_text_of_a_real_pdf_is_read_by_pypdf() -> None:
    pytest.importorskip("pypdf", reason="pypdf is not installed")

    assert DocumentInput(samples.pdf("Hello there")).get_text().strip() == "Hello there"


def test_a_pdf_without_text_or_sense_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend_pypdf(monkeypatch, " ")
    with pytest.raises(FileProcessingError, match="no text in it"):
        DocumentInput(samples.pdf()).get_text()
    pretend_pypdf(monkeypatch, fails=True)
    with pytest.raises(FileProcessingError, match="cannot be read as a PDF"):
        DocumentInput(samples.pdf()).get_text()


def test_without_pypdf_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pypdf", None)
    with pytest.raises(UnsupportedFeatureError, match=r"abstractllm-lite\[pdf\]"):
        DocumentInput(samples.pdf()).get_text()


def test_anthropics_document_is_an_address_or_the_content() -> None:
    url = "https://papers.invalid/a.pdf"

    passed_on = DocumentInput(url).to_provider_format("anthropic")
    assert passed_on == {"type": "document", "source": {"type": "url", "url": url}}
    sent = DocumentInput(samples.pdf()).to_provider_format("anthropic")["source"]
    assert (sent["type"], sent["media_type"]) == ("base64", "application/pdf")


@pytest.mark.parametrize(
    ("content", "format"),
    [
        (samples.wav(), "wav"),
        (samples.mp3(), "mp3"),
        (b"\xff\xfb\x90\x00" + bytes(9), "mp3"),
        (b"\xff\xf1\x50\x80" + bytes(9), "aac"),
        (b"fLaC" + bytes(9), "flac"),
        (b"OggS" + bytes(9), "ogg"),
        (b"FORM\x00\x00\x00\x09AIFF" + bytes(9), "aiff"),
        (b"\x00\x00\x00\x18ftypM4A " + bytes(9), "m4a"),
    ],
)
def test_a_sound_says_its_format(content: bytes, format: str) -> None:
    sound = AudioInput(content)

    part = sound.to_provider_format("openai")
    data = base64.b64encode(content).decode()
    assert part == {"type": "input_audio", "input_audio": {"data": data, "format": format}}
    assert sound.metadata["format"] == format


@pytest.mark.parametrize("provider", ["anthropic", "ollama"])
def test_a_sound_has_no_shape_for_who_takes_none(provider: str) -> None:
    with pytest.raises(UnsupportedFeatureError, match="no sound"):
        AudioInput(samples.wav()).to_provider_format(provider)


def test_models_on_this_machine_get_the_path_the_address_or_the_bytes(tmp_path: Any) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(samples.wav())
    address = "https://sounds.invalid/a.wav"
    expected = [(path, "path", str(path)), (address, "url", address)]
    for source, kind, content in [*expected, (samples.wav(), "binary", samples.wav())]:
        assert AudioInput(source).to_provider_format("huggingface") == {
            "type": "audio",
            "content": content,
            "mime_type": "audio/wav",
            "source_type": kind,
        }
