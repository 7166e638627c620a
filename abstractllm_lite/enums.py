"""The names of parameters, capabilities and roles; each member is equal to its string."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["MessageRole", "ModelCapability", "ModelParameter"]


class ModelParameter(StrEnum):
    """A setting of a model or of one call."""

    TEMPERATURE = "temperature"
    MAX_TOKENS = "max_tokens"
    SYSTEM_PROMPT = "system_prompt"
    TOP_P = "top_p"
    FREQUENCY_PENALTY = "frequency_penalty"
    PRESENCE_PENALTY = "presence_penalty"
    STOP = "stop"
    MODEL = "model"
    API_KEY = "api_key"
    BASE_URL = "base_url"

    TIMEOUT = "timeout"
    RETRY_COUNT = "retry_count"
    LOGIT_BIAS = "logit_bias"
    SEED = "seed"
    TOP_K = "top_k"
    REPETITION_PENALTY = "repetition_penalty"

    DEVICE = "device"
    DEVICE_MAP = "device_map"
    LOAD_IN_8BIT = "load_in_8bit"
    LOAD_IN_4BIT = "load_in_4bit"
    CACHE_DIR = "cache_dir"

    ORGANIZATION = "organization"
    USER = "user"
    PROXY = "proxy"
    REQUEST_TIMEOUT = "request_timeout"
    MAX_RETRIES = "max_retries"

    IMAGE = "image"
    IMAGES = "images"
    IMAGE_DETAIL = "image_detail"

    TOOLS = "tools"
    TOOL_CHOICE = "tool_choice"

    CONTENT_FILTER = "content_filter"
    MODERATION = "moderation"
    LOGGING_ENABLED = "logging_enabled"

    API_BASE = "api_base"
    PROVIDER = "provider"
    METADATA = "metadata"
    STREAM = "stream"
    JSON_MODE = "json_mode"


class ModelCapability(StrEnum):
    """Something that a model can or cannot do; MAX_TOKENS is a number of output tokens."""

    STREAMING = "streaming"
    MAX_TOKENS = "max_tokens"
    SYSTEM_PROMPT = "supports_system_prompt"
    ASYNC = "supports_async"
    FUNCTION_CALLING = "supports_function_calling"
    TOOL_USE = "supports_tool_use"
    VISION = "supports_vision"

    FINE_TUNING = "supports_fine_tuning"
    EMBEDDINGS = "supports_embeddings"
    MULTILINGUAL = "supports_multilingual"
    RAG = "supports_rag"
    MULTI_TURN = "supports_multi_turn"
    PARALLEL_INFERENCE = "supports_parallel_inference"
    IMAGE_GENERATION = "supports_image_generation"
    AUDIO_PROCESSING = "supports_audio_processing"
    JSON_MODE = "supports_json_mode"


class MessageRole(StrEnum):
    """Who speaks in a message."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"
