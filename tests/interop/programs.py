"""Owns the programs under test and beside it: starting and stopping servers, the AWS CLI, and the subcommands that print JSON."""

from __future__ import annotations

import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

REGION = "us-east-1"
START_SECONDS = 30.0
CALL_SECONDS = 60.0
_ERROR = re.compile(r"\((\w+)\) when calling the (\w+) operation(?: \(reached max retries: \d+\))?: (.*)", re.DOTALL)


class ServerDied(Exception):
    """A server ended, or did not begin, in time."""


class Workshop:
    """The scratch folder and the environment that every program gets: no credentials, settings or cache of the machine's user."""

    def __init__(self, binary: Path, scratch: Path) -> None:
        self.binary = binary
        self.scratch = scratch
        self.tools = Path(sys.executable).parent
        self._running: list[subprocess.Popen[str]] = []
        self._lock = threading.Lock()

    def environment(self, **extra: str) -> dict[str, str]:
        """A small environment with dummy credentials."""
        home = self.scratch / "home"
        home.mkdir(exist_ok=True)
        return {
            "PATH": f"{self.tools}:{os.environ.get('PATH', '')}",
            "HOME": str(home),
            "TMPDIR": str(self.scratch),
            "XDG_CACHE_HOME": str(home / "cache"),
            "XDG_CONFIG_HOME": str(home / "config"),
            "XDG_STATE_HOME": str(home / "state"),
            "AWS_CONFIG_FILE": str(home / "no-config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(home / "no-credentials"),
            "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "not-a-secret",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_MAX_ATTEMPTS": "1",
            "AWS_PAGER": "",
            # MiniStack takes a compressed PutMetricData for an empty one.
            "AWS_DISABLE_REQUEST_COMPRESSION": "true",
            "NO_PROXY": "127.0.0.1,localhost",
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
            **extra,
        }

    @contextmanager
    def sim(self, scenario: str = "healthy") -> Iterator[str]:
        """`tiertop sim` on a free port; gives its address, which it prints on its first line."""
        command = [str(self.binary), "sim", "--port", "0", "--scenario", scenario]
        with self._process(command, self.environment(), f"sim-{scenario}") as process:
            if process.stdout is None:
                raise ServerDied("`tiertop sim` has no output")
            ready, _, _ = select.select([process.stdout], [], [], START_SECONDS)
            line = process.stdout.readline() if ready else ""
            found = re.match(rf"tiertop sim: scenario {re.escape(scenario)} at (http://127\.0\.0\.1:\d+) ", line)
            if not found:
                raise ServerDied(f"`tiertop sim` did not name its address; it said {line!r}")
            yield found[1]

    @contextmanager
    def ministack(self) -> Iterator[str]:
        """MiniStack on a free port. Its settings come from the environment."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        settings = self.environment(BIND_HOST="127.0.0.1", GATEWAY_PORT=str(port), LOG_LEVEL="ERROR")
        url = f"http://127.0.0.1:{port}"
        with self._process([str(self.tools / "ministack")], settings, "ministack") as process:
            deadline = time.monotonic() + START_SECONDS
            while not _answers(f"{url}/_ministack/health"):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise ServerDied("MiniStack did not start")
                time.sleep(0.1)
            yield url

    @contextmanager
    def _process(self, command: list[str], environment: dict[str, str], name: str) -> Iterator[subprocess.Popen[str]]:
        with (self.scratch / f"{name}.log").open("a") as log:
            process = subprocess.Popen(command, env=environment, cwd=self.scratch, stdout=subprocess.PIPE, stderr=log, text=True)
        with self._lock:
            self._running.append(process)
        try:
            yield process
        finally:
            stop(process)

    def stop_all(self) -> None:
        """Stops whatever still runs; for the end of the program, however it comes."""
        with self._lock:
            for process in self._running:
                stop(process)

    def aws(self, url: str, **environment: str) -> Aws:
        """The AWS CLI, pointed at an address, with more in its environment."""
        return Aws(self, url, environment)

    def snapshot(self, *arguments: str) -> tuple[int, dict[str, Any], str]:
        """`tiertop snapshot` as `tiertop` gives it."""
        return self.tiertop("snapshot", "--region", REGION, *arguments)

    def tiertop(self, subcommand: str, *arguments: str, **extra: str) -> tuple[int, dict[str, Any], str]:
        """A subcommand's JSON: exit code, document (empty where none was printed), and what it said to stderr."""
        cache = tempfile.mkdtemp(prefix="cache-", dir=self.scratch)
        command = [str(self.binary), subcommand, "--format", "json", *arguments]
        environment = self.environment(XDG_CACHE_HOME=cache, **extra)
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=CALL_SECONDS, check=False)
        shutil.rmtree(cache, ignore_errors=True)
        return done.returncode, json.loads(done.stdout) if done.stdout.strip() else {}, done.stderr


class Aws:
    """The AWS CLI as pip installs it (version 1)."""

    def __init__(self, workshop: Workshop, url: str, environment: dict[str, str]) -> None:
        self._workshop = workshop
        self._url = url
        self._environment = workshop.environment(**environment)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs one command and gives its exit code and output."""
        command = [str(self._workshop.tools / "aws"), *arguments, "--endpoint-url", self._url, "--region", REGION, "--output", "json"]
        return subprocess.run(
            command, env=self._environment, cwd=self._workshop.scratch, capture_output=True, text=True, timeout=CALL_SECONDS, check=False
        )

    def get(self, *arguments: str) -> Any:
        """The parsed answer of a command that must work."""
        done = self.run(*arguments)
        if done.returncode != 0:
            raise AssertionError(f"aws {' '.join(arguments)[:200]} ended with {done.returncode}: {done.stderr.strip()[:300]}")
        return json.loads(done.stdout) if done.stdout.strip() else {}

    def with_input(self, service: str, operation: str, body: dict[str, Any], *arguments: str) -> Any:
        """Like `get`, with the members from a file: for requests too long for a command line."""
        with tempfile.NamedTemporaryFile("w", suffix=".json", dir=self._workshop.scratch) as file:
            json.dump(body, file)
            file.flush()
            return self.get(service, operation, "--cli-input-json", f"file://{file.name}", *arguments)

    def error(self, *arguments: str) -> tuple[str, str]:
        """Code and message of the service's error; ("none", output) where the command worked."""
        done = self.run(*arguments)
        if done.returncode == 0:
            return "none", done.stdout[:200]
        found = _ERROR.search(done.stderr)
        return (found[1], found[3].strip()) if found else ("unreadable", done.stderr.strip())


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1.0) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def stop(process: subprocess.Popen[str]) -> None:
    """Ends a process that we started: asks first, then insists."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=5)
    if process.stdout:
        process.stdout.close()
