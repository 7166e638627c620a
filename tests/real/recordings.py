"""Reads the recorded vendor answers, serves one on loopback, and judges what became of it.

The judge knows the facts that stand beside a row and the vendor's own rules for reading them;
it returns what does not hold, so that one run of a row tells everything that is wrong with it.
"""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from abstractllm_lite import exceptions
from abstractllm_lite.types import GenerateResponse
from tests.support.loopback import Loopback, Reply, Request

ROWS_IN_ALL = 168
BESIDE_THE_CHECKOUT = Path(__file__).parents[2] / ".." / "shared" / "vendor_recordings"
FOLDER = Path(os.environ.get("ABSTRACTLLM_LITE_VENDOR_RECORDINGS") or BESIDE_THE_CHECKOUT)

ERRORS: dict[str, type[Exception]] = {
    "auth": exceptions.AuthenticationError,
    "quota": exceptions.QuotaExceededError,
    "invalid": exceptions.InvalidRequestError,
    "context": exceptions.ContextWindowExceededError,
    "not_found": exceptions.ModelNotFoundError,
    "timeout": exceptions.RequestTimeoutError,
    "connection": exceptions.ProviderConnectionError,
    "content_filter": exceptions.ContentFilterError,
    "server": exceptions.ProviderAPIError,
}

# The vendor thought, and told so by a signature, a redacted block or a token count only.
THOUGHT_WITHOUT_TEXT = frozenset(
    {
        "anthropic-07-reasoning",
        "bedrock_converse-08-stream+reasoning",
        "gemini-06-stream+reasoning",
        "gemini-07-tool_call+reasoning",
        "gemini-08-stream+tool_call+reasoning",
        "vertex_ai-02-reasoning",
        "vertex_ai-03-stream+reasoning",
        "vertex_ai-04-tool_call+reasoning",
        "vertex_ai-05-stream+tool_call+reasoning",
        "vertex_ai-10-image_in+reasoning",
    }
)


@dataclass(frozen=True)
class Row:
    """One recorded exchange."""

    id: str
    vendor: str
    kind: tuple[str, ...]
    model: str
    base_url_suffix: str
    path_regex: str
    request: Mapping[str, Any]
    response: Mapping[str, Any]
    facts: Mapping[str, Any]

    @property
    def streamed(self) -> bool:
        """Whether the answer was recorded as a stream."""
        return "stream" in self.kind

    @property
    def body(self) -> bytes:
        """The answer's bytes."""
        body = self.response["body"]
        return body["text"].encode() if "text" in body else base64.b64decode(body["base64"])


def load(folder: Path = FOLDER) -> list[Row]:
    """All rows, in a fixed order; none when the folder is missing."""
    files = sorted(f for f in folder.glob("*.jsonl") if f.stem != "requests")
    lines = [json.loads(line) for f in files for line in f.read_text().splitlines()]
    names = Row.__dataclass_fields__
    return [Row(**{n: tuple(v[n]) if n == "kind" else v[n] for n in names}) for v in lines]


def serve(row: Row, server: Loopback, piece: int | None = None) -> None:
    """Let the server answer as the vendor did; its side doors answer too."""

    def answer(request: Request) -> Reply:
        if request.path == "/token":
            return Reply({"access_token": "token", "expires_in": 3600, "token_type": "Bearer"})
        if request.path.endswith("/api/show"):
            return Reply({"template": "{{ .Tools }}", "model_info": {}})
        response = row.response
        return Reply(row.body, status=response["status"], headers=response["headers"], piece=piece)

    server.reply = answer


def config(row: Row, url: str) -> dict[str, Any]:
    """What create_llm needs for this row's vendor."""
    common = {"model": row.model, "base_url": url + row.base_url_suffix, "max_retries": 0}
    if row.vendor.startswith("bedrock"):
        keys = {"aws_access_key_id": "id", "aws_secret_access_key": "secret"}
        return common | keys | {"aws_region_name": "us-east-1"}
    if row.vendor == "vertex_ai":
        place = {"vertex_project": "project", "vertex_location": "us-central1"}
        return common | place | {"vertex_credentials": service_account(f"{url}/token")}
    azure = {"api_version": "2024-10-21"} if row.vendor == "azure" else {}
    return common | azure | {"api_key": "key-of-the-test"}


@cache
def private_key() -> str:
    """A key made for this run; no vendor knows it."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def service_account(token_uri: str) -> str:
    """A Google service account, as JSON text, whose tokens come from `token_uri`."""
    return json.dumps(
        {
            "type": "service_account",
            "project_id": "project",
            "private_key_id": "1",
            "private_key": private_key(),
            "client_email": "tests@project.iam.gserviceaccount.com",
            "client_id": "1",
            "token_uri": token_uri,
        }
    )


def judge(
    row: Row, outcome: GenerateResponse | BaseException, requests: list[Request]
) -> list[str]:
    """What does not hold; empty when the row holds."""
    wrong = _judge_requests(row, requests)
    if isinstance(outcome, BaseException):
        return wrong + _judge_error(row, outcome)
    return wrong + _judge_answer(row, outcome)


def _judge_requests(row: Row, requests: list[Request]) -> list[str]:
    right = [r for r in requests if re.search(row.path_regex, r.path)]
    if len(right) == 1:
        return []
    return [f"{len(right)} requests to {row.path_regex}, of {[r.path for r in requests]}"]


def _judge_error(row: Row, error: BaseException) -> list[str]:
    facts = row.facts
    if "error" not in facts:
        return [] if _may_be_an_error(row, error) else [f"raised {error!r}"]
    wrong = []
    if not isinstance(error, ERRORS[facts["error"]]):
        wrong.append(f"raised {type(error).__name__} for {facts['error']}: {error}")
    if getattr(error, "status_code", None) != facts["status"]:
        wrong.append(f"status {getattr(error, 'status_code', None)}, not {facts['status']}")
    if facts["message"] not in str(error):
        wrong.append(f"the vendor's message is not in {error}")
    return wrong


def _may_be_an_error(row: Row, error: BaseException) -> bool:
    """A filtered answer without a message, and a stream that the vendor ended with an error."""
    finish = row.facts["finish"]
    if finish == "content_filter":
        return isinstance(error, exceptions.ContentFilterError)
    failures = exceptions.GenerationError | exceptions.ProviderAPIError
    return finish == "*" and isinstance(error, failures)


def _judge_answer(row: Row, response: GenerateResponse) -> list[str]:
    facts = row.facts
    if "error" in facts:
        return [f"no error, but {response!r}"]
    wrong = _judge_tool_calls(facts["tool_calls"], response)
    if "text" in facts and not _same_text(facts["text"], response):
        wrong.append(f"text {str(response)[:80]!r}, not {facts['text'][:80]!r}")
    if facts["finish"] not in {"*", response.finish_reason}:
        wrong.append(f"finish {response.finish_reason}, not {facts['finish']}")
    for name in ("input_tokens", "output_tokens"):
        got = getattr(response.usage, name, None)
        if name in facts and got not in facts[name]:
            wrong.append(f"{name} {got}, not one of {facts[name]}")
    if facts.get("thinking") and bool(response.reasoning) == (row.id in THOUGHT_WITHOUT_TEXT):
        wrong.append(f"reasoning {str(response.reasoning)[:80]!r}")
    if response.attempts != 1:
        wrong.append(f"attempts {response.attempts}")
    return wrong


def _same_text(text: str, response: GenerateResponse) -> bool:
    """A leading <think> block may have moved to the reasoning, but not have been lost."""
    if str(response) == text:
        return True
    block = re.match(r"\s*<(think|thinking)>(.*?)</\1>", text, flags=re.DOTALL)
    if block is None or block[2].strip() not in (response.reasoning or ""):
        return False
    return str(response) in {text[block.end() :], text[block.end() :].lstrip()}


def _judge_tool_calls(expected: list[dict[str, Any]], response: GenerateResponse) -> list[str]:
    calls = list(response.tool_calls)
    got = [(c.name, c.arguments) for c in calls]
    want = [(c["name"], c["arguments"]) for c in expected]
    if got != want:
        return [f"tool calls {got}, not {want}"]
    wrong = [
        f"id {call.id[:60]!r}, not {fact['id']!r}"
        for call, fact in zip(calls, expected, strict=True)
        # litellm hangs a thought's signature on to the ids of Gemini's calls.
        if not call.id or fact["id"] not in {"", call.id.partition("__thought__")[0]}
    ]
    if len({c.id for c in calls}) < len(calls):
        wrong.append(f"ids not unique: {[c.id for c in calls]}")
    return wrong
