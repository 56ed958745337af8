"""Owns the AWS CLI's view of the other scenarios of `tiertop sim`: what each is for must show on the wire."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import metrics
import schema
import tables
from metrics import Query, Range
from programs import Aws, Workshop
from report import Suite
from sim_cli import messages, wrong

SONNET = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
HAIKU = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
GPT = "openai.gpt-oss-120b-1:0"

# One command of each service's operations that tiertop itself uses, with the IAM action that each needs.
COMMANDS = {
    "cloudwatch:ListMetrics": ["cloudwatch", "list-metrics"],
    "servicequotas:ListServiceQuotas": ["service-quotas", "list-service-quotas", "--service-code", "bedrock"],
    "servicequotas:ListAWSDefaultServiceQuotas": ["service-quotas", "list-aws-default-service-quotas", "--service-code", "bedrock"],
    "servicequotas:ListRequestedServiceQuotaChangeHistory": ["service-quotas", "list-requested-service-quota-change-history"],
    "bedrock:ListFoundationModels": ["bedrock", "list-foundation-models"],
    "bedrock:ListInferenceProfiles": ["bedrock", "list-inference-profiles"],
    "bedrock:ListTagsForResource": [
        "bedrock",
        "list-tags-for-resource",
        "--resource-arn",
        "arn:aws:bedrock:us-east-1:1:application-inference-profile/x",
    ],
    "bedrock:GetFoundationModelAvailability": ["bedrock", "get-foundation-model-availability", "--model-id", "amazon.nova-2-lite-v1:0"],
    "bedrock:GetUseCaseForModelAccess": ["bedrock", "get-use-case-for-model-access"],
    "bedrock:GetModelInvocationLoggingConfiguration": ["bedrock", "get-model-invocation-logging-configuration"],
    "bedrock:InvokeModel": ["bedrock-runtime", "converse", "--model-id", SONNET, "--messages", messages("Hello")],
}
GET_METRIC_DATA = [
    "cloudwatch",
    "get-metric-data",
    "--start-time",
    "2026-11-01T00:00:00Z",
    "--end-time",
    "2026-11-01T01:00:00Z",
    "--metric-data-queries",
    '[{"Id":"a","MetricStat":{"Metric":{"Namespace":"AWS/Bedrock","MetricName":"Invocations"},"Period":60,"Stat":"Sum"}}]',
]
ALL_COMMANDS = {**COMMANDS, "cloudwatch:GetMetricData": GET_METRIC_DATA}


class Scenarios:
    """The checks; each starts a simulated account of its own."""

    def __init__(self, workshop: Workshop, suite: Suite) -> None:
        self.workshop = workshop
        self.suite = suite

    def steps(self) -> list[Callable[[], None]]:
        """All steps."""
        return [
            self.zero_quota,
            self.denied,
            self.expired,
            self.untiered,
            self.tiers_everywhere,
            self.reserved_spill,
            self.mantle,
            self.empty,
            self.throttled,
            self.huge,
            self.id_suffix,
            self.snapshots,
        ]

    def zero_quota(self) -> None:
        """More than nine in ten inference quotas are zero, the others not."""
        table = tables.quotas()
        with self.workshop.sim("zero-quota") as url:
            aws = self.workshop.aws(url)
            quotas = aws.get("service-quotas", "list-service-quotas", "--service-code", "bedrock")["Quotas"]
            inference = [quota["Value"] for quota in quotas if table[quota["QuotaCode"]].inference]
            zeros = sum(value == 0 for value in inference)
            self.suite.true("zero-quota: over 90 % of the inference quotas are 0", zeros > 0.9 * len(inference), f"{zeros} of {len(inference)}")
            defaults = aws.get("service-quotas", "list-aws-default-service-quotas", "--service-code", "bedrock")["Quotas"]
            got = {quota["QuotaCode"]: quota["Value"] for quota in defaults}
            self.suite.equal("zero-quota: the defaults are not", got, {quota.code: quota.default for quota in table.values()})
            code, message = aws.error(*COMMANDS["bedrock:InvokeModel"])
            self.suite.equal("zero-quota: a call is throttled", (code, message.startswith("Too many tokens")), ("ThrottlingException", True))
            sums = _window_sums(aws, ("Invocations", "InvocationThrottles"), SONNET, 60)
            self.suite.true("zero-quota: throttles and no successes", sums[0] == 0 and sums[1] > 0, sums)

    def denied(self) -> None:
        """Every action is denied but who we are, and the error names user and action."""
        with self.workshop.sim("denied") as url:
            aws = self.workshop.aws(url)
            identity = aws.get("sts", "get-caller-identity")
            problems = []
            for action, command in ALL_COMMANDS.items():
                code, message = aws.error(*command)
                named = f"not authorized to perform: {action} " in message and identity["Arn"] in message
                if code not in ("AccessDenied", "AccessDeniedException") or not named:
                    problems.append((action, code, message))
            self.suite.none(f"denied: {len(ALL_COMMANDS)} operations name the action and the user", problems)

    def expired(self) -> None:
        """Every call says that the credentials have expired."""
        with self.workshop.sim("expired") as url:
            aws = self.workshop.aws(url)
            commands = {**ALL_COMMANDS, "sts:GetCallerIdentity": ["sts", "get-caller-identity"]}
            codes = {action: aws.error(*command)[0] for action, command in commands.items()}
            wrong_codes = {action: code for action, code in codes.items() if code not in ("ExpiredToken", "ExpiredTokenException")}
            self.suite.equal(f"expired: {len(commands)} operations say so", wrong_codes, {})
            code, document, said = self.workshop.snapshot("--endpoint-url", url)
            self.suite.true(
                "expired: snapshot says it in one sentence and prints nothing", code == 2 and not document and "expired" in said.lower(), (code, said)
            )

    def untiered(self) -> None:
        """No series has a tier dimension."""
        with self.workshop.sim("untiered") as url:
            names = metrics.list_metrics(self.workshop.aws(url)).names()
            self.suite.equal("untiered: ModelId is the only dimension", names - {"ContextWindow"}, {"ModelId"})

    def tiers_everywhere(self) -> None:
        """All metrics have the tier dimensions, and some priority calls were served as default."""
        with self.workshop.sim("tiers-everywhere") as url:
            aws = self.workshop.aws(url)
            listed = metrics.list_metrics(aws)
            plain = {name for _, name, dims in listed.series if len(dims) == 1}
            tiered = {name for _, name, dims in listed.series if "ServiceTier" in dict(dims)}
            self.suite.equal("tiers-everywhere: every metric has them", tiered, plain)
            pairs = listed.tier_pairs("Invocations")[GPT]
            downgraded = (("ModelId", GPT), ("ServiceTier", "priority"), ("ResolvedServiceTier", "default"))
            self.suite.true("tiers-everywhere: priority served as default is a pair", downgraded in pairs, pairs)
            when = Range.settled(60)
            answers = metrics.ask(aws, [Query("Invocations", dims) for dims in (*pairs, metrics.model(GPT))], when)
            parts = metrics.added(answers[Query("Invocations", dims)] for dims in pairs)
            self.suite.none("tiers-everywhere: the pairs' calls add up", wrong(parts, answers[Query("Invocations", metrics.model(GPT))], GPT))
            _, document, _ = self.workshop.snapshot("--endpoint-url", url)
            row = next(row for row in document["endpoints"] if row["id"] == GPT)
            self.suite.true(
                "tiers-everywhere: snapshot has the pair",
                any((t["asked"], t["served"]) == ("priority", "default") and t["requests"] > 0 for t in row["tiers"]),
                row["tiers"],
            )

    def reserved_spill(self) -> None:
        """Reserved was asked; a part was served as default."""
        with self.workshop.sim("reserved-spill") as url:
            aws = self.workshop.aws(url)
            pairs = metrics.list_metrics(aws).tier_pairs("EstimatedTPMQuotaUsage").get(HAIKU, [])
            served = {dict(dims)["ResolvedServiceTier"]: dims for dims in pairs if dict(dims)["ServiceTier"] == "reserved"}
            self.suite.equal("reserved-spill: served both ways", set(served), {"reserved", "default"})
            when = Range.settled(60)
            answers = metrics.ask(aws, [Query("EstimatedTPMQuotaUsage", dims, "SampleCount") for dims in served.values()], when)
            counts = [sum(points.values()) for points in answers.values()]
            self.suite.true("reserved-spill: both have calls in the last hour", all(count > 0 for count in counts), counts)
            _, document, _ = self.workshop.snapshot("--endpoint-url", url, "--window", "1h")
            end = metrics.seconds(document["data_through"])
            (spilled,) = metrics.ask(aws, [Query("EstimatedTPMQuotaUsage", served["default"])], Range(end - 3600, end)).values()
            row = next(row for row in document["endpoints"] if row["id"] == HAIKU)
            tokens = [tier["quota_tokens"] for tier in row["tiers"] if (tier["asked"], tier["served"]) == ("reserved", "default")]
            self.suite.equal("reserved-spill: snapshot has the spilled tokens", tokens, [sum(spilled.values())])
            self._reserved_pool(aws, document, served["reserved"], Range(end - 3600, end))
            echo = aws.get("bedrock-runtime", "converse", "--model-id", HAIKU, "--messages", messages("Hello"), "--service-tier", "type=reserved")
            # The reservation is full in some minutes: then the call overflows, as the others do.
            asked = echo.get("serviceTier", {}).get("type")
            self.suite.true("reserved-spill: a call may ask for it", asked in ("reserved", "default"), asked)

    def _reserved_pool(self, aws: Aws, document: dict[str, Any], reserved: metrics.Dimensions, when: Range) -> None:
        """What Reserved served does not draw on the on-demand quota."""
        plain = Query("EstimatedTPMQuotaUsage", metrics.model(HAIKU))
        answers = metrics.ask(aws, [plain, Query("EstimatedTPMQuotaUsage", reserved)], when)
        apart = answers[Query("EstimatedTPMQuotaUsage", reserved)]
        rest = {at: used - apart.get(at, 0.0) for at, used in answers[plain].items()}
        pool = next(pool for pool in document["pools"] if HAIKU in pool["members"])
        got = [(quota["peak"], quota["peak_bound"]) for quota in pool["quotas"] if quota["metric"] == "tpm"]
        self.suite.equal("reserved-spill: the pool's peak is without what Reserved served", got, [(max(rest.values()), "exact")])

    def mantle(self) -> None:
        """The mantle endpoint has its own namespace, dimensions and metrics."""
        with self.workshop.sim("mantle") as url:
            aws = self.workshop.aws(url)
            listed = metrics.list_metrics(aws, "--namespace", metrics.MANTLE)
            self.suite.equal("mantle: dimensions", listed.names(), {"Model", "Project"})
            found = {name for _, name, _ in listed.series}
            self.suite.equal("mantle: no latency, no throttles", [name for name in found if "Latency" in name or "Throttle" in name], [])
            endpoints = {endpoint["id"] for endpoint in tables.scenario("mantle")["endpoint"] if "project" in endpoint}
            models = {dict(dims)["Model"] for _, name, dims in listed.series if name == "Inferences" and "Model" in dict(dims)}
            self.suite.equal("mantle: the scenario's models", models, endpoints)
            singles = [dims for _, name, dims in listed.series if name == "Inferences" and len(dims) == 1]
            queries = [Query("Inferences", dims, namespace=metrics.MANTLE) for dims in ((), *singles)]
            answers = metrics.ask(aws, queries, Range.settled(30))
            for key in ("Model", "Project"):
                parts = metrics.added(answers[Query("Inferences", dims, namespace=metrics.MANTLE)] for dims in singles if dims[0][0] == key)
                self.suite.none(f"mantle: the account's calls are the sum by {key}", wrong(answers[queries[0]], parts, key))

    def empty(self) -> None:
        """An account in which nothing was ever called."""
        with self.workshop.sim("empty") as url:
            aws = self.workshop.aws(url)
            self.suite.equal("empty: list-metrics", metrics.list_metrics(aws).series, [])
            answers = metrics.ask(aws, [Query("Invocations"), Query("Invocations", metrics.model(SONNET))], Range.settled(60))
            self.suite.equal("empty: get-metric-data", [len(points) for points in answers.values()], [0, 0])
            code, document, said = self.workshop.snapshot("--endpoint-url", url)
            self.suite.equal("empty: snapshot is complete and has no endpoint", (code, document.get("endpoints"), document.get("pools")), (0, [], []))

    def throttled(self) -> None:
        """A pool that refuses calls while its estimated use is far below its quota."""
        with self.workshop.sim("throttled") as url:
            aws = self.workshop.aws(url)
            quota = aws.get("service-quotas", "get-service-quota", "--service-code", "bedrock", "--quota-code", "L-F4DDD3EB")["Quota"]
            self.suite.equal("throttled: the applied quota", quota["Value"], tables.scenario("throttled")["applied"]["L-F4DDD3EB"])
            (refused,) = _window_sums(aws, ("InvocationThrottles",), SONNET, 5)
            self.suite.true("throttled: throttles in the last five settled minutes", refused > 0, refused)
            when = Range.settled(90)
            before = Range(when.start, when.end - 15 * 60)
            early = metrics.ask(aws, [Query("InvocationThrottles", metrics.model(SONNET))], before)
            self.suite.equal("throttled: none a quarter of an hour before", sum(sum(points.values()) for points in early.values()), 0)
            used = metrics.ask(aws, [Query("EstimatedTPMQuotaUsage", metrics.model(name)) for name in (SONNET, "a1b2c3d4e5f6")], Range.settled(5))
            peak = max(metrics.added(used.values()).values())
            self.suite.true("throttled: with the estimated use below the quota", 0 < peak < quota["Value"], peak)
            self._throttled_snapshot(url, aws)

    def _throttled_snapshot(self, url: str, aws: Aws) -> None:
        _, document, _ = self.workshop.snapshot("--endpoint-url", url)
        row = next(row for row in document["endpoints"] if row["id"] == SONNET)
        end = metrics.seconds(document["data_through"])
        answers = metrics.ask(aws, [Query(name, metrics.model(SONNET)) for name in ("InvocationThrottles", "Invocations")], Range(end - 300, end))
        throttles, calls = (sum(points.values()) for points in answers.values())
        expected = 100 * throttles / (throttles + calls)
        self.suite.true(
            "throttled: snapshot's share of throttles", abs(row["throttle_percent"] - expected) < 1e-9, (row["throttle_percent"], expected)
        )
        pool = next(pool for pool in document["pools"] if SONNET in pool["members"])
        bounds = {quota["bound"] for quota in pool["quotas"] if quota["metric"] == "tpm"}
        self.suite.equal("throttled: snapshot says that use is at least that", bounds, {"at-least"})

    def huge(self) -> None:
        """Thousands of series come in pages of 500 that join without loss."""
        with self.workshop.sim("huge") as url:
            aws = self.workshop.aws(url)
            joined = metrics.list_metrics(aws, "--namespace", metrics.BEDROCK, "--recently-active", "PT3H")
            pages: list[list[tuple[str, str, metrics.Dimensions]]] = []
            token: list[str] = []
            while True:
                page = aws.get("cloudwatch", "list-metrics", "--namespace", metrics.BEDROCK, "--recently-active", "PT3H", "--no-paginate", *token)
                pages.append(metrics.Listed.of(page["Metrics"]).series)
                if not page.get("NextToken") or len(pages) > 40:
                    break
                token = ["--next-token", page["NextToken"]]
            sizes = [len(page) for page in pages]
            whole = [series for page in pages for series in page]
            self.suite.true(f"huge: 2,000 series or more ({len(whole)})", len(whole) >= 2000, len(whole))
            self.suite.true("huge: pages of 500 and a rest", set(sizes[:-1]) == {500} and 0 < sizes[-1] <= 500, sizes)
            self.suite.equal("huge: no series twice", len(set(whole)), len(whole))
            # A series may begin to be listed between the two walks.
            self.suite.true(
                "huge: the CLI's own paging gives the same", len(set(joined.series) ^ set(whole)) <= 2, len(set(joined.series) ^ set(whole))
            )
            ids = sorted(joined.ids())
            answers = metrics.ask(aws, [Query("Invocations"), *(Query("Invocations", metrics.model(name)) for name in ids)], Range.settled(15))
            total = answers.pop(Query("Invocations"))
            listed_all = metrics.list_metrics(aws, "--metric-name", "Invocations").ids()
            rest = metrics.ask(aws, [Query("Invocations", metrics.model(name)) for name in sorted(listed_all - set(ids))], Range.settled(15))
            self.suite.none(
                "huge: the total is the sum of the endpoints", wrong(metrics.added([*answers.values(), *rest.values()]), total, "Invocations")
            )

    def id_suffix(self) -> None:
        """Tiers in the ids, as the launch text had them."""
        with self.workshop.sim("id-suffix") as url:
            listed = metrics.list_metrics(self.workshop.aws(url))
            self.suite.equal("id-suffix: no tier dimension", listed.names() & {"ServiceTier", "ResolvedServiceTier"}, set())
            suffixed = {name.split("+")[1] for name in listed.ids() if "+" in name}
            self.suite.equal("id-suffix: ids with the tier asked", suffixed, {"flex", "priority"})

    def snapshots(self) -> None:
        """`tiertop snapshot --scenario NAME` keeps its schema and exit code in every scenario but the two that take minutes."""
        for name in tables.scenario_names():
            if name in ("slow", "flaky"):
                continue
            code, document, said = self.workshop.snapshot("--scenario", name)
            faults = document.get("faults", [])
            self.suite.none(f"{name}: snapshot keeps the schema", schema.problems(document))
            self.suite.equal(f"{name}: snapshot's exit code and source", (code, document.get("source")), (3 if faults else 0, "simulated"))
            self.suite.equal(f"{name}: faults where there should be some", bool(faults), name in ("denied", "expired"))


def _window_sums(aws: Aws, names: tuple[str, ...], model: str, minutes: int) -> list[float]:
    answers = metrics.ask(aws, [Query(name, metrics.model(model)) for name in names], Range.settled(minutes))
    return [sum(points.values()) for points in answers.values()]
