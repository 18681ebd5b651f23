"""Progress says what is done, how far it is and how long it takes, from the first second, and leaves nothing behind."""

from __future__ import annotations

import io
import re
import sys
import threading
import time

import pytest

import bayes_roi as br
from bayes_roi.inference import progress as module
from bayes_roi.inference.progress import progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def wait_for(text: str, said: io.StringIO) -> str:
    """Return what was said once a text is in it; the test's time limit ends a wait in vain."""
    for _ in range(1_000):
        if text in said.getvalue():
            return said.getvalue()
        time.sleep(0.005)
    raise AssertionError(said.getvalue())


def test_lines_tell_the_step_its_share_and_the_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    said = io.StringIO()
    monkeypatch.setattr(sys, "stderr", said)
    monkeypatch.setattr(module, "EVERY", 0.01)
    with progress(None) as told:
        wait_for("fitting: 0 s elapsed\n", said)
        told("revenue by hmc", 0.25)
        wait_for("fitting revenue by hmc: 25 %, 0 s elapsed, about 0 s left\n", said)
        told("all", float("nan"))
        wait_for("fitting all: 0 s elapsed\n", said)
    ended = said.getvalue()
    time.sleep(0.05)
    assert said.getvalue() == ended


def test_the_time_left_is_that_of_the_pace_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "monotonic", lambda: 130.0)
    state = module._State("fitting", "y by nuts", 0.25, since=100.0)
    assert state.line() == "fitting y by nuts: 25 %, 30 s elapsed, about 90 s left"


def test_quick_work_says_nothing_and_false_silences_all(monkeypatch: pytest.MonkeyPatch) -> None:
    said = io.StringIO()
    monkeypatch.setattr(sys, "stderr", said)
    with progress(None) as told:
        told("revenue by exact", 0.5)
    assert said.getvalue() == ""
    monkeypatch.setattr(module, "EVERY", 0.001)
    with progress(False) as told:
        told("revenue by exact", 0.5)
        time.sleep(0.02)
    assert said.getvalue() == ""


def test_a_terminal_has_a_bar_with_block_and_engine_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    said = Terminal()
    monkeypatch.setattr(sys, "stderr", said)
    monkeypatch.setenv("TERM", "xterm")
    model = br.read_model(br.shipped("models/acquisition.yaml"))
    br.fit(model, br.read_data(br.shipped("data/acquisition.csv"), model), draws=20, chains=2)
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", said.getvalue())
    assert "fitting revenue by exact" in shown
    assert re.search(r"\d:\d\d:\d\d", shown)


def failing() -> None:
    with progress(None) as told:
        told("revenue by hmc", 0.0)
        raise ZeroDivisionError


def test_an_error_ends_the_lines() -> None:
    before = threading.active_count()
    with pytest.raises(ZeroDivisionError):
        failing()
    assert threading.active_count() == before
