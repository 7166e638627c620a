"""What AbstractLLM's guide for authors of providers shows works here as it is shown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.fresh_process import REPOSITORY, run_fresh
from tests.testing import contracts

GUIDE = REPOSITORY.parent / "shared" / "seed_guide.md"
PROGRAMS = REPOSITORY / "tests" / "guide_programs"
MISSING_IMPORTS = "from pathlib import Path\nfrom typing import Callable\n"

INSTALL = "from abstractllm_lite import install_as_abstractllm; install_as_abstractllm()\n"
FAKE_LITELLM = "import fake_litellm; fake_litellm.install()\n"


def test_a_provider_of_ones_own_answers_in_every_way() -> None:
    out = run_fresh(
        INSTALL
        + """
import asyncio, custom_provider
from abstractllm import create_llm
llm = create_llm("parrot", api_key="k", model="grey")
print(llm.generate("hello"))
print(llm.generate("hello", temperature=0))
print("".join(llm.generate("one two", stream=True)))

async def main():
    print(await llm.generate_async("later"))
    pieces = await llm.generate_async("in pieces", stream=True)
    print([piece async for piece in pieces])

asyncio.run(main())
print(isinstance(llm, custom_provider.ParrotProvider), llm.get_capabilities()["streaming"])
""",
        PROGRAMS,
    )
    assert out.splitlines() == [
        "grey at 0.7: hello",
        "grey at 0: hello",
        "grey at 0: one two ",
        "grey at 0: later",
        "['grey ', 'at ', '0: ', 'in ', 'pieces ']",
        "True True",
    ]


def test_its_errors_are_ours_and_know_their_cause() -> None:
    out = run_fresh(
        INSTALL
        + """
import custom_provider
from abstractllm import create_llm
from abstractllm.exceptions import AbstractLLMError

def report(call):
    try:
        call()
    except AbstractLLMError as error:
        print(type(error).__name__, "|", error, "|", repr(error.original_exception))

report(lambda: create_llm("parrot", model="grey"))
report(lambda: create_llm("parrot", api_key="k"))
report(lambda: create_llm("parrot", api_key="k", model="grey", api_base="ftp://x"))
llm = create_llm("parrot", api_key="k", model="grey")
for prompt in ("slow", "dead", "odd"):
    report(lambda: llm.generate(prompt))
""",
        PROGRAMS,
    )
    assert out.splitlines() == [
        "AuthenticationError | Give api_key or set PARROT_API_KEY. | None",
        "InvalidParameterError | A parrot needs a model. | None",
        "InvalidParameterError | Not an address: ftp://x. | None",
        "RequestTimeoutError | [parrot] Parrot failed: slow | TimeoutError('slow')",
        "ProviderConnectionError | [parrot] Parrot failed: dead | ConnectionError('dead')",
        "ProviderAPIError | [parrot] Parrot failed: odd | LookupError('odd')",
    ]


def test_its_tools_may_be_dictionaries_or_functions() -> None:
    out = run_fresh(
        INSTALL
        + """
import custom_provider
from abstractllm import create_llm
from abstractllm.tools import ToolCallRequest

def greet(name: str) -> str:
    "Say hello."
    return name

as_dict = {
    "name": "greet",
    "description": "Say hello.",
    "input_schema": {"type": "object", "properties": {"name": {}}, "required": ["name"]},
}
llm = create_llm("parrot", api_key="k", model="grey")
for tool in (greet, as_dict):
    answer = llm.generate("Ada", tools=[tool])
    print(isinstance(answer, ToolCallRequest), answer[0].name, answer[0].arguments)
""",
        PROGRAMS,
    )
    assert out.splitlines() == ["True greet {'name': 'Ada'}"] * 2


def test_a_packaged_provider_is_found_by_its_entry_point(tmp_path: Path) -> None:
    package = tmp_path / "myservice_abstractllm"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "provider.py").write_bytes((PROGRAMS / "custom_provider.py").read_bytes())
    info = tmp_path / "myservice_abstractllm-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: myservice-abstractllm\nVersion: 0.1.0\n"
    )
    (info / "entry_points.txt").write_text(
        "[abstractllm.providers]\nmyservice = myservice_abstractllm.provider:ParrotProvider\n"
    )
    out = run_fresh(
        """
        import sys
        import abstractllm_lite
        print("myservice" in abstractllm_lite.get_llm_providers())
        print("myservice_abstractllm" in sys.modules)
        try:
            abstractllm_lite.create_llm("myservice", api_key="k", model="grey")
        except ImportError as error:
            print("install_as_abstractllm()" in str(error))
        abstractllm_lite.install_as_abstractllm()
        llm = abstractllm_lite.create_llm("myservice", api_key="k", model="grey")
        print(llm.generate("hello"))
        """,
        tmp_path,
    )
    assert out.splitlines() == ["True", "False", "True", "grey at 0.7: hello"]


def test_it_keeps_the_contract_but_for_what_it_declares(tmp_path: Path) -> None:
    found = contracts.run(PROGRAMS / "parrot_contract.py", tmp_path, "-n0", paths=(PROGRAMS,))

    assert found.failed == {}
    assert len(found.passed["TestParrot"]) > 15
    assert "isolation of calls          no: it keeps the arguments of a call" in found.printed


def test_a_provider_over_litellm_takes_the_built_in_ones_place() -> None:
    out = run_fresh(
        INSTALL
        + FAKE_LITELLM
        + """
import asyncio, litellm_provider
from abstractllm import create_llm
from abstractllm.exceptions import ContextWindowExceededError, InvalidRequestError
llm = create_llm("litellm", model="openai/x")
print(type(llm).__name__, "|", llm.generate("hello"), "|", *llm.generate("hi", stream=True))
print(asyncio.run(llm.generate_async("later")))
try:
    llm.generate("too long")
except ContextWindowExceededError as error:
    print(error, error.context_window, repr(error.original_exception))
try:
    create_llm("litellm")
except InvalidRequestError as error:
    print(error)
""",
        PROGRAMS,
    )
    assert out.splitlines() == [
        "OwnLiteLLMProvider | openai/x hears hello | openai/x hears hi",
        "openai/x hears later",
        "[litellm] LiteLLM: context length exceeded None RuntimeError('context length exceeded')",
        "Model name is required.",
    ]


def word_for_word(class_name: str) -> str:
    """The guide's own block that defines a class, and nothing added but its missing imports."""
    blocks = re.findall(r"```python\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    (block,) = [block for block in blocks if f"class {class_name}(" in block]
    return MISSING_IMPORTS + block


@pytest.mark.skipif(not GUIDE.is_file(), reason=f"the guide is not at {GUIDE}")
def test_both_of_the_guides_own_programs_run_word_for_word(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(word_for_word("MyCustomProvider"), "utf-8")
    (tmp_path / "over_litellm.py").write_text(word_for_word("LiteLLMProvider"), "utf-8")
    out = run_fresh(
        INSTALL
        + FAKE_LITELLM
        + """
import asyncio
from abstractllm.factory import register_provider
from mine import MyCustomProvider
from over_litellm import LiteLLMProvider

register_provider("myservice", MyCustomProvider)
register_provider("litellm", LiteLLMProvider, replace=True)

from abstractllm import create_llm

async def whole_and_pieces(llm):
    pieces = await llm.generate_async("Hello, world!", stream=True)
    return await llm.generate_async("Hello, world!"), [piece async for piece in pieces]

for name in ("myservice", "litellm"):
    llm = create_llm(name, api_key="your-api-key", model="your-model-name")
    print(llm.generate("Hello, world!"))
    print("".join(llm.generate("Hello, world!", stream=True)))
    print(*asyncio.run(whole_and_pieces(llm)))

from abstractllm.exceptions import *
for name, kind in (("myservice", AuthenticationError), ("litellm", InvalidRequestError)):
    try:
        create_llm(name, model="")
    except kind as error:
        print(type(error).__name__)
try:
    llm.generate("too long")
except ContextWindowExceededError as error:
    print(error)
""",
        tmp_path,
        PROGRAMS,
    )
    answer = "Response from your-model-name for prompt: Hello, world!"
    assert out.splitlines() == [
        answer,
        f"{answer} ",
        f"{answer} {[f'{word} ' for word in answer.split()]}",
        "your-model-name hears Hello, world!",
        "your-model-namehearsHello,world!",
        "your-model-name hears Hello, world! ['your-model-name', 'hears', 'Hello,', 'world!']",
        "AuthenticationError",
        "InvalidRequestError",
        "[litellm] LiteLLM context window exceeded: context length exceeded",
    ]
