"""Every error that a public call raises; branch on the class, then on its facts.

AbstractLLMError
├── AuthenticationError (ValueError)           the key is missing, wrong or expired
│   └── PermissionDeniedError                  the key is good and may not do this (403)
├── QuotaExceededError                         the account has nothing left
│   └── RateLimitError                         too fast; waiting helps
├── UnsupportedProviderError (ValueError)      no provider of that name
│   └── ProviderImportError (ImportError)      its module cannot be imported
├── UnsupportedModelError (ValueError)         the provider does not serve that model
├── ModelNotFoundError (ValueError)            the model's name is unknown
├── ModelLoadingError                          a local model could not be loaded
├── InvalidRequestError (ValueError)           the request itself is wrong
│   ├── InvalidParameterError                  one argument is wrong
│   └── ContextWindowExceededError             the input is too long for the model
├── UnsupportedFeatureError (ValueError)       the model or provider cannot do this
├── UnsupportedOperationError                  the object cannot do this
├── ContentFilterError                         the vendor's safety filter refused
├── GenerationError                            the answer came and is unusable
├── ProviderAPIError                           the vendor failed (mostly 5xx)
├── ProviderConnectionError                    no connection, or it broke
├── RequestTimeoutError                        too slow
├── FileProcessingError (ValueError)           a file cannot be read or sent
└── ImageProcessingError (ValueError)          an image cannot be read or sent

ForeignError stands for an exception of another library once an error was copied or pickled.
"""

from __future__ import annotations

import pickle
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, TypedDict

from .utils.redaction import MASK, is_secret_name, redact

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Unpack

    from .types import GenerateResponse

__all__ = [
    "PROVIDER_ERROR_MAPPING",
    "AbstractLLMError",
    "AuthenticationError",
    "ContentFilterError",
    "ContextWindowExceededError",
    "FileProcessingError",
    "ForeignError",
    "GenerationError",
    "ImageProcessingError",
    "InvalidParameterError",
    "InvalidRequestError",
    "ModelLoadingError",
    "ModelNotFoundError",
    "PermissionDeniedError",
    "ProviderAPIError",
    "ProviderConnectionError",
    "ProviderImportError",
    "QuotaExceededError",
    "RateLimitError",
    "RequestTimeoutError",
    "UnsupportedFeatureError",
    "UnsupportedModelError",
    "UnsupportedOperationError",
    "UnsupportedProviderError",
    "map_provider_error",
]

_ABSENT: Final[Any] = object()
_SHOWN = 200
_PLAIN_TYPES = frozenset({type(None), str, bool, int, float})
_RETRYABLE_4XX = frozenset({408, 409, 425, 429})
_FINAL_5XX = frozenset({501, 505})


class ErrorFacts(TypedDict, total=False):
    """The keyword-only facts that every error's constructor takes."""

    model: str | None
    status_code: int | None
    retry_after: float | None
    request_id: str | None
    attempts: int | None
    retryable: bool | None
    partial: GenerateResponse | None


class ForeignError(Exception):
    """What is left of another library's exception: its type's name and its message, redacted."""

    def __init__(self, type_name: str, message: str) -> None:
        super().__init__(type_name, message)
        self.type_name = type_name
        self.message = message

    def __str__(self) -> str:
        return f"{self.type_name}: {self.message}" if self.message else self.type_name

    @classmethod
    def of(cls, error: BaseException) -> ForeignError:
        """The portable stand-in for an exception; a ForeignError stands for itself."""
        if isinstance(error, ForeignError):
            return error
        kind = type(error)
        prefix = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
        return cls(f"{prefix}{kind.__qualname__}", redact(str(error)))


class AbstractLLMError(Exception):
    """The base of all errors; it reads "[provider] message" and carries what is known.

    `retry_after` is in seconds, `attempts` counts requests, `partial` is the part of a stream
    that came before it was cut. A copied or pickled error keeps everything but a foreign
    `original_exception`, which becomes a ForeignError; what cannot be pickled becomes its repr.
    """

    provider: str | None = None
    original_exception: BaseException | None = None
    details: dict[str, Any]
    model: str | None = None
    status_code: int | None = None
    retry_after: float | None = None
    request_id: str | None = None
    attempts: int | None = None
    retryable: bool = False
    partial: GenerateResponse | None = None

    def __init__(
        self,
        message: str = "",
        provider: str | None = None,
        original_exception: BaseException | None = None,
        details: Mapping[str, Any] | None = None,
        *,
        model: str | None = None,
        status_code: int | None = None,
        retry_after: float | None = None,
        request_id: str | None = None,
        attempts: int | None = None,
        retryable: bool | None = None,
        partial: GenerateResponse | None = None,
    ) -> None:
        super().__init__(message)
        self.provider = provider
        self.original_exception = original_exception
        self.details = dict(details or {})
        self.model = model
        self.status_code = status_code
        self.retry_after = retry_after
        self.request_id = request_id
        self.attempts = attempts
        self.retryable = self._is_transient() if retryable is None else retryable
        self.partial = partial

    @property
    def message(self) -> str:
        """The message without the provider's name before it."""
        return super().__str__()

    def __str__(self) -> str:
        return f"[{self.provider}] {self.message}" if self.provider else self.message

    def __reduce__(self) -> tuple[Any, ...]:
        state = {name: _portable(value) for name, value in self.__dict__.items()}
        return _rebuild, (type(self), *map(_portable, self.args)), state

    def _is_transient(self) -> bool:
        return type(self).retryable


class AuthenticationError(AbstractLLMError, ValueError):
    """The API key is missing, wrong or expired."""


class PermissionDeniedError(AuthenticationError):
    """The key is known and may not use this model or resource (HTTP 403)."""


class QuotaExceededError(AbstractLLMError):
    """The account's quota or credit is used up; waiting a moment does not help."""


class RateLimitError(QuotaExceededError):
    """Too many requests or tokens in a short time; `retry_after` says how long to wait."""

    retryable = True


class UnsupportedProviderError(AbstractLLMError, ValueError):
    """No provider of that name is known."""


class ProviderImportError(UnsupportedProviderError, ImportError):
    """The provider's name is known and its module or class cannot be imported."""


class UnsupportedModelError(AbstractLLMError, ValueError):
    """The provider does not serve that model."""


class ModelNotFoundError(AbstractLLMError, ValueError):
    """The provider knows no model of that name."""

    def __init__(
        self,
        model_name: str | None = None,
        reason: str | None = None,
        search_path: str | None = None,
        provider: str | None = None,
        original_exception: BaseException | None = None,
        details: Mapping[str, Any] | None = None,
        *,
        message: str | None = None,
        **facts: Unpack[ErrorFacts],
    ) -> None:
        self.model_name = model_name
        self.reason = reason
        self.search_path = search_path
        facts.setdefault("model", model_name)
        known = {**(details or {}), **({"search_path": search_path} if search_path else {})}
        text = _not_found(model_name, reason, search_path) if message is None else message
        super().__init__(text, provider, original_exception, known, **facts)


class ModelLoadingError(AbstractLLMError):
    """A local model could not be loaded."""


class InvalidRequestError(AbstractLLMError, ValueError):
    """The request is wrong as it stands; sending it again cannot help."""


class InvalidParameterError(InvalidRequestError):
    """One argument is wrong: `(parameter, value)` or, with one argument, the message itself.

    The value of a parameter that holds a credential is not kept.
    """

    def __init__(
        self,
        parameter: str | None = None,
        value: Any = _ABSENT,
        message: str | None = None,
        provider: str | None = None,
        original_exception: BaseException | None = None,
        details: Mapping[str, Any] | None = None,
        **facts: Unpack[ErrorFacts],
    ) -> None:
        only_message = value is _ABSENT and message is None
        name = None if parameter is None else _plain(parameter)
        hidden = name is not None and value is not _ABSENT and is_secret_name(name)
        self.parameter = None if only_message else name
        self.value = MASK if hidden else None if value is _ABSENT else value
        if message is None:
            message = name or "" if only_message else _invalid(name, self.value)
        super().__init__(message, provider, original_exception, details, **facts)


class ContextWindowExceededError(InvalidRequestError):
    """The input is longer than the model's window: `(window, length)` in tokens, or a message."""

    def __init__(
        self,
        context_window: int | str | None = None,
        content_length: int | None = None,
        message: str | None = None,
        provider: str | None = None,
        original_exception: BaseException | None = None,
        details: Mapping[str, Any] | None = None,
        **facts: Unpack[ErrorFacts],
    ) -> None:
        if isinstance(context_window, str):
            message = context_window if message is None else message
            context_window = None
        self.context_window = context_window
        self.content_length = content_length
        text = _too_long(context_window, content_length) if message is None else message
        super().__init__(text, provider, original_exception, details, **facts)


class UnsupportedFeatureError(AbstractLLMError, ValueError):
    """The model or provider cannot do what was asked of it."""

    def __init__(
        self,
        feature: Any = None,
        message: str | None = None,
        provider: str | None = None,
        original_exception: BaseException | None = None,
        details: Mapping[str, Any] | None = None,
        **facts: Unpack[ErrorFacts],
    ) -> None:
        self.feature = feature
        text = f"Feature '{_plain(feature)}' is not supported by this provider/model"
        super().__init__(
            text if message is None else message, provider, original_exception, details, **facts
        )


class UnsupportedOperationError(AbstractLLMError):
    """The object cannot do this operation at all."""

    def __init__(
        self,
        operation: str | None = None,
        reason: str | None = None,
        provider: str | None = None,
        original_exception: BaseException | None = None,
        details: Mapping[str, Any] | None = None,
        *,
        message: str | None = None,
        **facts: Unpack[ErrorFacts],
    ) -> None:
        self.operation = operation
        self.reason = reason
        text = f"Operation '{operation}' is not supported" + (f": {reason}" if reason else "")
        super().__init__(
            text if message is None else message, provider, original_exception, details, **facts
        )


class ContentFilterError(AbstractLLMError):
    """The vendor's safety filter refused the prompt or the answer."""


class GenerationError(AbstractLLMError):
    """An answer came and cannot be used: empty, malformed, or not what the schema asked for."""


class ProviderAPIError(AbstractLLMError):
    """The vendor answered with an error that no other class names, mostly a 5xx.

    It is retryable without a status, with 408, 409, 425 or 429, and with 5xx but 501 and 505.
    """

    def _is_transient(self) -> bool:
        status = self.status_code
        if status is None:
            return True
        return status in _RETRYABLE_4XX or (status >= 500 and status not in _FINAL_5XX)


class ProviderConnectionError(AbstractLLMError):
    """No connection to the vendor, or it broke before the answer's end."""

    retryable = True


class RequestTimeoutError(AbstractLLMError):
    """The vendor did not answer in the time given."""

    retryable = True


class ImageProcessingError(AbstractLLMError, ValueError):
    """An image cannot be read, converted or sent."""


class FileProcessingError(AbstractLLMError, ValueError):
    """A file cannot be read, converted or sent."""

    def __init__(
        self,
        message: str = "",
        provider: str | None = None,
        original_exception: BaseException | None = None,
        details: Mapping[str, Any] | None = None,
        file_path: str | None = None,
        file_type: str | None = None,
        **facts: Unpack[ErrorFacts],
    ) -> None:
        super().__init__(message, provider, original_exception, details, **facts)
        self.file_path = file_path
        self.file_type = file_type
        told = {"file_path": file_path, "file_type": file_type}
        self.details.update({name: value for name, value in told.items() if value})


PROVIDER_ERROR_MAPPING: dict[str, dict[str, type[AbstractLLMError]]] = {
    "openai": {
        "authentication_error": AuthenticationError,
        "invalid_request_error": InvalidRequestError,
        "rate_limit_exceeded": RateLimitError,
        "quota_exceeded": QuotaExceededError,
        "context_length_exceeded": ContextWindowExceededError,
        "content_filter": ContentFilterError,
    },
    "anthropic": {
        "authentication_error": AuthenticationError,
        "invalid_request": InvalidRequestError,
        "rate_limit_error": RateLimitError,
        "context_window_exceeded": ContextWindowExceededError,
        "content_policy_violation": ContentFilterError,
    },
}


def map_provider_error(
    provider: str,
    error_type: str,
    message: str,
    original_exception: BaseException | None = None,
    details: Mapping[str, Any] | None = None,
) -> AbstractLLMError:
    """The error for a vendor's error code; ProviderAPIError where the code has no row."""
    kind = PROVIDER_ERROR_MAPPING.get(provider, {}).get(error_type, ProviderAPIError)
    return kind(
        message=message, provider=provider, original_exception=original_exception, details=details
    )


def _rebuild(kind: type[AbstractLLMError], *args: Any) -> AbstractLLMError:
    return kind.__new__(kind, *args)


def _portable(value: Any) -> Any:
    if isinstance(value, BaseException) and not isinstance(value, AbstractLLMError):
        return ForeignError.of(value)
    if type(value) in _PLAIN_TYPES:
        return value
    if type(value) is dict:
        return {key: _portable(item) for key, item in value.items()}
    return value if _pickles(value) else _shortened(repr(value))


def _pickles(value: Any) -> bool:
    try:
        pickle.dumps(value)
    except (pickle.PicklingError, AttributeError, RuntimeError, TypeError, ValueError):
        return False
    return True


def _plain(name: Any) -> str:
    return str(name.value if isinstance(name, Enum) else name)


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _invalid(name: str | None, value: Any) -> str:
    return f"Invalid value '{_shortened(str(value))}' for parameter '{name}'"


def _not_found(model: str | None, reason: str | None, search_path: str | None) -> str:
    why = f": {reason}" if reason else ""
    where = f" (searched in: {search_path})" if search_path else ""
    return f"Model '{model}' not found{why}{where}"


def _too_long(window: int | None, length: int | None) -> str:
    if window is None or length is None:
        limit = "" if window is None else f" ({window})"
        return f"Content exceeds the model's maximum context window{limit}"
    return f"Content length ({length}) exceeds maximum context window ({window})"
