"""FakeLLM keeps the contract."""

from __future__ import annotations

from typing import Any, ClassVar

from abstractllm_lite import (
    AuthenticationError,
    ProviderAPIError,
    ProviderConnectionError,
    RateLimitError,
    RequestTimeoutError,
)
from abstractllm_lite.testing import Asked, FakeLLM, ProviderContract
from abstractllm_lite.testing.contract import CUT

FAULTS: dict[str, Any] = {
    "authentication": AuthenticationError("no", status_code=401),
    "rate limit": RateLimitError("slow down", status_code=429, retry_after=7, request_id="req_1"),
    "server": ProviderAPIError("busy", status_code=503),
    "timeout": RequestTimeoutError("slow"),
    "connection": ProviderConnectionError("dead"),
    CUT: ["Once ", "upon", ProviderConnectionError("cut")],
}


def answer(asked: Asked) -> Any:
    called = asked.messages and asked.messages[-1]["role"] == "tool"
    if asked.tools and not called:
        return {"get_weather": {"city": "Paris"}}
    return f"You said: {asked.text}"


class TestFake(ProviderContract):
    provider = "fake"
    error_facts: ClassVar = {
        "rate limit": {"status_code": 429, "retry_after": 7, "request_id": "req_1"}
    }

    def config(self) -> dict[str, Any]:
        return {"responses": answer, "api_key": self.secret}

    def failing(self, fault: str) -> tuple[Any, str]:
        return FakeLLM(responses=[FAULTS[fault]], cycle=True, api_key=self.secret), self.prompt
