"""A function's parameters: their schema for a model, and a call's arguments as Python values."""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, Field, create_model
from pydantic.errors import PydanticUserError

from ..exceptions import InvalidParameterError

_SCHEMALESS = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


class Signature:
    """What a function takes, by its annotations; raises InvalidParameterError where a type cannot
    be resolved or has no schema."""

    def __init__(self, func: Callable[..., Any], told: Mapping[str, str | None]) -> None:
        self.name = function_name(func)
        self.hints = _hints(func, self.name)
        self._parameters = list(_parameters(func))
        self._bound = bound(func)
        self._takes_any = any(
            p.kind is p.VAR_KEYWORD for p in inspect.signature(func).parameters.values()
        )
        self.model = _model(self.name, self._parameters, self.hints, told)

    def values(self, arguments: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        """The positional and the keyword arguments of a call, made by pydantic in its lax mode.

        Raises pydantic's ValidationError, and TypeError for an argument that is not known.
        """
        names = [p.name for p in self._parameters]
        others = {name: value for name, value in arguments.items() if name not in names}
        unknown = others.keys() & self._bound if self._takes_any else others
        if unknown:
            known = f"it takes {', '.join(names)}" if names else "it takes none"
            raise TypeError(f"unknown argument {', '.join(map(repr, unknown))}; {known}")
        made = self.model.model_validate(arguments)
        given = {
            p.name: getattr(made, field)
            for field, p in zip(self.model.model_fields, self._parameters, strict=True)
            if field in made.model_fields_set
        }
        return self._positional(given), {**given, **others}

    def plain(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments as JSON has them, once the known ones are of their types."""
        made = self.model.model_validate(arguments)
        told = made.model_dump(mode="json", by_alias=True, exclude_unset=True)
        return {**arguments, **told}

    def _positional(self, given: dict[str, Any]) -> list[Any]:
        """The positional-only arguments, taken out; defaults stand before a later one."""
        only = [p for p in self._parameters if p.kind is p.POSITIONAL_ONLY]
        while only and only[-1].name not in given:
            only.pop()
        return [given.pop(p.name, p.default) for p in only]


def function_name(func: Callable[..., Any]) -> str:
    """The name that a model calls a function by."""
    func = innermost(func)
    return str(getattr(func, "__name__", type(func).__name__))


def innermost(func: Callable[..., Any]) -> Callable[..., Any]:
    """The function inside of partial applications."""
    while isinstance(func, functools.partial):
        func = func.func
    return func


def bound(func: Callable[..., Any]) -> frozenset[str]:
    """The keyword arguments that partial applications have filled in: they are not the model's."""
    return frozenset(func.keywords) if isinstance(func, functools.partial) else frozenset()


def callee(func: Callable[..., Any]) -> Callable[..., Any]:
    """The function that runs when `func` is called."""
    func = innermost(func)
    is_function = inspect.isroutine(func) or inspect.isclass(func)
    return func if is_function else type(func).__call__


def _hints(func: Callable[..., Any], name: str) -> dict[str, Any]:
    try:
        return typing.get_type_hints(callee(func), include_extras=True)
    except NameError as exc:
        raise InvalidParameterError(
            "tools", name, f"A type of tool {name!r} cannot be resolved at run time: {exc}"
        ) from exc


def _parameters(func: Callable[..., Any]) -> Iterator[inspect.Parameter]:
    filled = bound(func)
    for position, param in enumerate(inspect.signature(func).parameters.values()):
        is_self = position == 0 and param.name in ("self", "cls")
        if not is_self and param.name not in filled and param.kind not in _SCHEMALESS:
            yield param


def _model(
    name: str,
    parameters: list[inspect.Parameter],
    hints: Mapping[str, Any],
    told: Mapping[str, str | None],
) -> type[BaseModel]:
    # Numbered names and aliases: pydantic refuses or shadows names such as `_x` and `schema`.
    fields = {
        f"p{number}": _field(param, hints.get(param.name, Any), told.get(param.name))
        for number, param in enumerate(parameters)
    }
    try:
        return create_model("Arguments", **fields)  # type: ignore[call-overload, no-any-return]
    except (PydanticUserError, TypeError) as exc:
        raise InvalidParameterError(
            "tools", name, f"A parameter of tool {name!r} has no JSON schema: {exc}"
        ) from exc


def _field(param: inspect.Parameter, hint: Any, description: str | None) -> tuple[Any, Any]:
    default = ... if param.default is param.empty else param.default
    described = Annotated[hint, Field(description=description)] if description else hint
    return described, Field(default, alias=param.name)
