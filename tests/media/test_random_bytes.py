"""Whatever a file holds and is called, no exception but ours comes of it."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from abstractllm_lite.exceptions import AbstractLLMError
from abstractllm_lite.media import MediaFactory, MediaInput
from abstractllm_lite.providers.litellm.attachments import attached
from abstractllm_lite.providers.litellm.senses import senses
from tests.media import samples

ENDINGS = [
    *"png jpg jpeg gif webp bmp heic avif svg tiff ico pdf wav mp3 flac ogg m4a aac aiff".split(),
    *"txt md json xml html yaml csv tsv docx xlsx zip mp4 py ts exe PNG Csv".split(),
    *("", ".", "a b", "ü", "\n"),
]
BEGINNINGS = (
    *(samples.png(), samples.jpeg(), samples.gif(), samples.gif(2), samples.webp(), samples.pdf()),
    *(samples.webp(form=b"VP8L"), samples.wav(), samples.mp3(), samples.HEIC, samples.BMP),
    *(samples.ZIP, samples.CSV, b"", b"\xff\xfe", b"\xef\xbb\xbf", b"\x00\x00\xfe\xff", b"{", b'"'),
)


@st.composite
def contents(draw: st.DrawFn) -> bytes:
    """A file's beginning, cut and changed somewhere, and anything after it."""
    begun = bytearray(draw(st.sampled_from(BEGINNINGS)))
    for at, byte in draw(st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255)), max_size=4)):
        if at < len(begun):
            begun[at] = byte
    cut = draw(st.integers(0, len(begun)))
    return bytes(begun[: cut if draw(st.booleans()) else None]) + draw(st.binary(max_size=80))


VENDORS = tuple(
    senses(vendor, "some-model", None)
    for vendor in ("openai", "anthropic", "gemini", "mistral", "ollama_chat", "deepseek", "other")
)


@settings(max_examples=400, deadline=None)
@given(contents(), st.sampled_from(ENDINGS), st.sampled_from(VENDORS))
def test_random_bytes_under_every_name(content: bytes, ending: str, known: object) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"file.{ending}")
        path.write_bytes(content)
        for name in ("files", "image"):
            try:
                parts = attached({name: path}, known, "vendor/model").parts  # type: ignore[arg-type]
            except AbstractLLMError:
                continue
            else:
                assert [part["type"] for part in parts] in (
                    *(["text"], ["image_url"], ["file"], ["input_audio"]),
                )


KINDS = st.sampled_from([None, "image", "text", "tabular", "document", "audio"])
PROVIDERS = st.sampled_from(["openai", "anthropic", "ollama", "huggingface", "other"])


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(contents(), st.text(max_size=80), contents().map(lambda raw: raw.decode("latin-1"))),
    KINDS,
    PROVIDERS,
)
def test_random_content_as_every_kind(source: object, kind: str | None, provider: str) -> None:
    try:
        media = MediaFactory.from_source(source, kind)
        media.to_provider_format(provider)
        again = MediaInput.from_dict(media.embedded())
        assert again.embedded() == media.embedded()
        assert media.metadata["media_type"] == media.media_type
    except AbstractLLMError:
        return


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9) | st.binary(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(
                "type source url image_url data kind path content name encoding delimiter max_rows "
                "detail_level mime_type media_type sha256".split()
            ),
            inner | st.sampled_from(["image", "text", "tabular", "document", "audio", "image_url"]),
            max_size=4,
        )
    ),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(JUNK)
def test_random_dictionaries(source: object) -> None:
    for make in (MediaFactory.from_source, MediaInput.from_dict):
        with suppress(AbstractLLMError):
            assert make(source).metadata
