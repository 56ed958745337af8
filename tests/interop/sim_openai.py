"""Owns OpenAI's Python client on `tiertop sim`'s OpenAI-compatible route, and Converse as the AWS CLI and boto3 see it on the accounts made for test calls."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import openai
from botocore.exceptions import ClientError, EventStreamError
from openai import OpenAI

from programs import Workshop
from report import Suite
from sim_boto3 import client, conversation
from sim_cli import messages

OSS = "openai.gpt-oss-20b-1:0"
PLAIN = "qwen.qwen3-32b-v1:0"
OPEN = "zai.glm-5"
HIDDEN = "us.openai.gpt-6-sol"
CLAUDE = "us.anthropic.claude-sonnet-5"
NOVA = "us.amazon.nova-2-lite-v1:0"
HAIKU = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
TIERS = ("default", "priority", "flex")
ASKED: list[Any] = [{"role": "developer", "content": "Be brief."}, {"role": "user", "content": "Tell me of quotas"}]
UNSUPPORTED = "The provided service tier is not supported for this model"


def chat(url: str, key: str = "bedrock-api-key-that-is-none") -> OpenAI:
    """OpenAI's client, as its users point it to Bedrock; it retries nothing, so that each error is seen."""
    return OpenAI(base_url=f"{url}/openai/v1", api_key=key, max_retries=0, timeout=60)


class Calls:
    """The checks; most start a simulated account of their own."""

    def __init__(self, workshop: Workshop, suite: Suite) -> None:
        self.workshop = workshop
        self.suite = suite

    def steps(self) -> list[Callable[[], None]]:
        """All steps."""
        return [self.completions, self.refusals, self.troubles, self.pace, self.tiers, self.reasoning, self.breaks]

    def completions(self) -> None:
        """Whole and streamed on each tier."""
        with self.workshop.sim() as url:
            api = chat(url)
            for tier in (None, *TIERS):
                more: dict[str, Any] = {"service_tier": tier} if tier else {}
                served = tier or "auto"
                self._whole(api, served, more)
                self._streamed(api, served, more)
            self._forms(api)

    def _whole(self, api: OpenAI, served: str, more: dict[str, Any]) -> None:
        got = api.chat.completions.create(model=PLAIN, messages=ASKED, **more)
        choice, usage = got.choices[0], got.usage
        self.suite.equal(f"chat, {served}: the tier served", got.service_tier, served)
        self.suite.equal(f"chat, {served}: who answers and why it ended", (choice.message.role, choice.finish_reason), ("assistant", "stop"))
        words = len((choice.message.content or "").split())
        counted = usage and (usage.completion_tokens, usage.total_tokens - usage.prompt_tokens)
        self.suite.equal(f"chat, {served}: usage adds up, a token a word", counted, (words, words))

    def _streamed(self, api: OpenAI, served: str, more: dict[str, Any]) -> None:
        options: Any = {"include_usage": True}
        chunks = list(api.chat.completions.create(model=PLAIN, messages=ASKED, stream=True, stream_options=options, **more))
        self.suite.equal(f"chat stream, {served}: every chunk names the tier", {chunk.service_tier for chunk in chunks}, {served})
        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
        self.suite.true(f"chat stream, {served}: several pieces join to a text", len(chunks) > 5 and "Tell me of quotas" in text, text)
        ends = [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices and chunk.choices[0].finish_reason]
        last = chunks[-1]
        self.suite.equal(f"chat stream, {served}: it ends once", ends, ["stop"])
        self.suite.equal(
            f"chat stream, {served}: the last chunk has the usage, a token a word",
            (last.choices, last.usage and last.usage.completion_tokens),
            ([], len(text.split())),
        )

    def _forms(self, api: OpenAI) -> None:
        """Reasoning, lengths, stop sequences."""
        tagged = api.chat.completions.create(model=OSS, messages=ASKED).choices[0].message.content or ""
        self.suite.true("chat: gpt-oss reasons in tags", tagged.startswith("<reasoning>") and "</reasoning>You asked" in tagged, tagged)
        stream = api.chat.completions.create(model=OSS, messages=ASKED, stream=True)
        pieces = [chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices]
        tags = [piece for piece in pieces if piece.startswith("<reasoning>")]
        self.suite.true("chat stream: each piece of reasoning has its tags", len(tags) > 1 and all(p.endswith("</reasoning>") for p in tags), pieces)
        opened = api.chat.completions.create(model=OPEN, messages=ASKED)
        thought = (opened.choices[0].message.model_extra or {}).get("reasoning_content", "")
        details = opened.usage and opened.usage.completion_tokens_details
        self.suite.equal("chat: open reasoning is counted", details and details.reasoning_tokens, len(thought.split()))
        hidden = api.chat.completions.create(model=HIDDEN, messages=ASKED, reasoning_effort="high")
        details = hidden.usage and hidden.usage.completion_tokens_details
        self.suite.true("chat: withheld reasoning is counted", bool(details and details.reasoning_tokens), hidden.usage)
        short = api.chat.completions.create(model=OSS, messages=ASKED, max_completion_tokens=4)
        only = short.choices[0]
        self.suite.equal("chat: reasoning may use up max_completion_tokens", (only.finish_reason, (only.message.content or "")[-1]), ("length", ">"))
        stopped = api.chat.completions.create(model=PLAIN, messages=ASKED, stop="quotas", temperature=0.2, top_p=0.9)
        self.suite.true("chat: a stop sequence ends the text", "quotas" not in (stopped.choices[0].message.content or "quotas"))

    def refusals(self) -> None:
        """What is refused, as the client's exceptions."""
        gone = "The model doesn't exist or doesn't support this API."
        with self.workshop.sim() as url:
            api = chat(url)
            tier: Any = "standard"
            reserved: Any = "reserved"
            cases: list[tuple[str, type[openai.APIStatusError], str, Callable[[], Any]]] = [
                ("an unknown model", openai.NotFoundError, gone, lambda: api.chat.completions.create(model="openai.gpt-none", messages=ASKED)),
                ("a model of other APIs", openai.NotFoundError, gone, lambda: api.chat.completions.create(model=CLAUDE, messages=ASKED)),
                (
                    "a tier that the model lacks",
                    openai.BadRequestError,
                    UNSUPPORTED,
                    lambda: api.chat.completions.create(model=HIDDEN, messages=ASKED, service_tier="flex"),
                ),
                (
                    "a tier that is none",
                    openai.BadRequestError,
                    "service tier provided is invalid",
                    lambda: api.chat.completions.create(model=OSS, messages=ASKED, service_tier=tier),
                ),
                (
                    "no reservation",
                    openai.BadRequestError,
                    "Reservation not found.",
                    lambda: api.chat.completions.create(model=OSS, messages=ASKED, service_tier=reserved, stream=True),
                ),
                ("a temperature", openai.BadRequestError, "temperature", lambda: api.chat.completions.create(model=OSS, messages=ASKED, temperature=3)),
                ("a list of models", openai.NotFoundError, "", lambda: api.models.list()),
                (
                    "no key",
                    openai.PermissionDeniedError,
                    "Missing Authentication Token",
                    lambda: api.chat.completions.create(model=OSS, messages=ASKED, extra_headers={"Authorization": openai.Omit()}),
                ),
            ]
            for what, kind, words, call in cases:
                self.suite.equal(f"chat refuses {what}", _raised(call), (kind.__name__, True) if words in _words(call) else (kind.__name__, words))

    def troubles(self) -> None:
        """Accounts in trouble."""
        for scenario, kind, words in (
            ("zero-quota", openai.RateLimitError, "Too many tokens, please wait before trying again."),
            ("denied", openai.PermissionDeniedError, "is not authorized to perform: bedrock:InvokeModel on resource"),
            ("expired", openai.PermissionDeniedError, "The security token included in the request is expired"),
        ):
            with self.workshop.sim(scenario) as url:
                api = chat(url)

                def call(api: OpenAI = api) -> Any:
                    return api.chat.completions.create(model=OSS, messages=ASKED)

                self.suite.equal(f"chat, {scenario}: the client's exception", _raised(call), (kind.__name__, True))
                self.suite.true(f"chat, {scenario}: AWS's words", words in _words(call), _words(call))

    def pace(self) -> None:
        """Answers take the time that they say. Only lower bounds are checked, because a busy machine may be slower."""
        with self.workshop.sim("fast") as url:
            began, first, words = time.monotonic(), 0.0, 0
            for chunk in chat(url).chat.completions.create(model=PLAIN, messages=ASKED, stream=True, max_tokens=8000):
                text = chunk.choices[0].delta.content or ""
                first = first or (time.monotonic() if text else 0.0)
                words += text.count(" ")
            took = time.monotonic() - began
            self.suite.true("fast: 6,000 tokens are sent over three seconds after 0.4 s", took >= 3.39 and first - began >= 0.39, (took, first - began))
            self.suite.equal("fast: they are 6,000", words + 1, 6000)
        with self.workshop.sim("race") as url:
            runtime = client("bedrock-runtime", url)
            began = time.monotonic()
            answer = runtime.converse(modelId=NOVA, messages=conversation("Go"), serviceTier={"type": "priority"})
            took, said = time.monotonic() - began, answer["metrics"]["latencyMs"]
            self.suite.true("race: a priority call takes about 3.6 s, and as long as it says", 3400 < said < 3900 and took >= said / 1000, (took, said))

    def tiers(self) -> None:
        """The AWS CLI: a tier that tables promise and the service refuses; a reservation that overflows; streams and whole calls name the same tier."""
        with self.workshop.sim("unsupported-tier") as url:
            aws = self.workshop.aws(url)
            for model, tier in ((NOVA, "flex"), (OSS, "flex"), ("openai.gpt-oss-120b-1:0", "priority")):
                call = ["bedrock-runtime", "converse", "--model-id", model, "--messages", messages("Hi"), "--service-tier", f"type={tier}"]
                self.suite.equal(f"unsupported-tier: {tier} of {model}", aws.error(*call), ("ValidationException", UNSUPPORTED))
            taken = aws.get("bedrock-runtime", "converse", "--model-id", NOVA, "--messages", messages("Hi"), "--service-tier", "type=priority")
            self.suite.equal("unsupported-tier: the other tier is taken", taken["serviceTier"], {"type": "priority"})
        with self.workshop.sim("reserved-spill") as url:
            aws = self.workshop.aws(url)
            call = ["bedrock-runtime", "converse", "--model-id", HAIKU, "--messages", messages("Hi"), "--service-tier", "type=reserved"]
            short = aws.get(*call, "--inference-config", "maxTokens=20")
            self.suite.equal("reserved-spill: what the reservation cannot take is served as default", short["serviceTier"], {"type": "default"})

    def reasoning(self) -> None:
        """boto3: blocks of reasoning, whole and streamed; and where they leave no room for text."""
        with self.workshop.sim() as url:
            runtime = client("bedrock-runtime", url)
            blocks = runtime.converse(modelId=OSS, messages=conversation("Hi"))["output"]["message"]["content"]
            self.suite.equal("converse: reasoning, then text", [next(iter(block)) for block in blocks], ["reasoningContent", "text"])
            short = runtime.converse(modelId=OSS, messages=conversation("Hi"), inferenceConfig={"maxTokens": 5})
            kinds = [next(iter(block)) for block in short["output"]["message"]["content"]]
            self.suite.equal("converse: reasoning used up maxTokens", (kinds, short["stopReason"]), (["reasoningContent"], "max_tokens"))
            hidden = runtime.converse(modelId=HIDDEN, messages=conversation("Hi"))["output"]["message"]["content"][0]
            self.suite.equal("converse: reasoning that is withheld", list(hidden["reasoningContent"]), ["redactedContent"])
            thinking = {"thinking": {"type": "enabled", "budget_tokens": 1024}}
            asked = runtime.converse(modelId=CLAUDE, messages=conversation("Hi"), additionalModelRequestFields=thinking)
            text = asked["output"]["message"]["content"][0]["reasoningContent"]["reasoningText"]
            self.suite.equal("converse: reasoning that was asked for is signed", sorted(text), ["signature", "text"])
            events = list(runtime.converse_stream(modelId=OSS, messages=conversation("Hi"), serviceTier={"type": "default"})["stream"])
            deltas = [(e["contentBlockDelta"]["contentBlockIndex"], next(iter(e["contentBlockDelta"]["delta"]))) for e in events if "contentBlockDelta" in e]
            self.suite.equal("converse_stream: a block of reasoning, then one of text", sorted(set(deltas)), [(0, "reasoningContent"), (1, "text")])
            self.suite.equal("converse_stream: in that order", deltas, sorted(deltas))
            self.suite.equal("converse_stream: the tier served", events[-1]["metadata"]["serviceTier"], {"type": "default"})
            stopped = runtime.converse(modelId=NOVA, messages=conversation("Hi"), inferenceConfig={"stopSequences": ["asked"]})
            self.suite.equal("converse: a stop sequence", stopped["stopReason"], "stop_sequence")

    def breaks(self) -> None:
        """Streams that are cut, seen by both clients."""
        with self.workshop.sim("cut-stream") as url:

            def streamed() -> Any:
                return list(chat(url).chat.completions.create(model=PLAIN, messages=ASKED, stream=True))

            self.suite.true("cut-stream: OpenAI's client notices", _raised(streamed)[0] != "nothing", _raised(streamed))
            whole = chat(url).chat.completions.create(model=PLAIN, messages=ASKED)
            self.suite.equal("cut-stream: a whole answer arrives", whole.choices[0].finish_reason, "stop")
            try:
                events = list(client("bedrock-runtime", url).converse_stream(modelId=NOVA, messages=conversation("Hi"))["stream"])
                got = f"ended as if it were whole, {len(events)} events" if "metadata" in events[-1] else "broken"
            except (ClientError, EventStreamError, Exception):  # noqa: BLE001 - any way to notice is good
                got = "broken"
            self.suite.equal("cut-stream: boto3 notices", got, "broken")


def _raised(call: Callable[[], Any]) -> tuple[str, bool]:
    """The name of the exception that a call ends with, and whether it is one of OpenAI's client."""
    try:
        call()
    except Exception as error:  # noqa: BLE001 - which one it is, is the question
        return type(error).__name__, isinstance(error, openai.OpenAIError)
    return "nothing", False


def _words(call: Callable[[], Any]) -> str:
    """What the exception's body says."""
    try:
        call()
    except openai.APIStatusError as error:
        return json.dumps(error.body, ensure_ascii=False) + error.message
    except Exception as error:  # noqa: BLE001 - its words are all there is
        return str(error)
    return ""
