"""No exception of the installed litellm is without a class of ours."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from abstractllm_lite import exceptions
from abstractllm_lite.providers.litellm import error_table, loading


def litellm_exceptions() -> list[type[BaseException]]:
    """Every exception class that the installed litellm.exceptions defines."""
    module: Any = loading.load().exceptions
    found = (value for _, value in inspect.getmembers(module, inspect.isclass))
    return [
        kind
        for kind in found
        if issubclass(kind, BaseException) and kind.__module__ == module.__name__
    ]


def test_every_exception_of_litellm_has_a_row() -> None:
    missing = {kind.__name__ for kind in litellm_exceptions()} - set(error_table.BY_NAME)
    assert missing == set()


def test_every_row_leads_to_a_class_of_ours() -> None:
    tables = (error_table.BY_NAME, error_table.BY_STATUS, error_table.BY_FAULT)
    kinds = {kind for table in tables for kind in table.values()}
    kinds |= {kind for kind, _ in error_table.VENDOR_WORDS}
    assert all(issubclass(kind, exceptions.AbstractLLMError) for kind in kinds)


@pytest.mark.parametrize("name", exceptions.__all__)
def test_every_class_of_ours_is_reachable_from_the_base(name: str) -> None:
    value = getattr(exceptions, name)
    if inspect.isclass(value) and name != "ForeignError":
        assert issubclass(value, exceptions.AbstractLLMError)
