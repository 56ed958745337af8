"""Owns questions to CloudWatch: building GetMetricData queries and reading the answers by time, whichever client asks."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from programs import Aws

BEDROCK = "AWS/Bedrock"
MANTLE = "AWS/BedrockMantle"
SETTLED_SECONDS = 180
MOST_QUERIES = 500
Dimensions = tuple[tuple[str, str], ...]
Points = dict[int, float]


@dataclass(frozen=True)
class Query:
    """One series and what is asked of it."""

    metric: str
    dimensions: Dimensions = ()
    stat: str = "Sum"
    period: int = 60
    namespace: str = BEDROCK

    def member(self, query_id: str) -> dict[str, Any]:
        """The query as GetMetricData takes it."""
        pairs = [{"Name": name, "Value": value} for name, value in self.dimensions]
        metric = {"Namespace": self.namespace, "MetricName": self.metric, "Dimensions": pairs}
        return {"Id": query_id, "MetricStat": {"Metric": metric, "Period": self.period, "Stat": self.stat}}


@dataclass(frozen=True)
class Range:
    """A range of whole minutes, in Unix seconds, end not included."""

    start: int
    end: int

    @staticmethod
    def settled(minutes: int, period: int = 60) -> Range:
        """The newest minutes that do not change any more; both ends are on the period's grid."""
        end = (int(time.time()) - SETTLED_SECONDS) // period * period
        return Range(end - minutes * 60, end)

    def members(self) -> dict[str, str]:
        """The range as requests take it."""
        return {"StartTime": iso(self.start), "EndTime": iso(self.end)}


@dataclass
class Listed:
    """What ListMetrics showed."""

    series: list[tuple[str, str, Dimensions]] = field(default_factory=list)

    @staticmethod
    def of(metrics: Iterable[dict[str, Any]]) -> Listed:
        """Reads the `Metrics` of an answer."""
        return Listed([(m["Namespace"], m["MetricName"], tuple((d["Name"], d["Value"]) for d in m["Dimensions"])) for m in metrics])

    def ids(self, metric: str = "Invocations") -> set[str]:
        """Values of ModelId (alone) that a metric has."""
        return {dims[0][1] for _, name, dims in self.series if name == metric and len(dims) == 1 and dims[0][0] == "ModelId"}

    def tier_pairs(self, metric: str) -> dict[str, list[Dimensions]]:
        """A metric's tier series (without a context window) by ModelId."""
        found: dict[str, list[Dimensions]] = {}
        for _, name, dims in self.series:
            if name == metric and {key for key, _ in dims} == {"ModelId", "ServiceTier", "ResolvedServiceTier"}:
                found.setdefault(dict(dims)["ModelId"], []).append(dims)
        return found

    def names(self) -> set[str]:
        """All dimension names."""
        return {key for _, _, dims in self.series for key, _ in dims}


def iso(seconds: int) -> str:
    """A time as AWS writes it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds(time_of: str | float) -> int:
    """A time of an answer in Unix seconds; parts of seconds are cut off. The CLI prints times as the wire has them: a number in JSON, else text."""
    if isinstance(time_of, str):
        return int(datetime.fromisoformat(re.sub(r"\.\d+", "", time_of)).timestamp())
    return int(time_of)


def model(model_id: str) -> Dimensions:
    """The dimensions of an endpoint's plain series."""
    return (("ModelId", model_id),)


def ask(aws: Aws, queries: list[Query], when: Range, *arguments: str) -> dict[Query, Points]:
    """GetMetricData through the CLI, as many calls as the queries need; points by time."""
    answers: dict[Query, Points] = {query: {} for query in queries}
    for first in range(0, len(queries), MOST_QUERIES):
        some = queries[first : first + MOST_QUERIES]
        body = {"MetricDataQueries": [query.member(f"q{at}") for at, query in enumerate(some)], **when.members()}
        for result in aws.with_input("cloudwatch", "get-metric-data", body, *arguments)["MetricDataResults"]:
            times = [seconds(text) for text in result["Timestamps"]]
            answers[some[int(result["Id"][1:])]].update(zip(times, result["Values"], strict=True))
    return answers


def added(series: Iterable[Points]) -> Points:
    """The sum of series, time by time."""
    total: Points = {}
    for points in series:
        for at, value in points.items():
            total[at] = total.get(at, 0.0) + value
    return total


def list_metrics(aws: Aws, *arguments: str) -> Listed:
    """ListMetrics through the CLI, which follows the pages itself."""
    return Listed.of(aws.get("cloudwatch", "list-metrics", *arguments)["Metrics"])
