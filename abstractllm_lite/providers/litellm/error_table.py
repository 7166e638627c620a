"""The tables by which a failure gets its class, its words and its advice."""

from __future__ import annotations

import re

from ...exceptions import (
    AbstractLLMError,
    AuthenticationError,
    ContentFilterError,
    ContextWindowExceededError,
    GenerationError,
    InvalidParameterError,
    InvalidRequestError,
    ModelNotFoundError,
    PermissionDeniedError,
    ProviderAPIError,
    ProviderConnectionError,
    QuotaExceededError,
    RateLimitError,
    RequestTimeoutError,
    UnsupportedFeatureError,
)

Kind = type[AbstractLLMError]

BY_STATUS: dict[int, Kind] = {
    401: AuthenticationError,
    402: QuotaExceededError,
    403: PermissionDeniedError,
    404: ModelNotFoundError,
    408: RequestTimeoutError,
    429: RateLimitError,
    504: RequestTimeoutError,
}

# Every class of litellm.exceptions and of the clients beneath it, by name, for failures that
# never saw an HTTP answer. litellm's names lie about causes, so the innermost link decides.
BY_NAME: dict[str, Kind] = {
    "AuthenticationError": AuthenticationError,
    "CallerCredentialAuthenticationError": AuthenticationError,
    "PermissionDeniedError": PermissionDeniedError,
    "PaymentRequiredError": QuotaExceededError,
    "BudgetExceededError": QuotaExceededError,
    "RateLimitError": RateLimitError,
    "CallerCredentialRateLimitError": RateLimitError,
    "NotFoundError": ModelNotFoundError,
    "ModelNotMappedError": ModelNotFoundError,
    "ContextWindowExceededError": ContextWindowExceededError,
    "ContentPolicyViolationError": ContentFilterError,
    "GuardrailRaisedException": ContentFilterError,
    "GuardrailInterventionNormalStringError": ContentFilterError,
    "BlockedPiiEntityError": ContentFilterError,
    "SensitiveDataRouteException": ContentFilterError,
    "UnsupportedParamsError": InvalidParameterError,
    "UnsupportedEndpointError": UnsupportedFeatureError,
    "EndpointNotSupportedByModelError": UnsupportedFeatureError,
    "BadRequestError": InvalidRequestError,
    "MalformedRequestFieldError": InvalidRequestError,
    "InvalidRequestError": InvalidRequestError,
    "UnprocessableEntityError": InvalidRequestError,
    "ImageFetchError": InvalidRequestError,
    "RejectedRequestError": InvalidRequestError,
    "ModifyResponseException": InvalidRequestError,
    "LiteLLMUnknownProvider": InvalidRequestError,
    "Timeout": RequestTimeoutError,
    "APITimeoutError": RequestTimeoutError,
    "TimeoutException": RequestTimeoutError,
    "TimeoutError": RequestTimeoutError,
    "ServerTimeoutError": RequestTimeoutError,  # aiohttp's, and a kind of its connection errors
    "TransportError": ProviderConnectionError,
    "ClientConnectionError": ProviderConnectionError,
    "ConnectionError": ProviderConnectionError,
    "gaierror": ProviderConnectionError,
    "SSLError": ProviderConnectionError,
    "APIResponseValidationError": GenerationError,
    "JSONSchemaValidationError": GenerationError,
    "VectorStoreSearchError": ProviderAPIError,
    "MockException": ProviderAPIError,
    "APIConnectionError": ProviderAPIError,
    "InternalServerError": ProviderAPIError,
    "BadGatewayError": ProviderAPIError,
    "ServiceUnavailableError": ProviderAPIError,
    "MidStreamFallbackError": ProviderAPIError,
    "APIStatusError": ProviderAPIError,
    "APIError": ProviderAPIError,
    "DefaultCredentialsError": AuthenticationError,  # Google's
    "NoCredentialsError": AuthenticationError,  # Amazon's
    "OpenAIError": AuthenticationError,  # bare, it is what a client without a key raises
}

# What vendors say in words alone, seen in their own answers up to 2026-11.
VENDOR_WORDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (  # Gemini, with status 400
        AuthenticationError,
        re.compile(r"\bAPI_KEY_INVALID\b|API key not valid\. Please pass a valid API key"),
    ),
    (
        ContextWindowExceededError,
        re.compile(
            r"context_length_exceeded|context_window_exceeded|too_many_prompt_tokens"
            r"|maximum context length|max(?:imum)? context (?:window|size)"
            r"|prompt is too long: \d+ tokens|prompt too long; exceeded|input is too long for"
            r"|input tokens exceeded|total length of all messages is too long"
            r"|input token count.{0,20} exceeds the maximum|too many tokens: ",
            re.IGNORECASE,
        ),
    ),
    (
        QuotaExceededError,
        re.compile(
            r"insufficient_quota|exceeded your current quota|billing_hard_limit_reached"
            r"|billing_not_active|credit balance is too low|insufficient balance"
            r"|insufficient credits|exhausted your .{0,20}credits",
            re.IGNORECASE,
        ),
    ),
    (
        ContentFilterError,
        re.compile(
            r"content_policy_violation|content_filter|content management policy"
            r"|responsibleaipolicyviolation|moderation_blocked|flagged by .{0,20}moderation"
            r"|requires moderation|input was flagged|prompt was flagged|content filtering policy",
            re.IGNORECASE,
        ),
    ),
)

# A wire fault's kind (see wire.WireFault) to its class; an error event is judged by its words.
BY_FAULT: dict[str, Kind] = {
    "connect": ProviderConnectionError,
    "dropped": ProviderConnectionError,
    "timeout": RequestTimeoutError,
    "redirect": ProviderConnectionError,
    "truncated": ProviderConnectionError,
    "bad_body": GenerationError,
    "invalid": InvalidRequestError,
    "resend": ProviderConnectionError,
    "closed": ProviderConnectionError,
}

# Error types that vendors send inside a stream, after a status of 200.
BY_EVENT: dict[str, Kind] = {
    "authentication_error": AuthenticationError,
    "permission_error": PermissionDeniedError,
    "not_found_error": ModelNotFoundError,
    "rate_limit_error": RateLimitError,
    "rate_limit_exceeded": RateLimitError,
    "invalid_request_error": InvalidRequestError,
    "request_too_large": InvalidRequestError,
    "timeout_error": RequestTimeoutError,
    # Bedrock's
    "accessDeniedException": PermissionDeniedError,
    "throttlingException": RateLimitError,
    "validationException": InvalidRequestError,
    "modelTimeoutException": RequestTimeoutError,
}

ADVICE: dict[Kind, str] = {
    AuthenticationError: "Check api_key= or the vendor's key in the environment.",
    PermissionDeniedError: "The key may not use this model or address.",
    ModelNotFoundError: "Check the model's name, and base_url if one is set.",
    RateLimitError: "It may be tried again later.",
    QuotaExceededError: "The account has no quota or credit left; trying again will not help.",
    ContextWindowExceededError: "Send a shorter prompt or history, or use a larger model.",
    ContentFilterError: "The vendor's content filter refused it; change the prompt.",
    RequestTimeoutError: "Raise timeout= (seconds), or try again.",
    ProviderConnectionError: "Check the network and base_url, or try again.",
    ProviderAPIError: "The fault is the vendor's; it may be tried again.",
}
