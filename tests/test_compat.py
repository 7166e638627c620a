"""`import abstractllm` gives this package's own modules, mostly shown in a fresh Python."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import abstractllm_lite
from abstractllm_lite.exceptions import UnsupportedOperationError
from tests.fresh_process import run_fresh
from tests.test_exports import SURFACE

NAMES = ["abstractllm", *(f"abstractllm.{name}" for name in SURFACE)]
INSTALL = "from abstractllm_lite import install_as_abstractllm; install_as_abstractllm()\n"


def test_the_package_and_every_submodule_are_the_same_objects() -> None:
    checks = [
        f"import abstractllm.{name}, abstractllm_lite.{name}\n"
        f"assert sys.modules['abstractllm.{name}'] is sys.modules['abstractllm_lite.{name}']\n"
        f"assert abstractllm.{name} is abstractllm_lite.{name}\n"
        for name in SURFACE
    ]
    out = run_fresh(
        f"import sys\n{INSTALL}import abstractllm, abstractllm_lite\n"
        f"assert abstractllm is abstractllm_lite\n{''.join(checks)}print('same')"
    )
    assert out == "same"


@pytest.mark.parametrize("first", ["abstractllm", "abstractllm_lite"])
@pytest.mark.parametrize("name", ["types", "tools.types", "providers.base"])
def test_there_is_one_class_whichever_name_is_imported_first(first: str, name: str) -> None:
    second = "abstractllm" if first == "abstractllm_lite" else "abstractllm_lite"
    out = run_fresh(
        f"{INSTALL}import {first}.{name} as a\nimport {second}.{name} as b\n"
        "print(a is b, a.__name__, a.__spec__.name, a.__package__)"
    )
    package = f"abstractllm_lite.{name}".rpartition(".")[0]
    assert out == f"True abstractllm_lite.{name} abstractllm_lite.{name} {package}"


def test_isinstance_and_except_hold_across_both_names() -> None:
    out = run_fresh(
        INSTALL
        + """
from abstractllm.exceptions import AuthenticationError
from abstractllm import GenerateResponse, AbstractLLMInterface
import abstractllm_lite as lite
assert isinstance(lite.GenerateResponse("t"), GenerateResponse)
try:
    raise lite.AuthenticationError("no key")
except AuthenticationError as error:
    print(error)
"""
    )
    assert out == "no key"


def test_it_imports_nothing_yet_and_each_submodule_only_when_asked() -> None:
    out = run_fresh(
        f"import sys\n{INSTALL}"
        "print([name for name in sys.modules if name.split('.')[0] == 'abstractllm'])\n"
        "import abstractllm.enums\n"
        "print([name for name in sys.modules if name.split('.')[0] == 'abstractllm'])\n"
        "print('abstractllm_lite.tools' in sys.modules)"
    )
    assert out.splitlines() == ["[]", "['abstractllm', 'abstractllm.enums']", "False"]


def test_installing_again_does_nothing() -> None:
    out = run_fresh(
        f"import sys\n{INSTALL}before = list(sys.meta_path)\n{INSTALL}import abstractllm\n{INSTALL}"
        "print(sys.meta_path == before)"
    )
    assert out == "True"


def test_a_module_that_does_not_exist_is_named_as_it_was_asked_for() -> None:
    out = run_fresh(
        INSTALL
        + """
try:
    import abstractllm.nothing_of_that_name
except ModuleNotFoundError as error:
    print(error)
"""
    )
    assert out == "No module named 'abstractllm.nothing_of_that_name'"


def test_modules_that_come_later_are_found_without_a_change(tmp_path: Path) -> None:
    (tmp_path / "later").mkdir()
    (tmp_path / "later" / "__init__.py").write_text("")
    (tmp_path / "later" / "part.py").write_text("class Late: ...\n")
    out = run_fresh(
        f"{INSTALL}import abstractllm_lite\nabstractllm_lite.__path__.append({str(tmp_path)!r})\n"
        "from abstractllm.later.part import Late\n"
        "from abstractllm_lite.later import part\n"
        "print(Late is part.Late)"
    )
    assert out == "True"


def test_find_spec_sees_the_package() -> None:
    out = run_fresh(
        f"{INSTALL}from importlib.util import find_spec\n"
        "spec = find_spec('abstractllm.tools')\n"
        "print(spec.name, spec.submodule_search_locations is not None, find_spec('abstractllm_x'))"
    )
    assert out == "abstractllm.tools True None"


@pytest.mark.parametrize("form", ["package", "module"])
def test_it_refuses_when_another_abstractllm_is_loaded(form: str, tmp_path: Path) -> None:
    if form == "package":
        (tmp_path / "abstractllm").mkdir()
    path = "abstractllm/__init__.py" if form == "package" else "abstractllm.py"
    (tmp_path / path).write_text("ORIGIN = 'real'\n")
    out = run_fresh(
        """
        import abstractllm
        import abstractllm_lite
        try:
            abstractllm_lite.install_as_abstractllm()
        except abstractllm_lite.UnsupportedOperationError as error:
            print(error)
        import abstractllm
        print(abstractllm.ORIGIN)
        """,
        tmp_path,
    )
    refusal, origin = out.splitlines()
    assert "imported already" in refusal
    assert origin == "real"


def test_it_goes_before_an_installed_abstractllm_that_is_not_loaded(tmp_path: Path) -> None:
    (tmp_path / "abstractllm").mkdir()
    (tmp_path / "abstractllm" / "__init__.py").write_text("")
    out = run_fresh(f"{INSTALL}import abstractllm\nprint(abstractllm.__name__)", tmp_path)
    assert out == "abstractllm_lite"


@pytest.fixture
def _as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    others = {name: sys.modules.pop(name) for name in NAMES if name in sys.modules}
    yield
    for name in NAMES:
        sys.modules.pop(name, None)
    sys.modules.update(others)


@pytest.mark.usefixtures("_as_before")
def test_it_works_in_a_process_that_has_used_the_package_already() -> None:
    abstractllm_lite.install_as_abstractllm()
    for name in NAMES:
        ours = importlib.import_module(name.replace("abstractllm", "abstractllm_lite", 1))
        assert importlib.import_module(name) is ours
    with pytest.raises(ModuleNotFoundError, match=r"abstractllm\.nothing"):
        importlib.import_module("abstractllm.nothing")
    finders = list(sys.meta_path)
    abstractllm_lite.install_as_abstractllm()
    assert sys.meta_path == finders


@pytest.mark.usefixtures("_as_before")
def test_a_refusal_changes_nothing() -> None:
    finders = list(sys.meta_path)
    sys.modules["abstractllm"] = ModuleType("abstractllm")
    with pytest.raises(UnsupportedOperationError, match="imported already"):
        abstractllm_lite.install_as_abstractllm()
    assert sys.meta_path == finders
