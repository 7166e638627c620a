"""The way of all vendors whose configuration in litellm can be driven alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..loading import load
from ..wire.vendors import FAMILIES
from .guard import Declined

if TYPE_CHECKING:
    from .place import Place
    from .request import Request


def prepare(request: Request, place: Place) -> None:
    """Fill in url, headers and body."""
    ask, config = request.ask, request.config
    extra = request.facts["optional_params"].pop("extra_body", None)
    if ask(config.should_fake_stream):
        raise Declined("litellm makes a plain call of the stream")
    headers = {**_attribution(config), **place.headers}
    request.headers = ask(config.validate_environment, headers=headers)
    if FAMILIES.get(request.call.route) == "openai":  # the SDK's way: the caller has the last word
        request.headers = _over(request.headers, place.headers)
    request.url = ask(config.get_complete_url)
    request.data = ask(config.transform_request, headers=request.headers)
    if extra is not None:
        request.data = {**request.data, **_extra(request, extra)}
    if request.call.stream and config.supports_stream_param_in_request_body:
        request.data = {**request.data, "stream": True}


def read(request: Request, response: Any) -> Any:
    """litellm's ModelResponse for the vendor's answer."""
    transform, empty = request.config.transform_response, load().ModelResponse()
    try:
        return request.ask(
            transform, raw_response=response, model_response=empty, request_data=request.data
        )
    except AttributeError as error:  # Groq's without a service tier (litellm 1.100-1.109)
        if error.name != "service_tier":
            raise
        return error.obj


def parser(request: Request) -> Any:
    """What turns an event of the stream into litellm's chunk, by its `chunk_parser`."""
    make = request.config.get_model_response_iterator
    return request.ask(make, streaming_response=iter(()), sync_stream=True)


def completed(response: Any, name: str, empty: dict[str, Any]) -> Any:
    """The answer with an empty field where it has none, for litellm fails on its lack."""
    body = response.json()
    if not isinstance(body, dict) or name in body:
        return response
    return type(response)(200, json={**body, name: empty}, request=response.request)


def _attribution(config: Any) -> dict[str, str]:
    """Headers by which litellm names itself to some vendors (1.106 and newer)."""
    told = getattr(config, "get_attribution_headers", None)
    return dict(told()) if told else {}


def _over(headers: dict[str, str], last: dict[str, str]) -> dict[str, str]:
    names = {name.lower() for name in last}
    return {**{name: v for name, v in headers.items() if name.lower() not in names}, **last}


def _extra(request: Request, extra: Any) -> Any:
    transform = getattr(request.config, "transform_extra_body", None)
    if transform is None:  # litellm before 1.105
        return extra
    return request.ask(transform, extra_body=extra, request=request.data)
