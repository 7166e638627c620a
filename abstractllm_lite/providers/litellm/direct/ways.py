"""Which way a vendor's requests are built and its answers read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from ..loading import load, part
from . import anthropic, gemini, uniform
from .place import place_of
from .request import Request, draft

if TYPE_CHECKING:
    from types import ModuleType

    from ..call import Call

_OWN_WAYS: dict[str, ModuleType] = {"anthropic": anthropic, "gemini": gemini}


def way(vendor: str) -> Any:
    """The module that holds a vendor's `prepare`, `read` and `parser`."""
    return _OWN_WAYS.get(vendor, uniform)


def prepared(call: Call, asked: Mapping[str, Any]) -> Request:
    """The call's request, whole. Raises Declined where this route cannot build it."""
    place = place_of(call)
    request = draft(call, place, asked)
    way(call.route).prepare(request, place)
    return request


def refuse(request: Request, response: Any) -> NoReturn:
    """Raise litellm's exception for an error status: it knows many vendors' words."""
    call = request.call
    error = part("llms.base_llm.chat.transformation").BaseLLMException(
        status_code=response.status_code, message=response.text, headers=response.headers
    )
    about = {"model": call.model, "custom_llm_provider": call.route}
    load().exception_type(**about, original_exception=error, completion_kwargs={}, extra_kwargs={})
    raise error
