"""Providers by name: registered ones, built-in ones, then entry points; loaded when asked for."""

from __future__ import annotations

from importlib import import_module
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from ..exceptions import InvalidParameterError, ProviderImportError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = ["get_available_providers", "get_provider_class", "register_provider"]

Target: TypeAlias = "type[Any] | str"

ENTRY_POINT_GROUPS: Final = ("abstractllm_lite.providers", "abstractllm.providers")
BUILT_IN: Final[dict[str, str]] = {
    "litellm": "abstractllm_lite.providers.litellm.provider:LiteLLMProvider",
    "openai": "abstractllm_lite.providers.litellm.vendors:OpenAIProvider",
    "anthropic": "abstractllm_lite.providers.litellm.vendors:AnthropicProvider",
    "ollama": "abstractllm_lite.providers.litellm.vendors:OllamaProvider",
    "huggingface": "abstractllm_lite.providers.litellm.vendors:HuggingFaceProvider",
    # For tests of programs; by name alone, so that nothing here imports it.
    "fake": "abstractllm_lite.testing.fake:FakeLLM",
}
_SHAPE: Final = ("generate", "generate_async", "get_capabilities")
_FORMS: Final = 'a class, "package.module:Class" or (module, class)'

_registered: dict[str, Target] = {}


def register_provider(
    name: str,
    target: type[Any] | str | tuple[str, str],
    class_name: str | None = None,
    *,
    replace: bool = False,
) -> None:
    """Let `create_llm(name)` find a class, "package.module:Class" or (module, class).

    A class needs the shape of a provider, not the ancestry. Registering the same target again
    does nothing; another one, or one over a built-in name, needs `replace=True`, else it is an
    InvalidParameterError.
    """
    _check_name(name)
    new = _target(target, class_name)
    old = _registered.get(name) or BUILT_IN.get(name)
    if old is not None and not replace and not _same(old, new):
        raise InvalidParameterError(
            "name",
            name,
            f"Provider {name!r} is registered already as {_place(old)}; "
            f"register_provider({name!r}, ..., replace=True) replaces it",
        )
    _registered[name] = new


def get_provider_class(name: str) -> type[Any] | None:
    """The class behind a name, imported now if need be, or None where the name is unknown.

    Raises ProviderImportError (an ImportError) where the name is known and cannot be loaded.
    """
    target = _registered.get(name) or BUILT_IN.get(name) or _entry_points().get(name)
    return None if target is None else _load(name, target)


def get_available_providers() -> dict[str, dict[str, Any]]:
    """What is known of each provider by name, without importing any of them."""
    return {name: _entry(target) for name, target in _known().items()}


def provider_names() -> list[str]:
    """All names that `create_llm` finds."""
    return list(_known())


def _known() -> dict[str, Target]:
    return {**_entry_points(), **BUILT_IN, **_registered}


def _entry_points() -> dict[str, Target]:
    from importlib.metadata import entry_points

    found: dict[str, Target] = {}
    for group in ENTRY_POINT_GROUPS:
        for point in entry_points(group=group):
            found.setdefault(point.name, _point_target(point))
    return found


def _point_target(point: EntryPoint) -> str:
    return point.value.partition("[")[0].replace(" ", "")


def _check_name(name: object) -> None:
    if not isinstance(name, str) or not name.strip():
        raise InvalidParameterError("name", name, f"A provider's name is a text, not {name!r}")


def _target(target: Any, class_name: str | None) -> Target:
    if isinstance(target, type):
        _check_shape(target)
        return target
    if isinstance(target, str) and class_name:
        target = (target, class_name)
    if isinstance(target, tuple) and len(target) == 2:
        target = ":".join(map(str, target))
    if isinstance(target, str) and all(target.partition(":")):
        return target
    raise InvalidParameterError("target", target, f"A provider is {_FORMS}, not {target!r}")


def _check_shape(cls: Any) -> None:
    missing = [name for name in _SHAPE if not callable(getattr(cls, name, None))]
    if not isinstance(cls, type) or missing:
        raise InvalidParameterError(
            "target",
            cls,
            f"{cls!r} is no provider class: it has no {', '.join(missing) or '__init__'}",
        )


def _place(target: Target) -> str:
    if isinstance(target, str):
        return target
    return f"{target.__module__}:{target.__qualname__}"


def _same(old: Target, new: Target) -> bool:
    # A class defined again at the same place, as in a notebook's cell run twice, is the same.
    return old is new or (_place(old) == _place(new) and "<locals>" not in _place(new))


def _entry(target: Target) -> dict[str, Any]:
    module, _, name = _place(target).partition(":")
    loaded = None if isinstance(target, str) else target
    return {"module_path": module, "class_name": name, "class": loaded}


def _load(name: str, target: Target) -> type[Any]:
    if isinstance(target, type):
        return target
    module, _, attribute = target.partition(":")
    try:
        cls: type[Any] = attrgetter(attribute)(import_module(module))
    except Exception as exc:
        raise ProviderImportError(_why(name, target, exc), provider=name) from exc
    _check_shape(cls)
    return cls


def _why(name: str, target: str, error: Exception) -> str:
    text = f"Provider {name!r} ({target}) cannot be loaded: {type(error).__name__}: {error}"
    if isinstance(error, ModuleNotFoundError) and (error.name or "").startswith("abstractllm"):
        text += ". Call abstractllm_lite.install_as_abstractllm() first"
    return text
