"""Owns the check that `tiertop quotas` makes of the AWS CLI's own output what it makes of the account."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from programs import REGION, Workshop
from report import Suite

# The flag that takes a command's output, and the command.
DUMPS = {
    "--quotas": ("service-quotas", "list-service-quotas", "--service-code", "bedrock"),
    "--defaults": ("service-quotas", "list-aws-default-service-quotas", "--service-code", "bedrock"),
    "--models": ("bedrock", "list-foundation-models"),
    "--profiles": ("bedrock", "list-inference-profiles"),
}
LIMITS = ("name", "scope", "metric", "applied", "default", "in_force", "adjustable", "error")


class Quotas:
    """An account polled, and the same account in files."""

    def __init__(self, workshop: Workshop, suite: Suite, url: str) -> None:
        self.workshop = workshop
        self.suite = suite
        self.url = url

    def steps(self) -> list[Callable[[], None]]:
        """All steps."""
        return [self.files_are_the_account]

    def files_are_the_account(self) -> None:
        """What the AWS CLI prints, written to files as a shell would, gives the same limits and matches."""
        files = {flag: self._dump(flag, command) for flag, command in DUMPS.items()}
        # Profiles of an account's own are listed only when asked for by type: a second page behind the first.
        with files["--profiles"].open("a") as pages:
            pages.write(self._printed(*DUMPS["--profiles"], "--type-equals", "APPLICATION"))
        arguments = [argument for flag, file in files.items() for argument in (flag, str(file))]
        code, from_files, problem = self.workshop.tiertop("quotas", *arguments, AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
        self.suite.equal("quotas of files: read, and nothing to say", (code, problem, from_files.get("notes")), (0, "", []))
        code, polled, problem = self.workshop.tiertop("quotas", "--region", REGION, "--endpoint-url", self.url)
        self.suite.equal("quotas of the account: complete", (code, problem), (0, ""))
        self.suite.equal("quotas of files: Region and account", self._owner(from_files), self._owner(polled))
        for name, part in (("limits", self._limits), ("matches", self._matches)):
            self.suite.equal(f"quotas of files: {name} are the account's", part(from_files), part(polled))
        certain = [quota for quota in polled["quotas"] if quota["match"]["kind"] == "one" and quota["match"]["endpoints"]]
        self.suite.true("some quotas are matched for certain, with endpoints", len(certain) > 100, len(certain))

    def _dump(self, flag: str, command: tuple[str, ...]) -> Path:
        file = self.workshop.scratch / f"dump{flag}.json"
        file.write_text(self._printed(*command), encoding="utf-8")
        return file

    def _printed(self, *command: str) -> str:
        done = self.workshop.aws(self.url).run(*command)
        if done.returncode != 0:
            raise AssertionError(f"aws {' '.join(command)} ended with {done.returncode}: {done.stderr.strip()[:300]}")
        return done.stdout

    @staticmethod
    def _owner(document: dict[str, Any]) -> tuple[str, str]:
        return document["region"], document["account"]

    @staticmethod
    def _limits(document: dict[str, Any]) -> dict[str, list[Any]]:
        return {quota["code"]: [quota[name] for name in LIMITS] for quota in document["quotas"]}

    @staticmethod
    def _matches(document: dict[str, Any]) -> dict[str, Any]:
        return {quota["code"]: quota["match"] for quota in document["quotas"]}
