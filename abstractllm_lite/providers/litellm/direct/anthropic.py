"""Anthropic's way: litellm drives its configuration by hand, and so does this."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from ..loading import part
from . import uniform

if TYPE_CHECKING:
    from .place import Place
    from .request import Request

_PATH = "/v1/messages"
_NO_USAGE = {"input_tokens": 0, "output_tokens": 0}


def prepare(request: Request, place: Place) -> None:
    """Fill in url, headers and body."""
    optional = request.facts["optional_params"]
    optional.pop("stream", None)
    request.facts["optional_params"] = {**optional, "is_vertex_request": False}
    headers = request.ask(request.config.validate_environment, headers=dict(place.headers))
    data = request.ask(request.config.transform_request, headers=headers)
    beta = part("anthropic_beta_headers_manager").update_request_with_filtered_beta
    request.headers, request.data = request.ask(
        beta, headers=headers, request_data=data, provider="anthropic"
    )
    if request.call.stream:
        request.data["stream"] = True
    request.url = _url(place.base or "")


def read(request: Request, response: Any) -> Any:
    """litellm's ModelResponse for the vendor's answer."""
    return uniform.read(request, uniform.completed(response, "usage", _NO_USAGE))


def parser(request: Request) -> Any:
    """What turns an event of the stream into litellm's chunk. It knows the tools' own names."""
    names = part("llms.anthropic.chat.transformation").ANTHROPIC_TOOL_NAME_REVERSE_MAP_KEY
    return request.ask(
        part("llms.anthropic.chat.handler").ModelResponseIterator,
        streaming_response=None,
        sync_stream=True,
        speed=request.facts["optional_params"].get("speed"),
        tool_name_reverse_map=request.facts["litellm_params"].get(names),
    )


def _url(base: str) -> str:
    as_it_is = os.environ.get("LITELLM_ANTHROPIC_DISABLE_URL_SUFFIX", "").lower() == "true"
    return base if as_it_is or base.endswith(_PATH) else base.rstrip("/") + _PATH
