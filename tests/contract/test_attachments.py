"""Images and text files given beside the prompt reach each vendor in its own shape."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from abstractllm_lite import create_llm
from abstractllm_lite import exceptions as e
from tests.contract.conftest import Ask
from tests.support.loopback import Loopback
from tests.support.vendors import Vendor

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGA"
    "WjR9awAAAABJRU5ErkJggg=="
)
ENCODED = base64.b64encode(PIXEL).decode()


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A file that holds one pixel."""
    path = tmp_path / "dot.png"
    path.write_bytes(PIXEL)
    return path


def sent(loopback: Loopback) -> str:
    """The body of the only request."""
    (request,) = loopback.requests
    return request.body.decode()


@pytest.mark.parametrize("name", ["image", "images", "files"])
@pytest.mark.parametrize("kind", ["path", "text", "data URL"])
def test_an_image_arrives(
    kind: str, name: str, picture: Path, vendor: Vendor, ask: Ask, loopback: Loopback
) -> None:
    loopback.reply = vendor.says("a dot")
    source = {"path": picture, "text": str(picture), "data URL": f"data:image/png;base64,{ENCODED}"}
    given: Any = source[kind] if name == "image" else [source[kind]]

    ask(create_llm("litellm", **vendor.config(loopback.url)), "What is it?", **{name: given})

    assert ENCODED in sent(loopback)
    assert vendor.sent_texts(loopback.requests[0]) == [("user", "What is it?")]


def test_the_detail_of_an_image_arrives(
    picture: Path, openai: Vendor, ask: Ask, loopback: Loopback
) -> None:
    loopback.reply = openai.says("a dot")
    llm = create_llm("litellm", **openai.config(loopback.url))

    ask(llm, "What is it?", image=picture, image_detail="low")

    (message,) = loopback.requests[0].json["messages"]
    (part,) = [part for part in message["content"] if part["type"] == "image_url"]
    assert part["image_url"]["detail"] == "low"


def test_the_address_of_an_image_is_handed_on_unread(
    openai: Vendor, ask: Ask, loopback: Loopback
) -> None:
    loopback.reply = openai.says("a dot")
    url = "https://pictures.invalid/dot.png"

    ask(create_llm("litellm", **openai.config(loopback.url)), "What is it?", image=url)

    assert url in sent(loopback)


def test_a_text_file_arrives_with_its_name(
    tmp_path: Path, vendor: Vendor, ask: Ask, loopback: Loopback
) -> None:
    loopback.reply = vendor.says("ok")
    notes = tmp_path / "notes.md"
    notes.write_text("Grüße aus Köln")

    ask(create_llm("litellm", **vendor.config(loopback.url)), "Sum it up", files=[notes])

    ((_, text),) = vendor.sent_texts(loopback.requests[0])
    assert "notes.md" in text
    assert "Grüße aus Köln" in text
    assert "Sum it up" in text


def test_files_of_one_call_stay_with_that_call(
    picture: Path, vendor: Vendor, ask: Ask, loopback: Loopback
) -> None:
    loopback.reply = vendor.says("ok")
    llm = create_llm("litellm", **vendor.config(loopback.url))

    ask(llm, "What is it?", files=[picture])
    ask(llm, "And now?")

    assert ENCODED not in loopback.requests[1].body.decode()


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("missing.png", None, e.FileProcessingError),
        ("data.bin", b"\x00\x01", e.AbstractLLMError),
        ("broken.txt", b"\xff\xfe\xfd", e.FileProcessingError),
    ],
)
def test_a_file_that_cannot_be_sent_is_named(
    name: str,
    content: bytes | None,
    kind: type[Exception],
    tmp_path: Path,
    openai: Vendor,
    ask: Ask,
    loopback: Loopback,
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(kind, match=name):
        ask(create_llm("litellm", **openai.config(loopback.url)), "hi", files=[path])

    assert loopback.requests == []
