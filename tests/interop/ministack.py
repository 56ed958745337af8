"""Owns tiertop's view of a server that is not ours: metrics put into MiniStack with the AWS CLI must come out of `tiertop snapshot` as they went in.

What MiniStack 1.4.21 does otherwise than AWS, each with a check that says so and what tiertop makes of it:
* Service Quotas does not exist: the POST falls through to its S3, which answers 405 with XML. That must be one fault, and all else must work.
* ListMetrics ignores RecentlyActive and never pages: series that are hours old are listed. Their endpoints stand in the snapshot with zeros.
* A query without dimensions sums the series of all dimensions; AWS keeps a series of its own for the account's total. So no total is put here
  (it would count twice), except for errors that belong to no model, which the sum then holds once.
* A compressed PutMetricData is taken for an empty one (the AWS CLI compresses above 10 KB; its environment here tells it not to).
* GetMetricData ignores ScanBy and MaxDatapoints: always everything, oldest first. An unknown series is Complete without points, as on AWS.
* Periods are counted from the epoch, on AWS from StartTime (github.com/boto/boto3/issues/3457). A value for a whole window then comes in two parts,
  stamped with other times; tiertop must say "unknown" and never take a part for the whole.
* ListInferenceProfiles ignores the type filter, so tiertop, which asks for both types, gets every profile twice.
* A system profile lists one model, in the one Region; on AWS it lists one in each Region. An application profile lists the ARN of what it was
  copied from, on AWS the models of that.
Percentiles are interpolated linearly; the values put here are constant, so that any method gives the same. Timestamps are kept to the second and
bucketed down to the period, as on AWS. Ids that MiniStack's catalog does not know are listed like any other.
"""

from __future__ import annotations

import time
from typing import Any

import metrics
import schema
from metrics import Query, Range
from programs import Workshop
from report import Suite

BASE = "amazon.nova-lite-v1:0"
PROFILE = "us.amazon.nova-lite-v1:0"
UNKNOWN = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
CLAUDE = "anthropic.claude-3-haiku-20240307-v1:0"
THROTTLED = "meta.llama3-1-8b-instruct-v1:0"
OLD = "amazon.nova-pro-v1:0"
ACCOUNT = "000000000000"
OLD_MINUTES = 300
CLAUDE_BURNDOWN = 5

# (value, how many) of a minute, by metric and model ("" is the account), by minute.
Samples = dict[tuple[str, str], dict[int, tuple[float, int]]]


class Numbers:
    """Puts numbers in, takes the snapshot, compares."""

    def __init__(self, workshop: Workshop, suite: Suite, url: str) -> None:
        self.workshop = workshop
        self.suite = suite
        self.url = url
        self.aws = workshop.aws(url)
        self.now = int(time.time()) // 60 * 60
        self.app = ""
        self.samples: Samples = {}
        self.code = -1
        self.document: dict[str, Any] = {}

    def steps(self) -> list[Any]:
        """All steps in order."""
        return [
            self.put,
            self.read_back,
            self.quirks,
            self.snapshot,
            self.head,
            self.fault,
            self.counts,
            self.now_numbers,
            self.pools,
            self.unknown_use,
            self.kinds,
            self.latency,
            self.totals,
            self.everything,
            self.shorter_window,
        ]

    def put(self) -> None:
        """Makes an application profile and puts metrics for known minutes."""
        copied = f"arn:aws:bedrock:us-east-1:{ACCOUNT}:inference-profile/{PROFILE}"
        source = ["--model-source", f"copyFrom={copied}", "--tags", "key=team,value=shop", "key=env,value=prod"]
        made = self.aws.get("bedrock", "create-inference-profile", "--inference-profile-name", "orders", *source)
        self.app = made["inferenceProfileArn"].rsplit("/", 1)[1]
        self.samples = self._samples()
        data = [
            {
                "MetricName": metric,
                "Dimensions": [{"Name": "ModelId", "Value": model}] if model else [],
                "Timestamp": metrics.iso(minute),
                "Values": [value],
                "Counts": [count],
                "Unit": "Milliseconds" if metric in ("InvocationLatency", "TimeToFirstToken") else "Count",
            }
            for (metric, model), minutes in self.samples.items()
            for minute, (value, count) in minutes.items()
        ]
        for first in range(0, len(data), 500):
            self.aws.with_input("cloudwatch", "put-metric-data", {"Namespace": metrics.BEDROCK, "MetricData": data[first : first + 500]})
        self.suite.true(f"{len(data)} data were put with the AWS CLI", len(data) > 300, len(data))

    def _samples(self) -> Samples:
        def minutes(first: int, last: int) -> list[int]:
            return [self.now - 60 * ago for ago in range(first, last - 1, -1)]

        def ago(minute: int) -> int:
            return (self.now - minute) // 60

        calls = {minute: 3 + ago(minute) % 4 for minute in minutes(30, 1)}
        found: Samples = {("Invocations", BASE): {minute: (1, count) for minute, count in calls.items()}}
        for metric, value in (("InputTokenCount", 800), ("OutputTokenCount", 200), ("InvocationLatency", 4500), ("TimeToFirstToken", 500)):
            found[metric, BASE] = {minute: (value, count) for minute, count in calls.items()}
        found["EstimatedTPMQuotaUsage", BASE] = {minute: (1000 + 10 * ago(minute), count) for minute, count in calls.items()}
        found["CacheReadInputTokenCount", BASE] = {minutes(14, 14)[0]: (77, 2)}
        found["Invocations", PROFILE] = {minute: (1, 2) for minute in minutes(28, 6)}
        found["InputTokenCount", PROFILE] = {minute: (300, 2) for minute in minutes(28, 6)}
        found["EstimatedTPMQuotaUsage", PROFILE] = {minute: (9000 if ago(minute) == 17 else 400 + ago(minute), 2) for minute in minutes(28, 6)}
        found["Invocations", self.app] = {minute: (1, 1) for minute in minutes(25, 4)}
        found["EstimatedTPMQuotaUsage", self.app] = {minute: (700 + 3 * ago(minute), 1) for minute in minutes(25, 4)}
        # No estimate: tiertop has to use the formula, input + cache write + 5 × output for this model.
        for metric, value in (("Invocations", 1), ("InputTokenCount", 1000), ("OutputTokenCount", 100), ("CacheWriteInputTokenCount", 50)):
            for model in (CLAUDE, UNKNOWN):
                found[metric, model] = {minute: (value, 2 + ago(minute) % 3 + (7 if ago(minute) == 11 else 0)) for minute in minutes(20, 4)}
        found["Invocations", THROTTLED] = {minute: (1, 6) for minute in minutes(12, 1)}
        found["InvocationThrottles", THROTTLED] = {minute: (1, 1 + ago(minute) % 2) for minute in minutes(12, 1)}
        found["InvocationClientErrors", THROTTLED] = {minutes(9, 9)[0]: (1, 3), minutes(5, 5)[0]: (1, 1)}
        found["InvocationServerErrors", THROTTLED] = {minutes(8, 8)[0]: (1, 2)}
        found["Invocations", OLD] = {minutes(OLD_MINUTES, OLD_MINUTES)[0]: (1, 9)}
        # Calls that failed before their model was known.
        found["InvocationClientErrors", ""] = {minutes(8, 8)[0]: (1, 2)}
        return found

    def value(self, metric: str, model: str, minute: int) -> float:
        """The sum that was put for a minute."""
        value, count = self.samples.get((metric, model), {}).get(minute, (0, 0))
        return value * count

    def total(self, metric: str, model: str, when: Range) -> float:
        """The sum that was put for a range."""
        return sum(self.value(metric, model, minute) for minute in range(when.start, when.end, 60))

    def read_back(self) -> None:
        """MiniStack holds what was put: the AWS CLI reads the same numbers."""
        when = Range(self.now - 40 * 60, self.now)
        keys = [key for key in self.samples if key[1] not in ("", OLD)]
        answers = metrics.ask(self.aws, [Query(metric, metrics.model(model)) for metric, model in keys], when)
        got = {key: answers[Query(key[0], metrics.model(key[1]))] for key in keys}
        expected = {key: {minute: float(value * count) for minute, (value, count) in self.samples[key].items()} for key in keys}
        self.suite.equal(f"{len(keys)} series read back with the AWS CLI are what was put", got, expected)

    def quirks(self) -> None:
        """What MiniStack does otherwise than AWS; where it changes, these checks say so and the ones below have to be looked at again."""
        recent = metrics.list_metrics(self.aws, "--namespace", metrics.BEDROCK, "--recently-active", "PT3H")
        self.suite.true("quirk: recently active lists a series that is five hours old", OLD in recent.ids(), recent.ids())
        when = Range(self.now - 40 * 60, self.now)
        odd = Range(self.now - 17 * 60, self.now - 7 * 60)
        (points,) = metrics.ask(self.aws, [Query("Invocations", metrics.model(BASE), period=600)], odd).values()
        self.suite.true("quirk: periods are counted from the epoch", all(at % 600 == 0 for at in points), points)
        (errors,) = metrics.ask(self.aws, [Query("InvocationClientErrors")], when).values()
        self.suite.equal("quirk: without dimensions all series are summed", sum(errors.values()), 3 + 1 + 2)
        apps = self.aws.get("bedrock", "list-inference-profiles", "--type-equals", "APPLICATION")["inferenceProfileSummaries"]
        self.suite.true(
            "quirk: the list of application profiles has the system's too", {p["type"] for p in apps} == {"SYSTEM_DEFINED", "APPLICATION"}, len(apps)
        )
        own = next(p for p in apps if p["inferenceProfileId"] == self.app)
        self.suite.true(
            "quirk: an application profile names its source as its model", own["models"][0]["modelArn"].endswith(f"inference-profile/{PROFILE}"), own
        )
        code, message = self.aws.error("service-quotas", "list-service-quotas", "--service-code", "bedrock")
        self.suite.true("quirk: Service Quotas is not there (405 from its S3)", code == "405" and "MethodNotAllowed" in message, (code, message))

    def snapshot(self) -> None:
        """Takes the snapshot that the next checks are about."""
        self.code, self.document, said = self.workshop.snapshot("--endpoint-url", self.url)
        self.suite.equal("snapshot ends with 3, incomplete", self.code, 3)
        self.suite.none("snapshot keeps its schema", schema.problems(self.document))

    @property
    def window(self) -> Range:
        """The snapshot's window."""
        end = metrics.seconds(self.document["data_through"])
        return Range(end - 60 * self.document["window_minutes"], end)

    @property
    def recent(self) -> Range:
        """The snapshot's last five settled minutes."""
        return Range(self.window.end - 300, self.window.end)

    def row(self, model: str) -> dict[str, Any]:
        """An endpoint's row."""
        return next(row for row in self.document["endpoints"] if row["id"] == model)

    def head(self) -> None:
        """Account, source, window and how far the data reaches."""
        got = [self.document[key] for key in ("account", "region", "source", "window_minutes", "now_window_minutes")]
        self.suite.equal("account, Region, source, windows", got, [ACCOUNT, "us-east-1", "custom-endpoint", 180, 5])
        settled = (metrics.seconds(self.document["as_of"]) - metrics.SETTLED_SECONDS) // 60 * 60
        self.suite.equal("data reaches to the end of the newest settled minute", self.document["data_through"], metrics.iso(settled))

    def fault(self) -> None:
        """Service Quotas is one fault; nothing else failed."""
        faults = self.document["faults"]
        self.suite.equal("one fault, of Service Quotas", [fault["source"] for fault in faults], ["service-quotas"])
        self.suite.true("it names the action", all("servicequotas:ListServiceQuotas" in (fault["action"] or "") for fault in faults), faults)
        self.suite.none("no quota is made up", (q for p in self.document["pools"] for q in p["quotas"] if q["code"] or q["applied"] is not None))

    def counts(self) -> None:
        """Counts of the window, exactly what was put; minutes that are not settled count for nothing."""
        fields = {
            "requests": "Invocations",
            "throttles": "InvocationThrottles",
            "client_errors": "InvocationClientErrors",
            "server_errors": "InvocationServerErrors",
            "input_tokens": "InputTokenCount",
            "output_tokens": "OutputTokenCount",
            "cache_read_tokens": "CacheReadInputTokenCount",
            "cache_write_tokens": "CacheWriteInputTokenCount",
        }
        models = {BASE, PROFILE, self.app, CLAUDE, UNKNOWN, THROTTLED, OLD}
        self.suite.equal("the endpoints are those with series", {row["id"] for row in self.document["endpoints"]}, models)
        for model in sorted(models):
            expected = {field: self.total(metric, model, self.window) for field, metric in fields.items()}
            name = "an application profile" if model == self.app else model
            self.suite.equal(f"eight counts of {name}", {field: self.row(model)[field] for field in fields}, expected)
        self.suite.true(
            "the newest minutes, not settled, hold calls that are not counted", self.total("Invocations", BASE, Range(self.window.end, self.now)) > 0
        )
        old = [self.row(OLD)[field] for field in fields]
        self.suite.equal("the five hours old series that MiniStack lists counts nothing", old, [0.0] * len(fields))

    def now_numbers(self) -> None:
        """Means and shares over the last five settled minutes."""
        rpm = {model: self.total("Invocations", model, self.recent) / 5 for model in (BASE, PROFILE, self.app, CLAUDE, UNKNOWN, THROTTLED)}
        self.suite.equal("rpm_now of six endpoints", {model: self.row(model)["rpm_now"] for model in rpm}, rpm)
        self.suite.true("one of them had calls in these minutes", rpm[BASE] > 0, rpm)
        tpm = {model: self.total("EstimatedTPMQuotaUsage", model, self.recent) / 5 for model in (BASE, PROFILE, self.app)}
        self.suite.equal("tpm_now by AWS's estimate", {model: self.row(model)["tpm_now"] for model in tpm}, tpm)
        throttles, calls = (self.total(name, THROTTLED, self.recent) for name in ("InvocationThrottles", "Invocations"))
        got = self.row(THROTTLED)["throttle_percent"]
        self.suite.true("throttle_percent is throttles ÷ attempts", abs(got - 100 * throttles / (throttles + calls)) < 1e-9, (got, throttles, calls))
        in_flight = self.total("InvocationLatency", BASE, self.recent) / 60_000 / 5
        self.suite.true(
            "in_flight is the latencies' sum ÷ time", abs(self.row(BASE)["in_flight"] - in_flight) < 1e-9, (self.row(BASE)["in_flight"], in_flight)
        )
        self.suite.equal("no tier was reported", [row["tiers"] for row in self.document["endpoints"]], [[]] * len(self.document["endpoints"]))

    def use(self, model: str, minute: int) -> float:
        """Quota tokens of an endpoint in a minute: the estimate where there is one, else the formula."""
        if ("EstimatedTPMQuotaUsage", model) in self.samples:
            return self.value("EstimatedTPMQuotaUsage", model, minute)
        parts = (("InputTokenCount", 1), ("CacheWriteInputTokenCount", 1), ("OutputTokenCount", CLAUDE_BURNDOWN))
        return sum(self.value(metric, model, minute) * factor for metric, factor in parts)

    def pools(self) -> None:
        """Use of each pool: summed minute by minute over its members, then the worst minute."""
        members = [model for pool in self.document["pools"] for model in pool["members"]]
        self.suite.equal("each endpoint is in one pool", sorted(members), sorted(row["id"] for row in self.document["endpoints"]))
        for pool in self.document["pools"]:
            if UNKNOWN in pool["members"]:
                continue
            minutes = {minute: sum(self.use(model, minute) for model in pool["members"]) for minute in range(self.window.start, self.window.end, 60)}
            peak = max(minutes.values())
            now = max(minutes[minute] for minute in range(self.recent.start, self.recent.end, 60))
            quota = next(quota for quota in pool["quotas"] if quota["metric"] == "tpm")
            name = " + ".join("an application profile" if model == self.app else model for model in pool["members"])
            self.suite.equal(f"pool {name}: used now and peak", (quota["used_now"], quota["peak"]), (now, peak))
            if peak:
                at = [metrics.iso(minute) for minute, value in minutes.items() if value == peak]
                self.suite.true(f"pool {name}: when the peak was", quota["peak_at"] in at, (quota["peak_at"], at))
            self.suite.equal(f"pool {name}: no percentage without a quota", (quota["headroom_percent"], quota["peak_percent"]), (None, None))
        basis = {model: next(q["basis"] for q in p["quotas"]) for p in self.document["pools"] for model in p["members"]}
        got = (basis[BASE], basis[PROFILE], basis[CLAUDE])
        self.suite.equal("where use comes from: estimate, estimate, formula", got, ("aws-estimate", "aws-estimate", "formula"))
        throttled = next(pool for pool in self.document["pools"] if THROTTLED in pool["members"])
        self.suite.equal("throttles without a known quota: use is at least that", {q["bound"] for q in throttled["quotas"]}, {"at-least"})

    def unknown_use(self) -> None:
        """Without an estimate and without a model, nobody knows what an output token costs: use is unknown, never 0."""
        pool = next(pool for pool in self.document["pools"] if UNKNOWN in pool["members"])
        quota = pool["quotas"][0]
        self.suite.equal("a model that no catalog knows: use now is unknown", (quota["used_now"], self.row(UNKNOWN)["tpm_now"]), (None, None))
        self.suite.true(
            "a model that no catalog knows: its peak is not said to be exact", quota["peak"] is None or quota["peak_bound"] == "at-least", quota
        )

    def kinds(self) -> None:
        """What the endpoints are, by MiniStack's catalog."""
        got = {model: self.row(model)["kind"] for model in (BASE, PROFILE, self.app, UNKNOWN)}
        expected = {BASE: "model", PROFILE: "system-profile", self.app: "application-profile", UNKNOWN: "unlisted"}
        self.suite.equal("kinds of endpoints", got, expected)
        app = self.row(self.app)
        self.suite.equal("the application profile's name and tags", (app["profile_name"], app["tags"]), ("orders", {"team": "shop", "env": "prod"}))
        # MiniStack gives the profile's ARN where the model's should be; tiertop takes the model from that profile.
        expected = (self.row(PROFILE)["model"], PROFILE)
        self.suite.equal("quirk: its source is named where its model should be", (app["model"], app["source_endpoint"]), expected)
        self.suite.equal("it draws on the pool of what it was copied from", app["pool"], self.row(PROFILE)["pool"])
        self.suite.true(
            "the model itself draws on another pool than its geo profile", self.row(BASE)["pool"] != self.row(PROFILE)["pool"], app["pool"]
        )
        scopes = [(self.row(model)["scope"], self.row(model)["geography"]) for model in (BASE, PROFILE)]
        self.suite.equal("where calls may be served", scopes, [("in-region", None), ("geo", "us")])

    def latency(self) -> None:
        """Latencies are constant here, so that every statistic of the window is known; on MiniStack only where the window is on its grid."""
        row = self.row(BASE)
        on_grid = self.window.start % (self.window.end - self.window.start) == 0
        calls = self.total("Invocations", BASE, self.window)
        for field, value in (("latency_ms", 4500.0), ("ttft_ms", 500.0)):
            known = {"p50": value, "p90": value, "p99": value, "avg": value, "samples": calls}
            expected = known if on_grid else dict.fromkeys(known)
            self.suite.equal(f"quirk: {field} of a window that MiniStack cuts in two is unknown", row[field], expected)
        self.suite.equal("output speed by AWS's formula", row["tokens_per_second"], 200 / (4500 - 500) * 1000)
        silent = self.row(self.app)
        numbers = [*silent["latency_ms"].values(), *silent["ttft_ms"].values(), silent["tokens_per_second"]]
        self.suite.none("no latency where none was put", (number for number in numbers if number not in (None, 0.0)))

    def totals(self) -> None:
        """What the account's total has beyond the endpoints: the two errors that belong to no model."""
        self.suite.equal("unattributed: two client errors", self.document["unattributed"], [{"what": "client-errors", "count": 2.0}])

    def everything(self) -> None:
        """With --all the catalog's idle endpoints are there too, each once, although MiniStack lists each profile twice."""
        code, document, _ = self.workshop.snapshot("--endpoint-url", self.url, "--all")
        self.suite.equal("--all: exit code", code, 3)
        self.suite.none("--all: the schema", schema.problems(document))
        ids = [row["id"] for row in document["endpoints"]]
        listed = self.aws.get("bedrock", "list-inference-profiles")["inferenceProfileSummaries"]
        models = self.aws.get("bedrock", "list-foundation-models")["modelSummaries"]
        expected = {p["inferenceProfileId"] for p in listed} | {m["modelId"] for m in models} | {UNKNOWN}
        self.suite.equal("--all: models and profiles of the catalog, and what only CloudWatch knows", set(ids), expected)
        self.suite.equal("--all: each once", len(ids), len(set(ids)))
        idle = [row["id"] for row in document["endpoints"] if not row["active"] and row["requests"] is not None]
        self.suite.equal("--all: of an idle endpoint nothing is known", idle, [])

    def shorter_window(self) -> None:
        """`--window 10m` sums ten minutes."""
        code, self.document, _ = self.workshop.snapshot("--endpoint-url", self.url, "--window", "10m")
        self.suite.equal("--window 10m: it is said", self.document["window_minutes"], 10)
        models = (BASE, PROFILE, self.app, CLAUDE, UNKNOWN, THROTTLED)
        expected = {model: self.total("Invocations", model, self.window) for model in models}
        rows = {row["id"]: row["requests"] for row in self.document["endpoints"]}
        self.suite.equal("--window 10m: requests of ten minutes", {model: rows.get(model) for model in models}, expected)
