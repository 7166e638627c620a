"""What users write, as type checkers see it: mypy and pyright read this file, nothing runs it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, assert_type

from abstractllm_lite import (
    AbstractLLMInterface,
    GenerateResponse,
    ImageInput,
    MediaFactory,
    MediaInput,
    ModelCapability,
    ModelParameter,
    RateLimitError,
    Session,
    ToolCall,
    ToolCallRequest,
    Usage,
    create_llm,
    register_provider,
)
from abstractllm_lite.providers.litellm.provider import LiteLLMProvider
from abstractllm_lite.providers.litellm.stream import AsyncStream, Stream
from abstractllm_lite.session.streams import AsyncSessionStream, SessionStream
from abstractllm_lite.types import AsyncResponseStream, ResponseStream

llm = create_llm("litellm", model="openai/gpt-4o-mini", timeout=30)
assert_type(llm, LiteLLMProvider)
assert_type(create_llm("anthropic"), LiteLLMProvider)
assert_type(create_llm("ollama", model="llama3"), LiteLLMProvider)
assert_type(create_llm("mine", **{ModelParameter.MODEL: "m"}), AbstractLLMInterface)


def plain(wanted: bool) -> None:
    response = llm.generate("Hello", temperature=0, files=["a.png", Path("b.md"), b"c"])
    with Path("d.wav").open("rb") as sound:
        llm.generate("Hello", files=[sound, ImageInput("e.png"), {"type": "text", "text": "f"}])
    llm.generate("Hello", files="a.png", image="https://example.org/g.png")
    assert_type(MediaFactory.from_source("a.png"), MediaInput)
    assert_type(ImageInput.from_dict({}), ImageInput)
    assert_type(response, GenerateResponse)
    assert_type(llm.generate("Hello", stream=False), GenerateResponse)
    assert_type(llm.generate("Hello", stream=True), Stream)
    assert_type(llm.generate("Hello", None, None, True), Stream)
    assert_type(llm.generate("Hello", stream=wanted), GenerateResponse | Stream)
    assert_type(llm.generate(messages=[{"role": "user", "content": "Hi"}]), GenerateResponse)


def conversed() -> None:
    session = Session("Be brief.", llm, tools=[len])
    assert_type(session.generate("Hello"), GenerateResponse)
    assert_type(session.send("Hello", llm), GenerateResponse)
    stream = session.generate("Hello", stream=True)
    assert_type(stream, SessionStream[GenerateResponse])
    assert_type(session.send("Hello", stream=True), SessionStream[GenerateResponse])
    for chunk in stream:
        assert_type(chunk, GenerateResponse)
    for piece in session.generate_with_tools_streaming(prompt="Hello"):
        assert_type(piece, GenerateResponse | dict[str, Any])
    as_named: ResponseStream = stream
    as_named.close()


async def conversed_async() -> None:
    session = Session(provider=llm)
    assert_type(await session.generate_async("Hello"), GenerateResponse)
    assert_type(await session.send_async("Hello"), GenerateResponse)
    stream = await session.send_async("Hello", stream=True)
    assert_type(stream, AsyncSessionStream)
    async for chunk in session.generate_async("Hello", stream=True):
        assert_type(chunk, GenerateResponse)


def streamed() -> None:
    as_named: ResponseStream = llm.generate("Hello", stream=True)
    as_named.close()
    with llm.generate("Hello", stream=True) as stream:
        for chunk in stream:
            assert_type(chunk, GenerateResponse)
    assert_type(stream.response, GenerateResponse)


async def awaited() -> None:
    assert_type(await llm.generate_async("Hello"), GenerateResponse)
    stream = await llm.generate_async("Hello", stream=True)
    assert_type(stream, AsyncStream)
    as_named: AsyncResponseStream = stream
    await as_named.aclose()
    async with stream:
        async for chunk in stream:
            assert_type(chunk, GenerateResponse)
    async for chunk in llm.generate_async("Hello", stream=True):
        assert_type(chunk, GenerateResponse)


def parts(response: GenerateResponse) -> None:
    assert_type(response.upper(), str)
    assert_type(response.content, str | None)
    assert_type(response.usage, Usage | None)
    assert_type(response.cost, float | None)
    assert_type(response.finish_reason, str | None)
    assert_type(response.warnings, tuple[str, ...])
    assert_type(response.tool_calls, ToolCallRequest)
    assert_type(response.tool_calls[0], ToolCall)
    if response.usage is not None:
        assert_type(response.usage.input_tokens, int | None)
    for call in response.tool_calls:
        assert_type(call, ToolCall)
        assert_type(call.arguments, dict[str, Any])


def capabilities() -> None:
    assert_type(llm.get_capabilities()[ModelCapability.VISION], Any)


def errors() -> None:
    try:
        llm.generate("Hello")
    except RateLimitError as error:
        assert_type(error.retry_after, float | None)
        assert_type(error.partial, GenerateResponse | None)


class Native(AbstractLLMInterface):
    """A provider as the guide writes it: one signature, a union as its answer."""

    def generate(
        self,
        prompt: str,
        system_prompt: str | None = None,
        files: list[str | Path] | None = None,
        stream: bool = False,
        tools: list[Any] | None = None,
        **kwargs: Any,
    ) -> str | Iterator[str]:
        return iter(prompt.split()) if stream else prompt

    async def generate_async(
        self,
        prompt: str,
        system_prompt: str | None = None,
        files: list[str | Path] | None = None,
        stream: bool = False,
        tools: list[Any] | None = None,
        **kwargs: Any,
    ) -> str | AsyncIterator[str]:
        return prompt


register_provider("native", Native)
register_provider("native", "package.module:Native", replace=True)
register_provider("native", ("package.module", "Native"), replace=True)
register_provider("native", "package.module", "Native", replace=True)
