"""All that an exception would show of a secret to whoever prints, logs, pickles or debugs it."""

from __future__ import annotations

import pickle
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import abstractllm_lite

PACKAGE = str(Path(abstractllm_lite.__file__).parent)


def everything_said_by(error: BaseException) -> Iterator[str]:
    """Each text in which the error, its chain, its frames or its pickle could show a secret."""
    for link in _chain(error):
        yield from (str(link), repr(link), repr(link.args), repr(vars(link)))
        yield from _held(link)
    yield "".join(traceback.format_exception(error))
    yield repr(pickle.dumps(error))
    for frame in _frames_of_ours(error):
        yield from map(repr, frame.f_locals.values())


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        link = waiting.pop()
        if link is None or id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        waiting += [link.__cause__, link.__context__, getattr(link, "original_exception", None)]


def _held(link: BaseException) -> Iterator[str]:
    for name in ("request", "response"):
        held = getattr(link, name, None)
        headers = getattr(getattr(held, "request", held), "headers", None)
        yield repr(dict(headers)) if headers else ""


def _frames_of_ours(error: BaseException) -> Iterator[FrameType]:
    trace = error.__traceback__
    while trace:
        if trace.tb_frame.f_code.co_filename.startswith(PACKAGE):
            yield trace.tb_frame
        trace = trace.tb_next
