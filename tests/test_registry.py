"""One registry: every way to name a provider, loaded late, replaced only on purpose."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from abstractllm_lite import factory
from abstractllm_lite.exceptions import (
    InvalidParameterError,
    ProviderImportError,
    UnsupportedProviderError,
)
from abstractllm_lite.providers import registry
from abstractllm_lite.providers.registry import (
    get_available_providers,
    get_provider_class,
    provider_names,
    register_provider,
)
from tests.native_provider import Native, NotAProvider, Shaped

HERE = "tests.native_provider"


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_registered", {})


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on sys.path for packages with entry points."""
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def install(site: Path, group: str, *lines: str, name: str = "plugin") -> None:
    info = site / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("\n".join([f"[{group}]", *lines]) + "\n")


@pytest.mark.parametrize(
    "target",
    [
        (Native,),
        (f"{HERE}:Native",),
        ((HERE, "Native"),),
        (HERE, "Native"),
        (f"{HERE}:Nested.Inner",),
    ],
    ids=["class", "text", "pair", "three arguments", "nested"],
)
def test_every_form_of_a_target_gives_the_class(target: tuple[Any, ...]) -> None:
    register_provider("mine", *target)
    assert get_provider_class("mine") is Native
    assert "mine" in provider_names()


def test_upstreams_keywords_and_the_factorys_import_path_work() -> None:
    factory.register_provider("mine", HERE, class_name="Native")
    assert factory.register_provider is register_provider
    assert get_provider_class("mine") is Native


def test_a_class_needs_the_shape_and_not_the_ancestry() -> None:
    register_provider("mine", Shaped)
    assert get_provider_class("mine") is Shaped


def test_a_class_without_the_shape_is_refused_at_once_and_names_what_it_lacks() -> None:
    with pytest.raises(InvalidParameterError, match="generate_async, get_capabilities"):
        register_provider("mine", NotAProvider)
    register_provider("late", f"{HERE}:NotAProvider")
    with pytest.raises(InvalidParameterError, match="generate_async, get_capabilities"):
        get_provider_class("late")


@pytest.mark.parametrize(
    "target",
    ["Native", "module:", ":Native", (HERE,), (HERE, "Native", "x"), 3, None, Native({}), str, int],
)
def test_what_is_no_target_is_refused(target: Any) -> None:
    with pytest.raises(InvalidParameterError):
        register_provider("mine", target)
    assert "mine" not in provider_names()


@pytest.mark.parametrize("name", ["", "  ", None, 3])
def test_what_is_no_name_is_refused(name: Any) -> None:
    with pytest.raises(InvalidParameterError, match="name"):
        register_provider(name, Native)


@pytest.mark.parametrize("again", [Native, f"{HERE}:Native", (HERE, "Native")])
def test_the_same_target_again_is_silent(again: Any) -> None:
    register_provider("mine", Native)
    register_provider("mine", again)
    assert get_provider_class("mine") is Native


def test_another_target_needs_replace() -> None:
    register_provider("mine", Native)
    with pytest.raises(InvalidParameterError, match="replace=True"):
        register_provider("mine", Shaped)
    assert get_provider_class("mine") is Native
    register_provider("mine", Shaped, replace=True)
    assert get_provider_class("mine") is Shaped


@pytest.mark.parametrize("name", sorted(registry.BUILT_IN))
def test_a_built_in_name_needs_replace(name: str) -> None:
    with pytest.raises(InvalidParameterError, match="replace=True"):
        register_provider(name, Native)
    register_provider(name, registry.BUILT_IN[name])
    register_provider(name, Native, replace=True)
    assert get_provider_class(name) is Native


def test_a_class_defined_again_at_its_place_is_the_same_provider_and_the_newest_counts() -> None:
    first, second = (type("Again", (Native,), {"__module__": "notebook"}) for _ in range(2))
    register_provider("mine", first)
    register_provider("mine", second)
    assert get_provider_class("mine") is second


def test_two_classes_of_one_function_are_not_the_same() -> None:
    def make() -> type:
        class Local(Native): ...

        return Local

    register_provider("mine", make())
    with pytest.raises(InvalidParameterError, match="replace=True"):
        register_provider("mine", make())


def test_an_unknown_name_has_no_class() -> None:
    assert get_provider_class("nobody") is None


def test_nothing_is_imported_before_a_provider_is_asked_for() -> None:
    register_provider("mine", "no_such_module_here:Provider")
    assert get_available_providers()["mine"] == {
        "module_path": "no_such_module_here",
        "class_name": "Provider",
        "class": None,
    }


def test_available_providers_show_a_class_that_was_given() -> None:
    register_provider("mine", Native)
    assert get_available_providers()["mine"] == {
        "module_path": HERE,
        "class_name": "Native",
        "class": Native,
    }


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("no_such_module_here:Provider", "No module named 'no_such_module_here'"),
        (f"{HERE}:Missing", "Missing"),
        ("broken_provider_module:Provider", "NameError: name 'Path' is not defined"),
    ],
)
def test_a_provider_that_cannot_be_loaded_says_why(target: str, reason: str, site: Path) -> None:
    (site / "broken_provider_module.py").write_text("Path\n")
    register_provider("mine", target)
    with pytest.raises(ProviderImportError, match="'mine'") as caught:
        get_provider_class("mine")
    assert reason in str(caught.value)
    assert isinstance(caught.value, ImportError)
    assert isinstance(caught.value, UnsupportedProviderError)
    assert caught.value.__cause__ is not None
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_a_module_that_wants_abstractllm_is_told_what_to_call(site: Path) -> None:
    (site / "wants_abstractllm.py").write_text("import abstractllm_of_nobody\n")
    register_provider("mine", "wants_abstractllm:Provider")
    with pytest.raises(ProviderImportError, match=r"install_as_abstractllm\(\)"):
        get_provider_class("mine")


@pytest.mark.parametrize("group", registry.ENTRY_POINT_GROUPS)
def test_an_entry_point_of_either_group_is_found(group: str, site: Path) -> None:
    install(site, group, f"plugged = {HERE} : Native [extra]")
    assert "plugged" in provider_names()
    assert get_provider_class("plugged") is Native


def test_our_own_group_goes_before_abstractllms(site: Path) -> None:
    install(site, "abstractllm.providers", f"plugged = {HERE}:Shaped", name="a")
    install(site, "abstractllm_lite.providers", f"plugged = {HERE}:Native", name="b")
    assert get_provider_class("plugged") is Native


def test_an_explicit_registration_goes_before_an_entry_point(site: Path) -> None:
    install(site, "abstractllm.providers", f"plugged = {HERE}:Native")
    register_provider("plugged", Shaped)
    assert get_provider_class("plugged") is Shaped


def test_an_entry_point_cannot_take_a_built_in_name(site: Path) -> None:
    install(site, "abstractllm.providers", f"openai = {HERE}:Native")
    assert get_available_providers()["openai"]["class_name"] == "OpenAIProvider"


def test_a_broken_entry_point_troubles_only_who_asks_for_it(site: Path) -> None:
    install(
        site,
        "abstractllm.providers",
        "broken = no_such_module_here:Provider",
        "nameless = no_such_module_here",
        f"plugged = {HERE}:Native",
    )
    assert {"broken", "nameless", "plugged"} <= set(provider_names())
    assert get_provider_class("plugged") is Native
    for name in ("broken", "nameless"):
        with pytest.raises(ProviderImportError, match="no_such_module_here"):
            get_provider_class(name)
