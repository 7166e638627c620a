"""What AbstractLLM's documents show of images runs here, against a server in the vendor's place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from abstractllm_lite import ModelCapability, create_llm
from abstractllm_lite.exceptions import ImageProcessingError
from abstractllm_lite.media import ImageInput, MediaFactory
from tests.media import samples
from tests.support.loopback import Loopback
from tests.support.vendors import VENDORS

URL = "https://example.com/image.jpg"


@pytest.fixture
def llm(loopback: Loopback) -> Any:
    """The provider of the examples."""
    loopback.reply = VENDORS["openai"].says("A picture.")
    return create_llm("openai", model="gpt-4o", base_url=f"{loopback.url}/v1", api_key="key")


@pytest.fixture
def photo(tmp_path: Path) -> str:
    """A local image's path."""
    path = tmp_path / "image.jpg"
    path.write_bytes(samples.jpeg())
    return str(path)


def images(loopback: Loopback) -> list[dict[str, Any]]:
    """The images of the last request."""
    content = loopback.requests[-1].json["messages"][-1]["content"]
    return [part["image_url"] for part in content if part["type"] == "image_url"]


def test_an_address_and_a_local_file_and_several(llm: Any, photo: str, loopback: Loopback) -> None:
    assert llm.generate("What's in this image?", image=URL) == "A picture."
    assert images(loopback) == [{"url": URL}]
    llm.generate("Describe this image", image=photo)
    assert images(loopback)[0]["url"].startswith("data:image/jpeg;base64,")
    llm.generate("Compare these images", images=[URL, photo, MediaFactory.from_source(photo)])
    assert len(images(loopback)) == 3
    llm.generate("Describe it", files=[photo])
    assert len(images(loopback)) == 1


def test_an_image_input_with_its_detail(llm: Any, photo: str, loopback: Loopback) -> None:
    llm.generate("Analyze this image in detail:", image=ImageInput(photo, detail_level="high"))
    assert images(loopback)[0]["detail"] == "high"
    later = MediaFactory.from_source(photo, media_type="image")
    later.detail_level = "low"  # type: ignore[attr-defined]
    llm.generate("Briefly?", image=later)
    assert images(loopback)[0]["detail"] == "low"


def test_a_dictionary_in_the_vendors_words(llm: Any, photo: str, loopback: Loopback) -> None:
    llm.generate("Describe this image.", image={"url": URL, "detail": "high"})
    assert images(loopback) == [{"url": URL, "detail": "high"}]
    llm.generate("Describe this image.", image={"path": photo})
    assert images(loopback)[0]["url"].startswith("data:image/jpeg;base64,")


def test_a_missing_image_is_an_error_to_fall_back_from(llm: Any, loopback: Loopback) -> None:
    with pytest.raises(ImageProcessingError):
        llm.generate("What's in this image?", image="nonexistent/image.jpg")
    assert loopback.requests == []
    assert llm.generate("Describe what you wanted to show.") == "A picture."


def test_vision_can_be_asked_about(llm: Any) -> None:
    assert llm.get_capabilities().get(ModelCapability.VISION) is True


def test_the_guides_way_to_prepare_an_image(photo: str) -> None:
    """The custom-provider guide gives its own name to `to_provider_format`."""
    prepared = MediaFactory.from_source(photo, media_type="image").to_provider_format("myservice")
    assert prepared["type"] == "image_url"
