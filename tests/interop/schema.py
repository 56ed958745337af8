"""Owns the schema `tiertop.snapshot/1`, written by hand from its description: every key, its type, and where null is allowed."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

# A type's name with `?` may be null; a tuple lists the only values; a dict is an object with exactly these keys; a list holds items of its one type.
LATENCY = {"p50": "number?", "p90": "number?", "p99": "number?", "avg": "number?", "samples": "count?"}
TIER = {
    "asked": "text",
    "served": "text?",
    "quota_tokens": "count?",
    "requests": "count?",
    "basis": ("invocations", "estimate-samples", "id-suffix"),
}
ENDPOINT = {
    "id": "text",
    "arn": "text?",
    "model": "text?",
    "model_name": "text",
    "provider": "text?",
    "kind": ("model", "system-profile", "application-profile", "mantle", "unlisted"),
    "profile_name": "text?",
    "source_endpoint": "text?",
    "scope": ("in-region", "geo", "global", None),
    "geography": "text?",
    "tags": "tags?",
    "pool": "text",
    "active": "bool",
    "bound": ("exact", "at-least"),
    "requests": "count?",
    "throttles": "count?",
    "throttle_percent": "percent?",
    "client_errors": "count?",
    "server_errors": "count?",
    "input_tokens": "count?",
    "output_tokens": "count?",
    "cache_read_tokens": "count?",
    "cache_write_tokens": "count?",
    "rpm_now": "number?",
    "tpm_now": "number?",
    "in_flight": "number?",
    "latency_ms": LATENCY,
    "ttft_ms": LATENCY,
    "tokens_per_second": "number?",
    "tiers": [TIER],
}
QUOTA = {
    "code": "code?",
    "name": "text?",
    "metric": ("rpm", "tpm", "tpd", "input-tpm", "output-tpm", "concurrent"),
    "applied": "number?",
    "default": "number?",
    "adjustable": "bool?",
    "used_now": "number?",
    "peak": "number?",
    "peak_at": "time?",
    "headroom_percent": "any-number?",
    "peak_percent": "number?",
    "bound": ("exact", "at-least", "at-most"),
    "peak_bound": ("exact", "at-least", "at-most"),
    "basis": ("aws-estimate", "formula", None),
    "match": "match",
}
POOL = {"id": "text", "members": ["text"], "quotas": [QUOTA]}
FAULT = {
    "source": ("identity", "catalog", "tags", "discovery", "metrics", "service-quotas", "cache"),
    "kind": ("denied", "expired", "no-credentials", "throttled", "unreachable", "not-offered", "invalid", "unexpected"),
    "action": "text?",
    "message": "text",
    "next_step": "text",
}
SNAPSHOT = {
    "schema": ("tiertop.snapshot/1",),
    "region": "text",
    "account": "account?",
    "source": ("live", "custom-endpoint", "simulated"),
    "as_of": "time",
    "data_through": "time?",
    "window_minutes": "whole",
    "now_window_minutes": (5,),
    "endpoints": [ENDPOINT],
    "pools": [POOL],
    "unattributed": [{"what": ("requests", "throttles", "client-errors", "server-errors"), "count": "number"}],
    "faults": [FAULT],
    "calls": [{"service": ("cloudwatch", "servicequotas", "bedrock", "sts"), "operation": "text", "count": "whole"}],
    "metric_queries": "whole",
}


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value == value and abs(value) != float("inf")


def _is_time(value: Any) -> bool:
    try:
        return isinstance(value, str) and value.endswith("Z") and bool(datetime.fromisoformat(re.sub(r"\.(\d{1,6})\d*Z", r".\1Z", value)))
    except ValueError:
        return False


def _is_match(value: Any) -> bool:
    if not isinstance(value, dict) or value.get("kind") not in ("one", "ambiguous", "unknown"):
        return False
    candidates: list[Any] = value.get("candidates", [])
    if value["kind"] != "ambiguous":
        return set(value) == {"kind"}
    return set(value) == {"kind", "candidates"} and len(candidates) > 1 and all(isinstance(name, str) for name in candidates)


TYPES = {
    "text": lambda value: isinstance(value, str) and value != "",
    "code": lambda value: isinstance(value, str) and re.fullmatch(r"L-[0-9A-F]{8}", value) is not None,
    "account": lambda value: isinstance(value, str) and re.fullmatch(r"\d{12}", value) is not None,
    "bool": lambda value: isinstance(value, bool),
    "whole": lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= 0,
    "any-number": _is_number,
    "number": lambda value: _is_number(value) and value >= 0,
    "count": lambda value: _is_number(value) and value >= 0 and float(value).is_integer(),
    "percent": lambda value: _is_number(value) and 0 <= value <= 100,
    "time": _is_time,
    "tags": lambda value: isinstance(value, dict) and all(isinstance(text, str) for pair in value.items() for text in pair),
    "match": _is_match,
}


def problems(document: Any) -> list[str]:
    """What is wrong with a document, one sentence each with the path to it."""
    found = _check(document, SNAPSHOT, "$")
    return found or _together(document)


def _check(value: Any, wanted: Any, path: str) -> list[str]:
    if isinstance(wanted, dict):
        if not isinstance(value, dict):
            return [f"{path}: expected an object, got {value!r:.60}"]
        found = [f"{path}.{key} is missing" for key in wanted if key not in value] + [
            f"{path}.{key} is not in the schema" for key in value if key not in wanted
        ]
        return found + [problem for key, kind in wanted.items() if key in value for problem in _check(value[key], kind, f"{path}.{key}")]
    if isinstance(wanted, list):
        if not isinstance(value, list):
            return [f"{path}: expected a list, got {value!r:.60}"]
        return [problem for at, item in enumerate(value) for problem in _check(item, wanted[0], f"{path}[{at}]")]
    if isinstance(wanted, tuple):
        return [] if value in wanted else [f"{path}: expected one of {wanted}, got {value!r:.60}"]
    if value is None:
        return [] if wanted.endswith("?") else [f"{path} is null"]
    return [] if TYPES[wanted.rstrip("?")](value) else [f"{path}: expected {wanted}, got {value!r:.60}"]


def _together(document: dict[str, Any]) -> list[str]:
    """What the members say of each other."""
    found = []
    pools = {pool["id"]: set(pool["members"]) for pool in document["pools"]}
    for row in document["endpoints"]:
        if row["active"] and pools and row["id"] not in pools.get(row["pool"], set()):
            found.append(f"endpoint {row['id']} is not a member of its pool {row['pool']}")
        if (row["scope"] == "geo") != (row["geography"] is not None):
            found.append(f"endpoint {row['id']}: scope {row['scope']}, geography {row['geography']}")
        if (row["kind"] == "application-profile") != (row["profile_name"] is not None) and row["kind"] != "system-profile":
            found.append(f"endpoint {row['id']}: kind {row['kind']}, profile_name {row['profile_name']}")
    members = [name for names in pools.values() for name in names]
    if len(members) != len(set(members)):
        found.append("an endpoint is in two pools")
    for pool in document["pools"]:
        if "tpm" not in {quota["metric"] for quota in pool["quotas"]}:
            found.append(f"pool {pool['id']} says nothing of tokens per minute")
        for quota in pool["quotas"]:
            if (quota["code"] is None) != (quota["match"]["kind"] == "unknown"):
                found.append(f"pool {pool['id']}: code {quota['code']} with match {quota['match']}")
            if quota["applied"] in (None, 0, 0.0) and (quota["headroom_percent"], quota["peak_percent"]) != (None, None):
                found.append(f"pool {pool['id']}: a percentage of {quota['applied']}")
            if None not in (quota["used_now"], quota["peak"]) and quota["used_now"] > quota["peak"]:
                found.append(f"pool {pool['id']}: used_now {quota['used_now']} is above its peak {quota['peak']}")
    return found
