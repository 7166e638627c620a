"""PlainChatProvider keeps the contract of providers, against a small server on this machine."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from abstractllm_lite import create_llm, exceptions
from abstractllm_lite.testing import ProviderContract

USAGE = {"prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8}
CALL = {
    "index": 0,
    "id": "c1",
    "type": "function",
    "function": {"name": "get_weather", "arguments": '{"city": "Paris"}'},
}
STATUS = {"authentication": 401, "rate limit": 429, "server": 503}


class Handler(BaseHTTPRequestHandler):
    """Answers with what was said last, or calls the tool that it is offered, or fails."""

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.heard = body
        fault = self.server.fault
        if fault in STATUS:
            self.send(STATUS[fault], f"no, {self.headers['authorization']}")
        elif fault == "timeout":
            self.server.over.wait(20)
        elif body.get("tools") and body["messages"][-1]["role"] != "tool":
            self.answer(body, {"content": None, "tool_calls": [CALL]}, "tool_calls")
        else:
            told = f"You said: {body['messages'][-1]['content']}"
            self.answer(body, {"content": told}, "stop")

    def answer(self, body, message, finish):
        facts = {"model": body["model"], "usage": USAGE}
        if not body.get("stream"):
            choice = {"message": message, "finish_reason": finish}
            self.send(200, json.dumps({"choices": [choice], **facts}))
            return
        words = (message["content"] or "").split(" ")
        deltas = [{"content": word if n == 0 else f" {word}"} for n, word in enumerate(words)]
        if message.get("tool_calls"):
            deltas.append({"tool_calls": message["tool_calls"]})
        events = [{"choices": [{"delta": delta}]} for delta in deltas]
        if self.server.fault != "cut stream":
            events += [{"choices": [{"delta": {}, "finish_reason": finish}]}]
            events += [{"choices": [], **facts}]
        lines = [json.dumps(event) for event in events]
        lines += [] if self.server.fault == "cut stream" else ["[DONE]"]
        self.send(200, "".join(f"data: {line}\n\n" for line in lines))

    def send(self, status, text):
        self.send_response(status)
        self.send_header("x-request-id", "r")
        self.send_header("retry-after", "7")
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 256  # for 200 tasks at once
    fault = heard = None

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.over = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}/v1"


@pytest.fixture
def server():
    with Server() as serving:
        threading.Thread(target=serving.serve_forever, args=(0.01,), daemon=True).start()
        yield serving
        serving.over.set()
        serving.shutdown()


class TestPlainChatProvider(ProviderContract):
    provider = "plainchat"
    error_facts: ClassVar = {
        "authentication": {"status_code": 401, "request_id": "r", "retryable": False},
        "rate limit": {"status_code": 429, "request_id": "r", "retry_after": 7.0},
        "server": {"status_code": 503, "request_id": "r", "retryable": True},
    }

    @pytest.fixture(autouse=True)
    def _serve(self, server):
        self.server = server

    def config(self):
        return {"model": "m", "base_url": self.server.url, "api_key": self.secret}

    def failing(self, fault):
        self.server.fault = fault
        own = {"timeout": 0.2} if fault == "timeout" else {}
        place = {"base_url": "http://127.0.0.1:9/v1"} if fault == "connection" else {}
        return create_llm("plainchat", **{**self.config(), **own, **place}), self.prompt


def test_the_key_comes_from_the_environment(server, monkeypatch):
    llm = create_llm("plainchat", model="m", base_url=server.url)
    monkeypatch.delenv("PLAINCHAT_API_KEY", raising=False)
    with pytest.raises(exceptions.AuthenticationError, match="PLAINCHAT_API_KEY"):
        llm.generate("Hi")
    monkeypatch.setenv("PLAINCHAT_API_KEY", "from-the-environment")
    assert llm.generate("Hi") == "You said: Hi"


def test_a_model_is_needed():
    with pytest.raises(exceptions.InvalidParameterError, match="model"):
        create_llm("plainchat")


@pytest.mark.parametrize("prompt", [None, ""])
def test_an_empty_prompt_is_refused(server, prompt):
    with pytest.raises(exceptions.InvalidParameterError, match="empty"):
        create_llm("plainchat", model="m", base_url=server.url, api_key="k").generate(prompt)
    assert server.heard is None


def test_files_are_refused(server):
    llm = create_llm("plainchat", model="m", base_url=server.url, api_key="k")
    with pytest.raises(exceptions.UnsupportedFeatureError):
        llm.generate("Hi", files=["a.txt"])


def test_the_request_holds_what_was_set_and_no_key(server):
    llm = create_llm("plainchat", model="m", base_url=server.url, api_key="k", temperature=0)
    llm.generate("Hi", "Be brief.", max_tokens=5)
    assert server.heard == {
        "model": "m",
        "temperature": 0,
        "max_tokens": 5,
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Hi"},
        ],
    }
