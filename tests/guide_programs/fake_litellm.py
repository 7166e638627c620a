"""Stands for litellm in a process of its own: answers with what it was asked."""

import sys
from types import ModuleType, SimpleNamespace


def completion(*, model, messages, stream=False, **parameters):
    text = f"{model} hears {messages[-1]['content']}"
    if messages[-1]["content"] == "too long":
        raise RuntimeError("context length exceeded")
    if stream:
        return iter([_chunk(piece) for piece in (*text.split(), None)])
    return SimpleNamespace(choices=[SimpleNamespace(message=SimpleNamespace(content=text))])


async def acompletion(*, stream=False, **request):
    if not stream:
        return completion(**request)

    async def chunks():
        for chunk in completion(stream=True, **request):
            yield chunk

    return chunks()


def _chunk(piece):
    return SimpleNamespace(choices=[SimpleNamespace(delta=SimpleNamespace(content=piece))])


def install() -> None:
    """Put it where `import litellm` finds it."""
    module = ModuleType("litellm")
    module.completion = completion
    module.acompletion = acompletion
    sys.modules["litellm"] = module
