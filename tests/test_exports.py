"""What is promised at the top is there, and costs nothing until it is used."""

from __future__ import annotations

import importlib
from types import ModuleType

import pytest

import abstractllm_lite
from abstractllm_lite import exceptions
from tests.fresh_process import run_fresh

SURFACE = """
    enums exceptions types interface factory compat tools tools.types tools.conversion
    tools.execution tools.validation
    media media.interface media.image media.text media.tabular media.document media.audio
    media.factory media.processor utils.config utils.logging
    providers providers.base providers.registry
""".split()


def test_every_name_is_there_and_is_that_of_its_own_module() -> None:
    for name in abstractllm_lite.__all__:
        value = getattr(abstractllm_lite, name)
        home = getattr(value, "__module__", abstractllm_lite.__name__)
        assert getattr(importlib.import_module(home), name) is value


def test_all_is_sorted_and_has_no_name_twice() -> None:
    assert sorted(set(abstractllm_lite.__all__)) == abstractllm_lite.__all__


def test_the_lazy_table_and_all_name_the_same() -> None:
    errors = {name for name in exceptions.__all__ if name.endswith("Error")} - {"ForeignError"}
    lazy = {*abstractllm_lite._HOMES, *errors}
    assert {*abstractllm_lite.__all__} - {"__version__"} == lazy


@pytest.mark.parametrize("name", SURFACE)
def test_all_of_a_module_is_there(name: str) -> None:
    module = importlib.import_module(f"abstractllm_lite.{name}")
    assert [missing for missing in module.__all__ if not hasattr(module, missing)] == []


@pytest.mark.parametrize("name", ["", *(f".{name}" for name in SURFACE)])
def test_a_star_import_works(name: str) -> None:
    names: dict[str, object] = {}
    exec(f"from abstractllm_lite{name} import *", names)
    module = importlib.import_module(f"abstractllm_lite{name}")
    assert set(module.__all__) <= set(names)


def test_names_are_listed_before_they_are_loaded() -> None:
    assert set(abstractllm_lite.__all__) <= set(dir(abstractllm_lite))
    listed = run_fresh("import abstractllm_lite; print(*dir(abstractllm_lite))").split()
    assert set(abstractllm_lite.__all__) <= set(listed)


def test_submodules_are_attributes() -> None:
    out = run_fresh(
        """
        import abstractllm_lite
        print(abstractllm_lite.utils.__name__, abstractllm_lite.types.GenerateResponse("hi"))
        import abstractllm_lite.utils.config
        print(abstractllm_lite.utils.config.ConfigurationManager({"a": 1}))
        """
    )
    assert out == "abstractllm_lite.utils hi\nConfigurationManager({'a': 1})"


@pytest.mark.parametrize("name", ["nothing", "_private", "__wrapped__", "create_fallback_chain"])
def test_what_is_not_there_is_an_attribute_error(name: str) -> None:
    with pytest.raises(AttributeError, match=name):
        getattr(abstractllm_lite, name)


def test_a_submodule_that_misses_a_dependency_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def miss(name: str, package: str | None = None) -> ModuleType:
        raise ModuleNotFoundError("No module named 'other'", name="other")

    monkeypatch.setattr(importlib, "import_module", miss)
    with pytest.raises(ModuleNotFoundError, match="other"):
        abstractllm_lite.unheard_of  # noqa: B018


@pytest.mark.parametrize(
    "code",
    [
        "import abstractllm_lite",
        "from abstractllm_lite import create_llm, register_provider, GenerateResponse, Usage",
        "import abstractllm_lite as a; a.install_as_abstractllm(); a.get_llm_providers()",
        "from abstractllm_lite.exceptions import RateLimitError",
        "from abstractllm_lite.providers.base import BaseProvider",
        "import abstractllm_lite as a; a.configure_logging(console_output=False)",
        "from abstractllm_lite.media import MediaFactory as F; F.from_source(b'x').metadata",
        "from abstractllm_lite.types import GenerateResponse as R; r = R('t'); bool(r), repr(r)",
    ],
)
def test_the_light_half_loads_no_heavy_library(code: str) -> None:
    loaded = run_fresh(f"import sys\n{code}\nprint(*sorted(sys.modules))").split()
    heavy = "pydantic litellm httpx aiohttp openai tenacity vcr pytest jsonschema docstring_parser"
    assert {*heavy.split()} & {*loaded} == set()


def test_every_module_can_be_the_first_that_is_imported() -> None:
    out = run_fresh(
        f"""
        import importlib, sys
        for name in {SURFACE}:
            for loaded in [m for m in sys.modules if m.startswith("abstractllm_lite")]:
                del sys.modules[loaded]
            importlib.import_module("abstractllm_lite." + name)
            print(name)
        """
    )
    assert out.split() == SURFACE


def test_the_package_is_typed() -> None:
    from importlib.resources import files

    assert files("abstractllm_lite").joinpath("py.typed").is_file()
