"""Credentials are masked; ordinary text is left as it is."""

from __future__ import annotations

import pytest

from abstractllm_lite.utils.redaction import MASK, is_secret_name, redact, redact_values

BODY = "a1B2c3D4e5F6g7H8i9J0k1L2"


@pytest.mark.parametrize(
    "text",
    [
        f"sk-{BODY}",
        f"sk-proj-{BODY}",
        f"sk-ant-api03-{BODY}",
        f"gsk_{BODY}",
        f"hf_{BODY}",
        f"xai-{BODY}",
        f"AIza{BODY}",
        "AKIA" + "ABCDEFGH12345678",
        f"Authorization: Bearer {BODY}",
        f"authorization=Basic {BODY}==",
        f'{{"api_key": "{BODY}"}}',
        f"api_key='{BODY}'",
        f"https://host/v1?key={BODY}&alt=sse",
        f"eyJhbGciOiJ9.{BODY}.{BODY}",
        f"ya29.{BODY}",
    ],
)
def test_a_credential_is_masked(text: str) -> None:
    clean = redact(f"refused: {text} (401)")
    assert MASK in clean
    assert BODY not in clean
    assert "ABCDEFGH12345678" not in clean
    assert clean.startswith("refused: ")
    assert clean.endswith("(401)")


@pytest.mark.parametrize(
    "text",
    [
        "The basic understanding of max_tokens: 1000000 is bearer of news",
        "tokens=123456 total_tokens: 123456789",
        "model=openai/gpt-4o-mini-2024-07-18",
        "a risk-averse-and-very-long-hyphenated-word",
        "sk-learn-is-not-a-key",
        "https://host/v1?alt=sse&page=3",
    ],
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize(
    "name",
    "api_key API_KEY x-api-key aws_secret_access_key aws_session_token azure_ad_token "
    "vertex_credentials Authorization password token client_secret cookie".split(),
)
def test_a_credentials_name_is_known(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name", "model max_tokens temperature stop_tokens keyword monkey tokenizer user".split()
)
def test_an_ordinary_name_is_known(name: str) -> None:
    assert not is_secret_name(name)


def test_values_are_masked_at_every_depth_and_not_in_place() -> None:
    secret = {"a": [({"token": "x", "n": 1},)], "api_key": None, "text": f"sk-{BODY}"}
    assert redact_values(secret) == {
        "a": [({"token": MASK, "n": 1},)],
        "api_key": None,
        "text": MASK,
    }
    assert secret["text"] == f"sk-{BODY}"
