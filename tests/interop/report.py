"""Owns what a check is: one printed line, counted. Knows nothing of AWS or tiertop."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Iterable
from typing import Any

MOST_SHOWN = 600


class Report:
    """Prints one line per check and counts them; suites in several threads may share one."""

    def __init__(self) -> None:
        self.passed = 0
        self.failed = 0
        self._lock = threading.Lock()

    def suite(self, name: str) -> Suite:
        """A view of this report whose lines begin with the suite's name."""
        return Suite(self, name)

    def note(self, text: str) -> None:
        """Prints a line that is no check."""
        with self._lock:
            print(text, flush=True)

    def line(self, name: str, problem: str | None) -> None:
        """Counts and prints one check; `problem` says what is wrong with it."""
        with self._lock:
            if problem is None:
                self.passed += 1
                print(f"ok   {name}", flush=True)
            else:
                self.failed += 1
                print(f"FAIL {name}\n     {problem}", flush=True)


class Suite:
    """Checks of one suite."""

    def __init__(self, report: Report, name: str) -> None:
        self._report = report
        self._name = name

    def equal(self, what: str, got: Any, expected: Any) -> None:
        """Got is what was expected; of lists, sets and maps only the differences are printed."""
        problem = None if got == expected else f"{_difference(got, expected)}"
        self._report.line(f"{self._name}: {what}", problem)

    def true(self, what: str, condition: bool, detail: Any = "") -> None:
        """The condition holds; `detail` is printed where it does not."""
        self._report.line(f"{self._name}: {what}", None if condition else f"expected it to hold; got {_short(detail)}")

    def none(self, what: str, problems: Iterable[Any]) -> None:
        """There are no problems."""
        found = list(problems)
        self._report.line(f"{self._name}: {what}", None if not found else f"{len(found)} problems: {_short(found[:8])}")

    def skipped(self, what: str, why: str) -> None:
        """Says that checks were not made; they count neither way."""
        self._report.note(f"skip {self._name}: {what}: {why}")

    def run(self, steps: Iterable[Callable[[], None]]) -> None:
        """Runs the steps; one that breaks is a failed check, and the next ones still run."""
        for step in steps:
            try:
                step()
            except Exception as error:  # noqa: BLE001 - whatever it is, it is this check's failure
                where = traceback.extract_tb(error.__traceback__)[-1]
                name = getattr(step, "__name__", "step")
                text = f"{type(error).__name__}: {error} ({where.filename.rsplit('/', 1)[-1]}:{where.lineno})"
                self._report.line(f"{self._name}: {name} runs to its end", _short(text))


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}… ({len(text)} characters)"


def _difference(got: Any, expected: Any) -> str:
    if isinstance(got, dict) and isinstance(expected, dict):
        keys = [key for key in {**expected, **got} if got.get(key, "absent") != expected.get(key, "absent")]
        parts = [f"{key!r}: expected {expected.get(key, 'absent')!r}, got {got.get(key, 'absent')!r}" for key in keys]
        return _short(f"{len(keys)} keys differ: {'; '.join(parts[:6])}")
    if isinstance(got, set) and isinstance(expected, set):
        return _short(f"missing {sorted(map(str, expected - got))[:6]}, too many {sorted(map(str, got - expected))[:6]}")
    return f"expected {_short(expected)}, got {_short(got)}"
