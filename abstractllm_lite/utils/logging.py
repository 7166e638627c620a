"""Where this package's log goes; nothing is set up on import, the root logger is left alone."""

from __future__ import annotations

import logging
import os
import re
from pathlib import Path
from typing import Any, Final

from .redaction import redact

__all__ = ["RedactionFilter", "configure_logging", "setup_logging", "truncate_base64"]

LOG_FILE: Final = "abstractllm.log"
_LOGGERS: Final = ("abstractllm", "abstractllm_lite")
_FORMAT: Final = "%(asctime)s - %(name)s - %(levelname)s - %(message)s"
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")
_DATA_URL: Final = re.compile(r"data:[\w.+/-]*(?:;[\w=.-]+)*;base64,", re.IGNORECASE)

_own_handlers: list[logging.Handler] = []


class RedactionFilter(logging.Filter):
    """Masks what looks like a credential in a record's message and traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            message = record.getMessage()
        except (TypeError, ValueError, LookupError):
            return True  # the handler reports a message that does not fit its arguments
        clean = redact(message)
        if clean != message:
            record.msg, record.args = clean, None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = redact(record.exc_text)
        return True


def configure_logging(
    log_dir: str | os.PathLike[str] | None = None,
    log_level: int | str | None = None,
    provider_level: int | str | None = None,
    console_output: bool | None = None,
) -> None:
    """Send the log to the console, to a file `abstractllm.log` in a directory, or to both.

    Without a directory (or ABSTRACTLLM_LOG_DIR) it goes to the console, unless console_output
    says otherwise. A second call replaces the first.
    """
    level = logging.INFO if log_level is None else log_level
    setup_logging(level, provider_level, log_dir, console_output)


def setup_logging(
    level: int | str = logging.INFO,
    provider_level: int | str | None = None,
    log_dir: str | os.PathLike[str] | None = None,
    console_output: bool | None = None,
) -> None:
    """As `configure_logging`, in AbstractLLM's other order of arguments."""
    directory = log_dir or os.environ.get("ABSTRACTLLM_LOG_DIR")
    handlers = _handlers(directory, console_output)
    _remove_own_handlers()
    _own_handlers.extend(handlers)
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        logger.setLevel(level)
        for handler in handlers:
            logger.addHandler(handler)
        providers = level if provider_level is None else provider_level
        logging.getLogger(f"{name}.providers").setLevel(providers)


def truncate_base64(data: Any, max_length: int = 50) -> Any:
    """A copy of the data with each long base64 text in it replaced by its length."""
    if isinstance(data, str):
        return _short(data, max_length)
    if isinstance(data, dict):
        return {key: truncate_base64(value, max_length) for key, value in data.items()}
    if isinstance(data, list):
        return [truncate_base64(item, max_length) for item in data]
    return data


def _handlers(
    directory: str | os.PathLike[str] | None, console: bool | None
) -> list[logging.Handler]:
    handlers: list[logging.Handler] = []
    if directory:
        Path(directory).mkdir(parents=True, exist_ok=True)
        path = Path(directory) / LOG_FILE
        handlers.append(logging.FileHandler(path, encoding="utf-8", delay=True))
    if console or (console is None and not directory):
        handlers.append(logging.StreamHandler())
    for handler in handlers:
        handler.setFormatter(logging.Formatter(_FORMAT))
        handler.addFilter(RedactionFilter())
    return handlers


def _remove_own_handlers() -> None:
    while _own_handlers:
        handler = _own_handlers.pop()
        for name in _LOGGERS:
            logging.getLogger(name).removeHandler(handler)
        handler.close()


def _short(text: str, max_length: int) -> str:
    head = _DATA_URL.match(text)
    start = head.end() if head else 0
    length = len(text) - start
    if length <= max_length or not _BASE64.fullmatch(text, start):
        return text
    return f"{text[:start]}[base64 data, length: {length} chars]"
