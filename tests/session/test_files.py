"""A conversation's file: lossless, atomic, in AbstractLLM's format, clear when it is damaged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from abstractllm_lite import Session, SessionManager
from abstractllm_lite.exceptions import FileProcessingError, InvalidParameterError
from abstractllm_lite.session import Message, Totals
from abstractllm_lite.types import Usage

# As AbstractLLM 0.5.3 writes it: `session.save` after a round of tools and a manual result.
UPSTREAMS = {
    "id": "5f0f4d62-5a53-4c6a-8f4e-0b5b3f6f1f59",
    "created_at": "2025-04-20T12:00:00.123456",
    "last_updated": "2025-04-20T12:00:05.654321",
    "system_prompt": "Be brief.",
    "metadata": {"project": "x"},
    "messages": [
        {
            "id": "m1",
            "role": "system",
            "content": "Be brief.",
            "timestamp": "2025-04-20T12:00:00",
            "metadata": {},
        },
        {
            "id": "m2",
            "role": "user",
            "content": "Weather?",
            "timestamp": "2025-04-20T12:00:01",
            "metadata": {},
        },
        {
            "id": "m3",
            "role": "assistant",
            "content": "",
            "timestamp": "2025-04-20T12:00:02",
            "metadata": {"tool_metrics": {"total_tools": 2}},
            "tool_results": [
                {"call_id": "c1", "name": "weather", "output": "sunny", "arguments": None},
                {"output": "12:00", "error": None},
            ],
        },
    ],
}


def conversation() -> Session:
    session = Session("Be brief.", metadata={"project": "ü"})
    session.add_message("user", "Weather?", name="ann")
    told = {"call_id": "c1", "name": "weather", "arguments": {"city": "Paris"}}
    session.messages.append(
        Message(
            "assistant",
            "",
            tool_results=[{**told, "output": {"c": 20}, "error": None, "content": '{"c": 20}'}],
            provider="anthropic",
            thinking_blocks=[{"type": "thinking", "thinking": "Hm", "signature": "s"}],
        )
    )
    session.totals = Totals(2, 3, Usage(input_tokens=5, output_tokens=7), 0.25, 1)
    return session


def facts(session: Session) -> dict[str, Any]:
    """All that a file must keep."""
    own = {name: getattr(session, name) for name in ("id", "created_at", "last_updated")}
    said = [message.to_dict() for message in session.messages]
    return own | {"messages": said, "metadata": session.metadata, "totals": session.totals}


def test_what_is_saved_is_what_is_loaded(tmp_path: Path) -> None:
    session = conversation()
    session.save(tmp_path / "s.json")
    loaded = Session.load(tmp_path / "s.json")
    assert facts(loaded) == facts(session)
    assert loaded.system_prompt == "Be brief."


def test_a_loaded_conversation_saves_the_same_bytes(tmp_path: Path) -> None:
    conversation().save(tmp_path / "a.json")
    Session.load(tmp_path / "a.json").save(str(tmp_path / "b.json"))
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()


def test_a_file_of_abstractllm_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "s.json").write_text(json.dumps(UPSTREAMS))
    session = Session.load(tmp_path / "s.json")
    assert session.id == UPSTREAMS["id"]
    assert session.system_prompt == "Be brief."
    assert [message.id for message in session.messages] == ["m1", "m2", "m3"]
    wire = session.get_messages_for_provider("openai")
    assert [message["role"] for message in wire] == ["system", "user", "assistant", "tool", "tool"]
    assert [m["content"] for m in wire if m["role"] == "tool"] == ["sunny", "12:00"]


def test_the_prompt_of_a_file_without_its_message_is_kept(tmp_path: Path) -> None:
    told = {**UPSTREAMS, "messages": UPSTREAMS["messages"][1:]}  # type: ignore[index]
    (tmp_path / "s.json").write_text(json.dumps(told))
    assert Session.load(tmp_path / "s.json").system_prompt == "Be brief."


def test_a_file_has_what_abstractllm_reads(tmp_path: Path) -> None:
    conversation().save(tmp_path / "s.json")
    told = json.loads((tmp_path / "s.json").read_text("utf-8"))
    assert UPSTREAMS.keys() <= told.keys()
    for message in told["messages"]:
        assert {"id", "role", "content", "timestamp", "metadata"} <= message.keys()
    (record,) = told["messages"][2]["tool_results"]
    assert {"call_id", "name", "output", "arguments", "error"} <= record.keys()


@pytest.mark.parametrize(
    "text",
    [
        "",
        '{"messages": [',
        "[]",
        "{}",
        '{"messages": {}}',
        '{"messages": []}',
        json.dumps({**UPSTREAMS, "created_at": "yesterday"}),
        json.dumps({**UPSTREAMS, "messages": [{"role": "user"}]}),
        json.dumps({**UPSTREAMS, "messages": ["user"]}),
        json.dumps({**UPSTREAMS, "totals": {"answers": 1, "unheard_of": 2}}),
        json.dumps({**UPSTREAMS, "totals": 3}),
    ],
)
def test_a_damaged_file_is_named_and_left_as_it_was(text: str, tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    path.write_text(text)
    with pytest.raises(FileProcessingError, match="s.json") as raised:
        Session.load(path)
    assert raised.value.file_path == str(path)
    assert path.read_text() == text


def test_a_file_that_is_not_there_or_no_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileProcessingError, match="No such file"):
        Session.load(tmp_path / "s.json")
    (tmp_path / "s.json").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(FileProcessingError, match="damaged"):
        Session.load(tmp_path / "s.json")


@pytest.mark.parametrize("value", [object(), float("nan"), {1, 2}])
def test_what_cannot_be_saved_leaves_the_older_file_as_it_was(value: Any, tmp_path: Path) -> None:
    session = conversation()
    session.save(tmp_path / "s.json")
    before = (tmp_path / "s.json").read_bytes()
    session.metadata["it"] = value
    with pytest.raises(FileProcessingError, match="cannot be saved"):
        session.save(tmp_path / "s.json")
    assert (tmp_path / "s.json").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["s.json"]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileProcessingError, match="No such file"):
        conversation().save(tmp_path / "no" / "s.json")


def test_a_manager_keeps_its_sessions_in_a_folder(tmp_path: Path) -> None:
    manager = SessionManager(tmp_path / "new" / "folder")
    session = manager.create_session("Be brief.", metadata={"a": 1}, tools=[len])
    assert manager.get_session(session.id) is session
    assert manager.list_sessions() == [(session.id, session.created_at, session.last_updated)]
    manager.save_all()
    other = SessionManager(str(tmp_path / "new" / "folder"))
    other.load_all()
    assert facts(other.sessions[session.id]) == facts(session)
    assert other.delete_session(session.id)
    assert not other.delete_session(session.id)
    assert list((tmp_path / "new" / "folder").iterdir()) == []


def test_a_manager_without_a_folder_keeps_nothing() -> None:
    manager = SessionManager()
    manager.load_all()
    with pytest.raises(InvalidParameterError, match="sessions_dir"):
        manager.save_all()
    session = manager.create_session()
    assert manager.delete_session(session.id)
    assert manager.get_session(session.id) is None


def test_a_damaged_file_does_not_hide_the_others(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{")
    conversation().save(tmp_path / "b.json")
    manager = SessionManager(tmp_path)
    with pytest.raises(FileProcessingError, match="a.json"):
        manager.load_all()
    assert len(manager.sessions) == 1


def test_an_id_out_of_a_file_leads_nowhere_else(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    manager = SessionManager(folder)
    (folder / "s.json").write_text(json.dumps({**UPSTREAMS, "id": "../elsewhere"}))
    manager.load_all()
    with pytest.raises(InvalidParameterError, match="elsewhere"):
        manager.save_all()
    assert not (tmp_path / "elsewhere.json").exists()
