"""The guard: litellm's functions are called as they are, or the call goes through litellm itself.

Their signatures drift from release to release, so each gets the keywords that it knows, and one
that asks for more than we have is not called at all.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

_LOG = logging.getLogger("abstractllm_lite.direct")

# What a changed litellm fails with. After the request was sent nothing is tried again.
_DRIFT = (TypeError, AttributeError, ImportError, NotImplementedError)

_told: set[str] = set()


class Declined(Exception):
    """The direct route does not take this call; nothing was sent."""


@contextmanager
def guarded(vendor: str) -> Iterator[None]:
    """Within, what a changed litellm fails with becomes Declined, and is logged once a vendor."""
    try:
        yield
    except _DRIFT as error:
        reason = f"{type(error).__name__} in litellm's part for {vendor}"
    else:
        return
    tell(reason)
    raise Declined(reason)


def tell(reason: str) -> None:
    """Say it in the log, once for the process."""
    if reason not in _told:
        _told.add(reason)
        _LOG.warning("%s: the call goes through litellm.completion instead", reason)


def fitted(function: Callable[..., Any], **keywords: Any) -> Any:
    """The function's result, given only the keywords it knows. Raises TypeError where it needs one
    that is not given."""
    known, needed = _signature(getattr(function, "__func__", function))
    if missing := needed - keywords.keys() - {"self", "cls"}:
        raise TypeError(f"{function.__qualname__} needs {sorted(missing)}")
    return function(**{name: keywords[name] for name in known & keywords.keys()})


@lru_cache(256)
def _signature(function: Callable[..., Any]) -> tuple[frozenset[str], frozenset[str]]:
    """The names that a function takes, and those that it needs."""
    parameters = inspect.signature(function).parameters.values()
    named = [each for each in parameters if not each.kind.name.startswith("VAR_")]
    needed = (each.name for each in named if each.default is each.empty)
    return frozenset(each.name for each in named), frozenset(needed)
