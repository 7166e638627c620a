"""A provider straight over HTTP: any server that speaks OpenAI's chat completions."""

import functools
import json
import os
import ssl
from collections.abc import AsyncGenerator, Coroutine, Generator, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx

from abstractllm_lite import GenerateResponse, ModelCapability, ToolCall
from abstractllm_lite import exceptions as errors
from abstractllm_lite.providers import BaseProvider
from abstractllm_lite.streams import AsyncPieceStream, PieceStream

NAME = "plainchat"
NOT_SENT = {"api_key", "base_url", "timeout", "system_prompt"}
ABLE = "STREAMING ASYNC SYSTEM_PROMPT MULTI_TURN TOOL_USE FUNCTION_CALLING".split()
ERRORS: dict[int, type[errors.AbstractLLMError]] = {
    401: errors.AuthenticationError,
    403: errors.PermissionDeniedError,
    404: errors.ModelNotFoundError,
    429: errors.RateLimitError,
}


class PlainChatProvider(BaseProvider):
    """`model` is needed; the key is `api_key` or PLAINCHAT_API_KEY; `timeout` is in seconds."""

    def __init__(self, config: Mapping[str, Any] | None = None) -> None:
        super().__init__(config)
        if not self.get_param("model"):
            raise errors.InvalidParameterError("model", None, "a model is needed", NAME)

    def get_capabilities(self) -> dict[Any, Any]:
        return {**super().get_capabilities(), **{ModelCapability[name]: True for name in ABLE}}

    def generate(
        self, prompt=None, system_prompt=None, files=None, stream=False, tools=None, **kwargs
    ) -> GenerateResponse | PieceStream:
        request = self._request(prompt, system_prompt, files, stream, tools, kwargs)
        if stream:
            return PieceStream(self._pieces(request))
        with translated(), httpx.Client(verify=trust()) as client:
            return read(client.send(request))

    def generate_async(
        self, prompt=None, system_prompt=None, files=None, stream=False, tools=None, **kwargs
    ) -> Coroutine[Any, Any, Any]:
        asked = (prompt, system_prompt, files, stream, tools, kwargs)
        return AsyncPieceStream(self._apieces(*asked)) if stream else self._aanswer(*asked)

    async def _aanswer(self, *asked: Any) -> GenerateResponse:
        request = self._request(*asked)
        with translated():
            async with httpx.AsyncClient(verify=trust()) as client:
                return read(await client.send(request))

    def _pieces(self, request: httpx.Request) -> Generator[str]:
        fold = Fold()
        with translated(), httpx.Client(verify=trust()) as client:
            answer = client.send(request, stream=True)
            if answer.status_code != 200:
                answer.read()
                raise refused(answer)
            for line in answer.iter_lines():
                yield from fold.feed(line, answer)

    async def _apieces(self, *asked: Any) -> AsyncGenerator[str]:
        request, fold = self._request(*asked), Fold()
        with translated():
            async with httpx.AsyncClient(verify=trust()) as client:
                answer = await client.send(request, stream=True)
                if answer.status_code != 200:
                    await answer.aread()
                    raise refused(answer)
                async for line in answer.aiter_lines():
                    for piece in fold.feed(line, answer):
                        yield piece

    def _request(
        self, prompt: Any, system: Any, files: Any, stream: bool, tools: Any, kwargs: Any
    ) -> httpx.Request:
        settings = self.get_provider_params(kwargs, system, tools)
        if files:
            raise errors.UnsupportedFeatureError("files", provider=NAME)
        if not (key := settings.get("api_key") or os.environ.get("PLAINCHAT_API_KEY")):
            raise errors.AuthenticationError("give api_key or set PLAINCHAT_API_KEY", NAME)
        body = {name: value for name, value in settings.items() if name not in NOT_SENT}
        body["messages"] = messages(prompt, settings)
        if offered := self._process_tools(settings.get("tools", ())):
            body["tools"] = [wire(tool) for tool in offered]
        if stream:
            body |= {"stream": True, "stream_options": {"include_usage": True}}
        url = settings.get("base_url", "http://localhost:8080/v1").rstrip("/")
        time = httpx.Timeout(settings.get("timeout", 600)).as_dict()
        sent = {"headers": {"authorization": f"Bearer {key}"}, "json": body}
        return httpx.Request(
            "POST", f"{url}/chat/completions", **sent, extensions={"timeout": time}
        )


class Fold:
    """A stream's events, put together; its last piece carries what is known of the whole."""

    def __init__(self) -> None:
        self.calls: dict[int, dict[str, str]] = {}
        self.facts: dict[str, Any] = {}

    def feed(self, line: str, answer: httpx.Response) -> Iterator[str]:
        """The pieces in one line; none comes last where the server told no finish."""
        if line == "data: [DONE]" and "finish_reason" in self.facts:
            calls = [ToolCall.of(**call) for call in self.calls.values()]
            yield GenerateResponse(None, tool_calls=calls, **facts(answer), **self.facts)
        elif line.startswith("data:") and line != "data: [DONE]":
            with understood():
                event = json.loads(line[5:])
                self.facts |= {n: event[n] for n in ("usage", "model") if event.get(n)}
                choice = event["choices"][0] if event["choices"] else {}
                self._add(choice)
                text = choice.get("delta", {}).get("content")
            if text:
                yield text

    def _add(self, choice: Mapping[str, Any]) -> None:
        if choice.get("finish_reason"):
            self.facts["finish_reason"] = choice["finish_reason"]
        for part in choice.get("delta", {}).get("tool_calls") or []:
            call = self.calls.setdefault(part["index"], {"id": "", "name": "", "arguments": ""})
            call["id"] += part.get("id") or ""
            for name, value in part["function"].items():
                call[name] += value or ""


def read(answer: httpx.Response) -> GenerateResponse:
    """A plain answer. Raises an error for a refusal."""
    if answer.status_code != 200:
        raise refused(answer)
    with understood():
        raw = answer.json()
        choice = raw["choices"][0]
        calls = [ToolCall.from_dict(call) for call in choice["message"].get("tool_calls") or []]
        told = {name: raw.get(name) for name in ("usage", "model")}
        told |= {"finish_reason": choice["finish_reason"], "raw_response": raw, **facts(answer)}
        return GenerateResponse(choice["message"].get("content"), tool_calls=calls, **told)


def facts(answer: httpx.Response) -> dict[str, Any]:
    return {"provider": NAME, "request_id": answer.headers.get("x-request-id"), "attempts": 1}


def refused(answer: httpx.Response) -> errors.AbstractLLMError:
    """The error for a status; a server may repeat the key in its words."""
    status, wait = answer.status_code, answer.headers.get("retry-after", "")
    other = errors.InvalidRequestError if 400 <= status < 500 else errors.ProviderAPIError
    key = answer.request.headers["authorization"].removeprefix("Bearer ")
    told = {"status_code": status, "retry_after": float(wait) if wait.isdigit() else None}
    message = f"HTTP {status}: {answer.text}".replace(key, "***")
    return ERRORS.get(status, other)(message=message, **facts(answer), **told)


def messages(prompt: Any, settings: Mapping[str, Any]) -> list[Any]:
    """The system prompt, the history and the prompt."""
    system, history = settings.get("system_prompt"), settings.get("messages", [])
    if not prompt and not history:
        raise errors.InvalidParameterError("prompt", prompt, "the prompt is empty", NAME)
    before = [{"role": "system", "content": system}] if system else []
    return [*before, *history, *([{"role": "user", "content": prompt}] if prompt else [])]


def wire(tool: Any) -> dict[str, Any]:
    told = {"name": tool.name, "description": tool.description, "parameters": tool.input_schema}
    return {"type": "function", "function": told}


@contextmanager
def translated() -> Iterator[None]:
    try:
        yield
    except httpx.TimeoutException as error:
        raise errors.RequestTimeoutError("too slow", NAME, error) from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise errors.ProviderConnectionError(str(error), NAME, error) from error


@contextmanager
def understood() -> Iterator[None]:
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise errors.GenerationError("the answer is malformed", NAME, error) from error


@functools.cache
def trust() -> ssl.SSLContext:
    return httpx.create_ssl_context()
