"""Images and files as the content parts that a vendor takes."""

from __future__ import annotations

import base64
import sys
from pathlib import Path
from typing import Any

import pytest

from abstractllm_lite.exceptions import (
    FileProcessingError,
    ImageProcessingError,
    UnsupportedFeatureError,
)
from abstractllm_lite.media import ImageInput, MediaInput, TabularInput, fetch
from abstractllm_lite.providers.litellm.attachments import attached
from abstractllm_lite.providers.litellm.senses import Senses, check_parts, senses
from tests.media import samples
from tests.media.test_document_and_audio import pretend_pypdf

OPENAI = senses("openai", "gpt-4o", None)
OLLAMA = senses("ollama_chat", "llava", None)
GROQ = senses("groq", "some-model", None)
ANTHROPIC = senses("anthropic", "claude-sonnet-4-5", None)
BEDROCK = senses("bedrock", "converse/anthropic.claude", None)


def parts(known: Senses = OPENAI, **given: Any) -> list[dict[str, Any]]:
    """The parts, where there is no warning."""
    told = attached(given, known, "vendor/model")
    assert told.warnings == ()
    return told.parts


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_kinds_mix_and_keep_their_order(tmp_path: Path) -> None:
    given: dict[str, Any] = {"type": "image_url", "image_url": {"url": "https://h/c.png"}}
    files = [
        given,
        write(tmp_path / "a.pdf", samples.pdf()),
        write(tmp_path / "notes.md", "ünï".encode()),
        write(tmp_path / "a.csv", samples.CSV),
        samples.wav(),
        str(write(tmp_path / "a.PNG", samples.png())),
        "https://h/d.png",
    ]

    told = parts(image="https://h/a.png", images=["https://h/b.png"], files=files)

    urls = [part.get("image_url", {}).get("url", "")[:15] for part in told]
    kinds = [part["type"] for part in told]
    assert urls[:3] == ["https://h/a.png", "https://h/b.png", "https://h/c.png"]
    assert kinds[3:] == ["file", "text", "text", "input_audio", "image_url", "image_url"]
    assert told[4]["text"] == "File: notes.md\n```\nünï\n```"
    assert "File: a.csv\n```\n| name | age |" in told[5]["text"]
    assert told[2] == given
    assert told[2] is not given


def test_the_detail_is_sent_only_where_somebody_said_it() -> None:
    url = f"data:image/png;base64,{base64.b64encode(samples.png()).decode()}"

    assert parts(image=samples.png()) == [{"type": "image_url", "image_url": {"url": url}}]
    low = [{"type": "image_url", "image_url": {"url": url, "detail": "low"}}]
    assert parts(image=samples.png(), image_detail="low") == low
    assert parts(image=ImageInput(samples.png(), "low")) == low
    (auto,) = parts(image=samples.png(), image_detail="auto")
    assert auto["image_url"]["detail"] == "auto"


def test_rows_that_are_left_out_are_a_warning() -> None:
    given = {"files": [TabularInput.from_text("n\n1\n2\n3\n", "t.csv", max_rows=2)]}

    told = attached(given, OPENAI, "vendor/model")

    assert told.warnings == (
        "of 't.csv' were sent the first 2 rows, 1 more left out (max_table_rows)",
    )
    assert "the first 2 rows, 1 more left out" in told.parts[0]["text"]


def test_a_pdf_is_sent_as_its_text_where_the_vendor_reads_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pretend_pypdf(monkeypatch, "the text")

    told = attached({"files": samples.pdf()}, GROQ, "groq/model")

    assert told.parts[0]["type"] == "text"
    assert "the text" in told.parts[0]["text"]
    assert told.warnings == ("'attachment' was sent as its text: groq/model reads no PDF",)
    monkeypatch.setitem(sys.modules, "pypdf", None)
    with pytest.raises(UnsupportedFeatureError, match="pypdf"):
        attached({"files": samples.pdf()}, GROQ, "groq/model")


@pytest.mark.parametrize("told", [True, False])
def test_litellms_table_says_what_an_unknown_vendors_model_reads(told: bool) -> None:
    row = {"supports_pdf_input": told, "supports_audio_input": told}
    known = senses("hosted_vllm", "some-model", row)

    assert (known.documents, bool(known.sounds)) == (told, told)
    assert senses("openai", "gpt-4o", {"supports_pdf_input": False}).documents is False


def test_sound_goes_to_who_hears_it() -> None:
    assert parts(files=samples.mp3())[0]["input_audio"]["format"] == "mp3"
    with pytest.raises(UnsupportedFeatureError, match="groq/m takes no sound"):
        attached({"files": samples.mp3()}, GROQ, "groq/m")
    with pytest.raises(FileProcessingError, match="is flac, and openai/m hears mp3, wav"):
        attached({"files": b"fLaC" + bytes(9)}, OPENAI, "openai/m")


def test_images_do_not_go_to_who_sees_none() -> None:
    with pytest.raises(UnsupportedFeatureError, match="deepseek/m takes no images"):
        attached({"image": samples.png()}, senses("deepseek", "m", None), "deepseek/m")


def test_an_address_is_fetched_for_who_takes_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "fetch", lambda url, accepts: iter([samples.png()]))
    given = {"image": "https://h.example/a.png"}

    with pytest.raises(ImageProcessingError, match="ollama/m takes images, not their addresses"):
        attached(given, OLLAMA, "ollama/m")
    (part,) = parts(OLLAMA, **given, allow_fetch=True)
    assert part["image_url"]["url"].startswith("data:image/png;base64,")
    assert parts(OPENAI, **given, allow_fetch=True)[0]["image_url"]["url"] == given["image"]


@pytest.mark.parametrize(
    ("known", "content", "said"),
    [
        (ANTHROPIC, samples.png(8001, 1), "8,001 pixels a side, .* takes 8,000"),
        (BEDROCK, samples.png(1, 8001), "8,001 pixels a side"),
        (BEDROCK, samples.png(extra=bytes(3_760_000)), "bytes, .* takes 3,750,000"),
        (GROQ, samples.png(6000, 6000), "36,000,000 pixels, .* takes 33,177,600"),
    ],
)
def test_an_image_beyond_what_the_vendor_takes_is_refused(
    known: Senses, content: bytes, said: str
) -> None:
    with pytest.raises(ImageProcessingError, match=f"{said}.*send it smaller"):
        parts(known, image=content)
    assert parts(OPENAI, image=content)


@pytest.mark.parametrize("source", ["missing.txt", "missing.png", "a\0b.txt", "a\0b.png", "."])
def test_what_cannot_be_read_is_named(source: str, tmp_path: Path) -> None:
    with pytest.raises(FileProcessingError, match="cannot be read|is a directory"):
        parts(files=[f"{tmp_path}/{source}"])
    with pytest.raises(ImageProcessingError, match="cannot be read|is a directory"):
        parts(image=f"{tmp_path}/{source}")


def test_a_class_of_ones_own_says_what_it_is() -> None:
    class Clip(MediaInput):
        media_type = "film"

        def to_provider_format(self, provider: str) -> dict[str, Any]:
            return {"type": "video_url", "video_url": {"url": provider}}

    assert parts(files=[Clip()]) == [{"type": "video_url", "video_url": {"url": "litellm"}}]


@pytest.mark.parametrize(
    ("vendor", "dropped"),
    [
        ("deepseek", {"image_url", "file", "input_audio"}),
        ("ollama_chat", {"file", "input_audio"}),
        ("anthropic", {"input_audio"}),
        ("mistral", {"input_audio"}),
        ("vertex_ai", {"input_audio"}),
        ("openai", set()),
        ("some-other", set()),
    ],
)
def test_a_part_that_litellm_would_drop_is_refused(vendor: str, dropped: set[str]) -> None:
    known = senses(vendor, "claude", None)
    refused = set()
    for kind in ("text", "image_url", "file", "input_audio"):
        try:
            check_parts([{"role": "user", "content": [{"type": kind}]}], known, vendor)
        except UnsupportedFeatureError:
            refused.add(kind)

    assert refused == dropped
    check_parts([{"role": "user", "content": "text"}, {"role": "assistant"}], known, vendor)


def test_googles_models_hear_and_others_it_hosts_do_not() -> None:
    assert senses("vertex_ai", "gemini-2.5-flash", None).sounds
    assert not senses("vertex_ai", "claude-sonnet-4-5", None).sounds


def test_a_dictionary_is_a_part_of_openais_or_one_of_abstractllms() -> None:
    given = [
        {"type": "text", "text": "as it is", "cache_control": {"type": "ephemeral"}},
        {"type": "text", "source": "in a fence"},
        {"type": "file", "file": {"file_id": "file-1"}},
        {"type": "image", "source": {"type": "url", "url": "https://h/a.png"}},
    ]

    told = parts(files=given)

    assert told[0] == given[0]
    assert told[1]["text"].startswith("File: text\n```\nin a fence")
    assert told[2] == given[2]
    assert told[3] == {"type": "image_url", "image_url": {"url": "https://h/a.png"}}
    with pytest.raises(FileProcessingError, match="needs a 'type'"):
        parts(files=[{"type": ["text"]}])
