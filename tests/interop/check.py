"""Runs the independent checks: `check.py --binary PATH --scratch FOLDER [--only SUITE]`. Exit code 1 where a check failed."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import ministack
import prompts
import quotas
import sim_access
import sim_boto3
import sim_cli
import sim_openai
import sim_scenarios
from programs import Workshop
from report import Report


def healthy(workshop: Workshop, report: Report) -> None:
    """The AWS CLI against the usual account, and against one without traffic for what becomes of calls."""
    suite = report.suite("sim")
    with workshop.sim() as url, workshop.sim("empty") as quiet_url:
        suite.run(quotas.Quotas(workshop, suite, url).steps())
        suite.run(sim_cli.Healthy(workshop, suite, url, quiet_url).steps())


def scenarios(workshop: Workshop, report: Report) -> None:
    """The AWS CLI against the other accounts."""
    suite = report.suite("sim")
    suite.run(sim_scenarios.Scenarios(workshop, suite).steps())
    suite.run(sim_access.Access(workshop, suite).steps())


def streams(workshop: Workshop, report: Report) -> None:
    """boto3."""
    suite = report.suite("boto3")
    suite.run(sim_boto3.Streams(workshop, suite).steps())


def calls(workshop: Workshop, report: Report) -> None:
    """OpenAI's client, and test calls on the accounts made for them."""
    suite = report.suite("calls")
    suite.run(sim_openai.Calls(workshop, suite).steps())


def prompt(workshop: Workshop, report: Report) -> None:
    """`tiertop prompt` against MiniStack and against `tiertop sim`."""
    suite = report.suite("prompt")
    suite.run(prompts.Prompts(workshop, suite).steps())


def server(workshop: Workshop, report: Report) -> None:
    """tiertop against MiniStack."""
    suite = report.suite("ministack")
    with workshop.ministack() as url:
        suite.run(ministack.Numbers(workshop, suite, url).steps())


SUITES: dict[str, Callable[[Workshop, Report], None]] = {
    "healthy": healthy,
    "scenarios": scenarios,
    "ministack": server,
    "boto3": streams,
    "calls": calls,
    "prompt": prompt,
}


def guarded(name: str, workshop: Workshop, report: Report) -> None:
    """A suite that cannot even begin is a failed check."""
    try:
        SUITES[name](workshop, report)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is this suite's failure
        report.line(f"{name}: starts", f"{type(error).__name__}: {error}")


def _ended(workshop: Workshop, number: int) -> None:
    """Told to end: the servers go first, the threads with the process."""
    workshop.stop_all()
    os._exit(128 + number)


def main() -> int:
    """Runs the suites, two at a time; the first one ends with waiting for CloudWatch."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", type=Path, required=True)
    parser.add_argument("--scratch", type=Path, required=True)
    parser.add_argument("--only", choices=SUITES, action="append")
    options = parser.parse_args()
    workshop, report, began = Workshop(options.binary.resolve(), options.scratch.resolve()), Report(), time.monotonic()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: _ended(workshop, number))
    try:
        with ThreadPoolExecutor(max_workers=2) as pool:
            list(pool.map(lambda name: guarded(name, workshop, report), options.only or SUITES))
    finally:
        workshop.stop_all()
    print(f"{report.passed} passed, {report.failed} failed ({time.monotonic() - began:.0f} s)", flush=True)
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
