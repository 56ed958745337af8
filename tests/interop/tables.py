"""Owns the truths that the checks compare with: the simulator's own tables and scenarios, read here a second time, by other code."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ASSETS = Path(__file__).resolve().parents[2] / "assets"
ACCOUNT = "111122223333"


@dataclass(frozen=True)
class Model:
    """A row of models.tsv."""

    model_id: str
    name: str
    provider: str
    inputs: list[str]
    outputs: list[str]
    streaming: bool
    inference_types: list[str]
    lifecycle: str
    mantle_only: bool
    max_output: int
    burndown: float
    tiers: list[str]


@dataclass(frozen=True)
class Quota:
    """A row of quotas.tsv that has a default."""

    code: str
    name: str
    inference: bool
    default: float
    adjustable: bool


def _rows(name: str) -> list[list[str]]:
    lines = (ASSETS / "sim" / name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


def _list(field: str) -> list[str]:
    return [item for item in field.split(",") if item]


def models() -> dict[str, Model]:
    """All models by id, those of the mantle endpoint included."""
    rows = (
        Model(
            r[0],
            r[1],
            r[2],
            _list(r[3]),
            _list(r[4]),
            r[5] == "true",
            _list(r[6]),
            r[7],
            r[8] == "true",
            int(r[9] or 0),
            float(r[10] or 1),
            _list(r[11]),
        )
        for r in _rows("models.tsv")
    )
    return {model.model_id: model for model in rows}


def system_profiles() -> dict[str, dict[str, Any]]:
    """The system's inference profiles by id: name, and the ARNs of their models (a `*` is the ARN without Region)."""
    profiles = {}
    for profile_id, name, _description, _created, regions in _rows("profiles.tsv"):
        model = profile_id.split(".", 1)[1]
        arns = [f"arn:aws:bedrock:{'' if region == '*' else region}::foundation-model/{model}" for region in regions.split(",")]
        profiles[profile_id] = {"name": name, "models": arns}
    return profiles


def quotas() -> dict[str, Quota]:
    """The quotas whose default is published, by code."""
    rows = (Quota(r[0], r[1], r[2] == "inference", float(r[5]), r[6] == "true") for r in _rows("quotas.tsv") if r[5])
    return {quota.code: quota for quota in rows}


def scenario(name: str) -> dict[str, Any]:
    """A scenario's file, without what it extends."""
    return tomllib.loads((ASSETS / "scenarios" / f"{name}.toml").read_text(encoding="utf-8"))


def scenario_names() -> list[str]:
    """All built-in scenarios."""
    return sorted(path.stem for path in (ASSETS / "scenarios").glob("*.toml"))


def model_of(endpoint_id: str) -> Model:
    """The model behind an endpoint of the healthy scenario: a model id, a system profile's id or an application profile's short id."""
    apps = {profile["id"]: profile["source"] for profile in scenario("healthy")["profile"]}
    known = models()
    plain = apps.get(endpoint_id, endpoint_id)
    return known[plain] if plain in known else known[plain.split(".", 1)[1]]
