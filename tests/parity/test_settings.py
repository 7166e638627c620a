"""What a user set on litellm itself holds: such a call goes through litellm, or sees it there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from abstractllm_lite.providers.litellm.call import Call
from abstractllm_lite.providers.litellm.direct import coverage, declined
from abstractllm_lite.providers.litellm.loading import load
from tests.parity.both import ask
from tests.parity.shapes import replies
from tests.support.loopback import Loopback

# Settings that litellm's chat path reads, by pattern, with why the direct route need not look.
NEED_NOT_LOOK = {
    r".*_models|.*_model_list|model_list_set|models_by_provider|model_cost|provider_list"
    r"|.*_providers|openai_compatible_endpoints|azure_llms": "tables of litellm's that both routes "
    "read by the same functions",
    r"aleph_alpha_key|amazon_nova_api_key|azure_key|bytez_key|cloudflare_api_key|cohere_key"
    r"|cometapi_key|databricks_key|gdc_\w+|gigachat_key|huggingface_key|lemonade_key"
    r"|maritalk_key|nlp_cloud_key|ovhcloud_key|predibase_\w+|replicate_key|vertex_location"
    r"|vertex_project|common_cloud_provider_auth_params": "of vendors that are not covered",
    r"disable_add_prefix_to_prompt|disable_stop_sequence_limit"
    r"|disable_anthropic_gemini_context_caching_transform|redact_messages_in_exceptions"
    r"|enable_gemini_default_thinking_level_low|gemini_include_thoughts_default"
    r"|reasoning_effort_rounding|known_tokenizer_config": "read by functions of "
    "litellm's that both routes call",
    r"ssl_\w+|aiohttp_trust_env|disable_aiohttp_\w+|use_aiohttp_transport|request_timeout\w*"
    r"|num_retries_per_request": "connections, time and retries are this package's own",
    r"user_url_\w+": "of files that litellm fetches, which is left to it",
    r"_current_cost|_known_custom_logger_compatible_callbacks|blog_posts_url|callback_settings"
    r"|cold_storage_custom_logger|disable_add_user_agent_to_request_tags"
    r"|(dis|en)able_end_user_cost_tracking\w*|disable_token_counter|global_disable_no_log_param"
    r"|json_logs|log_client_error_tracebacks|log_raw_request_response"
    r"|logged_real_time_event_types|redact_user_api_key_info|request_correlation_in_logs"
    r"|turn_off_message_logging|safe_memory_mode": "of litellm's logging and callbacks, and these "
    "are looked at themselves",
    r"global_(bitbucket|gitlab)_config|vector_store_registry|credential_list|adapters|config_path"
    r"|check_provider_endpoint|include_cost_in_streaming_usage|use_legacy_interactions_schema|max_tokens|disable_hf_tokenizer_download|suppress_debug_info"
    r"|set_verbose|__file__": "of arguments that are left to litellm, of other functions than "
    "completion, or of what is printed",
}
# Beside chat completions.
_OTHER_FILES = re.compile(
    r"embed|image_|audio|speech|batch|rerank|realtime|fine_tun|/files/|video|ocr|transcription"
    r"|responses/|vector|messages/|skills|pass_?through|context_cach|text_to|search"
)
_FOLDERS = coverage.VENDORS | {"openai_like", "base_llm", "custom_httpx", "vertex_ai"}


def _read_by_litellm() -> dict[str, set[str]]:
    """The plain values among litellm's attributes that its chat path reads, with where."""
    litellm = load()
    root = Path(litellm.__file__).parent
    folders = (each for each in (root / "llms").iterdir() if each.name in _FOLDERS)
    files = [root / "main.py", root / "utils.py", *(root / "litellm_core_utils").glob("*.py")]
    files += [each for folder in folders for each in folder.rglob("*.py")]
    found: dict[str, set[str]] = {}
    for file in files:
        place = file.relative_to(root).as_posix()
        if not _OTHER_FILES.search(place):
            for name in set(re.findall(r"\blitellm\.([a-z_]\w*)", file.read_text())):
                found.setdefault(name, set()).add(place)
    plain = (type(None), bool, int, float, str, list, dict, set, tuple)
    unset = object()
    return {n: p for n, p in found.items() if isinstance(getattr(litellm, n, unset), plain)}


def test_every_setting_that_litellm_reads_is_known() -> None:
    known = re.compile("|".join(NEED_NOT_LOOK))
    read = _read_by_litellm()
    assert len(read) > 100
    unknown = {
        n: p for n, p in read.items() if n not in coverage.SETTINGS and not known.fullmatch(n)
    }
    assert unknown == {}


def test_settings_are_unset_as_shipped() -> None:
    assert declined(_call("openai")) is None


@pytest.mark.parametrize("name", coverage.SETTINGS)
def test_a_setting_sends_the_call_through_litellm(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not hasattr(load(), name):
        pytest.skip(f"this litellm has no {name}")
    monkeypatch.setattr(load(), name, ["something"])
    assert declined(_call("openai")) == f"litellm.{name} is set"


def _headers(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(load(), "headers", {"x-of-the-user": "told"})
    return "openai"


def _rule(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(load(), "pre_call_rules", [lambda _: True])
    return "anthropic"


def _callback(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(load(), "input_callback", [lambda _: None])
    return "gemini"


def _key(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(load(), "groq_key", "told")
    return "groq"


def _modify(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(load(), "modify_params", True)
    return "anthropic"


@pytest.mark.parametrize("set_one", [_headers, _rule, _callback, _key, _modify])
def test_litellm_gets_the_call_of_a_user_of_its_settings(
    set_one: Any, loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    vendor = set_one(monkeypatch)
    answer = ask(_config(loopback, vendor), {"prompt": "x"})
    assert answer.route == "litellm"  # type: ignore[union-attr]
    assert len(loopback.requests) == 1


@pytest.mark.parametrize(
    ("vendor", "owner"),
    [
        ("openai", "OpenAIConfig"),
        ("perplexity", "OpenAIConfig"),
        ("groq", "GroqChatConfig"),
        ("openrouter", "OpenrouterConfig"),
        ("anthropic", "AnthropicConfig"),
        ("gemini", "VertexGeminiConfig"),
        ("mistral", "MistralConfig"),
        ("ollama_chat", "OllamaChatConfig"),
    ],
)
def test_parameters_set_on_a_class_of_litellms_reach_the_vendor_alike(
    vendor: str, owner: str, loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(getattr(load(), owner), "top_p", 0.123, raising=False)
    bodies = []
    for route in ("litellm", "auto"):
        loopback.requests.clear()
        ask({**_config(loopback, vendor), "transport": route}, {"prompt": "x"})
        asked = [each for each in loopback.requests if not each.path.endswith("/api/show")]
        bodies.append([each.json for each in asked])
    assert bodies[0] == bodies[1]
    assert len(bodies[0]) == 1


@pytest.mark.parametrize(
    "name", ["mock_response", "caching", "metadata", "allowed_openai_params", "api_version"]
)
def test_an_argument_of_litellms_own_goes_through_it(name: str) -> None:
    assert name in str(declined(_call("openai", **{name: "x"})))


def test_what_litellm_has_no_name_for_is_passed_on() -> None:
    assert declined(_call("openai", an_own_parameter=1, temperature=0.5)) is None


def _call(vendor: str, **parameters: Any) -> Call:
    messages = [{"role": "user", "content": "x"}]
    return Call(vendor, "m", f"{vendor}/m", messages, parameters=parameters)


def _config(server: Loopback, vendor: str) -> dict[str, Any]:
    server.reply = replies(vendor)
    place = {"base_url": server.url, "api_key": "key-of-the-test"}
    return {"model": f"{vendor}/some-model", "max_retries": 0, **place}
