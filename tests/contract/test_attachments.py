"""Images and text files given beside the prompt reach each vendor in its own shape."""

from __future__ import annotations

import asyncio
import base64
import io
import os
import tempfile
import threading
from pathlib import Path
from typing import Any

import pytest

from abstractllm_lite import create_llm
from abstractllm_lite import exceptions as e
from tests.contract.conftest import Ask
from tests.media import samples
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


def bad_inputs(folder: Path) -> dict[str, tuple[dict[str, Any], str]]:
    """What cannot be sent: the arguments and what is said of them."""

    def file(name: str, content: bytes) -> dict[str, Any]:
        (folder / name).write_bytes(content)
        return {"files": [folder / name]}

    locked = file("locked.txt", b"x")
    (folder / "locked.txt").chmod(0)
    return {
        "missing": ({"files": [folder / "missing.png"]}, "missing.png.*No such file"),
        "missing image": ({"image": folder / "missing.png"}, "missing.png.*No such file"),
        "empty": (file("empty.txt", b""), "empty.txt.*is empty"),
        "unreadable": (locked, "locked.txt.*Permission denied"),
        "a directory": ({"files": [folder]}, "is a directory"),
        "wrong extension": (file("report.png", samples.pdf()), "report.png.*holds a PDF"),
        "broken image": (file("broken.png", samples.png()[:-9]), "broken.png.*is broken"),
        "truncated PDF": (file("cut.pdf", samples.pdf()[:-9]), "cut.pdf.*is cut short"),
        "0-row CSV": (file("rows.csv", b"a,b\n"), "rows.csv.*without rows"),
        "wrong encoding": (file("broken.txt", b"ab\xff\xfe\xfd"), "broken.txt.*UTF-8.*byte 2"),
        "binary": (file("data.bin", b"\x00\x01"), "data.bin.*files are images"),
        "HEIC": (file("a.heic", samples.HEIC), "a.heic.*HEIC.*send it as PNG"),
        "animated GIF": (file("a.gif", samples.gif(3)), "a.gif.*animated GIF.*send it as PNG"),
        "too large": (
            file("big.txt", b"x" * 99) | {"max_file_size": 98},
            "big.txt.*larger than 98 bytes",
        ),
        "outside the root": (
            {"files": ["../" * 30 + "etc/hosts"], "root": folder},
            "outside root=",
        ),
        "forbidden address": (
            {"files": ["http://127.0.0.1:9/a.txt"], "allow_fetch": True},
            "127.0.0.1:9/a.txt.*not public",
        ),
        "unasked address": ({"files": ["http://host.example/a.txt"]}, "allow_fetch=True"),
        "no source": ({"files": [5]}, "not int"),
    }


BAD = sorted(bad_inputs(Path(tempfile.mkdtemp())))


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_sent_is_named_and_nothing_is_sent(
    name: str, tmp_path: Path, openai: Vendor, ask: Ask, loopback: Loopback
) -> None:
    if name == "unreadable" and os.geteuid() == 0:
        pytest.skip("the superuser reads everything")
    given, said = bad_inputs(tmp_path)[name]

    with pytest.raises((e.FileProcessingError, e.ImageProcessingError), match=said) as caught:
        ask(create_llm("litellm", **openai.config(loopback.url)), "hi", **given)

    assert loopback.requests == []
    assert not caught.value.retryable


def test_how_files_are_read_is_never_told_the_vendor(
    picture: Path, vendor: Vendor, ask: Ask, loopback: Loopback
) -> None:
    loopback.reply = vendor.says("ok")
    reading = {"root": picture.parent, "allow_fetch": True, "max_file_size": 10**6}
    llm = create_llm("litellm", **vendor.config(loopback.url), **reading)

    response = ask(llm, "What?", files=[picture.name], max_table_rows=5)

    assert response.warnings == ()
    assert ENCODED in sent(loopback)
    for name in (*reading, "max_table_rows", str(picture.parent)):
        assert name not in sent(loopback)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("root", "no/such/folder"),
        ("root", 5),
        ("allow_fetch", "yes"),
        ("max_file_size", 0),
        ("max_table_rows", True),
    ],
)
def test_a_setting_for_files_that_cannot_be_meant_is_refused_at_once(
    name: str, value: Any, openai: Vendor
) -> None:
    with pytest.raises(e.InvalidParameterError, match=f"'{name}' must be"):
        create_llm("litellm", **openai.config("http://127.0.0.1:9"), **{name: value})


def test_images_for_a_model_without_vision_are_refused_before_sending(
    picture: Path, openai: Vendor, ask: Ask, loopback: Loopback
) -> None:
    config = openai.config(loopback.url, capabilities={"vision": False})
    with pytest.raises(e.UnsupportedFeatureError, match="vision"):
        ask(create_llm("litellm", **config), "What?", image=picture)
    config = openai.config(loopback.url, capabilities={"audio_processing": False})
    with pytest.raises(e.UnsupportedFeatureError, match="audio"):
        ask(create_llm("litellm", **config), "What?", files=[samples.wav()])
    assert loopback.requests == []


def test_an_image_in_the_history_of_a_vendor_that_would_not_get_it_is_refused(
    ask: Ask, loopback: Loopback
) -> None:
    part = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{ENCODED}"}}
    llm = create_llm(
        "litellm", model="deepseek/deepseek-chat", base_url=loopback.url, api_key="key-of-the-test"
    )
    with pytest.raises(e.UnsupportedFeatureError, match="leave it out without a word"):
        ask(llm, messages=[{"role": "user", "content": [part]}])
    assert loopback.requests == []


def test_files_are_read_beside_the_event_loop(openai: Vendor, loopback: Loopback) -> None:
    loopback.reply = openai.says("ok")
    llm = create_llm("litellm", **openai.config(loopback.url))
    turned = threading.Event()

    class Slow:
        """Its content comes only once the loop has turned in the meantime."""

        def __init__(self) -> None:
            self.left = [PIXEL]

        def read(self, _: int) -> bytes:
            assert turned.wait(20), "the loop stood still"
            return self.left.pop() if self.left else b""

    async def both() -> None:
        async with asyncio.TaskGroup() as group:
            asked = group.create_task(llm.generate_async("What?", files=[Slow()]))
            await asyncio.sleep(0.05)
            assert not asked.done()
            turned.set()

    asyncio.run(both())
    assert ENCODED in sent(loopback)


def test_an_open_file_is_sent_again_where_a_call_is_retried(
    ask: Ask, openai: Vendor, loopback: Loopback
) -> None:
    loopback.queue(openai.fails(503))
    loopback.reply = openai.says("ok")
    llm = create_llm("litellm", **openai.config(loopback.url) | {"max_retries": 1})

    ask(llm, "What?", files=[io.BytesIO(PIXEL)])

    first, second = loopback.requests
    assert first.body == second.body
    assert ENCODED in second.body.decode()


def test_warnings_about_files_are_in_the_response(
    ask: Ask, openai: Vendor, loopback: Loopback
) -> None:
    loopback.reply = openai.says("ok")
    llm = create_llm("litellm", **openai.config(loopback.url), max_table_rows=1)

    response = ask(llm, "What?", files=["data:text/csv,n%0A1%0A2%0A"])

    assert response.warnings == (
        "of 'data: URL' were sent the first 1 rows, 1 more left out (max_table_rows)",
    )
