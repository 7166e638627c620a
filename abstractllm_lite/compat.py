"""`import abstractllm` on top of this package, for code that was written for AbstractLLM."""

from __future__ import annotations

import importlib.util
import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from typing import TYPE_CHECKING, Final

from .exceptions import UnsupportedOperationError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

__all__ = ["install_as_abstractllm"]

_THEIRS: Final = "abstractllm"
_OURS: Final = "abstractllm_lite"


def install_as_abstractllm() -> None:
    """Let `import abstractllm` and its submodules give this package's own modules.

    The classes are the same, so isinstance holds across both names. It imports nothing yet;
    calling it again does nothing. Raises UnsupportedOperationError when the real abstractllm
    is loaded already.
    """
    loaded = sys.modules.get(_THEIRS)
    if loaded is not None and loaded is not sys.modules[_OURS]:
        raise UnsupportedOperationError(
            "install_as_abstractllm",
            "another abstractllm is imported already; call it before the first "
            "`import abstractllm`, or uninstall that package",
        )
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


class _Finder(MetaPathFinder, Loader):
    """Finds abstractllm.x as the module abstractllm_lite.x."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != _THEIRS and not fullname.startswith(f"{_THEIRS}."):
            return None
        ours = importlib.util.find_spec(_ours(fullname))
        if ours is None:
            return None
        spec = ModuleSpec(fullname, self, origin=ours.origin)
        spec.submodule_search_locations = ours.submodule_search_locations
        return spec

    def exec_module(self, module: ModuleType) -> None:
        # The import system returns what stands here afterwards, and leaves its __spec__ alone.
        name = module.__name__
        sys.modules[name] = importlib.import_module(_ours(name))


def _ours(fullname: str) -> str:
    return _OURS + fullname.removeprefix(_THEIRS)
