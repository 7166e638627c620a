"""AWS's binary event streams, as a person reads them and as they are sent.

A frame is `{"headers": names and texts}` with its payload as `json`, `text` or `base64`; or as
`event`, where the payload is `{"bytes": base64 of JSON}` as Bedrock wraps other models' events.
"""

from __future__ import annotations

import base64
import binascii
import json
import struct
import zlib
from typing import Any

from ..providers.litellm.wire.frames import BadFrame, Frame, first_frame

__all__ = ["pack", "unpack"]

Readable = dict[str, Any]

_TEXT = 7  # the type of a header whose value is a text


def unpack(raw: bytes) -> list[Readable] | None:
    """The frames that the bytes are; None where they are none, or hold what cannot be shown."""
    frames = []
    while raw:
        try:
            frame = first_frame(raw)
        except BadFrame:
            return None
        if frame is None or _encoded(frame.headers, frame.payload) != raw[: frame.size]:
            return None
        frames.append({"headers": frame.headers, **_payload(frame)})
        raw = raw[frame.size :]
    return frames or None


def pack(frames: list[Readable]) -> bytes:
    """The bytes of the frames, with their lengths and checksums."""
    return b"".join(_encoded(frame["headers"], _bytes(frame)) for frame in frames)


def _encoded(headers: dict[str, str], payload: bytes) -> bytes:
    """A frame: lengths, their checksum, headers, payload, the checksum of it all."""
    told = b"".join(_header(name, value) for name, value in headers.items())
    prelude = struct.pack(">II", len(told) + len(payload) + 16, len(told))
    start = prelude + struct.pack(">I", zlib.crc32(prelude)) + told + payload
    return start + struct.pack(">I", zlib.crc32(start))


def _header(name: str, value: str) -> bytes:
    key, text = name.encode(), value.encode()
    return bytes([len(key)]) + key + bytes([_TEXT]) + struct.pack(">H", len(text)) + text


def _payload(frame: Frame) -> Readable:
    try:
        text = frame.payload.decode("utf-8")
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(frame.payload).decode("ascii")}
    tree = _tree(text)
    if tree is None:
        return {"text": text} if text else {}
    if tree.keys() == {"bytes"} and (event := _wrapped(tree["bytes"])) is not None:
        return {"event": event}
    return {"json": tree}


def _bytes(frame: Readable) -> bytes:
    if "base64" in frame:
        return base64.b64decode(frame["base64"], validate=True)
    if "event" in frame:
        inner = base64.b64encode(_compact(frame["event"])).decode("ascii")
        return _compact({"bytes": inner})
    return _compact(frame["json"]) if "json" in frame else str(frame.get("text", "")).encode()


def _wrapped(text: Any) -> Any:
    try:
        return _tree(base64.b64decode(text, validate=True).decode("utf-8"))
    except (binascii.Error, UnicodeDecodeError, TypeError, ValueError):
        return None


def _tree(text: str) -> Any:
    """The JSON object in a text, or None."""
    try:
        tree = json.loads(text)
        json.dumps(tree, allow_nan=False).encode("utf-8")
    except (ValueError, RecursionError):
        return None
    return tree if isinstance(tree, dict) else None


def _compact(tree: Any) -> bytes:
    return json.dumps(tree, separators=(",", ":")).encode("ascii")
