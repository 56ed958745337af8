"""Owns `tiertop prompt` against servers that answer test calls: MiniStack, which is not ours, and `tiertop sim` on every tier over both APIs.

What MiniStack 1.4.21 answers to Converse and ConverseStream, each with a check that says so:
* a fixed text that names the model and a digest of the prompt; the same prompt gets the same text, maxTokens cuts nothing;
* usage without cache tokens, a latency of 1 ms, stopReason end_turn; no tier, whatever tier was asked for; any model id is answered.
The OpenAI-compatible route does not exist there: the POST falls through to its S3, which answers 405 with XML.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from typing import Any

from programs import CALL_SECONDS, REGION, Workshop
from report import Suite
from sim_boto3 import client, conversation

NOVA = "us.amazon.nova-2-lite-v1:0"
OSS = "openai.gpt-oss-20b-1:0"
PLAIN = "qwen.qwen3-32b-v1:0"
TEXT = "What limits a burst of calls?"
TIERS = ("default", "priority", "flex")


class Prompts:
    """The checks."""

    def __init__(self, workshop: Workshop, suite: Suite) -> None:
        self.workshop = workshop
        self.suite = suite

    def steps(self) -> list[Callable[[], None]]:
        """All steps; those of `tiertop prompt` only where this program has it."""
        if not self._has_prompt():
            self.suite.skipped("tiertop prompt", "this program does not have it")
            return [self.ministack]
        return [self.ministack, self.against_ministack, self.every_tier, self.reasoning, self.refused, self.cut]

    def _has_prompt(self) -> bool:
        asked = subprocess.run(
            [str(self.workshop.binary), "prompt", "--help"], env=self.workshop.environment(), capture_output=True, timeout=CALL_SECONDS, check=False
        )
        return asked.returncode == 0

    def ministack(self) -> None:
        """What MiniStack answers, as boto3 sees it; where it changes, these checks say so and the ones below have to be looked at again."""
        with self.workshop.ministack() as url:
            runtime = client("bedrock-runtime", url)
            whole = runtime.converse(modelId=NOVA, messages=conversation(TEXT), serviceTier={"type": "flex"}, inferenceConfig={"maxTokens": 3})
            text = whole["output"]["message"]["content"][0]["text"]
            self.suite.true("quirk: MiniStack's text names the model, and maxTokens does not cut it", NOVA in text and len(text) > 30, text)
            self.suite.equal("quirk: MiniStack names no tier", whole.get("serviceTier"), None)
            self.suite.equal("quirk: MiniStack's tokens", sorted(whole["usage"]), ["inputTokens", "outputTokens", "totalTokens"])
            events = list(runtime.converse_stream(modelId=NOVA, messages=conversation(TEXT), serviceTier={"type": "flex"})["stream"])
            pieces = [event["contentBlockDelta"]["delta"]["text"] for event in events if "contentBlockDelta" in event]
            self.suite.equal("MiniStack streams the same text in pieces", ("".join(pieces), len(pieces) > 3), (text, True))
            self.suite.equal("quirk: nor does the stream name a tier", events[-1]["metadata"].get("serviceTier"), None)

    def prompt(self, url: str, model: str, *arguments: str) -> tuple[int, dict[str, Any], str]:
        """`tiertop prompt`: exit code, its document, and what it said to stderr."""
        return self.workshop.tiertop("prompt", "--region", REGION, "--endpoint-url", url, "--model", model, *arguments, TEXT)

    def against_ministack(self) -> None:
        """Whole and streamed; no tier is reported, so that the price is assumed."""
        with self.workshop.ministack() as url:
            told = client("bedrock-runtime", url).converse(modelId=NOVA, messages=conversation(TEXT))
            text, usage = told["output"]["message"]["content"][0]["text"], told["usage"]
            for way in ("--stream", "--no-stream"):
                code, document, said = self.prompt(url, NOVA, "--tier", "flex", way)
                self.suite.equal(f"prompt {way} on MiniStack: it worked", (code, document.get("error")), (0, None))
                self.suite.equal(f"prompt {way} on MiniStack: the text that boto3 gets", document.get("text"), text)
                self.suite.equal(f"prompt {way} on MiniStack: asked flex, served not reported", document.get("tier"), {"asked": "flex", "served": None})
                counted = {"input_tokens": usage["inputTokens"], "output_tokens": usage["outputTokens"]}
                self.suite.equal(f"prompt {way} on MiniStack: tokens", {name: document["usage"][name] for name in counted}, counted)
                self.suite.equal(f"prompt {way} on MiniStack: its latency and its end", (document["timing_ms"]["server"], document["stop_reason"]), (1, "end_turn"))
                self.suite.true(f"prompt {way} on MiniStack: the tier is assumed for the price", document["cost_usd"]["assumed"], document["cost_usd"])
            code, document, said = self.prompt(url, OSS, "--api", "openai")
            self.suite.true("prompt --api openai on MiniStack: an error that says 405 or its words", code == 1 and bool(document.get("error")), (code, document, said))

    def every_tier(self) -> None:
        """Over both APIs, whole and streamed, on each tier; and the same tokens for the same words."""
        with self.workshop.sim() as url:
            for api in ("converse", "openai"):
                for tier in TIERS:
                    for way in ("--stream", "--no-stream"):
                        code, document, said = self.prompt(url, PLAIN, "--api", api, "--tier", tier, way)
                        name = f"prompt {way} --api {api} --tier {tier}"
                        self.suite.equal(f"{name}: it worked", (code, document.get("error")), (0, None))
                        self.suite.equal(f"{name}: asked and served", document.get("tier"), {"asked": tier, "served": tier})
                        words = len(document.get("text", "").split())
                        self.suite.equal(f"{name}: a token a word", document["usage"]["output_tokens"], words)
                        self.suite.true(f"{name}: a total, a request id, an end", _is_whole(document), document)
                code, document, _ = self.prompt(url, PLAIN, "--api", api)
                self.suite.equal(f"prompt --api {api}: no tier asked", (code, document["tier"]["asked"]), (0, None))
                self.suite.true(f"prompt --api {api}: `auto` is not a tier that served", document["tier"]["served"] != "auto", document["tier"])

    def reasoning(self) -> None:
        """Reasoning is not part of the text, in whichever form it comes; and it may leave none."""
        with self.workshop.sim() as url:
            for api in ("converse", "openai"):
                for way in ("--stream", "--no-stream"):
                    for model in (OSS, "zai.glm-5", "us.openai.gpt-6-sol"):
                        code, document, said = self.prompt(url, model, "--api", api, way)
                        self.suite.true(
                            f"prompt {way} --api {api} {model}: the text begins where reasoning ends",
                            code == 0 and document["text"].startswith("You asked about") and "reasoning>" not in document["text"],
                            (code, document.get("text"), said),
                        )
                    code, document, _ = self.prompt(url, OSS, "--api", api, way, "--max-tokens", "5")
                    got = (code, document.get("text"), document["usage"]["output_tokens"])
                    self.suite.equal(f"prompt {way} --api {api}: reasoning used up --max-tokens", got, (0, "", 5))

    def refused(self) -> None:
        """What the service refuses is one error, with its own words."""
        cases = (
            ("unsupported-tier", OSS, "flex", "service tier is not supported"),
            ("zero-quota", OSS, "default", "Too many tokens"),
            ("denied", OSS, "default", "not authorized"),
        )
        for scenario, model, tier, words in cases:
            with self.workshop.sim(scenario) as url:
                for api in ("converse", "openai"):
                    code, document, said = self.prompt(url, model, "--api", api, "--tier", tier)
                    self.suite.equal(f"prompt --api {api}, {scenario}: exit code and tier served", (code, document["tier"]["served"]), (1, None))
                    self.suite.true(f"prompt --api {api}, {scenario}: AWS's words", words in json.dumps(document["error"]) + said, (document, said))

    def cut(self) -> None:
        """A stream that breaks off keeps what came, and says so."""
        with self.workshop.sim("cut-stream") as url:
            for api in ("converse", "openai"):
                code, document, said = self.prompt(url, PLAIN, "--api", api)
                got = (code, bool(document.get("text")), bool(document.get("error")))
                self.suite.equal(f"prompt --api {api}, cut-stream: part of the text, and an error", got, (1, True, True))
                code, document, _ = self.prompt(url, PLAIN, "--api", api, "--no-stream")
                self.suite.equal(f"prompt --api {api}, cut-stream: a whole answer arrives", (code, document.get("error")), (0, None))


def _is_whole(document: dict[str, Any]) -> bool:
    return bool(document["timing_ms"]["total"] is not None and document["request_id"] and document["stop_reason"])
