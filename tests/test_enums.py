"""Each name is equal to its string and holds upstream's value."""

from __future__ import annotations

import json
from enum import Enum

import pytest

from abstractllm_lite.enums import MessageRole, ModelCapability, ModelParameter

PREFIXED = set(ModelCapability) - {ModelCapability.STREAMING, ModelCapability.MAX_TOKENS}


@pytest.mark.parametrize("member", [*ModelParameter, *ModelCapability, *MessageRole])
def test_a_member_is_its_string(member: Enum) -> None:
    assert member == member.value
    assert {member.value: 1}[member] == 1
    assert json.dumps({member: member}) == json.dumps({member.value: member.value})
    assert f"{member}" == member.value


@pytest.mark.parametrize("member", [*ModelParameter, *MessageRole])
def test_parameters_and_roles_are_named_after_their_values(member: Enum) -> None:
    assert member.value == member.name.lower()


@pytest.mark.parametrize("member", ModelCapability)
def test_capabilities_have_upstreams_prefix(member: ModelCapability) -> None:
    prefix = "supports_" if member in PREFIXED else ""
    assert member.value == prefix + member.name.lower()


def test_parameters_work_as_keywords() -> None:
    def call(**settings: object) -> dict[str, object]:
        return settings

    assert call(**{ModelParameter.TOP_P: 1}) == {"top_p": 1}


def test_the_sets_are_upstreams_and_the_documents_of_the_guide() -> None:
    assert len(ModelParameter) == 34 + 5
    assert {"api_base", "provider", "metadata", "stream", "json_mode"} < set(ModelParameter)
    assert len(ModelCapability) == 16
    assert [role.value for role in MessageRole] == ["system", "user", "assistant", "tool"]
