"""Gemini's way: litellm keeps its parts in the code for Google's Vertex AI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..loading import load, part
from .uniform import completed

if TYPE_CHECKING:
    from .place import Place
    from .request import Request

_HOME = "llms.vertex_ai.gemini.vertex_and_google_ai_studio_gemini"
_NOT_VERTEX = {
    **dict.fromkeys("vertex_project vertex_location vertex_credentials client timeout".split()),
    "auth_header": "",
    "use_psc_endpoint_format": False,
}


def prepare(request: Request, place: Place) -> None:
    """Fill in url, headers and body."""
    headers = dict(place.headers)
    request.facts["optional_params"].pop("stream", None)
    request.facts |= {**_NOT_VERTEX, "gemini_api_key": place.key, "extra_headers": headers}
    key, request.url = request.ask(part(_HOME).VertexLLM()._get_token_and_url)
    check = part(_HOME).VertexGeminiConfig().validate_environment
    request.headers = request.ask(check, api_key=key, headers=headers)
    transform = part("llms.vertex_ai.gemini.transformation").sync_transform_request_body
    request.data = request.ask(transform, vertex_auth_header=key)


def read(request: Request, response: Any) -> Any:
    """litellm's ModelResponse for the vendor's answer."""
    return request.ask(
        part(_HOME).VertexGeminiConfig().transform_response,
        raw_response=completed(response, "usageMetadata", {}),
        model_response=load().ModelResponse(),
        request_data=request.data,
        api_key="",
    )


def parser(request: Request) -> Any:
    """What turns an event of the stream into litellm's chunk."""
    return request.ask(
        part(_HOME).ModelResponseIterator, streaming_response=iter(()), sync_stream=True
    )
