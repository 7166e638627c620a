"""Keys that a stream tells in pieces: whole only for who puts its events together."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any, NamedTuple

from .keys import REDACTED, Secrets

__all__ = ["joined", "without_keys"]


class Piece(NamedTuple):
    """A text in an event: where it stands, and what holds it under which name."""

    place: str
    holder: Any
    name: Any


def joined(events: list[Any]) -> Iterator[str]:
    """What the events tell in each of their places, put together."""
    for pieces in _by_place(events).values():
        yield "".join(piece.holder[piece.name] for piece in pieces)


def without_keys(events: list[Any], secrets: Secrets) -> list[Any]:
    """The events with REDACTED where a key begins and nothing where it goes on."""
    events = deepcopy(events)
    for pieces in _by_place(events).values():
        texts = [piece.holder[piece.name] for piece in pieces]
        if spans := list(secrets.spans("".join(texts))):
            for piece, text in zip(pieces, _cut(texts, spans), strict=True):
                piece.holder[piece.name] = text
    return events


def _by_place(events: list[Any]) -> dict[str, list[Piece]]:
    places: dict[str, list[Piece]] = {}
    for event in events:
        for piece in _pieces(event, ""):
            places.setdefault(piece.place, []).append(piece)
    return places


def _pieces(tree: Any, place: str) -> Iterator[Piece]:
    for name, item in tree.items() if isinstance(tree, dict) else enumerate(tree):
        within = f"{place}.{name}"
        if isinstance(item, str):
            yield Piece(within, tree, name)
        elif isinstance(item, (dict, list)):
            yield from _pieces(item, within)


def _cut(texts: list[str], spans: list[tuple[int, int]]) -> Iterator[str]:
    start = 0
    for text in texts:
        kept, end = [], start + len(text)
        place = start
        for first, last in spans:
            if first < end and last > start:
                kept.append(text[place - start : max(first, start) - start])
                kept.append(REDACTED if first >= start else "")
                place = min(last, end)
        yield "".join(kept) + text[place - start :]
        start = end
