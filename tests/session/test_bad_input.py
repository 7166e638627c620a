"""What a session cannot mean is refused before anything is sent, and says what is wanted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from abstractllm_lite import Session, create_llm
from abstractllm_lite.exceptions import FileProcessingError, InvalidParameterError
from tests.session.scripted import Scripted
from tests.session.test_turns import MODES, Say


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"system_prompt": Scripted()}, "'system_prompt' must be a str .*the provider.*Scripted"),
        ({"provider": 3}, "'provider' must be a provider or the name of one, not int"),
        ({"tools": len}, "'tools' must be a list, not builtin_function"),
        ({"tools": {"name": "x"}}, "'tools' must be a list, not dict"),
        ({"tool_timeout": "1"}, "'tool_timeout' must be a positive number of seconds, not str"),
        ({"tool_timeout": 0}, "'tool_timeout' must be a positive number of seconds"),
        ({"on_tool_call": 3}, "'on_tool_call' must be a function, not int"),
        ({"on_tool_result": "x"}, "'on_tool_result' must be a function, not str"),
    ],
)
def test_a_session_is_not_made_of_it(given: dict[str, Any], wanted: str) -> None:
    with pytest.raises(InvalidParameterError, match=wanted):
        Session(**given)


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.replace(" ", "-"))
@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"messages": [{"role": "user", "content": "lost?"}]}, "sends its own history"),
        ({"provider": 3}, "'provider' must be a provider"),
        ({"tools": len}, "'tools' must be a list"),
        ({"max_tool_calls": "3"}, "'max_tool_calls' must be a whole number from 0 on, not str"),
        ({"max_turns": -1}, "'max_turns' must be a whole number from 0 on"),
        ({"on_tool_call": 3}, "'on_tool_call' must be a function"),
    ],
)
def test_a_turn_is_not_begun_with_it(mode: str, given: dict[str, Any], wanted: str) -> None:
    llm = Scripted("never asked")
    session = Session(provider=llm)
    with pytest.raises(InvalidParameterError, match=wanted):
        Say(mode)(session, "?", **given)
    assert llm.asked == []
    assert session.messages == []


@pytest.mark.parametrize("said", ["", "  "])
def test_a_message_that_says_nothing_is_called_empty(said: str) -> None:
    llm = create_llm(
        "litellm", model="openai/gpt-4o-mini", api_key="k", base_url="http://x.invalid"
    )
    with pytest.raises(InvalidParameterError, match="'prompt' is empty"):
        Session(provider=llm).send(said)


def test_a_session_whose_file_is_gone_tells_the_way_out(tmp_path: Path) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("Buy bread.")
    session = Session(provider=Scripted("Bread."))
    session.send("What?", files=[notes])
    session.save(tmp_path / "s.json")
    notes.unlink()
    with pytest.raises(FileProcessingError, match=r"notes\.txt.*embed_files") as caught:
        Session.load(tmp_path / "s.json")
    assert "damaged" not in str(caught.value)
