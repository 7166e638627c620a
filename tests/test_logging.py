"""The log goes where it was last told to, tells no secret, and leaves other loggers alone."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from abstractllm_lite.utils import logging as ours
from abstractllm_lite.utils.logging import (
    LOG_FILE,
    RedactionFilter,
    configure_logging,
    setup_logging,
    truncate_base64,
)
from tests.fresh_process import run_fresh

NAMES = ("abstractllm", "abstractllm_lite")
KEY = "sk-proj-a1B2c3D4e5F6g7H8"


@pytest.fixture(autouse=True)
def _as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("ABSTRACTLLM_LOG_DIR", raising=False)
    names = [*NAMES, *(f"{name}.providers" for name in NAMES)]
    levels = {name: logging.getLogger(name).level for name in names}
    yield
    ours._remove_own_handlers()
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def own_handlers(name: str) -> list[logging.Handler]:
    found = logging.getLogger(name).handlers
    return [handler for handler in found if not isinstance(handler, logging.NullHandler)]


@pytest.mark.parametrize("name", [*NAMES, "abstractllm_lite.tools.conversion"])
def test_a_directory_gets_the_log_of_both_names(name: str, tmp_path: Path) -> None:
    configure_logging(log_dir=tmp_path / "new" / "logs")
    logging.getLogger(name).info("hello %s", "there")
    text = (tmp_path / "new" / "logs" / LOG_FILE).read_text("utf-8")
    assert f"{name} - INFO - hello there" in text


def test_without_a_directory_the_log_goes_to_the_console(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging()
    logging.getLogger("abstractllm_lite").info("hello")
    assert capsys.readouterr().err.count("hello") == 1


@pytest.mark.parametrize(
    ("directory", "console", "kinds"),
    [
        (False, None, [logging.StreamHandler]),
        (True, None, [logging.FileHandler]),
        (True, True, [logging.FileHandler, logging.StreamHandler]),
        (False, False, []),
    ],
)
def test_where_the_log_goes(
    directory: bool, console: bool | None, kinds: list[type], tmp_path: Path
) -> None:
    configure_logging(log_dir=tmp_path if directory else None, console_output=console)
    for name in NAMES:
        assert [type(handler) for handler in own_handlers(name)] == kinds


def test_a_second_call_replaces_the_first(tmp_path: Path) -> None:
    configure_logging(log_dir=tmp_path)
    first = own_handlers("abstractllm_lite")
    configure_logging(console_output=True)
    configure_logging(console_output=True)
    second = own_handlers("abstractllm_lite")
    assert [type(handler) for handler in second] == [logging.StreamHandler]
    assert first[0] not in second


def test_the_environment_names_a_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ABSTRACTLLM_LOG_DIR", str(tmp_path))
    configure_logging()
    assert [type(handler) for handler in own_handlers("abstractllm")] == [logging.FileHandler]


def test_levels_are_set_for_all_and_for_providers() -> None:
    setup_logging("WARNING", provider_level=logging.DEBUG, console_output=False)
    for name in NAMES:
        assert logging.getLogger(name).level == logging.WARNING
        assert logging.getLogger(f"{name}.providers.x").getEffectiveLevel() == logging.DEBUG
    setup_logging("ERROR", console_output=False)
    assert logging.getLogger("abstractllm_lite.providers").level == logging.ERROR


def test_other_loggers_and_a_users_own_handler_are_left_alone() -> None:
    root = logging.getLogger()
    before = (root.level, list(root.handlers))
    mine = logging.NullHandler()
    logging.getLogger("abstractllm").addHandler(mine)
    try:
        configure_logging()
        configure_logging(console_output=False)
        assert mine in logging.getLogger("abstractllm").handlers
        assert (root.level, list(root.handlers)) == before
    finally:
        logging.getLogger("abstractllm").removeHandler(mine)


def test_no_key_reaches_the_log_by_message_arguments_or_traceback(tmp_path: Path) -> None:
    configure_logging(log_dir=tmp_path)
    logger = logging.getLogger("abstractllm_lite.anything")
    logger.warning("key %s was refused", KEY)
    try:
        raise ValueError(f"bad key {KEY}")
    except ValueError:
        logger.exception("refused")
    text = (tmp_path / LOG_FILE).read_text("utf-8")
    assert KEY not in text
    assert text.count("***") == 2
    assert "Traceback" in text


def test_the_filter_leaves_clean_and_broken_records_as_they_are() -> None:
    clean = logging.LogRecord("n", logging.INFO, "p", 1, "hello %s", ("you",), None)
    broken = logging.LogRecord("n", logging.INFO, "p", 1, "hello %d", ("you",), None)
    assert RedactionFilter().filter(clean)
    assert RedactionFilter().filter(broken)
    assert (clean.msg, clean.args) == ("hello %s", ("you",))
    assert (broken.msg, broken.args) == ("hello %d", ("you",))


def test_nothing_is_printed_by_a_warning_before_logging_is_configured() -> None:
    out = run_fresh(
        """
        import logging
        import abstractllm_lite
        logging.getLogger("abstractllm_lite.tools").warning("unseen")
        assert logging.getLogger().handlers == []
        """
    )
    assert out == ""


def test_long_base64_is_replaced_by_its_length() -> None:
    data = "QUJD" * 50
    message = {"image": [data, f"data:image/png;base64,{data}"], "text": "word " * 50, "n": 3}
    assert truncate_base64(message) == {
        "image": [
            "[base64 data, length: 200 chars]",
            "data:image/png;base64,[base64 data, length: 200 chars]",
        ],
        "text": "word " * 50,
        "n": 3,
    }
    assert truncate_base64(data, max_length=200) == data
    assert message["image"][0] == data
