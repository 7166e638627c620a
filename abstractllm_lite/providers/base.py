"""A base with the steps that most native providers share; each can be overridden."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..enums import ModelCapability
from ..exceptions import UnsupportedFeatureError
from ..interface import AbstractLLMInterface
from ..types import GenerateResponse

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ..tools.types import ToolCallRequest, ToolDefinition

__all__ = ["BaseProvider"]

_TOOL_CAPABILITIES = (ModelCapability.FUNCTION_CALLING, ModelCapability.TOOL_USE)


class BaseProvider(AbstractLLMInterface):
    """A provider named after its class: MyServiceProvider is "myservice"."""

    def __init__(self, config: Mapping[str, Any] | None = None) -> None:
        super().__init__(config)
        self.provider_name = type(self).__name__.replace("Provider", "").lower()

    def _validate_tool_support(self, tools: list[Any] | None) -> None:
        """Raises UnsupportedFeatureError when tools are given to a model that takes none."""
        capabilities = self.get_capabilities()
        if tools and not any(capabilities.get(name) for name in _TOOL_CAPABILITIES):
            raise UnsupportedFeatureError(
                "function_calling",
                f"{type(self).__name__} does not support tools",
                provider=self.provider_name,
            )

    def _process_tools(self, tools: Iterable[Any]) -> list[ToolDefinition]:
        """The definitions of functions, dictionaries, models and definitions."""
        from ..tools.conversion import to_tool_definition

        return [to_tool_definition(tool) for tool in tools]

    def _check_for_tool_calls(self, response: Any) -> bool:
        """Override: True when the vendor's answer asks for tool calls."""
        return False

    def _extract_tool_calls(self, response: Any) -> ToolCallRequest | None:
        """The tool calls in the vendor's answer, read in the shape of the provider's name."""
        if not self._check_for_tool_calls(response):
            return None
        from ..tools.conversion import standardize_tool_response

        return standardize_tool_response(response, self.provider_name)

    def _process_response(
        self,
        response: Any,
        content: str | None = None,
        usage: Mapping[str, int] | None = None,
        model: str | None = None,
        finish_reason: str | None = None,
    ) -> GenerateResponse:
        """The vendor's answer as a response, with its tool calls."""
        return GenerateResponse(
            content=content,
            raw_response=response,
            usage=usage,
            model=model,
            finish_reason=finish_reason,
            tool_calls=self._extract_tool_calls(response),
            provider=self.provider_name,
        )
