"""A provider over litellm, in the place of the built-in one."""

from typing import Any

from abstractllm.enums import ModelCapability
from abstractllm.exceptions import (
    ContextWindowExceededError,
    InvalidRequestError,
    QuotaExceededError,
)
from abstractllm.factory import register_provider
from abstractllm.interface import AbstractLLMInterface


class OwnLiteLLMProvider(AbstractLLMInterface):
    """Calls litellm and gives the text back."""

    def __init__(self, config: dict[str, Any] | None = None) -> None:
        super().__init__(config)
        import litellm

        self.litellm = litellm
        self.model = self.config_manager.get_param("model")
        if not self.model:
            raise InvalidRequestError("Model name is required.")

    def generate(self, prompt, system_prompt=None, files=None, stream=False, tools=None, **kwargs):
        messages = self._format_messages(prompt, system_prompt)
        try:
            if stream:
                return self._generate_stream(messages)
            answer = self.litellm.completion(model=self.model, messages=messages)
            return answer.choices[0].message.content
        except Exception as e:
            self._handle_error(e)

    def _generate_stream(self, messages):
        for chunk in self.litellm.completion(model=self.model, messages=messages, stream=True):
            content = chunk.choices[0].delta.content
            if content:
                yield content

    async def generate_async(
        self, prompt, system_prompt=None, files=None, stream=False, tools=None, **kwargs
    ):
        messages = self._format_messages(prompt, system_prompt)
        answer = await self.litellm.acompletion(model=self.model, messages=messages)
        return answer.choices[0].message.content

    def _format_messages(self, prompt, system_prompt=None):
        system = [{"role": "system", "content": system_prompt}] if system_prompt else []
        return [*system, {"role": "user", "content": prompt}]

    def _handle_error(self, e):
        facts = {"provider": "litellm", "original_exception": e}
        if "context" in str(e):
            raise ContextWindowExceededError(f"LiteLLM: {e}", **facts)
        raise QuotaExceededError(f"LiteLLM: {e}", **facts)

    def get_capabilities(self):
        return {ModelCapability.STREAMING: True, ModelCapability.VISION: False}


register_provider("litellm", OwnLiteLLMProvider, replace=True)
