"""Errors can be branched on, built in every spelling, copied, pickled, and tell no secret."""

from __future__ import annotations

import copy
import pickle
import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abstractllm_lite import exceptions
from abstractllm_lite.exceptions import (
    AbstractLLMError,
    AuthenticationError,
    ContextWindowExceededError,
    FileProcessingError,
    ForeignError,
    ImageProcessingError,
    InvalidParameterError,
    InvalidRequestError,
    ModelNotFoundError,
    PermissionDeniedError,
    ProviderAPIError,
    ProviderConnectionError,
    ProviderImportError,
    QuotaExceededError,
    RateLimitError,
    RequestTimeoutError,
    UnsupportedFeatureError,
    UnsupportedModelError,
    UnsupportedOperationError,
    UnsupportedProviderError,
    map_provider_error,
)
from abstractllm_lite.types import GenerateResponse

ALL = sorted(
    (
        kind
        for kind in vars(exceptions).values()
        if isinstance(kind, type) and issubclass(kind, AbstractLLMError)
    ),
    key=lambda kind: kind.__name__,
)
unhurried = settings(deadline=None, max_examples=50)
NOT_RAISED = ("ForeignError", "PROVIDER_ERROR_MAPPING", "map_provider_error")
PLAIN = [kind for kind in ALL if "__init__" not in vars(kind)]
FORMS: dict[str, AbstractLLMError] = {
    "parameter": InvalidParameterError("temperature", 9),
    "parameter, None": InvalidParameterError("temperature", None),
    "parameter, message": InvalidParameterError("temperature", 9, "too hot"),
    "parameter as a message": InvalidParameterError("too hot", provider="p"),
    "parameter, only message=": InvalidParameterError(message="too hot"),
    "parameter, nothing": InvalidParameterError(),
    "window": ContextWindowExceededError(100, 200),
    "window, message": ContextWindowExceededError(100, 200, "long"),
    "window only": ContextWindowExceededError(100),
    "window as a message": ContextWindowExceededError("long", provider="p"),
    "window, only message=": ContextWindowExceededError(message="long", provider="p"),
    "window, nothing": ContextWindowExceededError(),
    "model": ModelNotFoundError("m"),
    "model, all": ModelNotFoundError("m", "gone", "/models", "p", KeyError("k"), {"a": 1}),
    "model, message": ModelNotFoundError("m", message="no such model"),
    "feature": UnsupportedFeatureError("vision"),
    "feature, message": UnsupportedFeatureError("vision", "blind", "p"),
    "operation": UnsupportedOperationError("fly"),
    "operation, reason": UnsupportedOperationError("fly", "no wings", "p"),
    "file": FileProcessingError("unreadable"),
    "file, all": FileProcessingError(
        "bad", "p", None, {"a": 1}, file_path="x.png", file_type="png"
    ),
}
COPIES: dict[str, Callable[[Any], Any]] = {
    **{
        f"pickle {protocol}": lambda error, protocol=protocol: pickle.loads(
            pickle.dumps(error, protocol)
        )
        for protocol in (0, 2, pickle.HIGHEST_PROTOCOL)
    },
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}
FACTS: dict[str, Any] = {
    "model": "openai/gpt-4o-mini",
    "status_code": 429,
    "retry_after": 1.5,
    "request_id": "req_1",
    "attempts": 3,
    "retryable": True,
    "partial": GenerateResponse("half", finish_reason=None, usage={"input_tokens": 3}),
}

copying = pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES)


def assert_same(copied: AbstractLLMError, error: AbstractLLMError) -> None:
    assert type(copied) is type(error)
    assert str(copied) == str(error)
    assert copied.args == error.args
    kept = {k: v for k, v in vars(error).items() if k != "original_exception"}
    assert {k: v for k, v in vars(copied).items() if k != "original_exception"} == kept


@copying
@pytest.mark.parametrize("error", FORMS.values(), ids=FORMS)
def test_every_form_of_a_constructor_survives_copying(
    copied: Callable[[Any], Any], error: AbstractLLMError
) -> None:
    assert_same(copied(error), error)


@copying
@pytest.mark.parametrize("kind", ALL)
def test_every_class_keeps_every_fact_when_copied(
    copied: Callable[[Any], Any], kind: type[AbstractLLMError]
) -> None:
    error = kind("m", **FACTS, details={"a": [1]}, provider="p", original_exception=KeyError("k"))
    error.add_note("seen in the second batch")
    twin = copied(error)
    assert_same(twin, error)
    assert {name: getattr(twin, name) for name in FACTS} == FACTS
    assert twin.partial.usage.input_tokens == 3
    assert str(twin.original_exception) == "KeyError: 'k'"
    assert twin.__notes__ == ["seen in the second batch"]


@pytest.mark.parametrize("kind", PLAIN)
def test_a_plain_class_takes_upstreams_four_arguments_in_order(
    kind: type[AbstractLLMError],
) -> None:
    cause = ValueError("cause")
    error = kind("broken", "openai", cause, {"a": 1})
    assert (str(error), error.message) == ("[openai] broken", "broken")
    assert (error.provider, error.original_exception, error.details) == ("openai", cause, {"a": 1})


@pytest.mark.parametrize("kind", ALL)
def test_every_class_is_built_from_a_message_by_keyword(kind: type[AbstractLLMError]) -> None:
    assert str(kind(message="broken", provider="p")) == "[p] broken"


@pytest.mark.parametrize("kind", ALL)
def test_an_unknown_fact_is_refused(kind: type[AbstractLLMError]) -> None:
    with pytest.raises(TypeError, match="statuscode"):
        kind("broken", statuscode=500)  # type: ignore[call-arg]


def test_a_provider_that_is_told_later_stands_before_the_message() -> None:
    error = RateLimitError("slow down")
    error.provider = "groq"
    assert str(error) == "[groq] slow down"


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (InvalidParameterError("top_p", 7), "Invalid value '7' for parameter 'top_p'"),
        (InvalidParameterError("top_p must be <= 1"), "top_p must be <= 1"),
        (
            ContextWindowExceededError(10, 20),
            "Content length (20) exceeds maximum context window (10)",
        ),
        (ContextWindowExceededError("too long"), "too long"),
        (ContextWindowExceededError(10), "Content exceeds the model's maximum context window (10)"),
        (ContextWindowExceededError(), "Content exceeds the model's maximum context window"),
        (ModelNotFoundError("m"), "Model 'm' not found"),
        (ModelNotFoundError("m", "gone", "/x"), "Model 'm' not found: gone (searched in: /x)"),
        (UnsupportedFeatureError("f"), "Feature 'f' is not supported by this provider/model"),
        (UnsupportedOperationError("o"), "Operation 'o' is not supported"),
        (UnsupportedOperationError("o", "why"), "Operation 'o' is not supported: why"),
    ],
)
def test_default_messages_are_upstreams(error: AbstractLLMError, message: str) -> None:
    assert str(error) == message


def test_subclasses_keep_their_own_arguments_as_attributes() -> None:
    parameter = InvalidParameterError("top_p", 7)
    window = ContextWindowExceededError(10, 20)
    model = ModelNotFoundError("m", "gone", "/x")
    file = FileProcessingError("bad", file_path="a.png", file_type="png")
    assert (parameter.parameter, parameter.value) == ("top_p", 7)
    assert (InvalidParameterError("only a message").parameter) is None
    assert (window.context_window, window.content_length) == (10, 20)
    assert (model.model_name, model.model, model.reason) == ("m", "m", "gone")
    assert model.details == {"search_path": "/x"}
    assert file.details == {"file_path": "a.png", "file_type": "png"}
    assert (file.file_path, file.file_type) == ("a.png", "png")
    assert UnsupportedFeatureError("vision").feature == "vision"


@pytest.mark.parametrize(
    "kind",
    [
        AuthenticationError,
        PermissionDeniedError,
        UnsupportedProviderError,
        UnsupportedFeatureError,
        InvalidRequestError,
        InvalidParameterError,
        ContextWindowExceededError,
        UnsupportedModelError,
        ModelNotFoundError,
        FileProcessingError,
        ImageProcessingError,
    ],
)
def test_where_upstream_raised_a_value_error_it_still_is_one(kind: type[Exception]) -> None:
    assert issubclass(kind, ValueError)


@pytest.mark.parametrize(
    ("kind", "base"),
    [
        (RateLimitError, QuotaExceededError),
        (PermissionDeniedError, AuthenticationError),
        (InvalidParameterError, InvalidRequestError),
        (ContextWindowExceededError, InvalidRequestError),
        (ProviderImportError, UnsupportedProviderError),
        (ProviderImportError, ImportError),
    ],
)
def test_a_finer_class_is_caught_by_the_coarser(kind: type, base: type) -> None:
    assert issubclass(kind, base)


@pytest.mark.parametrize("kind", ALL)
def test_only_passing_troubles_are_retryable_by_default(kind: type[AbstractLLMError]) -> None:
    passing = {RateLimitError, ProviderConnectionError, RequestTimeoutError, ProviderAPIError}
    assert kind("m").retryable is (kind in passing)
    assert kind("m", retryable=True).retryable is True
    assert kind("m", retryable=False).retryable is False


@pytest.mark.parametrize(
    ("status", "retryable"),
    [(status, True) for status in (None, 500, 502, 503, 529, 408, 409, 425, 429)]
    + [(status, False) for status in (501, 505, 400, 404, 418, 302)],
)
def test_a_vendors_failure_is_retryable_by_its_status(status: int | None, retryable: bool) -> None:
    assert ProviderAPIError("m", status_code=status).retryable is retryable


def test_the_callers_details_are_not_changed() -> None:
    details = {"a": 1}
    error = ModelNotFoundError("m", search_path="/x", details=details)
    error.details["b"] = 2
    assert details == {"a": 1}


def test_the_module_draws_every_class() -> None:
    drawn = exceptions.__doc__ or ""
    assert [kind.__name__ for kind in ALL if kind.__name__ not in drawn] == []
    assert sorted(exceptions.__all__) == sorted([*(kind.__name__ for kind in ALL), *NOT_RAISED])


@pytest.mark.parametrize(
    ("provider", "code", "kind"),
    [
        *(
            (provider, code, kind)
            for provider, rows in exceptions.PROVIDER_ERROR_MAPPING.items()
            for code, kind in rows.items()
        ),
        ("openai", "unheard_of", ProviderAPIError),
        ("nobody", "x", ProviderAPIError),
    ],
)
def test_every_mapped_code_gives_its_error(
    provider: str, code: str, kind: type[AbstractLLMError]
) -> None:
    cause = RuntimeError("cause")
    error = map_provider_error(provider, code, "broken", cause, {"a": 1})
    assert type(error) is kind
    assert str(error) == f"[{provider}] broken"
    assert (error.original_exception, error.details) == (cause, {"a": 1})


def test_a_foreign_exception_is_kept_until_the_error_is_copied() -> None:
    lock_holder = RuntimeError("holds a lock", threading.Lock())
    error = ProviderAPIError("m", original_exception=lock_holder)
    assert error.original_exception is lock_holder
    stand_in = copy.copy(error).original_exception
    assert isinstance(stand_in, ForeignError)
    assert stand_in.type_name == "RuntimeError"
    assert copy.copy(copy.copy(error)).original_exception is not None
    assert ForeignError.of(stand_in) is stand_in


def test_a_foreign_class_is_named_with_its_module() -> None:
    stand_in = ForeignError.of(pickle.PicklingError("cannot"))
    assert str(stand_in) == "_pickle.PicklingError: cannot"
    assert str(ForeignError("KeyError", "")) == "KeyError"
    assert str(pickle.loads(pickle.dumps(stand_in))) == str(stand_in)


def test_a_key_in_a_foreign_message_does_not_travel() -> None:
    key = "sk-proj-a1B2c3D4e5F6g7H8"
    error = ProviderAPIError("m", original_exception=ValueError(f"refused {key}"))
    assert key.encode() not in pickle.dumps(error)
    assert str(copy.copy(error).original_exception) == "ValueError: refused ***"


def test_an_error_of_ours_stays_whole_as_the_cause_of_another() -> None:
    inner = RateLimitError("slow", "p", retry_after=2.0)
    outer = pickle.loads(pickle.dumps(ProviderAPIError("m", original_exception=inner)))
    assert isinstance(outer.original_exception, RateLimitError)
    assert outer.original_exception.retry_after == 2.0


@copying
def test_what_cannot_be_pickled_travels_as_its_repr(copied: Callable[[Any], Any]) -> None:
    details = {"a": 1, "lock": threading.Lock(), "deep": {"call": lambda: None}}
    error = copied(InvalidParameterError("tools", threading.Lock(), details=details))
    assert error.details["a"] == 1
    assert "lock" in error.value
    assert "lock" in error.details["lock"]
    assert "lambda" in error.details["deep"]["call"]


def test_a_users_own_subclass_with_its_own_constructor_pickles() -> None:
    error = pickle.loads(pickle.dumps(OwnError(7)))
    assert (error.code, str(error), error.provider, error.retryable) == (7, "7", None, False)


class OwnError(AbstractLLMError):
    def __init__(self, code: int) -> None:
        Exception.__init__(self, code)
        self.code = code


@pytest.mark.parametrize("name", ["api_key", "aws_secret_access_key", "Authorization", "password"])
def test_the_value_of_a_secret_parameter_is_not_kept(name: str) -> None:
    error = InvalidParameterError(name, "hunter2")
    assert "hunter2" not in f"{error} {error!r} {vars(error)} {pickle.dumps(error)!r}"


def test_a_huge_value_does_not_fill_the_message() -> None:
    assert len(str(InvalidParameterError("image", "x" * 100_000))) < 300


@unhurried
@given(
    message=st.text(),
    provider=st.none() | st.text(),
    details=st.dictionaries(st.text(), st.integers() | st.text() | st.lists(st.none())),
    status=st.none() | st.integers(100, 599),
)
def test_any_fact_survives_copying(
    message: str, provider: str | None, details: dict[str, Any], status: int | None
) -> None:
    for kind in PLAIN:
        error = kind(message, provider, None, details, status_code=status)
        for copied in COPIES.values():
            assert_same(copied(error), error)
