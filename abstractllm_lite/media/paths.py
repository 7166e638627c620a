"""Opening a file: a regular one, and inside the root where there is one."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

from .trouble import Refusal

# Never waits for the other end of a FIFO; not every system has every flag.
_READ = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | _NOFOLLOW


def open_file(path: Path, root: Path | None = None) -> BinaryIO:
    """The file, open for reading; a relative path starts at the root, where there is one.

    Raises Refusal for what is outside the root or no regular file, OSError, or ValueError for a
    name that no file can have.
    """
    real = path if root is None else _inside(path, root)
    _require_regular(real.stat().st_mode)
    descriptor = os.open(real, _READ) if root is None else _open_inside(real, root)
    try:
        _require_regular(os.fstat(descriptor).st_mode)
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def absolute(path: Path, root: Path | None = None) -> Path:
    """Where the path leads, without a look at the disk."""
    return Path(os.path.abspath(path if root is None else root / path))  # noqa: PTH100


def _require_regular(mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise Refusal("is a directory, not a file")
    if not stat.S_ISREG(mode):
        raise Refusal("is not a regular file (a device, a pipe or a socket)")


def _inside(path: Path, root: Path) -> Path:
    real = (root / path).resolve()
    if not real.is_relative_to(root.resolve(strict=True)):
        raise Refusal("is outside root=, and nothing there is read")
    return real


def _open_inside(real: Path, root: Path) -> int:
    """Open from folder to folder, following no link that came in since the path was resolved."""
    top = root.resolve(strict=True)
    if os.open not in os.supports_dir_fd:
        return os.open(real, _READ | _NOFOLLOW)
    *folders, name = real.relative_to(top).parts
    folder = os.open(top, _FOLDER)
    try:
        for each in folders:
            inner = os.open(each, _FOLDER, dir_fd=folder)
            os.close(folder)
            folder = inner
        return os.open(name, _READ | _NOFOLLOW, dir_fd=folder)
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.ENOTDIR}:
            raise Refusal("became a link while it was opened, and is not read") from None
        raise
    finally:
        os.close(folder)
