"""Owns the AWS CLI's view of what `tiertop sim` says of access to models: availability, the use-case form, logging, lives of models, and refused calls."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from programs import Aws, Workshop
from report import Suite
from sim_cli import messages

AVAILABLE = ("AVAILABLE", "AUTHORIZED", "AVAILABLE", "AVAILABLE")
NOVA = "us.amazon.nova-2-lite-v1:0"

# Scenario, id, exception, and words of the message.
REFUSED = [
    ("no-access", "us.anthropic.claude-sonnet-4-6", "ResourceNotFoundException", "Model use case details have not been submitted for this account."),
    ("no-access", "us.meta.llama3-3-70b-instruct-v1:0", "AccessDeniedException", "aws-marketplace:ViewSubscriptions, aws-marketplace:Subscribe"),
    ("no-access", "us.deepseek.r1-v1:0", "AccessDeniedException", "INVALID_PAYMENT_INSTRUMENT"),
    ("no-access", "us.writer.palmyra-x5-v1:0", "AccessDeniedException", "is not authorized to perform: bedrock:InvokeModel on resource: arn:aws:bedrock:"),
    ("profile-only", "anthropic.claude-haiku-4-5-20251001-v1:0", "ValidationException", "with on-demand throughput isn’t supported"),
    ("profile-only", "eu.anthropic.claude-sonnet-4-6", "ValidationException", "The provided model identifier is invalid."),
    ("lifecycle", "meta.llama3-70b-instruct-v1:0", "ResourceNotFoundException", "This model version has reached the end of its life."),
    ("lifecycle", "us.anthropic.claude-sonnet-4-20250514-v1:0", "ResourceNotFoundException", "This Model is marked by provider as Legacy"),
    ("zero-model", "us.anthropic.claude-haiku-4-5-20251001-v1:0", "ThrottlingException", "Too many tokens, please wait before trying again."),
    ("daily", NOVA, "ThrottlingException", "Too many tokens per day, please wait before trying again."),
]


class Access:
    """The checks; each starts simulated accounts of its own."""

    def __init__(self, workshop: Workshop, suite: Suite) -> None:
        self.workshop = workshop
        self.suite = suite

    def steps(self) -> list[Callable[[], None]]:
        """All steps."""
        return [self.open_account, self.closed_account, self.lives, self.refusals]

    def open_account(self) -> None:
        """Everything is open, and invocations are logged."""
        with self.workshop.sim() as url:
            aws = self.workshop.aws(url)
            self.suite.equal("healthy: a model is available", _availability(aws, "amazon.nova-2-lite-v1:0"), AVAILABLE)
            code, _ = aws.error("bedrock", "get-foundation-model-availability", "--model-id", "no.such")
            self.suite.equal("healthy: availability of an unknown model", code, "ResourceNotFoundException")
            form = aws.get("bedrock", "get-use-case-for-model-access")["formData"]
            self.suite.true("healthy: the use-case form is a blob of JSON", "companyName" in json.loads(base64.b64decode(form)), form)
            logging = aws.get("bedrock", "get-model-invocation-logging-configuration")["loggingConfig"]
            self.suite.equal("healthy: the log group", logging["cloudWatchConfig"]["logGroupName"], "/aws/bedrock/invocations")
            self.suite.equal("healthy: text is delivered", logging["textDataDeliveryEnabled"], True)

    def closed_account(self) -> None:
        """Statuses as the scenario has them; a form that was not handed in is not found; no logging is an empty answer."""
        with self.workshop.sim("no-access") as url:
            aws = self.workshop.aws(url)
            statuses = {
                "meta.llama3-3-70b-instruct-v1:0": ("NOT_AVAILABLE", "AUTHORIZED", "AVAILABLE", "AVAILABLE"),
                "deepseek.r1-v1:0": ("ERROR", "AUTHORIZED", "AVAILABLE", "AVAILABLE"),
                "writer.palmyra-x5-v1:0": ("AVAILABLE", "NOT_AUTHORIZED", "AVAILABLE", "AVAILABLE"),
                "amazon.nova-2-lite-v1:0": AVAILABLE,
            }
            self.suite.equal("no-access: four statuses", {model: _availability(aws, model) for model in statuses}, statuses)
            code, _ = aws.error("bedrock", "get-use-case-for-model-access")
            self.suite.equal("no-access: the use-case form is not found", code, "ResourceNotFoundException")
            logging = aws.get("bedrock", "get-model-invocation-logging-configuration")
            self.suite.equal("no-access: invocations are not logged", logging.get("loggingConfig"), None)

    def lives(self) -> None:
        """Dates of models' lives are read as dates, the right number of days from now."""
        with self.workshop.sim("lifecycle") as url:
            began = time.time()
            listed = self.workshop.aws(url).get("bedrock", "list-foundation-models")["modelSummaries"]
            lives = {model["modelId"]: model["modelLifecycle"] for model in listed}
            expected: dict[str, dict[str, Any]] = {
                "anthropic.claude-sonnet-4-5-20250929-v1:0": {"legacyTime": -160, "endOfLifeTime": 21},
                "anthropic.claude-opus-4-1-20250805-v1:0": {"legacyTime": -200, "publicExtendedAccessTime": -30, "endOfLifeTime": 60},
                "amazon.nova-2-lite-v1:0": {},
            }
            got = {model: {name: _days(at, began) for name, at in lives[model].items() if name != "status"} for model in expected}
            self.suite.equal("lifecycle: dates in days from now", got, expected)
            statuses = {model: lives[model]["status"] for model in expected}
            self.suite.equal("lifecycle: statuses", set(statuses.values()), {"LEGACY", "ACTIVE"})

    def refusals(self) -> None:
        """Converse and InvokeModel refuse in the same words."""
        for name in sorted({name for name, *_ in REFUSED}):
            problems = []
            with self.workshop.sim(name) as url:
                aws = self.workshop.aws(url)
                for _, model, exception, words in (row for row in REFUSED if row[0] == name):
                    body = json.dumps({"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 9})
                    for command in (
                        ["converse", "--model-id", model, "--messages", messages("Hello")],
                        ["invoke-model", "--model-id", model, "--body", body, "/dev/null"],
                    ):
                        code, message = aws.error("bedrock-runtime", *command)
                        if code != exception or words not in message:
                            problems.append((model, command[0], code, message))
                if name in ("no-access", "profile-only"):
                    answer = aws.get("bedrock-runtime", "converse", "--model-id", NOVA, "--messages", messages("Hello"))
                    self.suite.true(f"{name}: another model answers", answer["usage"]["outputTokens"] > 0, answer)
            self.suite.none(f"{name}: refused calls say why", problems)


def _availability(aws: Aws, model: str) -> tuple[str, str, str, str]:
    found = aws.get("bedrock", "get-foundation-model-availability", "--model-id", model)
    return (found["agreementAvailability"]["status"], found["authorizationStatus"], found["entitlementAvailability"], found["regionAvailability"])


def _days(at: str, now: float) -> int:
    return round((datetime.fromisoformat(at).timestamp() - now) / 86_400)
