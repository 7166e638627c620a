"""The tools of a conversation: which there are, what runs them, and running them by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ..exceptions import InvalidParameterError
from ..tools.execution import Toolbox
from ..tools.offered import Tool
from .asking import as_response
from .conversation import Conversation

if TYPE_CHECKING:
    from ..tools.types import ToolCall, ToolDefinition

Event = dict[str, Any]
Functions = Mapping[str, Callable[..., Any]] | None


class ToolUser(Conversation):
    """A conversation with tools; `tool_timeout` is in seconds for each call."""

    def __init__(
        self, metadata: Mapping[str, Any] | None = None, tool_timeout: float | None = None
    ) -> None:
        super().__init__(metadata)
        self.tools: list[ToolDefinition | Mapping[str, Any]] = []
        self.tool_timeout = tool_timeout
        self._made: dict[str, Tool] = {}

    def add_tool(self, tool: Any) -> None:
        """Offer a tool from now on: a function, a ToolDefinition, a dictionary or a pydantic model.

        Another tool of the same name takes the older one's place. A dictionary with a `type` is
        offered as it is.
        """
        made = Tool.of(tool)
        self.tools = [each for each in self.tools if _name(each) != made.name] + [made.offer]
        self._made[made.name] = made

    def execute_tool_call(self, tool_call: ToolCall, tool_functions: Functions = None) -> Event:
        """Run one call; a failure is told in the result's `error`."""
        return self._toolbox(tool_functions).run([tool_call])[0].to_dict()

    def execute_tool_calls(self, response: Any, tool_functions: Functions = None) -> list[Event]:
        """Run the calls of a response, at once where there are several; results in their order.

        Raises InvalidParameterError where there are none.
        """
        calls = list(as_response(response).tool_calls)
        if not calls:
            raise InvalidParameterError("response", response, "the response has no tool calls")
        return [outcome.to_dict() for outcome in self._toolbox(tool_functions).run(calls)]

    def _toolbox(self, functions: Functions = None, tools: Iterable[Any] = ()) -> Toolbox:
        return Toolbox(
            [*map(self._known, self.tools), *tools], functions, timeout=self.tool_timeout
        )

    def _known(self, offer: ToolDefinition | Mapping[str, Any]) -> Any:
        """The tool that was added with this offer; the offer itself, put in the list by hand."""
        made = self._made.get(_name(offer))
        return made if made is not None and made.offer is offer else offer


def _name(tool: ToolDefinition | Mapping[str, Any]) -> str:
    """A tool's name; a vendor's own tool may have its type alone."""
    if not isinstance(tool, Mapping):
        return tool.name
    return str(tool.get("function", tool).get("name") or tool["type"])
