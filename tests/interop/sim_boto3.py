"""Owns boto3's view of `tiertop sim`: event streams, which the AWS CLI lacks, and CloudWatch in each of its three protocols."""

from __future__ import annotations

import json
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError, EventStreamError

import metrics
from metrics import Listed, Query, Range
from programs import REGION, Workshop
from report import Suite

TIERED = "us.amazon.nova-2-lite-v1:0"
CLAUDE = "us.anthropic.claude-sonnet-5"
PROTOCOLS = ("smithy-rpc-v2-cbor", "json", "query")


def client(service: str, url: str, protocol: str | None = None) -> Any:
    """A client with dummy credentials. `protocol` overrides botocore's own choice: the model then offers just that one."""
    core = botocore.session.Session()
    if protocol:
        loader = core.get_component("data_loader")
        load = loader.load_service_model

        def one_protocol(service_name: str, type_name: str, api_version: str | None = None) -> Any:
            loaded = load(service_name, type_name, api_version)
            if type_name == "service-2":
                loaded = {**loaded, "metadata": {**loaded["metadata"], "protocol": protocol, "protocols": [protocol]}}
            return loaded

        loader.load_service_model = one_protocol
    session = boto3.Session(aws_access_key_id="AKIAIOSFODNN7EXAMPLE", aws_secret_access_key="not-a-secret", region_name=REGION, botocore_session=core)
    settings = Config(retries={"total_max_attempts": 1}, read_timeout=60, connect_timeout=5)
    return session.client(service, endpoint_url=url, config=settings)


def conversation(text: str) -> list[dict[str, Any]]:
    """A conversation of one message."""
    return [{"role": "user", "content": [{"text": text}]}]


class Streams:
    """Event streams."""

    def __init__(self, workshop: Workshop, suite: Suite) -> None:
        self.workshop = workshop
        self.suite = suite

    def steps(self) -> list[Any]:
        """All steps."""
        return [self.streams, self.broken_streams, self.protocols, self.protocol_errors]

    def streams(self) -> None:
        """Both streaming operations on one account."""
        with self.workshop.sim() as url:
            runtime = client("bedrock-runtime", url)
            self._converse_stream(runtime)
            self._refused_stream(runtime)
            self._invoke_stream(runtime)

    def _converse_stream(self, runtime: Any) -> None:
        answer = runtime.converse_stream(modelId=TIERED, messages=conversation("Tell me of quotas"), serviceTier={"type": "flex"})
        events = list(answer["stream"])
        kinds = [next(iter(event)) for event in events]
        pieces = [event["contentBlockDelta"]["delta"]["text"] for event in events if "contentBlockDelta" in event]
        order = ["messageStart", *["contentBlockDelta"] * len(pieces), "contentBlockStop", "messageStop", "metadata"]
        self.suite.equal("converse_stream: events come in order", kinds, order)
        self.suite.true("converse_stream: several pieces that join to a text", len(pieces) > 3 and "Tell me of quotas" in "".join(pieces), pieces)
        last = events[-1]["metadata"]
        usage = last["usage"]
        words = len("".join(pieces).split())
        self.suite.equal(
            "converse_stream: usage adds up, a token a word", (usage["totalTokens"] - usage["inputTokens"], usage["outputTokens"]), (words, words)
        )
        self.suite.equal("converse_stream: the tier is echoed", last.get("serviceTier"), {"type": "flex"})
        self.suite.true("converse_stream: latency is named", last["metrics"]["latencyMs"] > 0, last)
        plain = list(runtime.converse_stream(modelId=CLAUDE, messages=conversation("Hi"), inferenceConfig={"maxTokens": 4})["stream"])
        stop = next(event["messageStop"] for event in plain if "messageStop" in event)
        self.suite.equal("converse_stream: cut at maxTokens", (stop["stopReason"], plain[-1]["metadata"]["usage"]["outputTokens"]), ("max_tokens", 4))

    def _refused_stream(self, runtime: Any) -> None:
        try:
            runtime.converse_stream(modelId=CLAUDE, messages=conversation("Hi"), serviceTier={"type": "flex"})
            got: Any = "no error"
        except ClientError as error:
            got = (error.response["Error"]["Code"], error.response["Error"]["Message"])
        expected = ("ValidationException", "The provided service tier is not supported for this model")
        self.suite.equal("converse_stream: a refusal comes before the stream", got, expected)

    def _invoke_stream(self, runtime: Any) -> None:
        body = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 40, "messages": [{"role": "user", "content": "Hello"}]}
        answer = runtime.invoke_model_with_response_stream(modelId=CLAUDE, body=json.dumps(body))
        chunks = [json.loads(event["chunk"]["bytes"]) for event in answer["body"]]
        kinds = [chunk["type"] for chunk in chunks]
        text = "".join(chunk["delta"]["text"] for chunk in chunks if chunk["type"] == "content_block_delta")
        deltas = kinds.count("content_block_delta")
        order = ["message_start", "content_block_start", *["content_block_delta"] * deltas, "content_block_stop", "message_delta", "message_stop"]
        self.suite.equal("invoke_model_with_response_stream: Anthropic's events in order", kinds, order)
        tokens = next(chunk for chunk in chunks if chunk["type"] == "message_delta")["usage"]["output_tokens"]
        counted = chunks[-1]["amazon-bedrock-invocationMetrics"]
        self.suite.equal("invoke_model_with_response_stream: tokens", (counted["outputTokenCount"], len(text.split())), (tokens, tokens))
        self.suite.true(
            "invoke_model_with_response_stream: the first byte before the end",
            0 < counted["firstByteLatency"] <= counted["invocationLatency"],
            counted,
        )
        plain = {"messages": [{"role": "user", "content": [{"text": "Hello"}]}], "inferenceConfig": {"maxTokens": 8}}
        tiered = runtime.invoke_model_with_response_stream(modelId=TIERED, body=json.dumps(plain), serviceTier="priority")
        self.suite.equal("invoke_model_with_response_stream: the tier's header is echoed", tiered.get("serviceTier"), "priority")
        self.suite.true("invoke_model_with_response_stream: a plain form too", len(list(tiered["body"])) > 1)

    def broken_streams(self) -> None:
        """Where the scenario cuts a stream, the client notices; whole ones stay whole."""
        with self.workshop.sim("flaky") as url:
            runtime = client("bedrock-runtime", url)
            ended = {"whole": 0, "broken": 0}
            for number in range(24):
                try:
                    events = list(
                        runtime.converse_stream(modelId=CLAUDE, messages=conversation(f"Go {number}"), inferenceConfig={"maxTokens": 3})["stream"]
                    )
                    ended["whole" if events and "metadata" in events[-1] else "broken"] += 1
                except (ClientError, EventStreamError, Exception):  # noqa: BLE001 - any way to notice is good
                    ended["broken"] += 1
            self.suite.true("flaky: some streams break, most are whole", ended["broken"] > 0 and ended["whole"] > ended["broken"] / 2, ended)

    def protocols(self) -> None:
        """CloudWatch's answers are the same in CBOR, JSON and query/XML, and in pages."""
        with self.workshop.sim() as url:
            when = Range.settled(60)
            chosen = client("cloudwatch", url)
            pages = list(chosen.get_paginator("list_metrics").paginate(Namespace=metrics.BEDROCK))
            listed = Listed.of(metric for page in pages for metric in page["Metrics"])
            self.suite.true("boto3's own protocol: the paginator lists series", len(listed.series) > 100, len(listed.series))
            queries = [Query(name, metrics.model(model)) for model in sorted(listed.ids()) for name in ("Invocations", "InvocationLatency")]
            first = _data(chosen, queries, when)
            self.suite.true("boto3's own protocol: points came", sum(map(len, first.values())) > 1000, sum(map(len, first.values())))
            self.suite.equal("boto3's own protocol: pages of 77 points join", _data(chosen, queries, when, 77), first)
            for protocol in PROTOCOLS:
                other = client("cloudwatch", url, protocol)
                sent = _content_types(other)
                again = Listed.of(m for page in other.get_paginator("list_metrics").paginate(Namespace=metrics.BEDROCK) for m in page["Metrics"])
                # A series may begin to be listed between the two.
                self.suite.true(
                    f"{protocol}: list_metrics is the same", len(set(again.series) ^ set(listed.series)) <= 1, set(again.series) ^ set(listed.series)
                )
                self.suite.equal(f"{protocol}: get_metric_data is the same, in pages", _data(other, queries, when, 500), first)
                expected = {
                    "smithy-rpc-v2-cbor": "application/cbor",
                    "json": "application/x-amz-json-1.0",
                    "query": "application/x-www-form-urlencoded",
                }
                self.suite.true(f"{protocol}: it was really that protocol", all(kind.startswith(expected[protocol]) for kind in sent), set(sent))
                points = other.get_metric_statistics(
                    Namespace=metrics.BEDROCK,
                    MetricName="Invocations",
                    Dimensions=[{"Name": "ModelId", "Value": CLAUDE}],
                    StartTime=when.start,
                    EndTime=when.end,
                    Period=60,
                    Statistics=["Sum"],
                )["Datapoints"]
                got = {int(point["Timestamp"].timestamp()): point["Sum"] for point in points}
                self.suite.equal(f"{protocol}: get_metric_statistics agrees", got, first[Query("Invocations", metrics.model(CLAUDE))])

    def protocol_errors(self) -> None:
        """Errors are readable in each protocol, with the code that CloudWatch gives in all of them."""
        with self.workshop.sim("denied") as url:
            codes = {}
            for protocol in PROTOCOLS:
                try:
                    client("cloudwatch", url, protocol).list_metrics()
                    codes[protocol] = "no error"
                except ClientError as error:
                    message = error.response["Error"]["Message"]
                    codes[protocol] = error.response["Error"]["Code"] if "cloudwatch:ListMetrics" in message else message
            self.suite.none(
                "denied: the error is readable in each protocol", [(p, code) for p, code in codes.items() if not code.startswith("AccessDenied")]
            )


def _content_types(cloudwatch: Any) -> list[str]:
    """Collects the content types of all requests to come."""
    sent: list[str] = []

    def note(request: Any, **_: Any) -> None:
        kind = request.headers.get("Content-Type", "")
        sent.append(kind.decode() if isinstance(kind, bytes) else kind)

    cloudwatch.meta.events.register("before-send.cloudwatch.*", note)
    return sent


def _data(cloudwatch: Any, queries: list[Query], when: Range, page: int | None = None) -> dict[Query, dict[int, float]]:
    found: dict[Query, dict[int, float]] = {query: {} for query in queries}
    members = [query.member(f"q{at}") for at, query in enumerate(queries)]
    sizes = {"MaxDatapoints": page} if page else {}
    pages = cloudwatch.get_paginator("get_metric_data").paginate(MetricDataQueries=members, StartTime=when.start, EndTime=when.end, **sizes)
    for result in (result for answer in pages for result in answer["MetricDataResults"]):
        times = [int(at.timestamp()) for at in result["Timestamps"]]
        found[queries[int(result["Id"][1:])]].update(zip(times, result["Values"], strict=True))
    return found
