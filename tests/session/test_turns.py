"""Turns of a conversation: what is asked, what runs, what stays; sync, async and streamed alike."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from abstractllm_lite import Session
from abstractllm_lite.exceptions import (
    AuthenticationError,
    GenerationError,
    InvalidParameterError,
    ProviderConnectionError,
    UnsupportedFeatureError,
    UnsupportedOperationError,
)
from abstractllm_lite.session import Totals
from abstractllm_lite.tools.types import ToolCall, ToolCallRequest
from abstractllm_lite.types import GenerateResponse, Usage
from tests.session.scripted import PromptOnly, Scripted, call, calls
from tests.support.litellms import run

MODES = ("sync", "async", "sync stream", "async stream")


class Say:
    """Takes a turn in one mode and gives the response."""

    def __init__(self, mode: str) -> None:
        self.asynchronous = mode.startswith("async")
        self.streamed = mode.endswith("stream")

    def __call__(self, session: Session, *args: Any, **options: Any) -> GenerateResponse:
        if self.asynchronous:
            return run(self._awaited(session, *args, **options))
        if not self.streamed:
            return session.generate(*args, **options)
        with session.generate(*args, stream=True, **options) as stream:
            list(stream)
        return stream.response

    async def _awaited(self, session: Session, *args: Any, **options: Any) -> GenerateResponse:
        if not self.streamed:
            return await session.generate_async(*args, **options)
        async with session.generate_async(*args, stream=True, **options) as stream:
            async for _ in stream:
                pass
        return stream.response


@pytest.fixture(params=MODES, ids=lambda mode: mode.replace(" ", "-"))
def say(request: pytest.FixtureRequest) -> Say:
    """One of the four ways to take a turn."""
    return Say(request.param)


def weather(city: str) -> str:
    """The weather."""
    return f"sunny in {city}"


def roles(session: Session) -> list[str]:
    return [message.role for message in session.messages]


def wire_roles(asked: dict[str, Any]) -> list[str]:
    return [message["role"] for message in asked["messages"]]


def test_the_history_goes_along(say: Say) -> None:
    llm = Scripted("Hello Ann.", "Ann.")
    session = Session("Be brief.", llm)
    assert say(session, "I am Ann.") == "Hello Ann."
    assert say(session, "Who am I?") == "Ann."
    assert llm.asked[1]["system_prompt"] == "Be brief."
    assert [m["content"] for m in llm.asked[1]["messages"]] == [
        "I am Ann.",
        "Hello Ann.",
        "Who am I?",
    ]
    assert roles(session) == ["system", "user", "assistant", "user", "assistant"]


def test_a_tool_runs_and_its_result_goes_back(say: Say) -> None:
    llm = Scripted(call("weather", city="Paris"), "It is sunny.")
    session = Session(provider=llm, tools=[weather])
    assert say(session, "Weather in Paris?") == "It is sunny."
    assert wire_roles(llm.asked[1]) == ["user", "assistant", "tool"]
    assert llm.asked[1]["messages"][2]["content"] == "sunny in Paris"
    assert llm.asked[1]["messages"][2]["tool_call_id"]
    assert [tool.name for tool in llm.asked[0]["tools"]] == ["weather"]
    assert roles(session) == ["user", "assistant", "assistant"]
    (record,) = session.messages[1].tool_results
    assert record["output"] == record["content"] == "sunny in Paris"
    assert session.messages[1].metadata["tool_metrics"]["success_rate"] == 1
    assert session.messages[2].metadata["tool_execution"] == {
        "tool_call_count": 1,
        "executed_tools": ["weather"],
        "phase": "synthesis",
    }


def test_a_tools_failure_is_shown_to_the_model(say: Say) -> None:
    def broken(city: str) -> str:
        raise RuntimeError(f"no such city: {city}")

    llm = Scripted(call("broken", city="Atlantis"), "There is none.")
    assert say(Session(provider=llm, tools=[broken]), "?") == "There is none."
    assert "no such city: Atlantis" in llm.asked[1]["messages"][2]["content"]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (call("whether", city="Paris"), "weather"),
        (call("weather", town="Paris"), "city"),
        (calls(("1", "weather", {})), "city"),
    ],
)
def test_a_call_that_is_wrong_goes_back_to_the_model(
    say: Say, asked: GenerateResponse, told: str
) -> None:
    llm = Scripted(asked, "Sorry.")
    assert say(Session(provider=llm, tools=[weather]), "?") == "Sorry."
    content = json.loads(llm.asked[1]["messages"][2]["content"])
    assert told in json.dumps(content["error"])


def test_calls_of_one_round_run_at_once_and_answer_in_order(say: Say) -> None:
    meet = threading.Barrier(3, timeout=20)

    def waiting(n: int) -> int:
        meet.wait()
        return n

    async def awaited(n: int) -> int:
        await asyncio.to_thread(meet.wait)
        return n

    told = [("a", "waiting", {"n": 1}), ("b", "awaited", {"n": 2}), ("c", "waiting", {"n": 3})]
    llm = Scripted(calls(*told), "Done.")
    say(Session(provider=llm, tools=[waiting, awaited]), "?")
    assert [m["content"] for m in llm.asked[1]["messages"][2:]] == ["1", "2", "3"]


def test_rounds_are_counted_and_the_last_answer_goes_without_tools(say: Say) -> None:
    llm = Scripted(*[call("weather", city=str(n)) for n in range(2)], "Enough.")
    session = Session(provider=llm, tools=[weather])
    assert say(session, "?", max_tool_calls=2, tool_choice="auto") == "Enough."
    assert ["tools" in asked for asked in llm.asked] == [True, True, False]
    assert ["tool_choice" in asked for asked in llm.asked] == [True, True, False]
    assert len(session.messages) == 4


@pytest.mark.parametrize("name", ["max_tool_calls", "max_turns"])
def test_no_rounds_means_no_tools(say: Say, name: str) -> None:
    llm = Scripted("Without.")
    assert say(Session(provider=llm, tools=[weather]), "?", **{name: 0}) == "Without."
    assert "tools" not in llm.asked[0]


def test_calls_beyond_the_limit_do_not_dangle(say: Say) -> None:
    llm = Scripted(call("weather", city="x"), call("weather", city="y"), "Next.")
    session = Session(provider=llm, tools=[weather])
    assert say(session, "?", max_tool_calls=1).has_tool_calls()
    assert session.messages[-1].tool_results[0]["error"].startswith("not run: the limit of 1")
    say(session, "And now?")
    assert wire_roles(llm.asked[2]) == ["user", "assistant", "tool", "assistant", "tool", "user"]


@pytest.mark.parametrize(
    "error", [AuthenticationError("no"), ProviderConnectionError("cut", attempts=3)]
)
@pytest.mark.parametrize("rounds", [0, 1])
def test_a_failed_turn_leaves_the_history_as_it_was(
    say: Say, error: Exception, rounds: int
) -> None:
    llm = Scripted("Hi.", *[call("weather", city="x")] * rounds, error, "Again.")
    session = Session("s", llm, tools=[weather])
    say(session, "Hello")
    before = [message.to_dict() for message in session.messages]
    with pytest.raises(type(error)) as raised:
        say(session, "?")
    assert raised.value is error
    assert [message.to_dict() for message in session.messages] == before
    assert say(session, "?") == "Again."


def test_totals_count_every_answer_and_every_attempt(say: Say) -> None:
    used = Usage(input_tokens=10, output_tokens=2, total_tokens=12)
    asked = call("weather", city="x").__replace__(usage=used, cost=0.5)
    failure = ProviderConnectionError("cut", attempts=3)
    final = GenerateResponse("Sunny.", usage=used)
    session = Session(provider=Scripted(asked, final, asked, failure), tools=[weather])
    say(session, "?")
    with pytest.raises(ProviderConnectionError):
        say(session, "?")
    assert session.totals == Totals(
        answers=3,
        attempts=6,
        usage=Usage(input_tokens=30, output_tokens=6, total_tokens=36),
        cost=1.0,
        unpriced=1,
    )


def test_totals_without_a_price_are_not_free() -> None:
    session = Session(provider=Scripted("Hello."))
    session.generate("Hi")
    assert (session.totals.cost, session.totals.unpriced) == (None, 1)


def test_a_call_may_be_refused(say: Say) -> None:
    ran = []

    def note(text: str) -> None:
        ran.append(text)

    told = [
        ("a", "note", {"text": "1"}),
        ("b", "note", {"text": "2"}),
        ("c", "note", {"text": "3"}),
    ]
    verdicts = iter([False, "not today", None])
    llm = Scripted(calls(*told), "Done.")
    say(Session(provider=llm, tools=[note], on_tool_call=lambda _: next(verdicts)), "?")
    contents = [m["content"] for m in llm.asked[1]["messages"][2:]]
    assert ran == ["3"]
    assert "error" in json.loads(contents[0])
    assert "not today" in contents[1]


def test_a_call_may_be_edited(say: Say) -> None:
    def edit(asked: ToolCall) -> ToolCall:
        return asked.model_copy(update={"arguments": {"city": "Rome"}})

    llm = Scripted(call("weather", city="Paris"), "Done.")
    session = Session(provider=llm, tools=[weather])
    say(session, "?", on_tool_call=edit)
    assert llm.asked[1]["messages"][2]["content"] == "sunny in Rome"
    assert session.messages[1].tool_results[0]["arguments"] == {"city": "Rome"}


def test_outcomes_may_be_watched(say: Say) -> None:
    seen = []
    llm = Scripted(calls(("a", "weather", {"city": "x"}), ("b", "weather", {})), "Done.")
    say(Session(provider=llm, tools=[weather], on_tool_result=seen.append), "?")
    assert [(outcome.call.id, outcome.error is None) for outcome in seen] == [
        ("a", True),
        ("b", False),
    ]


def test_what_a_callers_hook_raises_ends_the_turn(say: Say) -> None:
    def stop(_: ToolCall) -> None:
        raise KeyError("stop")

    session = Session(provider=Scripted(call("weather", city="x")), tools=[weather])
    with pytest.raises(KeyError, match="stop"):
        say(session, "?", on_tool_call=stop)
    assert session.messages == []


def test_a_slow_tool_is_given_up(say: Say) -> None:
    over = threading.Event()

    def slow() -> None:
        over.wait(60)

    llm = Scripted(call("slow"), "Too slow.")
    session = Session(provider=llm, tools=[slow], tool_timeout=0.05)
    start = time.monotonic()
    assert say(session, "?") == "Too slow."
    over.set()
    assert time.monotonic() - start < 30
    assert "0.05" in llm.asked[1]["messages"][2]["content"]


def test_functions_may_be_given_with_the_turn(say: Say) -> None:
    definition = {"name": "weather", "description": "", "input_schema": {"type": "object"}}
    llm = Scripted(call("weather", city="Paris"), "Sunny.", call("more", n="3"), "Done.")
    session = Session(provider=llm, tools=[definition])
    assert say(session, "?", tool_functions={"weather": lambda **_: "own"}) == "Sunny."
    assert llm.asked[1]["messages"][2]["content"] == "own"

    def more(n: int) -> int:
        return n + 1

    assert say(session, "?", tools=[more]) == "Done."
    assert llm.asked[3]["messages"][-1]["content"] == "4"
    assert [tool.name for tool in session.tools] == ["weather"]


def test_another_provider_goes_on_with_the_conversation(say: Say) -> None:
    first, second = Scripted("One."), Scripted("Two.")
    session = Session(provider=first)
    say(session, "1?")
    assert say(session, "2?", second) == "Two."
    assert wire_roles(second.asked[0]) == ["user", "assistant", "user"]


def test_settings_of_a_turn_hold_for_it_alone(say: Say) -> None:
    llm = Scripted("a", "b")
    session = Session("Standing.", llm)
    say(session, "1", system_prompt="Once.", temperature=0.5, max_tokens=None)
    say(session, "2")
    first, second = llm.asked
    assert (first["system_prompt"], second["system_prompt"]) == ("Once.", "Standing.")
    assert first["temperature"] == 0.5
    assert "max_tokens" not in first
    assert "temperature" not in second
    assert session.system_prompt == "Standing."


def test_no_prompt_goes_on_with_the_history(say: Say) -> None:
    llm = Scripted("Yes.")
    session = Session(provider=llm)
    session.add_message("user", " Still there? ")
    say(session)
    assert [m["content"] for m in llm.asked[0]["messages"]] == ["Still there?"]


def test_a_provider_of_prompts_gets_the_conversation_as_text(say: Say) -> None:
    llm = PromptOnly("Hello.", call("weather", city="x"), "Sunny.")
    session = Session("Be brief.", llm, tools=[weather])
    first = say(session, "Hi")
    assert llm.asked[0]["prompt"] == "Hi"
    assert llm.asked[0]["system_prompt"] == "Be brief."
    assert llm.asked[0]["messages"] is None
    assert first.warnings == ()
    second = say(session, "Weather?")
    assert "Assistant: Hello." in llm.asked[1]["prompt"]
    assert "[weather returned: sunny in x]" in llm.asked[2]["prompt"]
    assert second.warnings == ("promptonly takes no messages: the history was sent as text",)


def test_tools_for_a_provider_that_takes_none_are_refused_before_it_is_asked(say: Say) -> None:
    class NoTools(Scripted):
        can = {"supports_tool_use": False, "supports_function_calling": False}  # noqa: RUF012

    llm = NoTools("x")
    with pytest.raises(UnsupportedFeatureError, match="takes no tools"):
        say(Session(provider=llm, tools=[weather]), "?")
    assert llm.asked == []


@pytest.mark.parametrize(
    "answer",
    [
        "text",
        GenerateResponse("text"),
        ToolCallRequest(content="text"),
        type("Answer", (), {"content": "text"})(),
    ],
    ids=lambda answer: type(answer).__name__,
)
@pytest.mark.parametrize("asynchronous", [False, True])
def test_whatever_a_provider_answers_becomes_a_response(answer: Any, asynchronous: bool) -> None:
    session = Session(provider=Scripted(answer))
    say = Say("async" if asynchronous else "sync")
    response = say(session, "?")
    assert isinstance(response, GenerateResponse)
    assert response == "text"
    assert session.messages[-1].content == "text"


def test_what_is_no_answer_is_an_error() -> None:
    session = Session(provider=Scripted(3))
    with pytest.raises(GenerationError, match="int"):
        session.generate("?")
    assert session.messages == []


def test_a_bare_request_for_tools_at_the_end_of_a_stream_is_run() -> None:
    asked = ToolCallRequest(tool_calls=[{"id": "1", "name": "weather", "arguments": {"city": "x"}}])  # type: ignore[list-item]
    session = Session(provider=Scripted(asked, "Sunny."), tools=[weather])
    assert "".join(session.generate("?", stream=True)) == "Sunny."


def test_a_stream_gives_the_text_of_every_round() -> None:
    told = calls(("1", "weather", {"city": "x"}), text="Let me see.")
    session = Session(provider=Scripted(told, "It is sunny."), tools=[weather])
    stream = session.generate("?", stream=True)
    assert "".join(stream) == "Let me see.It is sunny."
    assert stream.response == "It is sunny."
    assert session.messages[1].content == "Let me see."


def test_a_stream_tells_its_events_under_abstractllms_name() -> None:
    told = calls(("1", "weather", {"city": "x"}), text="Wait.")
    session = Session(provider=Scripted(told, "Sunny."), tools=[weather])
    pieces = list(session.generate_with_tools_streaming(prompt="?"))
    assert [p for p in pieces if not isinstance(p, str)] == [
        {
            "type": "tool_result",
            "tool_call": {
                "call_id": "1",
                "name": "weather",
                "arguments": {"city": "x"},
                "output": "sunny in x",
                "error": None,
            },
        }
    ]


def test_that_stream_counts_calls() -> None:
    told = calls(*((str(n), "weather", {"city": str(n)}) for n in range(3)))
    llm = Scripted(told, "Enough.")
    session = Session(provider=llm, tools=[weather])
    list(session.generate_with_tools_streaming(prompt="?", max_tool_calls=2))
    errors = [record["error"] for record in session.messages[1].tool_results]
    assert [error is None for error in errors] == [True, True, False]
    assert "limit of 2 calls" in errors[2]
    assert "tools" not in llm.asked[1]


def test_a_stream_that_is_left_changes_nothing_and_is_closed() -> None:
    closed = []

    class Closing(Scripted):
        def pieces(self, answer: Any) -> Iterator[Any]:
            try:
                yield from super().pieces(answer)
            finally:
                closed.append(True)

    session = Session(provider=Closing("One two three."))
    with session.generate("?", stream=True) as stream:
        assert next(stream) == "One"
    assert closed == [True]
    assert session.messages == []
    assert list(stream) == []
    with pytest.raises(UnsupportedOperationError, match="end"):
        _ = stream.response


async def test_an_async_stream_that_is_left_changes_nothing() -> None:
    session = Session(provider=Scripted("One two three."))
    stream = session.generate_async("?", stream=True)
    async for piece in stream:
        assert piece == "One"
        break
    await stream.aclose()
    assert session.messages == []
    with pytest.raises(UnsupportedOperationError, match="end"):
        _ = stream.response


def test_errors_of_opening_a_stream_are_raised_at_the_call() -> None:
    error = AuthenticationError("no")
    session = Session(provider=Scripted(error, error))
    with pytest.raises(AuthenticationError):
        session.generate("?", stream=True)


async def test_errors_of_opening_an_async_stream_are_raised_where_it_is_awaited() -> None:
    session = Session(provider=Scripted(AuthenticationError("no")))
    with pytest.raises(AuthenticationError):
        await session.generate_async("?", stream=True)


async def test_an_async_stream_is_awaited_or_iterated() -> None:
    session = Session(provider=Scripted("a b", "c d", "e f"))
    assert [piece async for piece in await session.generate_async("?", stream=True)]
    assert [piece async for piece in session.send_async("?", stream=True)]
    task = asyncio.create_task(session.generate_async("?", stream=True))
    assert "".join([piece async for piece in await task]) == "e f"
    assert len(session.messages) == 6


def test_both_orders_of_generate_with_tools() -> None:
    functions = {"weather": weather}
    for arguments in (("?",), (functions, "?"), ("?", functions)):
        llm = Scripted(call("weather", city="x"), "Sunny.")
        session = Session(provider=llm, tools=[weather])
        assert session.generate_with_tools(*arguments).content == "Sunny."
        assert llm.asked[0]["messages"][0]["content"] == "?"


async def test_generate_with_tools_for_asyncio() -> None:
    session = Session(provider=Scripted(call("weather", city="x"), "Sunny."), tools=[weather])
    assert await session.generate_with_tools_async(prompt="?") == "Sunny."


def test_a_conversation_needs_a_provider(say: Say) -> None:
    with pytest.raises(InvalidParameterError, match="provider"):
        say(Session(), "?")


def test_calls_may_be_run_by_hand() -> None:
    session = Session(provider=Scripted("Sunny."), tools=[weather])
    response = call("weather", city="Paris")
    (told,) = session.execute_tool_calls(response)
    assert told == {
        "call_id": "call_1",
        "name": "weather",
        "arguments": {"city": "Paris"},
        "output": "sunny in Paris",
        "error": None,
    }
    assert (
        session.execute_tool_call(response.tool_calls[0], {"weather": lambda city: city})["output"]
        == "Paris"
    )
    with pytest.raises(ValueError, match="no tool calls"):
        session.execute_tool_calls(GenerateResponse("text"))
    with pytest.raises(ValueError, match="assistant"):
        session.add_tool_result("call_1", "sunny")
    session.add_message("assistant", "")
    session.add_tool_result("call_1", 3, tool_name="weather", arguments={"city": "Paris"})
    assert session.messages[-1].tool_results[0]["output"] == "3"


def test_a_tool_of_the_same_name_takes_the_older_ones_place() -> None:
    def weather(city: str) -> str:
        return "newer"

    session = Session(tools=[globals()["weather"], weather])
    assert len(session.tools) == 1
    assert (
        session.execute_tool_call(ToolCall(id="1", name="weather", arguments={"city": "x"}))[
            "output"
        ]
        == "newer"
    )


def test_a_tool_given_in_the_wire_s_shape_stays_as_it_is(say: Say) -> None:
    function = {"name": "weather", "parameters": {"type": "object"}, "strict": True}
    given = [{"type": "function", "function": function}, {"type": "web_search", "max_uses": 2}]
    llm = Scripted("Hello.")
    say(Session(provider=llm, tools=given), "?")
    assert llm.asked[0]["tools"] == given


def test_setting_the_system_prompt_changes_the_first_message() -> None:
    session = Session("One.")
    session.system_prompt = "Two."
    assert [(m.role, m.content) for m in session.messages] == [("system", "Two.")]
    session.add_message("user", "x")
    session.clear_history()
    assert roles(session) == ["system"]
    session.clear_history(keep_system_prompt=False)
    assert session.messages == []
    session.system_prompt = "Three."
    assert session.get_history(include_system=False) == []
    session.system_prompt = None
    assert session.messages == []
