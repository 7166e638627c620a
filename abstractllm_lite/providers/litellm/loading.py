"""litellm, imported once and quietly: the only place where it is imported at all.

It is loaded on first use, with its price-map and beta-header downloads, its ``.env`` loading and
its prints switched off, and the environment put back as it was.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib
import importlib.metadata
import logging
import os
import threading
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any

_LOADING = threading.RLock()

# Read by litellm 1.100-1.109 while it is imported or primed, never afterwards.
_QUIET_ENVIRONMENT = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS": "True",
    "LITELLM_MODE": "PRODUCTION",
}

# litellm's own switches that only quieten it: no hints on stdout, no tokenizer downloads.
_QUIET_SWITCHES = {"suppress_debug_info": True, "disable_hf_tokenizer_download": True}

_TOKENIZERS = "TIKTOKEN_CACHE_DIR"

_CALLBACKS = (
    "input_callback",
    "success_callback",
    "failure_callback",
    "_async_input_callback",
    "_async_success_callback",
    "_async_failure_callback",
    "callbacks",
)

_loaded: Any = None


def load() -> Any:
    """The litellm module, imported once for the process."""
    global _loaded
    if _loaded is None:
        with _LOADING:
            if _loaded is None:
                _loaded = _import_quietly()
    return _loaded


async def aload() -> Any:
    """The same without blocking the event loop during the first import (about 2 s of CPU)."""
    return _loaded if _loaded is not None else await asyncio.to_thread(load)


@cache
def part(name: str) -> Any:
    """A module within litellm, by its name there; ImportError where this release has none."""
    load()
    return importlib.import_module(f"litellm.{name}")


def _import_quietly() -> Any:
    with _environment(_QUIET_ENVIRONMENT), _without_gc():
        litellm = importlib.import_module("litellm")
        for switch, value in _QUIET_SWITCHES.items():
            setattr(litellm, switch, value)
        logging.getLogger("LiteLLM").addFilter(_not_of_loops)
        _prime()
    return litellm


def _not_of_loops(record: logging.LogRecord) -> bool:
    """Drops one warning: each event loop of a process with several would print it once a call."""
    return not str(record.msg).startswith("LoggingWorker: event loop changed")


def _prime() -> None:
    """Load what litellm would load during the first calls, while the environment is ours.

    The beta headers are fetched from the internet at first use; the default tokenizer leaves its
    folder behind in the environment; Google's part makes a cache, which adds itself to the
    callbacks (litellm 1.100-1.109).
    """
    default = importlib.import_module("litellm.litellm_core_utils.default_encoding")
    _keep_tokenizers_local(default.cache_dir)
    headers = importlib.import_module("litellm.anthropic_beta_headers_manager")
    headers.get_unsupported_headers("anthropic")
    with _callbacks_kept():
        importlib.import_module("litellm.llms.vertex_ai.context_caching.vertex_ai_context_caching")


def _keep_tokenizers_local(folder: str) -> None:
    """Let tiktoken find its other tokenizers where litellm ships them, instead of downloading.

    litellm estimates the tokens of a stream (with 1.109 of every stream), which needs them.
    """
    constructors = importlib.import_module("tiktoken.registry").ENCODING_CONSTRUCTORS
    for name, constructor in constructors.items():
        if not isinstance(constructor, partial):
            constructors[name] = partial(_constructed, constructor, folder)


def _constructed(constructor: Callable[[], Any], folder: str) -> Any:
    with _environment({_TOKENIZERS: folder}):
        return constructor()


@contextlib.contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """The variables set for a while; the tokenizers' folder too is put back as it was."""
    before = {name: os.environ.get(name) for name in (*values, _TOKENIZERS)}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            os.environ.update({name: value} if value is not None else {})


@contextlib.contextmanager
def _callbacks_kept() -> Iterator[None]:
    """litellm's lists of callbacks hold afterwards what they held before."""
    litellm = importlib.import_module("litellm")
    before = {name: list(getattr(litellm, name)) for name in _CALLBACKS}
    try:
        yield
    finally:
        for name, callbacks in before.items():
            getattr(litellm, name)[:] = callbacks


@contextlib.contextmanager
def _without_gc() -> Iterator[None]:
    """Importing litellm makes 365,000 objects; collecting meanwhile costs a quarter of its time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@cache
def version() -> str:
    """The installed litellm's version."""
    return importlib.metadata.version("litellm")
