"""Owns the AWS CLI's view of `tiertop sim --scenario healthy`: every operation, compared with the tables and with other operations."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import Any

import metrics
import proxy
import tables
from metrics import Listed, Points, Query, Range
from programs import Aws, Workshop
from report import Suite

COUNTS = (
    "Invocations",
    "InputTokenCount",
    "OutputTokenCount",
    "CacheReadInputTokenCount",
    "CacheWriteInputTokenCount",
    "EstimatedTPMQuotaUsage",
    "InvocationLatency",
    "TimeToFirstToken",
    "InvocationClientErrors",
    "InvocationServerErrors",
    "InvocationThrottles",
    "LegacyModelInvocations",
)
PLAIN_MODEL = "us.amazon.nova-2-lite-v1:0"
CLAUDE = "us.anthropic.claude-sonnet-5"
UNTOUCHED = "us.amazon.nova-pro-v1:0"
DEFAULT_ONLY = "L-8C5F762B"
ADJUSTABLE = "L-F4DDD3EB"


def messages(text: str) -> str:
    """A conversation of one message, as the CLI takes it."""
    return json.dumps([{"role": "user", "content": [{"text": text}]}])


def wrong(got: Points, expected: Points, what: object) -> list[object]:
    """The times at which two series differ, named; empty where they agree."""
    times = [at for at in sorted({*got, *expected}) if got.get(at, 0.0) != expected.get(at, 0.0)]
    return [(what, metrics.iso(at), f"expected {expected.get(at)}, got {got.get(at)}") for at in times[:1]]


@dataclass
class TestCalls:
    """Calls made at the start on an account without traffic, for CloudWatch to show in the end."""

    succeeded: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    refused: int = 0
    nameless: int = 0
    minutes: set[int] = field(default_factory=set)


class Healthy:
    """The checks on one simulated account; later steps read what earlier ones listed."""

    def __init__(self, workshop: Workshop, suite: Suite, url: str, quiet_url: str) -> None:
        self.workshop = workshop
        self.suite = suite
        self.url = url
        self.quiet_url = quiet_url
        self.aws: Aws = workshop.aws(url)
        self.listed = Listed()
        self.recent = Listed()
        self.calls = TestCalls()

    def steps(self) -> list[Any]:
        """All steps in order; the calls come first, and what CloudWatch makes of them last."""
        return [
            self.make_calls,
            self.identity,
            self.list_metrics,
            self.metric_filters,
            self.totals_add_up,
            self.tiers_add_up,
            self.estimates,
            self.statistics_agree,
            self.data_paging,
            self.metric_statistics,
            self.cloudwatch_errors,
            self.quota_lists,
            self.quota_paging,
            self.single_quotas,
            self.increases,
            self.models,
            self.profiles,
            self.tags,
            self.converse,
            self.converse_refusals,
            self.count_tokens,
            self.invoke_model,
            self.snapshot_agrees,
            self.calls_are_counted,
            self.calls_show_up,
        ]

    def identity(self) -> None:
        """STS."""
        role = ["--role-arn", f"arn:aws:iam::{tables.ACCOUNT}:role/reader", "--role-session-name", "checks"]
        assumed = self.aws.get("sts", "assume-role", *role)
        self.suite.equal("assume-role", assumed["AssumedRoleUser"]["Arn"], f"arn:aws:sts::{tables.ACCOUNT}:assumed-role/reader/checks")
        self.suite.true(
            "assume-role's credentials last an hour", 3500 < metrics.seconds(assumed["Credentials"]["Expiration"]) - time.time() <= 3601, assumed
        )
        got = self.aws.get("sts", "get-caller-identity")
        self.suite.equal("get-caller-identity names the account", got["Account"], tables.ACCOUNT)
        self.suite.true("get-caller-identity's ARN is in that account", f":{tables.ACCOUNT}:" in got["Arn"], got)

    def list_metrics(self) -> None:
        """Which series exist."""
        self.recent = metrics.list_metrics(self.aws, "--namespace", metrics.BEDROCK, "--recently-active", "PT3H")
        self.listed = metrics.list_metrics(self.aws)
        endpoints = {endpoint["id"]: endpoint for endpoint in tables.scenario("healthy")["endpoint"]}
        ended = {name for name, endpoint in endpoints.items() if "until" in endpoint}
        rare = {name for name, endpoint in endpoints.items() if endpoint["rpm"] < 1}
        self.suite.equal("list-metrics shows the scenario's endpoints", self.listed.ids() - rare, set(endpoints) - rare)
        self.suite.equal("recently active: those with calls in three hours", self.recent.ids() - rare, set(endpoints) - ended - rare)
        self.suite.none("recently active series are all listed too", set(self.recent.series) - set(self.listed.series))
        self.suite.equal("no series is listed twice", len(set(self.listed.series)), len(self.listed.series))
        asked = {name: {"default", *endpoint.get("tiers", {})} for name, endpoint in endpoints.items() if name not in rare | ended}
        asked = {name: tiers - {"default"} if endpoints[name].get("tiers", {}).get("flex") == 1.0 else tiers for name, tiers in asked.items()}
        pairs = self.listed.tier_pairs("EstimatedTPMQuotaUsage")
        got = {name: {dict(dims)["ServiceTier"] for dims in pairs.get(name, [])} for name in asked}
        self.suite.equal("tiers asked for are the scenario's", got, asked)
        tiered = {name for _, name, dims in self.listed.series if "ServiceTier" in dict(dims)}
        self.suite.equal("tier dimensions are on the two documented metrics", tiered, {"EstimatedTPMQuotaUsage", "TimeToFirstToken"})

    def metric_filters(self) -> None:
        """Filters of ListMetrics give exactly the part of the whole list that they name."""

        def has(series: tuple[str, str, metrics.Dimensions], **wanted: str | None) -> bool:
            own = dict(series[2])
            return all(name in own and value in (None, own[name]) for name, value in wanted.items())

        named = f"Name=ModelId,Value={PLAIN_MODEL}"
        filters: list[tuple[str, list[str], Any]] = [
            ("by metric", ["--metric-name", "InvocationLatency"], lambda series: series[1] == "InvocationLatency"),
            ("by a dimension's name", ["--dimensions", "Name=ServiceTier"], lambda series: has(series, ServiceTier=None)),
            (
                "by two dimensions' values",
                ["--dimensions", named, "Name=ServiceTier,Value=flex"],
                lambda series: has(series, ModelId=PLAIN_MODEL, ServiceTier="flex"),
            ),
            ("of another namespace", ["--namespace", "AWS/Nothing"], lambda _: False),
        ]
        got = [set(metrics.list_metrics(self.aws, *arguments).series) for _, arguments, _ in filters]
        # A series may begin to be listed at any time: what was listed before must be there, what is not listed after must not.
        after = metrics.list_metrics(self.aws)
        for (what, _, fits), found in zip(filters, got, strict=True):
            least, most = (set(filter(fits, listed.series)) for listed in (self.listed, after))
            self.suite.true(f"list-metrics {what} is that part of the whole", least <= found <= most, (least - found, found - most))

    def totals_add_up(self) -> None:
        """The series without dimensions is the sum of the ModelId series, minute by minute."""
        when = Range.settled(30)
        ids = sorted(self.listed.ids())
        queries = [Query(metric, metrics.model(name)) for metric in COUNTS for name in ids] + [Query(metric) for metric in COUNTS]
        answers = metrics.ask(self.aws, queries, when)
        problems: list[object] = []
        for metric in COUNTS:
            parts = metrics.added(answers[Query(metric, metrics.model(name))] for name in ids)
            problems += wrong(answers[Query(metric)], parts, metric)
        self.suite.none(f"{len(COUNTS)} account totals are the sums of {len(ids)} endpoints, 30 minutes each", problems)
        self.suite.equal("every settled minute has calls", len(answers[Query("Invocations")]), 30)
        outside = [at for points in answers.values() for at in points if not when.start <= at < when.end or at % 60]
        self.suite.none("all timestamps are whole minutes of the range", outside)

    def tiers_add_up(self) -> None:
        """The tier pairs of an endpoint are its plain series, taken apart."""
        when = Range.settled(60)
        problems: list[object] = []
        for metric, stats in (("EstimatedTPMQuotaUsage", ("Sum", "SampleCount")), ("TimeToFirstToken", ("SampleCount", "Sum"))):
            pairs = self.listed.tier_pairs(metric)
            queries = [Query(metric, dims, stat) for name, all_dims in pairs.items() for stat in stats for dims in [*all_dims, metrics.model(name)]]
            answers = metrics.ask(self.aws, queries, when)
            for name, all_dims in pairs.items():
                for stat in stats:
                    parts = metrics.added(answers[Query(metric, dims, stat)] for dims in all_dims)
                    problems += wrong(parts, answers[Query(metric, metrics.model(name), stat)], (metric, name, stat))
        self.suite.none("tier pairs add up to their endpoint, tokens and samples, 60 minutes", problems)

    def estimates(self) -> None:
        """EstimatedTPMQuotaUsage is input + cache write + output × the table's burndown."""
        when = Range.settled(60)
        ids = sorted(self.recent.ids())
        parts = ("EstimatedTPMQuotaUsage", "InputTokenCount", "CacheWriteInputTokenCount", "OutputTokenCount")
        answers = metrics.ask(self.aws, [Query(metric, metrics.model(name)) for name in ids for metric in parts], when)
        problems: list[object] = []
        for name in ids:
            estimate, given, cached, written = (answers[Query(metric, metrics.model(name))] for metric in parts)
            burndown = tables.model_of(name).burndown
            weighted = {at: value * burndown for at, value in written.items()}
            problems += wrong(estimate, metrics.added([given, cached, weighted]), (name, burndown))
        self.suite.none(f"quota use follows the burndown formula at {len(ids)} endpoints", problems)

    def statistics_agree(self) -> None:
        """The statistics of one series fit each other, and those of one call's metrics too."""
        when = Range.settled(60, 300)
        ids = sorted(self.recent.ids())
        model, latency, calls = metrics.model, "InvocationLatency", "Invocations"
        plain = ("Sum", "SampleCount", "Minimum", "Maximum", "Average")
        percent = ("p0", "p10", "p50", "p90", "p99", "p99.9", "p100")
        queries = [Query(latency, model(name), stat, 300) for name in ids for stat in (*plain, *percent)]
        queries += [Query(calls, model(name), stat, 300) for name in ids for stat in ("Sum", "SampleCount")]
        queries += [Query(calls, model(name)) for name in ids]
        queries += [Query(metric, model(name), "Sum", 300) for name in ids for metric in ("InvocationClientErrors", "InvocationServerErrors")]
        queries += [Query("EstimatedTPMQuotaUsage", model(name), "SampleCount", 300) for name in ids]
        answers = metrics.ask(self.aws, queries, when)
        order, sums, counts, coarse, succeeded = [], [], [], [], []
        for name in ids:
            of = {stat: answers[Query(latency, model(name), stat, 300)] for stat in (*plain, *percent)}
            for at in of["Sum"]:
                rising = [of[stat][at] for stat in percent]
                if rising != sorted(rising) or rising[0] != of["Minimum"][at] or rising[-1] != of["Maximum"][at]:
                    order.append((name, at, rising))
                if abs(of["Average"][at] * of["SampleCount"][at] - of["Sum"][at]) > 1e-6 * of["Sum"][at]:
                    sums.append((name, at, of["Average"][at], of["SampleCount"][at], of["Sum"][at]))
            whole = answers[Query(calls, model(name), "Sum", 300)]
            counts += wrong(whole, answers[Query(calls, model(name), "SampleCount", 300)], name)
            fine: Points = {}
            for at, value in answers[Query(calls, model(name))].items():
                fine[at // 300 * 300] = fine.get(at // 300 * 300, 0.0) + value
            coarse += wrong(whole, fine, name)
            errors = [answers[Query(metric, model(name), "Sum", 300)] for metric in ("InvocationClientErrors", "InvocationServerErrors")]
            good = metrics.added([answers[Query("EstimatedTPMQuotaUsage", model(name), "SampleCount", 300)], *errors])
            succeeded += wrong(good, whole, name)
        self.suite.none("percentiles rise from the minimum to the maximum", order)
        self.suite.none("average × samples is the sum", sums)
        self.suite.none("of Invocations, the sum is the sample count", counts)
        self.suite.none("five minutes are the sum of their minutes", coarse)
        self.suite.none("calls are successes, client errors and server errors", succeeded)

    def data_paging(self) -> None:
        """GetMetricData in pages and in both orders gives the same points."""
        when = Range.settled(60)
        queries = [Query("Invocations", metrics.model(name)) for name in sorted(self.recent.ids())]
        whole = metrics.ask(self.aws, queries, when)
        paged = metrics.ask(self.aws, queries, when, "--page-size", "100")
        self.suite.equal("get-metric-data in pages of 100 points is the same", paged, whole)
        body = {"MetricDataQueries": [queries[0].member("q")], **when.members()}
        up = self.aws.with_input("cloudwatch", "get-metric-data", {**body, "ScanBy": "TimestampAscending"})["MetricDataResults"][0]
        down = self.aws.with_input("cloudwatch", "get-metric-data", body)["MetricDataResults"][0]
        self.suite.equal("ascending is descending turned round", up["Timestamps"], down["Timestamps"][::-1])
        self.suite.equal("newest first is the default order", down["Timestamps"], sorted(down["Timestamps"], reverse=True))
        one = self.aws.with_input("cloudwatch", "get-metric-data", {**body, "MaxDatapoints": 1}, "--no-paginate")
        self.suite.equal("a cut page says so", (one["MetricDataResults"][0]["StatusCode"], "NextToken" in one), ("PartialData", True))

    def metric_statistics(self) -> None:
        """GetMetricStatistics and GetMetricData are two ways to the same numbers."""
        when = Range.settled(60, 300)
        dims = f"Name=ModelId,Value={CLAUDE}"
        common = ["cloudwatch", "get-metric-statistics", "--namespace", metrics.BEDROCK, "--metric-name", "InvocationLatency", "--dimensions", dims]
        common += ["--start-time", metrics.iso(when.start), "--end-time", metrics.iso(when.end), "--period", "300"]
        got = self.aws.get(*common, "--statistics", "Sum", "Maximum", "SampleCount")["Datapoints"]
        stats = ("Sum", "Maximum", "SampleCount", "p90")
        other = metrics.ask(self.aws, [Query("InvocationLatency", metrics.model(CLAUDE), stat, 300) for stat in stats], when)
        for stat in stats[:3]:
            points = {metrics.seconds(point["Timestamp"]): point[stat] for point in got}
            self.suite.equal(f"get-metric-statistics agrees on {stat}", points, other[Query("InvocationLatency", metrics.model(CLAUDE), stat, 300)])
        extended = self.aws.get(*common, "--extended-statistics", "p90")["Datapoints"]
        points = {metrics.seconds(point["Timestamp"]): point["ExtendedStatistics"]["p90"] for point in extended}
        self.suite.equal("get-metric-statistics agrees on p90", points, other[Query("InvocationLatency", metrics.model(CLAUDE), "p90", 300)])
        self.suite.equal("latency is in milliseconds", {point["Unit"] for point in got}, {"Milliseconds"})

    def cloudwatch_errors(self) -> None:
        """What CloudWatch refuses."""
        when = Range.settled(60)
        common = ["cloudwatch", "get-metric-statistics", "--namespace", metrics.BEDROCK, "--metric-name", "Invocations"]
        backwards = [*common, "--start-time", metrics.iso(when.end), "--end-time", metrics.iso(when.start), "--period", "60", "--statistics", "Sum"]
        self.suite.equal("a range that ends before it starts", self.aws.error(*backwards)[0], "InvalidParameterValue")
        bare = [*common, "--start-time", metrics.iso(when.start), "--end-time", metrics.iso(when.end), "--period", "60"]
        self.suite.equal("no statistic asked", self.aws.error(*bare)[0], "InvalidParameterCombination")
        got = self.aws.error("cloudwatch", "list-metrics", "--recently-active", "PT3H", "--no-paginate", "--next-token", "made-up")[0]
        self.suite.equal("a made-up NextToken", got, "InvalidParameterValue")
        self.suite.equal("an operation that the simulator lacks", self.aws.error("cloudwatch", "list-dashboards")[0], "UnknownOperationException")

    def quota_lists(self) -> None:
        """Applied and default quotas are the table's."""
        table = tables.quotas()
        missing = set(tables.scenario("healthy")["default_only"])
        defaults = self.aws.get("service-quotas", "list-aws-default-service-quotas", "--service-code", "bedrock")["Quotas"]
        applied = self.aws.get("service-quotas", "list-service-quotas", "--service-code", "bedrock")["Quotas"]
        rows = {quota["QuotaCode"]: (quota["QuotaName"], quota["Value"], quota["Adjustable"]) for quota in defaults}
        self.suite.equal(f"{len(table)} default quotas are the table's", rows, {q.code: (q.name, q.default, q.adjustable) for q in table.values()})
        self.suite.equal("no quota twice", (len(defaults), len(applied)), (len(table), len(table) - len(missing)))
        values = {quota["QuotaCode"]: quota["Value"] for quota in applied}
        own = tables.scenario("healthy")["applied"]
        in_force = {q.code: own.get(q.code, q.default) for q in table.values() if q.code not in missing}
        self.suite.equal("applied quotas are the defaults in this account but for one that was raised", values, in_force)
        self.suite.equal("merged, two quotas have a default only", set(rows) - set(values), missing)
        reasons = {quota["QuotaCode"]: quota["ErrorReason"]["ErrorCode"] for quota in applied if "ErrorReason" in quota}
        expected = {code: reason[0] for code, reason in tables.scenario("healthy")["quota_errors"].items()}
        self.suite.equal("one quota has an ErrorReason", reasons, expected)

    def quota_paging(self) -> None:
        """Pages of Service Quotas hold at most 100 and join without loss."""
        command = ["service-quotas", "list-service-quotas", "--service-code", "bedrock", "--no-paginate"]
        codes: list[str] = []
        sizes: list[int] = []
        token: list[str] = []
        while True:
            page = self.aws.get(*command, *token)
            codes += [quota["QuotaCode"] for quota in page["Quotas"]]
            sizes.append(len(page["Quotas"]))
            if not page.get("NextToken") or len(sizes) > 50:
                break
            token = ["--next-token", page["NextToken"]]
        count = len(tables.quotas()) - 2
        self.suite.equal("list-service-quotas has full pages of 100 and a rest", sizes, [100] * (count // 100) + [count % 100])
        self.suite.equal("its pages join without loss", len(set(codes)), count)
        small = self.aws.get(
            "service-quotas", "list-aws-default-service-quotas", "--service-code", "bedrock", "--page-size", "7", "--max-items", "20"
        )
        self.suite.equal("a smaller page size goes on where it stopped", len({quota["QuotaCode"] for quota in small["Quotas"]}), 20)
        self.suite.equal("a page size above 100", self.aws.error(*command, "--max-results", "101")[0], "IllegalArgumentException")
        self.suite.equal("a made-up token", self.aws.error(*command, "--next-token", "abc")[0], "InvalidPaginationTokenException")

    def single_quotas(self) -> None:
        """One quota at a time."""

        def code(operation: str, quota: str, service: str = "bedrock") -> str:
            return self.aws.error("service-quotas", operation, "--service-code", service, "--quota-code", quota)[0]

        table = tables.quotas()[ADJUSTABLE]
        got = self.aws.get("service-quotas", "get-service-quota", "--service-code", "bedrock", "--quota-code", ADJUSTABLE)["Quota"]
        self.suite.equal("get-service-quota", (got["QuotaName"], got["Value"], got["Unit"]), (table.name, table.default, "None"))
        self.suite.equal("its ARN", got["QuotaArn"], f"arn:aws:servicequotas:us-east-1:{tables.ACCOUNT}:bedrock/{ADJUSTABLE}")
        only = self.aws.get("service-quotas", "get-aws-default-service-quota", "--service-code", "bedrock", "--quota-code", DEFAULT_ONLY)["Quota"]
        self.suite.equal("get-aws-default-service-quota", only["Value"], tables.quotas()[DEFAULT_ONLY].default)
        self.suite.equal("a default-only quota has no applied value", code("get-service-quota", DEFAULT_ONLY), "NoSuchResourceException")
        self.suite.equal("an unknown quota", code("get-aws-default-service-quota", "L-00000000"), "NoSuchResourceException")
        services = {service["ServiceCode"] for service in self.aws.get("service-quotas", "list-services")["Services"]}
        self.suite.true("list-services has Bedrock", "bedrock" in services, services)
        self.suite.equal("an unknown service", code("get-service-quota", ADJUSTABLE, "nothing"), "NoSuchResourceException")

    def increases(self) -> None:
        """Asking for more, and the history of it."""
        table = tables.quotas()
        fixed = next(quota for quota in table.values() if quota.inference and not quota.adjustable)
        history = ["service-quotas", "list-requested-service-quota-change-history", "--service-code", "bedrock"]
        self.suite.equal("no increase was asked for yet", self.aws.get(*history)["RequestedQuotas"], [])

        def ask(quota: str, value: float) -> list[str]:
            named = ["--service-code", "bedrock", "--quota-code", quota, "--desired-value", str(value)]
            return ["service-quotas", "request-service-quota-increase", *named]

        desired = table[ADJUSTABLE].default * 2
        below = self.aws.error(*ask(ADJUSTABLE, table[ADJUSTABLE].default / 2))[0]
        self.suite.equal("less than the default", below, "IllegalArgumentException")
        self.suite.equal("a quota that cannot be raised", self.aws.error(*ask(fixed.code, fixed.default * 2))[0], "IllegalArgumentException")
        self.suite.equal("a quota that is none", self.aws.error(*ask("L-00000000", 5))[0], "NoSuchResourceException")
        asked = self.aws.get(*ask(ADJUSTABLE, desired))["RequestedQuota"]
        self.suite.equal("an increase is pending", (asked["Status"], asked["DesiredValue"], asked["QuotaCode"]), ("PENDING", desired, ADJUSTABLE))
        self.suite.equal("asking twice", self.aws.error(*ask(ADJUSTABLE, desired * 2))[0], "ResourceAlreadyExistsException")
        rows = self.aws.get(*history)["RequestedQuotas"]
        self.suite.equal(
            "the history has it, as a case", [(r["Id"], r["Status"], r["DesiredValue"]) for r in rows], [(asked["Id"], "CASE_OPENED", desired)]
        )
        self.suite.equal("the history by status", self.aws.get(*history, "--status", "APPROVED")["RequestedQuotas"], [])
        by_quota = ["service-quotas", "list-requested-service-quota-change-history-by-quota", "--service-code", "bedrock", "--quota-code"]
        self.suite.equal("the history by quota", [len(self.aws.get(*by_quota, code)["RequestedQuotas"]) for code in (ADJUSTABLE, fixed.code)], [1, 0])

    def models(self) -> None:
        """Foundation models are the table's, without those of the mantle endpoint."""
        table = {name: model for name, model in tables.models().items() if not model.mantle_only}
        got = self.aws.get("bedrock", "list-foundation-models")["modelSummaries"]
        shown = {
            m["modelId"]: (
                m["modelName"],
                m["providerName"],
                m["inputModalities"],
                m["outputModalities"],
                m["responseStreamingSupported"],
                m["inferenceTypesSupported"],
                m["modelLifecycle"]["status"],
            )
            for m in got
        }
        expected = {m.model_id: (m.name, m.provider, m.inputs, m.outputs, m.streaming, m.inference_types, m.lifecycle) for m in table.values()}
        self.suite.equal(f"{len(table)} foundation models are the table's", shown, expected)

        def ids(*filters: str) -> set[str]:
            return {m["modelId"] for m in self.aws.get("bedrock", "list-foundation-models", *filters)["modelSummaries"]}

        self.suite.equal("by provider", ids("--by-provider", "Anthropic"), {m.model_id for m in table.values() if m.provider == "Anthropic"})
        self.suite.equal("by output", ids("--by-output-modality", "EMBEDDING"), {m.model_id for m in table.values() if "EMBEDDING" in m.outputs})
        both = ids("--by-inference-type", "ON_DEMAND", "--by-provider", "Meta")
        self.suite.equal(
            "by inference type and provider", both, {m.model_id for m in table.values() if "ON_DEMAND" in m.inference_types and m.provider == "Meta"}
        )
        one = got[0]
        for name in (one["modelId"], one["modelArn"]):
            self.suite.equal(
                f"get-foundation-model by {'ARN' if name[:4] == 'arn:' else 'id'}",
                self.aws.get("bedrock", "get-foundation-model", "--model-identifier", name)["modelDetails"],
                one,
            )
        self.suite.equal(
            "an unknown model", self.aws.error("bedrock", "get-foundation-model", "--model-identifier", "a.b")[0], "ResourceNotFoundException"
        )
        status = self.aws.get("bedrock", "get-foundation-model-availability", "--model-id", one["modelId"])
        self.suite.equal("get-foundation-model-availability", (status["modelId"], status["authorizationStatus"]), (one["modelId"], "AUTHORIZED"))
        bearer = self.workshop.aws(self.url, AWS_BEARER_TOKEN_BEDROCK="bedrock-api-key-not-a-secret")
        self.suite.equal("with a bearer token the models are the same", bearer.get("bedrock", "list-foundation-models")["modelSummaries"], got)
        provisioned = self.aws.get("bedrock", "list-provisioned-model-throughputs")["provisionedModelSummaries"]
        self.suite.equal("nothing is provisioned", provisioned, [])

    def profiles(self) -> None:
        """Inference profiles of both types."""
        system = tables.system_profiles()
        listed = self.aws.get("bedrock", "list-inference-profiles", "--type-equals", "SYSTEM_DEFINED")["inferenceProfileSummaries"]
        shown = {p["inferenceProfileId"]: {"name": p["inferenceProfileName"], "models": [m["modelArn"] for m in p["models"]]} for p in listed}
        self.suite.equal(f"{len(system)} system profiles are the table's", shown, system)
        arns = {p["inferenceProfileArn"] == f"arn:aws:bedrock:us-east-1:{tables.ACCOUNT}:inference-profile/{p['inferenceProfileId']}" for p in listed}
        self.suite.equal("their ARNs", arns, {True})
        pages = self.aws.get("bedrock", "list-inference-profiles", "--type-equals", "SYSTEM_DEFINED", "--page-size", "10")
        self.suite.equal("in pages of ten they are the same", pages["inferenceProfileSummaries"], listed)
        apps = {profile["id"]: profile for profile in tables.scenario("healthy")["profile"]}
        own = self.aws.get("bedrock", "list-inference-profiles", "--type-equals", "APPLICATION")["inferenceProfileSummaries"]
        shown = {p["inferenceProfileId"]: {"name": p["inferenceProfileName"], "models": [m["modelArn"] for m in p["models"]]} for p in own}
        expected = {name: {"name": app["name"], "models": system[app["source"]]["models"]} for name, app in apps.items()}
        self.suite.equal(f"{len(apps)} application profiles copy their source", shown, expected)
        for name in (own[0]["inferenceProfileId"], own[0]["inferenceProfileArn"], listed[0]["inferenceProfileId"]):
            got = self.aws.get("bedrock", "get-inference-profile", "--inference-profile-identifier", name)
            kind = "ARN" if name.startswith("arn:") else f"id, {got['type']}"
            self.suite.equal(
                f"get-inference-profile by {kind}", got, next(p for p in own + listed if name in (p["inferenceProfileId"], p["inferenceProfileArn"]))
            )
        missing = self.aws.error("bedrock", "get-inference-profile", "--inference-profile-identifier", "us.nothing")[0]
        self.suite.equal("an unknown profile", missing, "ResourceNotFoundException")

    def tags(self) -> None:
        """Tags of application profiles."""
        got = {}
        apps = tables.scenario("healthy")["profile"]
        prefix = f"arn:aws:bedrock:us-east-1:{tables.ACCOUNT}"
        for app in apps:
            arn = f"{prefix}:application-inference-profile/{app['id']}"
            got[app["id"]] = {tag["key"]: tag["value"] for tag in self.aws.get("bedrock", "list-tags-for-resource", "--resource-arn", arn)["tags"]}
        self.suite.equal("list-tags-for-resource is the scenario's", got, {app["id"]: app.get("tags", {}) for app in apps})
        gone = self.aws.error("bedrock", "list-tags-for-resource", "--resource-arn", f"{prefix}:application-inference-profile/nothing0")[0]
        self.suite.equal("tags of what does not exist", gone, "ResourceNotFoundException")

    def _converse(self, model: str, *arguments: str, text: str = "What limits a burst of calls?") -> list[str]:
        return ["bedrock-runtime", "converse", "--model-id", model, "--messages", messages(text), *arguments]

    def converse(self) -> None:
        """Converse's answers."""
        got = self.aws.get(*self._converse(PLAIN_MODEL))
        usage = got["usage"]
        self.suite.equal("converse: who answers", got["output"]["message"]["role"], "assistant")
        self.suite.true("converse: there is a text", len(got["output"]["message"]["content"][0]["text"]) > 20, got)
        self.suite.equal("converse: usage adds up", usage["totalTokens"], usage["inputTokens"] + usage["outputTokens"])
        self.suite.true("converse: latency is named", got["metrics"]["latencyMs"] > 0, got["metrics"])
        self.suite.equal("converse: why it ended", got["stopReason"], "end_turn")
        for tier in ("flex", "priority"):
            echoed = self.aws.get(*self._converse(PLAIN_MODEL, "--service-tier", f"type={tier}"))
            self.suite.equal(f"converse: tier {tier} is echoed", echoed.get("serviceTier"), {"type": tier})
        short = self.aws.get(*self._converse(CLAUDE, "--inference-config", "maxTokens=5"))
        self.suite.equal("converse: cut at maxTokens", (short["stopReason"], short["usage"]["outputTokens"]), ("max_tokens", 5))
        app = f"arn:aws:bedrock:us-east-1:{tables.ACCOUNT}:application-inference-profile/q7r8s9t0u1v2"
        named = self.aws.get(*self._converse(app, "--inference-config", "maxTokens=9"))
        self.suite.equal("converse: through an application profile's ARN", named["usage"]["outputTokens"], 9)

    def converse_refusals(self) -> None:
        """What Converse refuses, in AWS's words."""
        refusals = [
            ("a tier that the model lacks", CLAUDE, ["--service-tier", "type=flex"], "The provided service tier is not supported for this model"),
            ("a tier that is none", PLAIN_MODEL, ["--service-tier", "type=standard"], "service tier provided is invalid"),
            ("reserved without a reservation", PLAIN_MODEL, ["--service-tier", "type=reserved"], "Reservation not found."),
            ("a model for profiles only", PLAIN_MODEL.removeprefix("us."), [], "with on-demand throughput isn’t supported"),
            ("a model that is none", "acme.nothing-v1:0", [], "The provided model identifier is invalid."),
            ("more tokens than the model writes", PLAIN_MODEL, ["--inference-config", "maxTokens=99999999"], "exceeds the model limit"),
        ]
        for what, model, arguments, words in refusals:
            code, message = self.aws.error(*self._converse(model, *arguments))
            self.suite.true(f"converse: {what}", code == "ValidationException" and words in message, (code, message))

    def count_tokens(self) -> None:
        """CountTokens says what Converse counts for the same input (that is what AWS promises of it)."""
        text = "How many tokens has this sentence, and how many has one that is somewhat longer than the first?"
        body = json.dumps({"converse": {"messages": json.loads(messages(text))}})
        counted = self.aws.get("bedrock-runtime", "count-tokens", "--model-id", PLAIN_MODEL, "--input", body)["inputTokens"]
        used = self.aws.get(*self._converse(PLAIN_MODEL, "--inference-config", "maxTokens=3", text=text))["usage"]["inputTokens"]
        self.suite.equal("count-tokens is what converse counts as input", counted, used)

    def invoke_model(self) -> None:
        """InvokeModel in the form of two families."""
        out = self.workshop.scratch / "invoked.json"
        claude = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 6, "messages": [{"role": "user", "content": "Say something long."}]}
        head = self.aws.get("bedrock-runtime", "invoke-model", "--model-id", CLAUDE, "--body", json.dumps(claude), str(out))
        body = json.loads(out.read_text())
        self.suite.equal("invoke-model: content type", head["contentType"], "application/json")
        got = (body["role"], body["stop_reason"], body["usage"]["output_tokens"], body["content"][0]["type"])
        self.suite.equal("invoke-model: an answer in Anthropic's form", got, ("assistant", "max_tokens", 6, "text"))
        plain = {"messages": [{"role": "user", "content": [{"text": "Hello"}]}], "inferenceConfig": {"maxTokens": 5}}
        tiered = ["bedrock-runtime", "invoke-model", "--model-id", PLAIN_MODEL, "--service-tier", "flex", "--body", json.dumps(plain), str(out)]
        self.suite.equal("invoke-model: the tier's header is echoed", self.aws.get(*tiered).get("serviceTier"), "flex")
        broken = ["bedrock-runtime", "invoke-model", "--model-id", PLAIN_MODEL, "--body", "{", str(out)]
        self.suite.equal("invoke-model: a broken body", self.aws.error(*broken)[0], "ValidationException")

    def snapshot_agrees(self) -> None:
        """`tiertop snapshot` of the same account says what the AWS CLI says, over the same minutes."""
        code, document, said = self.workshop.snapshot("--endpoint-url", self.url)
        self.suite.equal("snapshot: all sources answered", (code, document.get("faults")), (0, []))
        end = metrics.seconds(document["data_through"])
        when = Range(end - 180 * 60, end)
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
        rows = {row["id"]: row for row in document["endpoints"]}
        rare = {endpoint["id"] for endpoint in tables.scenario("healthy")["endpoint"] if endpoint["rpm"] < 1}
        self.suite.equal("snapshot: the endpoints that list-metrics shows", set(rows) - rare, self.recent.ids() - rare)
        queries = [Query(metric, metrics.model(name)) for name in rows for metric in (*fields.values(), "EstimatedTPMQuotaUsage")]
        answers = metrics.ask(self.aws, queries, when)
        sums = {name: {key: sum(answers[Query(metric, metrics.model(name))].values()) for key, metric in fields.items()} for name in rows}
        got = {name: {key: row[key] for key in fields} for name, row in rows.items()}
        self.suite.none(
            "snapshot: eight counts of each endpoint are the CLI's",
            ((n, k, f"expected {sums[n][k]}, got {got[n][k]}") for n in rows for k in fields if sums[n][k] != got[n][k]),
        )
        self._snapshot_pools(document, answers, when)
        self._snapshot_tiers(document, when)
        self._snapshot_latencies(document, when)

    def _snapshot_latencies(self, document: dict[str, Any], when: Range) -> None:
        """Percentiles cannot be merged: a window's must be a query of its own, with the window as its period."""
        stats = {"p50": "p50", "p90": "p90", "p99": "p99", "avg": "Average", "samples": "SampleCount"}
        fields = {"latency_ms": "InvocationLatency", "ttft_ms": "TimeToFirstToken"}
        period = when.end - when.start
        queries = {
            (row["id"], field, key): Query(metric, metrics.model(row["id"]), stat, period)
            for row in document["endpoints"]
            for field, metric in fields.items()
            for key, stat in stats.items()
        }
        answers = metrics.ask(self.aws, list(queries.values()), when)
        expected = {key: answers[query].get(when.start) for key, query in queries.items()}
        stamped = [points for points in answers.values() if set(points) - {when.start}]
        self.suite.none("one period as long as the window begins at StartTime", stamped)
        got = {(row["id"], field, key): row[field][key] for row in document["endpoints"] for field in fields for key in stats}
        self.suite.equal("snapshot: percentiles, mean and samples of the window are the CLI's", got, expected)

    def calls_are_counted(self) -> None:
        """What `tiertop snapshot` says that it asked is what a proxy before the account saw."""
        with proxy.counting(self.url) as (url, seen):
            code, document, _ = self.workshop.snapshot("--endpoint-url", url)
        self.suite.equal("snapshot through a proxy: complete", code, 0)
        said = {(call["service"], call["operation"]): call["count"] for call in document["calls"]}
        self.suite.equal("snapshot: the calls it counts are those it made", said, dict(seen.calls))
        self.suite.equal("snapshot: the metric queries it counts are those it made", document["metric_queries"], seen.queries)
        self.suite.equal("snapshot: every call is signed for the Region", set(seen.regions), {"us-east-1"})

    def _snapshot_pools(self, document: dict[str, Any], answers: dict[Query, Points], when: Range) -> None:
        table = tables.quotas()
        problems: list[object] = []
        for pool in document["pools"]:
            used = metrics.added(answers[Query("EstimatedTPMQuotaUsage", metrics.model(name))] for name in pool["members"])
            per_minute = {at: used.get(at, 0.0) for at in range(when.start, when.end, 60)}
            peak, now = max(per_minute.values()), max(per_minute[at] for at in range(when.end - 300, when.end, 60))
            for quota in (quota for quota in pool["quotas"] if quota["metric"] == "tpm"):
                if (quota["peak"], quota["used_now"]) != (peak, now):
                    problems.append((pool["id"], f"expected peak {peak}, now {now}; got {quota['peak']}, {quota['used_now']}"))
                if quota["peak_at"] and per_minute[metrics.seconds(quota["peak_at"])] != peak:
                    problems.append((pool["id"], "peak_at", quota["peak_at"]))
                if quota["code"] and (quota["applied"], quota["default"], quota["name"]) != (table[quota["code"]].default,) * 2 + (
                    table[quota["code"]].name,
                ):
                    problems.append((pool["id"], quota["code"], quota["applied"], quota["default"]))
                headroom = 100 * (1 - now / quota["applied"]) if quota["match"]["kind"] == "one" and quota["applied"] else None
                if (quota["headroom_percent"] is None) != (headroom is None) or abs((quota["headroom_percent"] or 0) - (headroom or 0)) > 1e-9:
                    problems.append((pool["id"], f"expected headroom {headroom}, got {quota['headroom_percent']}"))
        self.suite.none("snapshot: used, peak and headroom of each pool are the CLI's", problems)

    def _snapshot_tiers(self, document: dict[str, Any], when: Range) -> None:
        pairs = self.listed.tier_pairs("EstimatedTPMQuotaUsage")
        queries = [Query("EstimatedTPMQuotaUsage", dims, stat) for all_dims in pairs.values() for dims in all_dims for stat in ("Sum", "SampleCount")]
        answers = metrics.ask(self.aws, queries, when)
        problems: list[object] = []
        for row in document["endpoints"]:
            expected = {}
            for dims in pairs.get(row["id"], []):
                tokens, calls = (sum(answers[Query("EstimatedTPMQuotaUsage", dims, stat)].values()) for stat in ("Sum", "SampleCount"))
                if calls:
                    expected[(dict(dims)["ServiceTier"], dict(dims)["ResolvedServiceTier"])] = (tokens, calls)
            got = {(t["asked"], t["served"]): (t["quota_tokens"], t["requests"]) for t in row["tiers"] if t["requests"]}
            if got != expected:
                problems.append((row["id"], f"expected {expected}, got {got}"))
        self.suite.none("snapshot: quota tokens and calls by tier are the CLI's", problems)

    def make_calls(self) -> None:
        """Calls on an account without traffic of its own; what becomes of them is looked at in the end."""
        aws = self.workshop.aws(self.quiet_url)
        # All in one minute, so that there is a time when they are settled (3 minutes later) and not listed yet (5 minutes later at the earliest).
        while time.time() % 60 > 40:
            time.sleep(0.2)
        self.calls.minutes = {int(time.time()) // 60 * 60}
        for tier in ("flex", "flex", "priority", None):
            done = aws.get(*self._converse(UNTOUCHED, *(["--service-tier", f"type={tier}"] if tier else [])))
            self.calls.succeeded += 1
            self.calls.input_tokens += done["usage"]["inputTokens"]
            self.calls.output_tokens += done["usage"]["outputTokens"]
        aws.error(*self._converse(UNTOUCHED, "--inference-config", "maxTokens=99999999"))
        aws.error(*self._converse("acme.nothing-v1:0"))
        self.calls.refused = self.calls.nameless = 1
        self.calls.minutes.add(int(time.time()) // 60 * 60)

    def calls_show_up(self) -> None:
        """CloudWatch shows the calls: published late, settled at most three minutes after their minute."""
        calls = self.calls
        model = metrics.model(UNTOUCHED)
        pair = (*model, ("ServiceTier", "flex"), ("ResolvedServiceTier", "flex"))
        tokens = calls.input_tokens + calls.output_tokens * tables.model_of(UNTOUCHED).burndown
        expected = {
            Query("Invocations", model): calls.succeeded + calls.refused,
            Query("InvocationClientErrors", model): calls.refused,
            Query("InvocationClientErrors"): calls.refused + calls.nameless,
            Query("InputTokenCount", model): calls.input_tokens,
            Query("OutputTokenCount", model): calls.output_tokens,
            Query("EstimatedTPMQuotaUsage", model): tokens,
            Query("EstimatedTPMQuotaUsage"): tokens,
            Query("EstimatedTPMQuotaUsage", model, "SampleCount"): calls.succeeded,
            Query("EstimatedTPMQuotaUsage", pair, "SampleCount"): 2,
            Query("TimeToFirstToken", model, "SampleCount"): 0,
        }
        when = Range(min(calls.minutes), max(calls.minutes) + 60)
        last = when.end + metrics.SETTLED_SECONDS + 10
        aws = self.workshop.aws(self.quiet_url)
        while True:
            answers = metrics.ask(aws, list(expected), when)
            got = {query: sum(points.values()) for query, points in answers.items()}
            if got == expected or time.time() > last:
                break
            time.sleep(5.0)
        self.suite.equal("test calls show up in CloudWatch: calls, errors, tokens, quota use, by tier", got, expected)
        self._unlisted_calls(aws, last)

    def _unlisted_calls(self, aws: Aws, settled: float) -> None:
        """An endpoint that list-metrics does not show yet: tiertop finds it by the account's totals, every time."""
        while time.time() < settled - 9:
            time.sleep(0.2)
        listed = metrics.list_metrics(aws).series
        self.suite.equal("list-metrics does not show the new series yet", listed, [])
        calls = self.calls
        found = {UNTOUCHED: (float(calls.succeeded + calls.refused), float(calls.refused))}
        rest = {"requests": float(calls.nameless), "client-errors": float(calls.nameless)}
        got = []
        for _ in range(8):
            _, document, _ = self.workshop.snapshot("--endpoint-url", self.quiet_url)
            rows = {row["id"]: (row["requests"], row["client_errors"]) for row in document["endpoints"]}
            got.append((rows, {item["what"]: item["count"] for item in document["unattributed"]}))
        wrong_ones = [one for one in got if one != (found, rest)]
        self.suite.none("8 snapshots find the endpoint that is not listed yet, and one call that belongs to none", wrong_ones)
