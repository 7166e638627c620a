"""Which vendor takes which client, and which streams in a dialect whose end is known.

litellm has no such table. This one was measured (litellm 1.100.0 to 1.109.1; every vendor, sync and
async, plain and streamed): a client of the wrong kind is an error or, worse, silently ignored, and
litellm's own connection is used. Vendors that ignore every client are not listed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, cast

if TYPE_CHECKING:
    from .exchange import Dialect

Family = Literal["openai", "azure", "handler"]

# "sse": OpenAI's, Anthropic's or Gemini's server-sent events. "ndjson": lines of JSON as Ollama
# writes them. "eventstream": Bedrock's frames. "other": never tried.
_TABLE = """
openai sse: abliteration ai21 ai21_chat aiand aiml apertis assemblyai baseten bigmodel cerebras
    charity_engine chutes clarifai clf_ai_gateway codestral cognition coralbricks cortecs
    custom_openai darkbloom dashscope deepinfra docker_model_runner empower featherless_ai
    friendliai galadriel github helicone hostinger_router hyperbolic inception inferenceapis kyma
    lambda_ai libertai litellm_proxy llamafile lm_studio meta meta_llama modelscope moonshot morph
    nano-gpt nebius neosantara novita nscale nvidia_nim openai openinfer parasail perplexity
    pinstripes poe prism publicai qwen_ai_platform qwencloud refuseless reka sail sambanova scaleway
    scx-ai streamlake synthetic tencent tensormesh text-completion-inception text-completion-openai
    v0 vercel_ai_gateway volcengine wandb xiaomi_mimo xinference zai zerogpu
azure sse: azure azure_text
handler sse: anthropic azure_ai bedrock_mantle cometapi compactifai databricks deepseek edenai
    fireworks_ai gemini groq heroku hosted_vllm huggingface minimax mistral openrouter ovhcloud
    together_ai vertex_ai vertex_ai_beta xai
handler other: a2a bytez databricks_agent datarobot langflow langgraph lemonade
    microsoft_365_copilot nadir opencode_go ragflow sagemaker_chat sagemaker_nova snowflake watsonx
    watsonx_text
handler ndjson: ollama ollama_chat
handler eventstream: bedrock
"""


def _rows() -> dict[tuple[str, str], list[str]]:
    rows: dict[tuple[str, str], list[str]] = {}
    for row in _TABLE.strip().replace("\n    ", " ").splitlines():
        kind, _, vendors = row.partition(": ")
        family, _, dialect = kind.partition(" ")
        rows[family, dialect] = vendors.split()
    return rows


FAMILIES: Final[dict[str, Family]] = {
    vendor: cast("Family", family) for (family, _), vendors in _rows().items() for vendor in vendors
}
DIALECTS: Final[dict[str, Dialect]] = {
    vendor: cast("Dialect", dialect)
    for (_, dialect), vendors in _rows().items()
    if dialect != "other"
    for vendor in vendors
}
