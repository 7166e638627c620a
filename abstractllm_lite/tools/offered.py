"""One tool of a conversation: what is offered to the model, and what a call of it becomes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from ..exceptions import InvalidParameterError
from . import schema
from .conversion import signature_of, to_tool_definition
from .outcome import ToolOutcome, failed, fit_for_a_model, jsonable, succeeded

if TYPE_CHECKING:
    from .signature import Signature
    from .types import ToolCall, ToolDefinition

Function = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Job:
    """A call that may run: the function with its arguments already in it."""

    call: ToolCall
    work: partial[Any]
    output_schema: Mapping[str, Any] | None = None

    def concluded(self, output: Any, longest: int) -> ToolOutcome:
        """The outcome of the function's output, which must fit a schema that was given for it."""
        found = schema.problems(jsonable(output), self.output_schema) if self.output_schema else []
        if found:
            told = f"the result does not fit its schema: {schema.summary(found)}"
            return failed(self.call, "failed", told)
        return succeeded(self.call, output, longest)


@dataclass(frozen=True)
class Tool:
    """`offer` goes to the provider; `definition` is None for a tool that a vendor runs itself.

    `apart` is whether the definition was given beside the function rather than made from it.
    """

    name: str
    offer: Any
    definition: ToolDefinition | None = None
    function: Function | None = None
    apart: bool = False

    @classmethod
    def of(cls, given: Any) -> Tool:
        """The tool that a function, a ToolDefinition, a dictionary or a pydantic model is.

        A dictionary with a `type` is offered as it is. Raises InvalidParameterError.
        """
        if isinstance(given, Tool):
            return given
        whole = isinstance(given, Mapping) and isinstance(given.get("type"), str)
        if whole and given["type"] != "function":
            return cls(str(given.get("name") or given["type"]), given)
        definition = to_tool_definition(given)
        offer = given if whole else definition
        return cls(definition.name, offer, definition, given if callable(given) else None)

    @cached_property
    def signature(self) -> Signature | None:
        """What the function takes; None for a pydantic model, which checks for itself."""
        function = self.function
        return None if function is None or _is_model(function) else signature_of(function)

    def run_by(self, function: Function | None) -> Tool:
        """The tool with a function in the place of its own; itself where there is no other."""
        if function is None or function == self.function:
            return self
        return replace(self, function=function, apart=True)

    def check(self) -> None:
        """Raise InvalidParameterError now for what could only fail when a model calls the tool."""
        if self.apart and self.definition is not None:
            for each in (self.definition.input_schema, self.definition.output_schema):
                schema.check(each or {})
            self.signature  # noqa: B018

    def job(self, call: ToolCall) -> Job | ToolOutcome:
        """The call, ready to run, or what is wrong with it."""
        if self.function is None or self.definition is None:
            return failed(call, "unknown_tool", f"nothing here can run {call.name!r}")
        try:
            work = self._work(self.function, call.arguments)
        except ValidationError as error:
            return _invalid(call, [_problem(each) for each in error.errors()])
        except TypeError as error:  # an argument that is not known
            return failed(call, "invalid_arguments", str(error))
        if not self.apart:
            return Job(call, work)
        if found := self._misfits(self.definition, call.arguments):
            return _invalid(call, found)
        return Job(call, work, self.definition.output_schema)

    def _work(self, function: Any, arguments: Mapping[str, Any]) -> partial[Any]:
        if self.signature is None:
            return partial(_itself, function.model_validate(arguments))
        args, kwargs = self.signature.values(arguments)
        return partial(function, *args, **kwargs)

    def _misfits(
        self, definition: ToolDefinition, arguments: Mapping[str, Any]
    ) -> list[schema.Problem]:
        """What a definition of its own asks beyond the function's types."""
        plain = self.signature.plain(arguments) if self.signature else arguments
        return schema.problems(plain, definition.input_schema)


def offered(tools: Iterable[Any], functions: Mapping[str, Function]) -> dict[str, Tool]:
    """The tools by name, those first that are tools, then functions that no tool names.

    Raises InvalidParameterError for what is no tool, and for two of one name.
    """
    made: dict[str, Tool] = {}
    for given in map(Tool.of, tools):
        tool = given.run_by(functions.get(given.name))
        tool.check()
        known = made.setdefault(tool.name, tool)
        if (known.offer, known.function) != (tool.offer, tool.function):
            raise InvalidParameterError(
                "tools", tool.name, f"two tools have the name {tool.name!r}"
            )
    for name, function in functions.items():
        if name not in made:
            definition = to_tool_definition(function).model_copy(update={"name": name})
            made[name] = Tool(name, definition, definition, function)
    return made


def _is_model(function: Any) -> bool:
    return isinstance(function, type) and issubclass(function, BaseModel)


def _itself(value: Any) -> Any:
    return value


def _invalid(call: ToolCall, found: list[schema.Problem]) -> ToolOutcome:
    told = [{name: fit_for_a_model(text, call) for name, text in each.items()} for each in found]
    return failed(call, "invalid_arguments", schema.summary(told), details=told[:5])


def _problem(error: Any) -> schema.Problem:
    return {"argument": ".".join(map(str, error["loc"])) or "(all)", "problem": error["msg"]}
