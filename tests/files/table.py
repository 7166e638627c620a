"""What eight vendors are sent for each kind of file, caught on the way at a loopback server."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType, SimpleNamespace
from typing import Any

from abstractllm_lite import create_llm
from abstractllm_lite.exceptions import AbstractLLMError
from abstractllm_lite.media import fetch
from tests.media import samples
from tests.support.loopback import Loopback, Reply

ADDRESS = "https://pictures.example/a.png"
QUESTION = "What is it?"


@dataclass(frozen=True)
class Kind:
    """A kind of file: what is given, what of it can be found on the wire, and its rows there."""

    given: Any
    argument: str = "files"
    recorded: str | None = None

    @property
    def marks(self) -> dict[str, str]:
        """What the content looks like on the wire, and what that is called."""
        if isinstance(self.given, str):
            return {self.given: "address"}
        encoded = base64.b64encode(self.given).decode()
        return {f";base64,{encoded}": "data: URL", encoded: "base64", "File: ": "text"}


KINDS = {
    "image": Kind(samples.png(), recorded="image_in"),
    "address of an image": Kind(ADDRESS, "image", "image_in"),
    "PDF": Kind(samples.pdf(), recorded="document_in"),
    "wav": Kind(samples.wav(), recorded="audio_in"),
    "mp3": Kind(samples.mp3(), recorded="audio_in"),
    "CSV, TSV": Kind(samples.CSV),
    "text": Kind(b"Some words."),
}


@dataclass(frozen=True)
class Place:
    """A vendor's model, how it is reached, and its name in the recordings."""

    model: str
    suffix: str = ""
    recorded: str = ""
    more: tuple[tuple[str, str], ...] = (("api_key", "key-of-the-test"),)


_AMAZON = (
    ("aws_region_name", "us-east-1"),
    ("aws_access_key_id", "id-of-the-test"),
    ("aws_secret_access_key", "key-of-the-test"),
)
VENDORS = {
    "OpenAI": Place("openai/gpt-4o", "/v1", "openai"),
    "Anthropic": Place("anthropic/claude-sonnet-4-5", "", "anthropic"),
    "Gemini": Place("gemini/gemini-2.5-flash", "", "gemini"),
    "Bedrock": Place(
        "bedrock/converse/us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "",
        "bedrock_converse",
        _AMAZON,
    ),
    "Mistral": Place("mistral/mistral-medium-latest", "/v1", "mistral"),
    "Cohere": Place("cohere_chat/command-a-vision-07-2025", "/v2/chat", "cohere"),
    "Groq": Place("groq/meta-llama/llama-4-scout-17b-16e-instruct", "/openai/v1", "groq"),
    "Ollama": Place("ollama_chat/llava", "", "ollama"),
}


@dataclass(frozen=True)
class Cell:
    """How one kind reaches one vendor: the part on the wire, or the error that comes instead."""

    part: Any = None
    error: str = ""
    fetched: bool = False

    @property
    def sent_as(self) -> str:
        """In words: the place in the part, and the form of the content there."""
        if self.error:
            return self.error
        return ", ".join(f"`{path}`: {form}" for path, form in found(self.part))


def cell(vendor: str, kind: str, transport: str = "auto") -> Cell:
    """What happens; where nothing is sent, once more with `allow_fetch=True`."""
    first = _asked(VENDORS[vendor], KINDS[kind], transport, allow_fetch=False)
    if first.error and kind.startswith("address"):
        again = _asked(VENDORS[vendor], KINDS[kind], transport, allow_fetch=True)
        return Cell(again.part, again.error, fetched=True)
    return first


def found(part: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Where in a part its content lies, and in which form."""
    if isinstance(part, Mapping):
        for name, value in part.items():
            yield from found(value, f"{path}.{name}" if path else name)
    elif isinstance(part, list):
        for value in part:
            yield from found(value, f"{path}[]")
    elif isinstance(part, str):
        for kind in KINDS.values():
            for mark, form in kind.marks.items():
                if mark in part:
                    yield path, form
                    return


def _asked(place: Place, kind: Kind, transport: str, *, allow_fetch: bool) -> Cell:
    with Loopback() as server, _pypdf(), _pictures():
        server.reply = Reply({"error": {"message": "that is all"}}, status=400)
        llm = create_llm(
            "litellm",
            model=place.model,
            base_url=server.url + place.suffix,
            max_retries=0,
            transport=transport,
            allow_fetch=allow_fetch,
            **dict(place.more),
        )
        try:
            llm.generate(QUESTION, **{kind.argument: [kind.given]})
        except AbstractLLMError as error:
            if not server.requests:
                return Cell(error=type(error).__name__)
        (request,) = server.requests
        return Cell(_part(request.json))


def _part(body: dict[str, Any]) -> Any:
    """The part of the last message that is not the question."""
    message = (body.get("messages") or body.get("contents"))[-1]
    if images := message.get("images"):
        return {"images": images}
    content = message.get("content") or message.get("parts")
    if isinstance(content, str):
        return {"content": content}
    (part,) = (each for each in content if each.get("text") != QUESTION)
    return part


@contextmanager
def _pypdf() -> Iterator[None]:
    """A pypdf for where there is none: what it finds is no matter here."""
    module: Any = ModuleType("pypdf")
    page = SimpleNamespace(extract_text=lambda: "Hello PDF")
    module.PdfReader = lambda file: SimpleNamespace(pages=[page])
    before = sys.modules.get("pypdf")
    sys.modules["pypdf"] = module
    try:
        yield
    finally:
        del sys.modules["pypdf"]
        if before is not None:
            sys.modules["pypdf"] = before


@contextmanager
def _pictures() -> Iterator[None]:
    """The web, where every address leads to one picture."""
    real = fetch.fetch
    fetch.fetch = lambda url, accepts: iter([samples.png()])
    try:
        yield
    finally:
        fetch.fetch = real


# (vendor, kind) for which a real vendor accepted a part of the same names and nesting; the test
# holds it against the recordings, where they are.
WITNESSED = frozenset(
    (vendor, kind)
    for vendor, kinds in {
        "OpenAI": ("image", "address of an image", "PDF", "mp3"),
        "Anthropic": ("image", "PDF"),
        "Gemini": ("image", "address of an image", "PDF", "mp3"),
        "Bedrock": ("image", "address of an image", "PDF"),
        "Mistral": ("image", "address of an image"),
        "Cohere": ("image", "address of an image"),
        "Groq": ("image",),
    }.items()
    for kind in kinds
)

_OPTIONAL = frozenset({"cache_control", "citations", "detail", "filename", "name"})


def witnesses(rows: list[dict[str, Any]]) -> set[tuple[str, str]]:
    """The cells whose shape was accepted, by the recorded requests."""
    return {
        (vendor, kind)
        for vendor, place in VENDORS.items()
        for kind, what in KINDS.items()
        if what.recorded and (part := cell(vendor, kind).part) is not None
        if "File: " not in json.dumps(part)
        if any(
            _shape(part) == _shape(accepted)
            for row in rows
            if (row["vendor"], row["kind"]) == (place.recorded, what.recorded)
            for accepted in _all_parts(row["body"])
        )
    }


def _all_parts(body: Any) -> Iterator[Any]:
    for message in body.get("messages") or body.get("contents") or ():
        content = message.get("content") or message.get("parts")
        yield from content if isinstance(content, list) else ()


# Values that must be the same.
_SAID = frozenset({"type", "format", "mediatype", "mimetype"})


def _plain(name: str) -> str:
    """Google takes `inline_data` and `inlineData` alike."""
    return name.replace("_", "").lower()


def _shape(part: Any) -> Any:
    """Names and nesting, types and formats; of other values only their form."""
    if isinstance(part, Mapping):
        return {
            _plain(name): value if _plain(name) in _SAID else _shape(value)
            for name, value in part.items()
            if name not in _OPTIONAL
        }
    if isinstance(part, list):
        return [_shape(each) for each in part]
    if not isinstance(part, str):
        return type(part).__name__
    return "address" if part.startswith("http") else "data" if part.startswith("data:") else "text"
