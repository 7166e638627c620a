"""Files in a conversation: they stay in its history, are seen again, and are saved and found."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from abstractllm_lite import Session, create_llm
from abstractllm_lite.exceptions import FileProcessingError, ImageProcessingError
from tests.session.languages import LANGUAGES
from tests.session.scripted import PromptOnly, Scripted, call
from tests.session.test_switching import answers, chats, provider, weather
from tests.session.test_turns import MODES, Say
from tests.support.loopback import Loopback

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
MARK = "iVBORw0KGgo"


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "dot.png"
    path.write_bytes(PNG)
    return path


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.replace(" ", "-"))
def test_a_file_goes_along_in_every_later_turn_and_round(
    mode: str, picture: Path, tmp_path: Path
) -> None:
    (tmp_path / "notes.md").write_text("Buy bread.")
    llm = Scripted(call("weather", city="x"), "A dot.", "Bread.")
    session = Session(provider=llm, tools=[weather])
    say = Say(mode)
    say(session, "What is it?", files=[picture, tmp_path / "notes.md"])
    say(session, "And the notes?")
    for asked in llm.asked:
        parts = asked["messages"][0]["content"]
        assert [part["type"] for part in parts] == ["text", "image_url", "text"]
        assert parts[0]["text"] == "What is it?"
        assert MARK in parts[1]["image_url"]["url"]
        assert "Buy bread." in parts[2]["text"]
        assert "files" not in asked
    assert session.messages[0].content == "What is it?"


@pytest.mark.parametrize("vendor", ["openai", "anthropic", "gemini", "bedrock", "ollama"])
def test_each_vendor_gets_the_file_in_its_own_shape(
    vendor: str, picture: Path, loopback: Loopback
) -> None:
    session = Session(tools=[weather])
    answers(vendor, loopback)
    llm = provider(vendor, loopback, capabilities={"vision": True})
    assert session.generate("What is it?", llm, image=str(picture)) == "Sunny."
    assert all(MARK in str(body) for body in chats(loopback))
    assert len(chats(loopback)) == 2


def test_a_picture_without_a_prompt(picture: Path) -> None:
    llm = Scripted("A dot.")
    Session(provider=llm).generate(images=[picture])
    assert [part["type"] for part in llm.asked[0]["messages"][0]["content"]] == ["image_url"]


def test_a_provider_of_prompts_gets_the_files_as_they_are(picture: Path) -> None:
    llm = PromptOnly("A dot.")
    Session(provider=llm).generate("What is it?", files=[picture])
    assert llm.asked[0]["files"] == [picture]
    assert llm.asked[0]["prompt"] == "What is it?"


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.replace(" ", "-"))
def test_a_file_that_is_not_there_fails_before_anything_is_asked(mode: str) -> None:
    llm = Scripted("x")
    session = Session(provider=llm)
    with pytest.raises(FileProcessingError, match=r"no\.png"):
        Say(mode)(session, "?", files=["no.png"])
    assert (llm.asked, session.messages) == ([], [])


def test_a_model_that_cannot_see_is_told_of_the_picture(picture: Path, loopback: Loopback) -> None:
    session = Session(provider=Scripted("A dot."))
    session.generate("What is it?", image=picture)
    loopback.reply = lambda request: LANGUAGES["groq"].reply(request, "Fine.")
    llm = provider("groq", loopback, capabilities={"vision": False})
    response = session.generate("Thanks.", llm)
    assert MARK not in str(chats(loopback))
    assert any("1 image(s) left out" in note for note in response.warnings)


def saved(session: Session, path: Path, **how: Any) -> dict[str, Any]:
    session.save(path, **how)
    message: dict[str, Any] = json.loads(path.read_text("utf-8"))["messages"][0]
    return message


def conversation(*files: Any) -> Session:
    session = Session(provider=Scripted("A dot."))
    session.generate("What is it?", files=list(files))
    return session


def test_a_file_is_saved_by_its_place_and_hash(picture: Path, tmp_path: Path) -> None:
    (told,) = saved(conversation(picture), tmp_path / "s.json")["media"]
    assert told["path"] == str(picture)
    assert len(told["sha256"]) == 64
    assert "content" not in told
    llm = Scripted("Again.")
    Session.load(tmp_path / "s.json", llm).generate("And now?")
    assert MARK in llm.asked[0]["messages"][0]["content"][1]["image_url"]["url"]


def test_a_file_may_be_saved_with_its_content(picture: Path, tmp_path: Path) -> None:
    session = conversation(picture)
    (told,) = saved(session, tmp_path / "s.json", embed_files=True)["media"]
    assert base64.b64decode(told["content"]) == PNG
    picture.unlink()
    (media,) = Session.load(tmp_path / "s.json").messages[0].media
    assert media.get_content() == PNG  # type: ignore[attr-defined]


def test_bytes_have_no_place_and_are_saved_whole(tmp_path: Path) -> None:
    (told,) = saved(conversation(PNG), tmp_path / "s.json")["media"]
    assert base64.b64decode(told["content"]) == PNG


@pytest.mark.parametrize("change", ["gone", "other"])
def test_a_file_that_is_not_the_same_any_more_is_named(
    change: str, picture: Path, tmp_path: Path
) -> None:
    saved(conversation(picture), tmp_path / "s.json")
    if change == "gone":
        picture.unlink()
    else:
        picture.write_bytes(PNG + b"\0")
    with pytest.raises((FileProcessingError, ImageProcessingError), match=r"dot\.png"):
        Session.load(tmp_path / "s.json")


def test_a_file_out_of_the_providers_root_is_not_read_when_loading(
    picture: Path, tmp_path: Path
) -> None:
    saved(conversation(picture), tmp_path / "s.json")
    inside = tmp_path / "inside"
    inside.mkdir()
    llm = Scripted("x")
    llm.set_config(root=str(inside))
    with pytest.raises((FileProcessingError, ImageProcessingError), match="root"):
        Session.load(tmp_path / "s.json", llm)


def test_a_place_without_its_hash_is_not_read(picture: Path, tmp_path: Path) -> None:
    """A file from elsewhere could name any file of this machine."""
    path = tmp_path / "s.json"
    saved(conversation(picture), path)
    told = json.loads(path.read_text("utf-8"))
    del told["messages"][0]["media"][0]["sha256"]
    path.write_text(json.dumps(told), "utf-8")
    with pytest.raises((FileProcessingError, ImageProcessingError), match="sha256"):
        Session.load(path)


def test_a_vendor_that_takes_no_images_goes_on_without_them(
    picture: Path, loopback: Loopback
) -> None:
    session = Session(provider=Scripted("A dot."))
    session.generate("What is it?", image=picture)
    loopback.reply = lambda request: LANGUAGES["openai"].reply(request, "Fine.")
    llm = create_llm("litellm", model="deepseek/deepseek-chat", base_url=loopback.url, api_key="k")
    assert llm.capabilities["vision"] is False
    assert llm.capabilities.source("vision") == "vendor"
    response = session.generate("Thanks.", llm)
    assert response == "Fine."
    assert any("1 image(s) left out" in note for note in response.warnings)
