"""What a provider is, as tests: subclass ProviderContract in your own tests and name yours.

    class TestMyService(ProviderContract):
        provider = "myservice"                       # or its class

        def config(self):                            # for create_llm; a stand-in of the service
            return {"model": "m", "base_url": URL, "api_key": self.secret}

The service answers the same prompt with the same words, and `prompt` and `other_prompt` with
different ones. A point that the provider does not keep is named with its reason in `cannot`, and
its tests are skipped with it; a capability that `get_capabilities()` does not tell counts as one.
"""

from __future__ import annotations

import asyncio
import copy
import inspect
import pickle
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from .. import exceptions as e
from ..enums import ModelCapability
from ..factory import create_llm
from ..providers import registry
from ..tools.conversion import to_tool_definition
from ..tools.types import ToolCallRequest
from ..types import GenerateResponse
from .contract_subject import CUT, FAULTS, POINTS, Subject, point
from .ways import STREAMS, aask, ask, facts, said_by

__all__ = ["CUT", "FAULTS", "POINTS", "ProviderContract"]

_TOOL_USE = (ModelCapability.TOOL_USE, ModelCapability.FUNCTION_CALLING)
_VALUES = (bool, int, float, str, type(None))


class ProviderContract(Subject):
    """The tests. What a subclass fills in stands in Subject."""

    # --- answers ---

    @point("answers")
    def test_it_answers_with_text(self, way: str) -> None:
        assert ask(way, self.make(), self.prompt)

    @point("answers")
    def test_an_answer_is_a_str_or_asks_for_tools(self) -> None:
        llm = self.make()

        async def awaited() -> Any:
            return await llm.generate_async(self.prompt)

        for answer in (llm.generate(self.prompt), asyncio.run(awaited())):
            assert isinstance(answer, (str, ToolCallRequest))

    @point("answers")
    def test_both_plain_ways_answer_alike(self) -> None:
        llm = self.make()
        assert facts(ask("async", llm, self.prompt)) == facts(ask("plain", llm, self.prompt))

    @point("answers")
    def test_counted_tokens_are_numbers(self, way: str) -> None:
        usage = ask(way, self.make(), self.prompt).usage
        assert all(
            type(count) is int and count >= 0
            for count in (usage.to_dict() if usage else {}).values()
        )

    @point("system prompt")
    def test_it_takes_a_system_prompt(self, way: str) -> None:
        self._needs("system prompt", ModelCapability.SYSTEM_PROMPT)
        assert ask(way, self.make(), self.prompt, system_prompt="Be brief.")

    @point("history")
    def test_it_goes_on_with_a_history_and_leaves_it_as_it_was(self, way: str) -> None:
        self._needs("multi_turn", ModelCapability.MULTI_TURN)
        history = [
            {"role": "user", "content": "I am Ada."},
            {"role": "assistant", "content": "Hello Ada."},
        ]
        given = copy.deepcopy(history)
        assert ask(way, self.make(), self.prompt, messages=given)
        assert given == history

    # --- streams ---

    @pytest.mark.parametrize("way", STREAMS)
    @point("streams")
    def test_a_stream_adds_up_to_the_plain_answer(self, way: str) -> None:
        self._streams()
        llm = self.make()
        # A provider of the guide's may leave a blank after the last word.
        assert ask(way, llm, self.prompt).strip() == ask("plain", llm, self.prompt).strip()

    @point("streams")
    def test_the_pieces_of_a_stream_are_texts_or_ask_for_tools(self) -> None:
        self._streams()
        pieces = list(self.make().generate(self.prompt, stream=True))
        assert pieces
        assert all(isinstance(piece, (str, ToolCallRequest)) for piece in pieces)

    @pytest.mark.parametrize("way", STREAMS)
    @point("whole response of a stream")
    def test_a_stream_ends_in_the_response_of_the_plain_call(self, way: str) -> None:
        self._streams()
        llm = self.make()
        assert hasattr(type(llm.generate(self.prompt, stream=True)), "response")
        plain = llm.generate(self.prompt)
        assert isinstance(plain, GenerateResponse)
        assert facts(ask(way, llm, self.prompt)) == facts(plain)

    @point("closing of a stream")
    def test_a_closed_stream_is_over(self) -> None:
        self._streams()
        llm = self.make()
        stream = llm.generate(self.prompt, stream=True)
        next(stream)
        stream.close()
        assert list(stream) == []
        assert ask("plain", llm, self.prompt)

    @point("async for without await")
    def test_an_asynchronous_stream_may_be_iterated_at_once(self) -> None:
        self._streams()
        llm = self.make()
        if inspect.iscoroutinefunction(llm.generate_async):
            pytest.skip("generate_async is a coroutine function: its stream is awaited first")

        async def texts() -> list[str]:
            stream = llm.generate_async(self.prompt, stream=True)
            return [str(piece) async for piece in stream]

        assert "".join(asyncio.run(texts())) == ask("plain", llm, self.prompt)

    # --- tools ---

    @pytest.mark.parametrize("way", ["plain", "async"])
    @pytest.mark.parametrize("form", ["function", "dictionary"])
    @point("tools")
    def test_it_asks_for_a_tool(self, way: str, form: str) -> None:
        self._asks_for_the_tool(way, form)

    @pytest.mark.parametrize("way", ["plain", "async"])
    @point("tool definitions")
    def test_a_tool_may_be_a_definition(self, way: str) -> None:
        self._asks_for_the_tool(way, "definition")

    @pytest.mark.parametrize("way", STREAMS)
    @point("streamed tool calls")
    def test_a_stream_asks_for_a_tool(self, way: str) -> None:
        self._streams()
        self._asks_for_the_tool(way, "function")

    def _asks_for_the_tool(self, way: str, form: str) -> None:
        self._needs("tool_use", *_TOOL_USE)
        definition = to_tool_definition(self.tool)
        tools = {
            "function": self.tool,
            "dictionary": definition.to_dict(),
            "definition": definition,
        }
        response = ask(way, self.make(), self.tool_prompt, tools=[tools[form]])
        (call,) = response.tool_calls
        assert (call.name, call.arguments) == (definition.name, dict(self.tool_arguments))
        assert call.id
        assert call.error is None

    @point("history with tools")
    def test_it_goes_on_with_what_a_tool_gave(self, way: str) -> None:
        self._needs("tool_use", *_TOOL_USE)
        self._needs("multi_turn", ModelCapability.MULTI_TURN)
        name = to_tool_definition(self.tool).name
        call = {"id": "call_123", "type": "function", "function": {"name": name, "arguments": "{}"}}
        history = [
            {"role": "user", "content": self.tool_prompt},
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "call_123", "content": "Sunny"},
        ]
        assert ask(way, self.make(), None, messages=history, tools=[self.tool])

    @point("refusal of tools")
    def test_tools_that_it_does_not_take_are_refused(self, way: str) -> None:
        if self.can(*_TOOL_USE):
            pytest.skip("it takes tools, so none is to be refused")
        with pytest.raises(e.UnsupportedFeatureError):
            ask(way, self.make(), self.tool_prompt, tools=[self.tool])

    # --- errors ---

    @point("errors")
    def test_some_fault_can_be_shown(self) -> None:
        assert [fault for fault in FAULTS if self.failing(fault)], "failing() makes no fault"

    @pytest.mark.parametrize("fault", FAULTS)
    @point("errors")
    def test_a_fault_is_an_error_of_its_class(self, way: str, fault: str) -> None:
        llm, prompt = self._failing(fault)
        with pytest.raises(FAULTS[fault]) as caught:
            ask(way, llm, prompt)
        assert caught.value.provider
        twin = pickle.loads(pickle.dumps(caught.value))
        assert (type(twin), str(twin)) == (type(caught.value), str(caught.value))

    @point("facts of errors")
    def test_an_error_tells_what_the_service_said(self, way: str) -> None:
        if not self.error_facts:
            pytest.skip("error_facts states nothing that the service says")
        for fault, stated in self.error_facts.items():
            llm, prompt = self._failing(fault)
            with pytest.raises(e.AbstractLLMError) as caught:
                ask(way, llm, prompt)
            assert {name: getattr(caught.value, name) for name in stated} == dict(stated)

    @pytest.mark.parametrize("way", STREAMS)
    @point("partial answers")
    def test_the_error_of_a_cut_stream_carries_what_came(self, way: str) -> None:
        self._streams()
        llm, prompt = self._failing(CUT)
        with pytest.raises(e.AbstractLLMError) as caught:
            ask(way, llm, prompt)
        assert caught.value.partial

    # --- isolation ---

    @point("isolation of calls")
    def test_arguments_hold_for_their_call_alone(self, way: str) -> None:
        llm = self.make()
        config, answer = llm.get_config(), ask(way, llm, self.prompt)
        ask(way, llm, self.prompt, temperature=0.123, system_prompt="Be kind.", stop=["xyz"])
        assert llm.get_config() == config
        assert ask(way, llm, self.prompt) == answer

    @point("streams")
    def test_interleaved_streams_do_not_mix(self) -> None:
        self._streams()
        llm = self.make()
        prompts = self._prompts(llm)
        streams = {prompt: iter(llm.generate(prompt, stream=True)) for prompt in prompts}
        texts = dict.fromkeys(prompts, "")
        while streams:
            for prompt, stream in list(streams.items()):
                piece = next(stream, None)
                if piece is None:
                    del streams[prompt]
                else:
                    texts[prompt] += str(piece)
        assert {prompt: text.strip() for prompt, text in texts.items()} == prompts

    @point("many at once")
    def test_many_threads_share_one_provider(self) -> None:
        llm = self.make()
        prompts = self._prompts(llm)
        with ThreadPoolExecutor(32) as pool:
            told = list(pool.map(lambda p: (p, ask("plain", llm, p).strip()), [*prompts] * 16))
        assert set(told) == set(prompts.items())

    @point("many at once")
    def test_many_tasks_share_one_provider(self) -> None:
        llm = self.make()
        prompts = self._prompts(llm)

        async def told() -> list[GenerateResponse]:
            return await asyncio.gather(*(aask("async", llm, p) for p in [*prompts] * 100))

        assert [text.strip() for text in asyncio.run(told())] == [*prompts.values()] * 100

    def _prompts(self, llm: Any) -> dict[str, str]:
        """Two prompts and their answers."""
        told = {p: ask("plain", llm, p).strip() for p in (self.prompt, self.other_prompt)}
        assert len(set(told.values())) == 2, "the service must answer the two prompts differently"
        return told

    # --- secrets ---

    @point("secrets")
    def test_a_provider_shows_no_key(self) -> None:
        llm = self._keyed(self.make())
        assert self.secret not in f"{llm} {llm!r}"

    @point("secrets")
    def test_an_answer_shows_no_key(self, way: str) -> None:
        response = ask(way, self._keyed(self.make()), self.prompt)
        assert self.secret not in f"{response!r} {vars(response)!r} {pickle.dumps(response)!r}"

    @point("secrets")
    def test_no_error_shows_the_key(self, way: str) -> None:
        for made in filter(None, map(self.failing, FAULTS)):
            llm, prompt = made
            with pytest.raises(e.AbstractLLMError) as caught:
                ask(way, self._keyed(llm), prompt)
            assert not [text for text in said_by(caught.value) if self.secret in text]

    def _keyed(self, llm: Any) -> Any:
        kept = {**vars(llm), **getattr(llm, "get_config", dict)()}
        if self.secret not in kept.values():
            pytest.skip("config(), or failing(), gives it no key: self.secret")
        return llm

    # --- the object ---

    @point("capabilities")
    def test_capabilities_are_told_by_their_names(self) -> None:
        told = self.make().get_capabilities()
        known = {*ModelCapability, *(each.value for each in ModelCapability)}
        assert isinstance(told, Mapping)
        assert [name for name in told if name not in known] == []
        assert [value for value in told.values() if not isinstance(value, _VALUES)] == []

    @point("registration")
    def test_it_is_made_by_name(self, monkeypatch: pytest.MonkeyPatch) -> None:
        name, cls = self.provider, type(self.make())
        if not isinstance(name, str):
            name = "provider-of-the-contract"
            monkeypatch.setattr(registry, "_registered", {name: cls})
        llm = create_llm(name, **self.config())
        assert type(llm) is cls
        assert ask("plain", llm, self.prompt)

    @point("pickling")
    def test_a_pickled_provider_answers_alike(self, way: str) -> None:
        llm = self.make()
        twin = pickle.loads(pickle.dumps(llm))
        assert ask(way, twin, self.prompt) == ask(way, llm, self.prompt)
