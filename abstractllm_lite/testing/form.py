"""How a cassette looks on paper: vcrpy's layout, with bodies that a person can read and edit.

A body is `{"json": tree}`, `{"text": text}` (event streams among them; `"newlines": "crlf"` where
every line ends so), `{"frames": list}` (see `frames`) or `{"base64": text}`; an empty one is `{}`.
"""

from __future__ import annotations

import base64
import binascii
import json
import struct
from functools import cache
from typing import Any

from . import frames
from .errors import CassetteError

__all__ = ["VERSION", "dump", "load", "pack_body", "unpack_body"]

VERSION = 1
_END = "..."  # how YAML ends a document: without it, a file may have lost interactions

Body = dict[str, Any]


def unpack_body(raw: bytes | str | None) -> Body:
    """The readable form of a body's bytes."""
    if not raw:
        return {}
    if isinstance(raw, bytes) and (found := frames.unpack(raw)) is not None:
        return {"frames": found}
    try:
        text = raw if isinstance(raw, str) else raw.decode("utf-8")
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(bytes(raw)).decode("ascii")}  # type: ignore[arg-type]
    tree = _json_tree(text)
    return _text_body(text) if tree is None else {"json": tree}


def pack_body(body: Body) -> bytes:
    """The bytes of a readable body; JSON is written compactly, with its keys in their order."""
    if "json" in body:
        return json.dumps(body["json"], separators=(",", ":")).encode("ascii")
    if "frames" in body:
        return frames.pack(body["frames"])
    if "base64" in body:
        return base64.b64decode(body["base64"], validate=True)
    text: str = body.get("text", "")
    return (text.replace("\n", "\r\n") if body.get("newlines") == "crlf" else text).encode("utf-8")


def _json_tree(text: str) -> Any:
    """The parsed object or list; None for any other text, and for numbers and signs beyond it."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        tree = json.loads(text)
        json.dumps(tree, ensure_ascii=False, allow_nan=False).encode("utf-8")
    except (ValueError, RecursionError):
        return None
    return tree


def _text_body(text: str) -> Body:
    unix = text.replace("\r\n", "\n")
    if "\r" in unix or "\r\n" not in text or unix.count("\n") != text.count("\r\n"):
        return {"text": text}
    return {"text": unix, "newlines": "crlf"}


def dump(document: dict[str, Any]) -> str:
    """The YAML text of a cassette; equal documents give equal text."""
    import yaml

    return yaml.dump(
        document,
        Dumper=_dumper(),
        sort_keys=False,
        allow_unicode=True,
        width=float("inf"),
        default_flow_style=False,
        explicit_end=True,
    )


def load(text: str) -> dict[str, Any]:
    """The document in a cassette's text; CassetteError when it is none, or of a newer format."""
    import yaml

    try:
        document = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        raise CassetteError(f"not readable as YAML: {error}") from error
    checked = _checked(document)
    if not text.rstrip().endswith(f"\n{_END}"):
        raise CassetteError(f"cut short: its last line is not {_END!r}")
    return checked


def _checked(document: Any) -> dict[str, Any]:
    if not isinstance(document, dict) or "interactions" not in document:
        raise CassetteError("not a cassette: it has no list of interactions")
    if document.get("version") != VERSION:
        raise CassetteError(
            f"its format is version {document.get('version')!r}; this release reads {VERSION}. A "
            "newer release of abstractllm-lite may read it, or record it again with "
            "--llm-record=rewrite"
        )
    for number, interaction in enumerate(document["interactions"] or (), 1):
        if not _is_interaction(interaction):
            raise CassetteError(
                f"interaction {number} is not in this release's form: cut short, edited wrongly, "
                "or written by plain vcrpy"
            )
    return {**document, "interactions": list(document["interactions"] or ())}


def _is_interaction(value: Any) -> bool:
    try:
        request, response = value["request"], value["response"]
        strings = (request["method"], request["uri"], response["status"]["message"])
        bodies = [pack_body(side.get("body", {})) for side in (request, response)]
    except (KeyError, TypeError, AttributeError, ValueError, binascii.Error, struct.error):
        return False
    return (
        all(isinstance(text, str) for text in strings)
        and isinstance(response["status"]["code"], int)
        and isinstance(response.get("headers", {}), dict)
        and len(bodies) == 2
    )


@cache
def _dumper() -> Any:
    import yaml

    class Dumper(yaml.SafeDumper):
        """Safe, without aliases, lists indented, and text of several lines as a literal block."""

        def ignore_aliases(self, data: Any) -> bool:
            return True

        def analyze_scalar(self, scalar: str) -> Any:
            # PyYAML forbids blocks for tabs and for spaces at a line's end, which YAML allows.
            analysis = super().analyze_scalar(scalar)
            analysis.allow_block = analysis.allow_block or _is_literal(scalar)
            return analysis

    def represent_text(dumper: Any, text: str) -> Any:
        style = "|" if _is_literal(text) else None if text.isprintable() else '"'
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)

    Dumper.add_representer(str, represent_text)
    return Dumper


def _is_literal(text: str) -> bool:
    """True for text of several lines that a literal block holds unchanged."""
    return (
        "\n" in text
        and text[0] not in " \n\t"
        and all(line.isprintable() for line in text.replace("\t", "").split("\n"))
    )
