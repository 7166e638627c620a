"""One small interface to every LLM vendor; everything is imported when it is first used."""

from __future__ import annotations

import importlib
import logging
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from .compat import install_as_abstractllm
    from .enums import MessageRole, ModelCapability, ModelParameter
    from .exceptions import (
        AbstractLLMError,
        AuthenticationError,
        ContentFilterError,
        ContextWindowExceededError,
        FileProcessingError,
        GenerationError,
        ImageProcessingError,
        InvalidParameterError,
        InvalidRequestError,
        ModelLoadingError,
        ModelNotFoundError,
        PermissionDeniedError,
        ProviderAPIError,
        ProviderConnectionError,
        ProviderImportError,
        QuotaExceededError,
        RateLimitError,
        RequestTimeoutError,
        UnsupportedFeatureError,
        UnsupportedModelError,
        UnsupportedOperationError,
        UnsupportedProviderError,
    )
    from .factory import create_llm, get_llm_providers, register_provider
    from .interface import AbstractLLMInterface
    from .media import (
        AudioInput,
        DocumentInput,
        ImageInput,
        MediaFactory,
        MediaInput,
        MediaProcessor,
        TabularInput,
        TextInput,
    )
    from .session import Session, SessionManager
    from .tools.execution import Toolbox
    from .tools.types import ToolCall, ToolCallRequest, ToolDefinition, ToolResult
    from .types import GenerateResponse, Message, Usage
    from .utils.config import ConfigurationManager
    from .utils.logging import configure_logging

__all__ = [
    "AbstractLLMError",
    "AbstractLLMInterface",
    "AudioInput",
    "AuthenticationError",
    "ConfigurationManager",
    "ContentFilterError",
    "ContextWindowExceededError",
    "DocumentInput",
    "FileProcessingError",
    "GenerateResponse",
    "GenerationError",
    "ImageInput",
    "ImageProcessingError",
    "InvalidParameterError",
    "InvalidRequestError",
    "MediaFactory",
    "MediaInput",
    "MediaProcessor",
    "Message",
    "MessageRole",
    "ModelCapability",
    "ModelLoadingError",
    "ModelNotFoundError",
    "ModelParameter",
    "PermissionDeniedError",
    "ProviderAPIError",
    "ProviderConnectionError",
    "ProviderImportError",
    "QuotaExceededError",
    "RateLimitError",
    "RequestTimeoutError",
    "Session",
    "SessionManager",
    "TabularInput",
    "TextInput",
    "ToolCall",
    "ToolCallRequest",
    "ToolDefinition",
    "ToolResult",
    "Toolbox",
    "UnsupportedFeatureError",
    "UnsupportedModelError",
    "UnsupportedOperationError",
    "UnsupportedProviderError",
    "Usage",
    "__version__",
    "configure_logging",
    "create_llm",
    "get_llm_providers",
    "install_as_abstractllm",
    "register_provider",
]

_HOMES = {
    "AbstractLLMInterface": "interface",
    "AudioInput": "media",
    "ConfigurationManager": "utils.config",
    "DocumentInput": "media",
    "GenerateResponse": "types",
    "ImageInput": "media",
    "MediaFactory": "media",
    "MediaInput": "media",
    "MediaProcessor": "media",
    "Message": "types",
    "MessageRole": "enums",
    "ModelCapability": "enums",
    "ModelParameter": "enums",
    "Session": "session",
    "SessionManager": "session",
    "TabularInput": "media",
    "TextInput": "media",
    "ToolCall": "tools.types",
    "ToolCallRequest": "tools.types",
    "ToolDefinition": "tools.types",
    "ToolResult": "tools.types",
    "Toolbox": "tools.execution",
    "Usage": "types",
    "configure_logging": "utils.logging",
    "create_llm": "factory",
    "get_llm_providers": "factory",
    "install_as_abstractllm": "compat",
    "register_provider": "factory",
}

# Without a handler of its own, Python would print the package's warnings.
logging.getLogger(__name__).addHandler(logging.NullHandler())


def __getattr__(name: str) -> Any:
    if name.startswith("_"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name in __all__:
        home = importlib.import_module(f".{_HOMES.get(name, 'exceptions')}", __name__)
        value = globals()[name] = getattr(home, name)
        return value
    return _submodule(name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _submodule(name: str) -> Any:
    full = f"{__name__}.{name}"
    try:
        return importlib.import_module(full)
    except ModuleNotFoundError as exc:
        if exc.name != full:
            raise
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
