"""LiteLLMProvider keeps the contract that every provider keeps, with each of three vendors."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from abstractllm_lite import create_llm
from abstractllm_lite.testing import ProviderContract
from abstractllm_lite.testing.contract import CUT
from tests.support.loopback import Loopback, Reply, Request
from tests.support.vendors import VENDORS, Vendor

CALL = ("call_1", "get_weather", {"city": "Paris"})
STATUS = {"authentication": 401, "rate limit": 429, "server": 503}


class OfVendor(ProviderContract):
    """What the three have in common: a loopback server in the vendor's place."""

    provider = "litellm"
    vendor: ClassVar[Vendor]
    error_facts: ClassVar = {
        "authentication": {"status_code": 401, "retryable": False},
        "rate limit": {"status_code": 429, "retry_after": 7.0, "request_id": "req_1"},
        "server": {"status_code": 503, "retryable": True},
    }

    @pytest.fixture(autouse=True)
    def _service(self, loopback: Loopback) -> None:
        self.loopback = loopback
        loopback.reply = self._answer

    def config(self) -> dict[str, Any]:
        return self.vendor.config(self.loopback.url, api_key=self.secret)

    def failing(self, fault: str) -> tuple[Any, str]:
        if fault == "connection":
            config = self.vendor.config("http://127.0.0.1:1", api_key=self.secret)
            return create_llm("litellm", **config), self.prompt
        if fault == "timeout":
            self.loopback.reply = Reply(delay=5)
            return create_llm("litellm", **self.config(), timeout=0.2), self.prompt
        if fault == CUT:
            self.loopback.reply = self._cut
        else:
            headers = {"retry-after": "7", "x-request-id": "req_1"}
            told = f"no, not with {self.secret}"
            self.loopback.reply = self.vendor.fails(STATUS[fault], told, headers=headers)
        return self.make(), self.prompt

    def _answer(self, request: Request) -> Reply:
        body = request.json
        if "Sunny" in str(body):  # what the tool gave
            return self.vendor.says("It is sunny.")(request)
        if body.get("tools"):
            return self.vendor.says(None, calls=[CALL])(request)
        return self.vendor.says(f"You said: {self.vendor.sent_texts(request)[-1][1]}")(request)

    def _cut(self, request: Request) -> Reply:
        whole = self.vendor.says("one two three four five six seven eight")(request)
        return Reply(whole.body, headers=whole.headers, cut=True)


class TestOpenAI(OfVendor):
    vendor = VENDORS["openai"]


class TestAnthropic(OfVendor):
    vendor = VENDORS["anthropic"]


class TestGemini(OfVendor):
    vendor = VENDORS["gemini"]
