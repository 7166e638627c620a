"""FakeLLM says what it is told to in every way of asking, and keeps what it was asked."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from abstractllm_lite import (
    GenerateResponse,
    GenerationError,
    InvalidParameterError,
    Message,
    ModelCapability,
    ProviderConnectionError,
    RateLimitError,
    Session,
    ToolCallRequest,
    UnsupportedFeatureError,
    UnsupportedOperationError,
    create_llm,
    get_llm_providers,
)
from abstractllm_lite.testing import Asked, FakeLLM, ScriptUsedUp
from abstractllm_lite.types import AsyncResponseStream, ResponseStream
from tests.contract.conftest import MODES, Ask

WEATHER = {"get_weather": {"city": "Paris"}}


class City(BaseModel):
    name: str


def get_weather(city: str) -> str:
    """The weather in a city."""
    return city


@pytest.fixture(params=MODES, ids=lambda mode: mode.replace(" ", "-"))
def ask(request: pytest.FixtureRequest) -> Ask:
    return Ask(request.param)


def test_it_is_a_provider_by_name() -> None:
    llm = create_llm("fake", responses=["Hello"])

    assert isinstance(llm, FakeLLM)
    assert "fake" in get_llm_providers()


def test_answers_come_in_their_order(ask: Ask) -> None:
    llm = FakeLLM(responses=["one", "two"])

    assert [ask(llm, "x"), ask(llm, "x")] == ["one", "two"]


def test_a_used_up_script_says_how_many_answers_it_had(ask: Ask) -> None:
    llm = FakeLLM(responses=["one", "two"])
    ask(llm, "x")
    ask(llm, "x")

    with pytest.raises(ScriptUsedUp, match="2 answers are scripted, and this is question 3") as e:
        ask(llm, "x")

    assert not e.value.retryable
    assert len(llm.calls) == 3


def test_a_script_of_one_or_none_is_counted_in_good_english() -> None:
    llm = FakeLLM(responses=["one"])
    llm.generate("x")

    with pytest.raises(ScriptUsedUp, match="1 answer is scripted"):
        llm.generate("x")
    with pytest.raises(ScriptUsedUp, match="0 answers are scripted"):
        FakeLLM(responses=[], cycle=True).generate("x")


def test_a_script_begins_again_when_asked_to(ask: Ask) -> None:
    llm = FakeLLM(responses=["one", "two"], cycle=True)

    assert [str(ask(llm, "x")) for _ in range(5)] == ["one", "two", "one", "two", "one"]


def test_one_answer_without_a_list_is_given_every_time(ask: Ask) -> None:
    llm = FakeLLM(responses="Always this")

    assert {str(ask(llm, "x")) for _ in range(3)} == {"Always this"}


def test_without_a_script_it_repeats_the_last_words(ask: Ask) -> None:
    assert ask(FakeLLM(), "Good morning") == "Good morning"
    assert ask(FakeLLM(), messages=[{"role": "user", "content": "Good night"}]) == "Good night"


def test_an_answer_may_be_computed_from_what_was_asked(ask: Ask) -> None:
    def shout(asked: Asked) -> str:
        return f"{asked.number} {asked.system_prompt} {asked.text.upper()}"

    llm = FakeLLM(responses=shout, system_prompt="Be loud.")

    assert ask(llm, "hello") == "1 Be loud. HELLO"


def test_functions_and_texts_mix_in_a_script(ask: Ask) -> None:
    llm = FakeLLM(responses=["first", lambda asked: {"echo": {"text": asked.prompt}}])

    assert ask(llm, "x") == "first"
    assert ask(llm, "y").tool_calls[0].arguments == {"text": "y"}


def test_tool_calls_are_written_by_name_and_arguments(ask: Ask) -> None:
    response = ask(FakeLLM(responses=[WEATHER]), "x", tools=[get_weather])

    assert response.content is None
    assert response.finish_reason == "tool_calls"
    (call,) = response.tool_calls
    assert (call.id, call.name, call.arguments) == ("call_1_1", "get_weather", {"city": "Paris"})


def test_a_text_and_several_calls_stand_in_a_list(ask: Ask) -> None:
    llm = FakeLLM(responses=[["Let me see.", WEATHER, {"get_weather": {"city": "Rome"}}]])

    response = ask(llm, "x")

    assert response == response.tool_calls.content == "Let me see."
    assert [(c.id, c.arguments["city"]) for c in response.tool_calls] == [
        ("call_1_1", "Paris"),
        ("call_1_2", "Rome"),
    ]


def test_ids_of_calls_differ_from_answer_to_answer(ask: Ask) -> None:
    llm = FakeLLM(responses=WEATHER)

    assert [ask(llm, "x").tool_calls[0].id for _ in range(2)] == ["call_1_1", "call_2_1"]


def test_arguments_that_are_no_json_are_told_as_a_model_would_spell_them(ask: Ask) -> None:
    (call,) = ask(FakeLLM(responses={"look": '{"city": '}), "x").tool_calls

    assert call.arguments == {}
    assert call.raw_arguments == '{"city": '
    assert "not valid JSON" in str(call.error)


def test_a_request_for_tool_calls_is_an_answer(ask: Ask) -> None:
    request = ToolCallRequest.of([{"id": "mine", "name": "look", "arguments": {}}])

    assert ask(FakeLLM(responses=request), "x").tool_calls[0].id == "mine"


def test_a_response_keeps_every_fact_that_it_was_given(ask: Ask) -> None:
    whole = GenerateResponse(
        "Hello there",
        {"raw": 1},
        {"input_tokens": 3, "output_tokens": 4},
        "gpt-x",
        "length",
        cost=0.5,
        cost_source="test",
        request_id="req_1",
        reasoning="I think",
        provider="openai",
        attempts=2,
        warnings=["one"],
    )

    assert ask(FakeLLM(responses=whole), "x").to_dict() == whole.to_dict()


def test_an_object_is_told_as_its_json_and_parsed(ask: Ask) -> None:
    response = ask(FakeLLM(responses=City(name="Paris")), "x")

    assert response == '{"name":"Paris"}'
    assert response.parsed == City(name="Paris")


def test_a_response_format_is_kept_or_refused_as_by_a_vendor(ask: Ask) -> None:
    llm = FakeLLM(responses=['{"name": "Paris"}', "no json"])

    assert ask(llm, "x", response_format=City).parsed == City(name="Paris")
    with pytest.raises(GenerationError, match="does not fit City"):
        ask(llm, "x", response_format=City)


def test_words_are_counted_as_tokens(ask: Ask) -> None:
    llm = FakeLLM(responses=["three words here", WEATHER])

    usage = ask(llm, "two words", system_prompt="one").usage
    assert usage == {"input_tokens": 3, "output_tokens": 3, "total_tokens": 6}
    history = [{"role": "user", "content": [{"type": "text", "text": "a b"}, {"type": "image"}]}]
    usage = ask(llm, "c", messages=history).usage
    # The call's name and the two words of {"city": "Paris"}.
    assert usage == {"input_tokens": 3, "output_tokens": 3, "total_tokens": 6}


def test_all_four_ways_end_in_the_same_response() -> None:
    def answer(asked: Asked) -> Any:
        return ["Hello ", "there", WEATHER]

    told = [Ask(mode)(FakeLLM(responses=answer), "x", tools=[get_weather]) for mode in MODES]

    assert told[1:] == told[:-1]
    assert len({repr(response.to_dict()) for response in told}) == 1


@pytest.mark.parametrize(
    ("answer", "options", "pieces"),
    [
        ("Hello big world", {}, ["Hello", " big", " world"]),
        (" \n spaced  out \n", {}, [" \n spaced", "  out \n"]),
        ("Hello", {"chunks": 2}, ["He", "ll", "o"]),
        (["Hel", "lo w", "", "orld"], {}, ["Hel", "lo w", "orld"]),
        ("", {}, []),
    ],
)
def test_streams_are_cut_as_asked(answer: Any, options: dict[str, Any], pieces: list[str]) -> None:
    told = list(FakeLLM(responses=[answer]).generate("x", stream=True, **options))

    assert told == [*pieces, ""]
    assert told[-1].finish_reason == "stop"


@given(text=st.text(max_size=60), chunks=st.none() | st.integers(1, 5))
@settings(max_examples=100)
def test_however_a_text_is_cut_nothing_is_lost(text: str, chunks: int | None) -> None:
    stream = FakeLLM(responses=[text], chunks=chunks).generate("x", stream=True)

    assert "".join(stream) == text == stream.response


def test_reasoning_is_a_piece_without_text() -> None:
    whole = GenerateResponse("Yes", reasoning="Hm")

    first, *_, last = FakeLLM(responses=whole).generate("x", stream=True)

    assert (first, first.reasoning, last.reasoning) == ("", "Hm", None)


def test_a_stream_holds_its_whole_response_only_at_its_end() -> None:
    stream = FakeLLM(responses="a b").generate("x", stream=True)

    with pytest.raises(UnsupportedOperationError, match="read to its end"):
        _ = stream.response
    list(stream)

    assert stream.response == "a b"
    assert isinstance(stream, ResponseStream)


async def test_an_asynchronous_stream_opens_in_every_way() -> None:
    llm = FakeLLM(responses="a b")

    opened = await llm.generate_async("x", stream=True)
    assert [piece async for piece in opened] == ["a", " b", ""]
    assert isinstance(opened, AsyncResponseStream)
    assert [piece async for piece in llm.generate_async("x", stream=True)] == ["a", " b", ""]
    async with llm.generate_async("x", stream=True) as stream:
        assert await anext(stream) == "a"
    assert [piece async for piece in stream] == []
    task = asyncio.create_task(llm.generate_async("x", stream=True))
    assert [piece async for piece in await task] == ["a", " b", ""]


async def test_an_asynchronous_stream_is_asked_when_it_is_opened_and_once() -> None:
    llm = FakeLLM(responses=[])
    stream = llm.generate_async("x", stream=True)
    assert llm.calls == []
    with pytest.raises(UnsupportedOperationError, match="read to its end"):
        _ = stream.response

    with pytest.raises(ScriptUsedUp):
        await stream
    with pytest.raises(UnsupportedOperationError, match="opened once"):
        await stream

    assert len(llm.calls) == 1


def test_a_closed_stream_is_over() -> None:
    with FakeLLM(responses="a b").generate("x", stream=True) as stream:
        assert next(stream) == "a"

    assert list(stream) == []


@pytest.mark.parametrize("error", [RateLimitError("slow down", retry_after=3), RateLimitError])
def test_an_error_is_raised_at_the_call(ask: Ask, error: Any) -> None:
    llm = FakeLLM(responses=[error, "better now"], model="gpt-x")

    with pytest.raises(RateLimitError) as caught:
        ask(llm, "x")

    assert (caught.value.provider, caught.value.model) == ("fake", "gpt-x")
    assert caught.value.partial is None
    assert ask(llm, "x") == "better now"


def test_errors_of_opening_a_stream_are_raised_by_the_call_itself() -> None:
    with pytest.raises(RateLimitError):
        FakeLLM(responses=RateLimitError).generate("x", stream=True)


@pytest.mark.parametrize("mode", ["sync stream", "async stream"])
def test_an_error_in_mid_stream_carries_what_came(mode: str) -> None:
    scripted = ProviderConnectionError("cut", original_exception=OSError("gone"))
    llm = FakeLLM(responses=[["Once ", "upon", scripted]], cycle=True)

    for _ in range(2):
        with pytest.raises(ProviderConnectionError, match="cut") as caught:
            Ask(mode)(llm, "x")
        assert caught.value.partial == "Once upon"
        assert caught.value.original_exception is scripted.original_exception
    assert scripted.partial is None


def test_a_plain_call_of_a_broken_answer_is_the_error_alone() -> None:
    with pytest.raises(ProviderConnectionError) as caught:
        FakeLLM(responses=[["Once", ProviderConnectionError("cut")]]).generate("x")

    assert caught.value.partial is None


def test_an_error_that_is_not_ours_is_raised_as_it_is(ask: Ask) -> None:
    error = KeyError("a bug in the program")

    with pytest.raises(KeyError) as caught:
        ask(FakeLLM(responses=[["text", error]]), "x")

    assert caught.value is error


def test_waits_stand_where_they_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr("time.sleep", waited.append)
    monkeypatch.setattr("asyncio.sleep", sleep)
    for mode in MODES:
        Ask(mode)(FakeLLM(responses=[["a", 0.5, "b", 2]], delay=7), "x")
        assert waited == [7, 0.5, 2]
        waited.clear()


def test_it_keeps_what_it_was_asked(ask: Ask) -> None:
    llm = FakeLLM(responses="ok", temperature=0, model="gpt-x", api_key="sk-secret-of-the-test")
    history = [Message("user", "a"), {"role": "assistant", "content": "b"}]

    ask(llm, "first", system_prompt="S", messages=history, tools=[get_weather], files=["a.png"])
    ask(llm, "second", temperature=1)

    one, two = llm.calls
    assert (one.number, one.prompt, one.system_prompt, one.stream) == (
        1,
        "first",
        "S",
        ask.streamed,
    )
    assert one.messages == [{"role": "user", "content": "a"}, history[1]]
    assert (one.tools, one.files) == ([get_weather], ["a.png"])
    assert (one.parameters["temperature"], one.parameters["model"]) == (0, "gpt-x")
    assert (two.number, two.prompt, two.system_prompt) == (2, "second", None)
    assert (two.messages, two.tools, two.files) == ([], [], [])
    assert two.parameters["temperature"] == 1
    assert "secret" not in repr(llm.calls)


def test_what_it_keeps_does_not_change_with_the_callers_lists() -> None:
    llm = FakeLLM(responses="ok")
    history = [{"role": "user", "content": "a"}]

    llm.generate(messages=history)
    history[0]["content"] = "changed"
    llm.calls.clear()

    assert llm.calls[0].messages == [{"role": "user", "content": "a"}]


def test_arguments_hold_for_their_call_alone(ask: Ask) -> None:
    llm = FakeLLM(responses="a b", temperature=0)
    before = llm.get_config()

    ask(llm, "x", temperature=1, chunks=1, delay=0, model="other", system_prompt="S")

    assert llm.get_config() == before
    assert ask(llm, "x").model == "fake"


@pytest.mark.parametrize("name", ["responses", "cycle", "capabilities"])
def test_what_belongs_to_the_object_is_refused_for_one_call(name: str, ask: Ask) -> None:
    with pytest.raises(InvalidParameterError, match=f"'{name}' is given to create_llm"):
        ask(FakeLLM(responses="ok"), "x", **{name: None})


@pytest.mark.parametrize(
    "config",
    [
        {"responses": 3},
        {"responses": ["ok", 3]},
        {"responses": ["ok", [True]]},
        {"responses": ["ok", [-1]]},
        {"responses": ["ok", [GenerateResponse("a part has no facts")]]},
        {"responses": City},
        {"responses": {"look": 3}},
        {"responses": {3: {}}},
        {"chunks": 0},
        {"chunks": True},
        {"chunks": "2"},
        {"delay": -1},
        {"cycle": "yes"},
        {"capabilities": ["vision"]},
        {"capabilities": {"telepathy": True}},
    ],
    ids=repr,
)
def test_what_cannot_be_meant_is_refused_at_once(config: dict[str, Any]) -> None:
    with pytest.raises(InvalidParameterError) as caught:
        create_llm("fake", **config)
    assert caught.value.parameter == next(iter(config))
    with pytest.raises(InvalidParameterError):
        FakeLLM().update_config(config)


def test_a_function_that_answers_nonsense_is_told_so(ask: Ask) -> None:
    with pytest.raises(InvalidParameterError, match="is no answer"):
        ask(FakeLLM(responses=lambda asked: 3), "x")


def test_a_wrong_argument_of_a_call_is_refused_before_an_answer_is_taken(ask: Ask) -> None:
    llm = FakeLLM(responses=["ok"])

    with pytest.raises(InvalidParameterError, match="chunks is a number of characters"):
        ask(llm, "x", chunks=-1)

    assert ask(llm, "x") == "ok"


@pytest.mark.parametrize("prompt", [None, "", " \n", []])
def test_nothing_asked_is_refused_as_by_every_model(prompt: Any, ask: Ask) -> None:
    llm = FakeLLM(responses=["ok"])

    with pytest.raises(InvalidParameterError, match="'prompt' is empty"):
        ask(llm, prompt)

    assert ask(llm, prompt, images=["a.png"]) == "ok"


@pytest.mark.parametrize("change", [FakeLLM.update_config, lambda llm, new: llm.set_config(**new)])
def test_new_responses_begin_at_their_first(change: Callable[[Any, Any], None]) -> None:
    llm = FakeLLM(responses=["one", "two"])
    llm.generate("x")

    change(llm, {"temperature": 1})
    assert llm.generate("x") == "two"
    change(llm, {"responses": ["three"]})
    assert llm.generate("x") == "three"


def test_it_can_all_that_a_chat_model_can_but_what_is_denied() -> None:
    told = FakeLLM(capabilities={"vision": False, "max_tokens": 5}).get_capabilities()

    assert told[ModelCapability.MULTI_TURN] is True
    assert told["tool_use"] is True
    assert (told["vision"], told[ModelCapability.MAX_TOKENS]) == (False, 5)
    assert told[ModelCapability.EMBEDDINGS] is False


def test_its_capabilities_are_told_as_a_vendors_are() -> None:
    llm = FakeLLM(capabilities={"vision": False})

    assert llm.capabilities["streaming"] is True
    assert (llm.capabilities["vision"], llm.capabilities.source("vision")) == (False, "user")
    with pytest.raises(UnsupportedFeatureError, match="vision"):
        llm.capabilities.require("vision")


@pytest.mark.parametrize("name", ["response", "respones", "chunk", "cycles"])
def test_a_misspelt_setting_is_told(name: str) -> None:
    with pytest.raises(InvalidParameterError, match="did you mean"):
        FakeLLM(**{name: "x"})
    FakeLLM(response_format={"type": "json_object"}, temperature=1, delayed_start=2)


@pytest.mark.parametrize("given", [{"image": "a.png"}, {"images": ["a.png"]}])
def test_images_are_refused_where_they_are_denied(given: dict[str, Any]) -> None:
    assert FakeLLM().generate("x", **given) == "x"
    with pytest.raises(UnsupportedFeatureError, match="no images"):
        FakeLLM(capabilities={"vision": False}).generate("x", **given)


@pytest.mark.parametrize("name", ["tool_use", "function_calling"])
def test_tools_and_streams_are_refused_where_they_are_denied(name: str) -> None:
    llm = FakeLLM(capabilities={name: False, "streaming": False})

    with pytest.raises(UnsupportedFeatureError, match="no tools"):
        llm.generate("x", tools=[get_weather])
    with pytest.raises(UnsupportedFeatureError, match="no streams"):
        llm.generate("x", stream=True)
    assert llm.calls == []


def test_threads_and_tasks_share_one_script() -> None:
    answers = [str(number) for number in range(232)]
    llm = FakeLLM(responses=answers)

    async def tasks() -> list[str]:
        return await asyncio.gather(*(llm.generate_async(f"task {n}") for n in range(200)))

    with ThreadPoolExecutor(32) as pool:
        threads = pool.map(llm.generate, (f"thread {n}" for n in range(32)))
        told = [*asyncio.run(tasks()), *threads]

    assert sorted(told) == sorted(answers)
    assert [call.number for call in llm.calls] == list(range(1, 233))
    assert len({call.prompt for call in llm.calls}) == 232


def test_a_pickled_one_goes_on_where_it_was() -> None:
    llm = FakeLLM(responses=["one", ["two", RateLimitError("slow")], "three"])
    llm.generate("x")

    twin = pickle.loads(pickle.dumps(llm))

    with pytest.raises(RateLimitError):
        twin.generate("y")
    assert twin.generate("z") == "three"
    assert [call.prompt for call in twin.calls] == ["x", "y", "z"]
    assert len(llm.calls) == 1


SESSION = [["Let me see.", WEATHER], "It is sunny."]


@pytest.mark.parametrize("mode", MODES)
def test_a_session_runs_tools_for_it(mode: str) -> None:
    llm = FakeLLM(responses=SESSION)
    session = Session(provider=llm, tools=[get_weather], system_prompt="Be brief.")

    async def awaited() -> Any:
        if mode == "async":
            return await session.generate_async("Weather?")
        stream = session.generate_async("Weather?", stream=True)
        return "".join([str(piece) async for piece in stream])

    if mode.startswith("async"):
        told = asyncio.run(awaited())
    elif mode == "sync":
        told = session.generate("Weather?")
    else:
        told = "".join(map(str, session.generate("Weather?", stream=True)))

    assert told.endswith("It is sunny.")
    first, second = llm.calls
    assert [tool.name for tool in first.tools] == ["get_weather"]
    assert (first.system_prompt, first.text) == ("Be brief.", "Weather?")
    asked, called, result = second.messages
    assert (asked["role"], called["content"]) == ("user", "Let me see.")
    assert called["tool_calls"][0]["id"] == result["tool_call_id"] == "call_1_1"
    assert result["content"] == "Paris"
