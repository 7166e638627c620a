"""Providers' shapes, AbstractLLM's and registered ones."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from abstractllm_lite.exceptions import InvalidParameterError
from abstractllm_lite.media import (
    ImageInput,
    MediaInput,
    MediaProcessor,
    TabularInput,
    TextInput,
    formats,
    register_format,
)
from tests.media import samples

ENCODED = base64.b64encode(samples.png()).decode()
OPENAI = {
    "type": "image_url",
    "image_url": {"url": f"data:image/png;base64,{ENCODED}", "detail": "auto"},
}
ANTHROPIC = {
    "type": "image",
    "source": {"type": "base64", "media_type": "image/png", "data": ENCODED},
}
URL = "https://pictures.example/a.png"


@pytest.fixture(autouse=True)
def _registered_for_one_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "_registered", {})


@pytest.mark.parametrize(
    ("provider", "shape"),
    [
        ("openai", OPENAI),
        ("litellm", OPENAI),
        ("nobody-knows", OPENAI),
        ("anthropic", ANTHROPIC),
        ("ollama", ENCODED),
        (
            "huggingface",
            {
                "type": "image",
                "content": samples.png(),
                "mime_type": "image/png",
                "source_type": "binary",
            },
        ),
    ],
)
def test_an_image_has_the_shape_of_its_provider(provider: str, shape: Any) -> None:
    assert ImageInput(samples.png()).to_provider_format(provider) == shape


@pytest.mark.parametrize(
    ("media", "content"),
    [(TextInput("hi"), "hi"), (TabularInput("a\n1\n"), "| a |\n| --- |\n| 1 |\n")],
)
def test_texts_and_tables_have_the_shapes_of_abstractllm(media: MediaInput, content: str) -> None:
    part = {"type": "text", "text": content}
    own = {"delimiter": ","} if media.media_type == "tabular" else {}
    mime = "text/csv" if own else "text/plain"
    local = {"type": media.media_type, "content": content, "mime_type": mime, **own}

    assert media.to_provider_format("openai") == media.to_provider_format("anthropic") == part
    assert media.to_provider_format("huggingface") == local
    assert media.to_provider_format("ollama") == (
        f"\n===== JOINT FILES ======\n\n===== text =========\n{content}\n"
    )


def test_a_native_provider_registers_its_shape() -> None:
    register_format("claudelike", "anthropic")
    register_format("own", lambda media: {"own": media.media_type})
    image = ImageInput(samples.png())

    assert image.to_provider_format("claudelike") == ANTHROPIC
    assert image.to_provider_format("own") == {"own": "image"}
    assert TextInput("x").to_provider_format("own") == {"own": "text"}


@pytest.mark.parametrize(
    ("name", "shape"), [("", "openai"), (5, "openai"), ("openai", "ollama"), ("x", "y"), ("x", 5)]
)
def test_what_cannot_be_registered_is_refused(name: Any, shape: Any) -> None:
    with pytest.raises(InvalidParameterError):
        register_format(name, shape)


def test_images_go_into_the_first_message_of_the_user() -> None:
    messages = [
        {"role": "system", "content": "s"},
        {"role": "user", "content": "What?"},
        {"role": "user", "content": "And?"},
    ]
    given = {"messages": messages, "image": samples.png(), "temperature": 0}

    told = MediaProcessor.process_inputs(given, "openai")

    part = {"type": "text", "text": "What?"}
    assert told == {
        "messages": [messages[0], {"role": "user", "content": [part, OPENAI]}, messages[2]],
        "temperature": 0,
    }
    assert messages[1]["content"] == "What?", "the caller's own were changed"
    again = MediaProcessor.process_inputs({**told, "images": [URL]}, "anthropic")
    assert again["messages"][1]["content"][2]["source"] == {"type": "url", "url": URL}


@pytest.mark.parametrize("provider", ["openai", "anthropic", "nobody-knows"])
@pytest.mark.parametrize("empty", [{}, {"image": None}, {"images": []}, {"images": None}])
def test_a_prompt_becomes_a_message(empty: dict[str, Any], provider: str) -> None:
    said = MediaProcessor.process_inputs({"prompt": "Hi", **empty}, provider)
    assert said == {"messages": [{"role": "user", "content": "Hi"}]}
    system = {"messages": [{"role": "system", "content": "s"}]}
    assert MediaProcessor.process_inputs({**system, **empty}, provider) == system


def test_a_prompt_and_its_image_become_a_message() -> None:
    told = MediaProcessor.process_inputs({"prompt": "Hi", "image": samples.png()}, "openai")
    assert told["messages"][0]["content"] == [{"type": "text", "text": "Hi"}, OPENAI]
    alone = MediaProcessor.process_inputs({"image": samples.png()}, "openai")
    assert alone == {"messages": [{"role": "user", "content": [OPENAI]}]}


def test_ollama_and_models_on_this_machine_have_places_of_their_own() -> None:
    one = {"prompt": "Hi", "image": samples.png()}
    two = {"prompt": "Hi", "images": [samples.png(), URL]}

    assert MediaProcessor.process_inputs(one, "ollama") == {"prompt": "Hi", "image": ENCODED}
    several = MediaProcessor.process_inputs(two, "ollama")
    assert several == {"prompt": "Hi", "images": [ENCODED, URL]}
    local = MediaProcessor.process_inputs(one, "huggingface")
    assert (local["image"]["source_type"], local["image_processor_format"]) == ("binary", "pil")
    assert len(MediaProcessor.process_inputs(two, "huggingface")["images"]) == 2
    for provider in ("ollama", "huggingface"):
        assert MediaProcessor.process_inputs({"prompt": "Hi"}, provider) == {"prompt": "Hi"}
