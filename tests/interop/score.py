"""Owns the score of quota matching: what `tiertop quotas` says of each quota against the published key, by scope.

Usage:
  score.py --json FILE [--models FILE] [--key FILE]     scores an answer of `tiertop quotas --format json` (`-`: standard input)
  score.py --tiertop PROGRAM [--key FILE]               asks that program about the simulator's own tables, offline, and scores its answer
`--models` is an answer of ListFoundationModels: quotas of models that it does not list are left out of the share, not out of what may be wrong.
Ends with 1 if any quota is matched wrong, or too few are matched. Needs nothing but Python 3.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
KEY = HERE / "data" / "quota-key.tsv"
ASSETS = HERE.parents[1] / "assets" / "sim"
MATCHED_AT_LEAST_PERCENT = 95.0
SECONDS_AT_MOST = 120
RESULTS = ("right", "wrong", "ambiguous", "unknown", "not listed")

# Which quotas limit calls to a kind of endpoint of the key; what is not named here is a geography.
SCOPES = {
    "base": {"in-region", "in-region+geo", "latency-optimized"},
    "global": {"global"},
    "custom": {"custom-deployment"},
}
GEOGRAPHY = {"geo", "in-region+geo"}


@dataclass
class Keyed:
    """What the key says of a quota."""

    models: set[str] = field(default_factory=set)
    endpoints: set[str] = field(default_factory=set)


def read_table(path: Path) -> list[list[str]]:
    """Rows of a table between tabs, comments left out."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


def read_key(path: Path) -> dict[str, Keyed]:
    """The key by quota code. Behind the id of a custom deployment's model stands its context's length, which is cut off."""
    key: dict[str, Keyed] = {}
    for code, model, endpoint in read_table(path):
        keyed = key.setdefault(code, Keyed())
        keyed.models.add(model.rsplit(":", 1)[0] if endpoint == "custom" else model)
        keyed.endpoints.add(endpoint)
    return key


def same_model(one: str, other: str) -> bool:
    """Whether two ids differ only in their revision's form: the runtime's `…-a35b-v1:0` and mantle's `…-a35b-instruct`."""

    def stem(model: str) -> str:
        return re.sub(r"(-v?\d+)?(:\d+)?$", "", model, count=1).removesuffix("-instruct")

    return stem(one) == stem(other)


def judge(quota: dict[str, Any], keyed: Keyed, listed: set[str] | None) -> tuple[str, str]:
    """What became of a quota of the key, and the reason if it is wrong."""
    match = quota["match"]
    if any(quota["scope"] not in SCOPES.get(endpoint, GEOGRAPHY) for endpoint in keyed.endpoints):
        return "wrong", f"scope {quota['scope']}, not of {sorted(keyed.endpoints)}"
    is_listed = listed is None or bool(keyed.models & listed)
    if match["kind"] == "one":
        right = any(id == key or not is_listed and same_model(id, key) for id in match["models"] for key in keyed.models)
        if right:
            return ("right" if is_listed else "not listed"), ""
        return "wrong", f"{match['base_model']}, not {sorted(keyed.models)}: {match['why']}"
    if match["kind"] == "not-inference":
        return "wrong", f"not of inference, where the key says {sorted(keyed.models)}"
    return (match["kind"] if is_listed else "not listed"), ""


def score(quotas: list[dict[str, Any]], key: dict[str, Keyed], listed: set[str] | None) -> bool:
    """Prints the table, and what is wrong or open; whether it is good enough."""
    by_code = {quota["code"]: quota for quota in quotas}
    counts: dict[str, Counter[str]] = {}
    wrong, left_open, absent = [], [], [code for code in key if code not in by_code]
    for code, keyed in key.items():
        if code in by_code:
            quota = by_code[code]
            result, reason = judge(quota, keyed, listed)
            counts.setdefault(quota["scope"], Counter())[result] += 1
            if result == "wrong":
                wrong.append(f"WRONG {code} {quota['name']}\n      {reason}")
            elif result in ("ambiguous", "unknown"):
                left_open.append(f"open  {code} {quota['name']}\n      {quota['match']['why']}")
    total = sum(counts.values(), Counter())
    print(f"{'scope':<20}" + "".join(f"{result:>12}" for result in RESULTS))
    for scope, row in [*sorted(counts.items()), ("all", total)]:
        print(f"{scope:<20}" + "".join(f"{row[result]:>12}" for result in RESULTS))
    print(*wrong, *left_open, sep="\n")
    known = sum(total[result] for result in ("right", "wrong", "ambiguous", "unknown"))
    percent = 100.0 * total["right"] / known if known else 0.0
    print(f"matched {total['right']} of {known} quotas in the key whose model is listed: {percent:.1f} % (at least {MATCHED_AT_LEAST_PERCENT:.0f} %)")
    if absent:
        print(f"{len(absent)} codes of the key are in no answer")
    print_whole(quotas)
    return not wrong and percent >= MATCHED_AT_LEAST_PERCENT


def print_whole(quotas: list[dict[str, Any]]) -> None:
    """Every inference quota by scope: how many are matched at all, the key or no key."""
    kinds = ("one", "ambiguous", "unknown")
    rows: dict[str, Counter[str]] = {}
    for quota in quotas:
        if quota["match"]["kind"] in kinds:
            rows.setdefault(quota["scope"], Counter())[quota["match"]["kind"]] += 1
    print(f"\n{'all that name one':<20}" + "".join(f"{kind:>12}" for kind in kinds))
    for scope, row in [*sorted(rows.items()), ("all", sum(rows.values(), Counter()))]:
        print(f"{scope:<20}" + "".join(f"{row[kind]:>12}" for kind in kinds))


def dumps_of_simulator(folder: Path) -> tuple[Path, Path]:
    """The simulator's quotas and models in the form in which the AWS CLI would print them."""
    quotas = [
        {"QuotaCode": row[0], "QuotaName": row[1], "Value": float(row[5]), "Adjustable": row[6] == "true", "ServiceCode": "bedrock"}
        for row in read_table(ASSETS / "quotas.tsv")
        if row[5]
    ]
    models = [
        {
            "modelId": row[0],
            "modelArn": f"arn:aws:bedrock:us-east-1::foundation-model/{row[0]}",
            "modelName": row[1],
            "providerName": row[2],
            "inferenceTypesSupported": [kind for kind in row[6].split(",") if kind],
            "modelLifecycle": {"status": row[7]},
        }
        for row in read_table(ASSETS / "models.tsv")
    ]
    files = (folder / "quotas.json", folder / "models.json")
    for path, answer in zip(files, ({"Quotas": quotas}, {"modelSummaries": models})):
        path.write_text(json.dumps(answer), encoding="utf-8")
    return files


def ask(program: str, quotas: Path, models: Path) -> str:
    """What the program says of two files, offline."""
    command = [program, "quotas", "--format", "json", "--quotas", str(quotas), "--models", str(models)]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS_AT_MOST, check=False)
    if answer.returncode != 0:
        sys.exit(f"score: {' '.join(command)} ended with {answer.returncode}: {answer.stderr.strip()}")
    return answer.stdout


def listed_models(path: Path) -> set[str]:
    """The ids of an answer of ListFoundationModels."""
    return {model["modelId"] for model in json.loads(path.read_text(encoding="utf-8"))["modelSummaries"]}


def main() -> int:
    """Reads the arguments and scores."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--json", metavar="FILE")
    source.add_argument("--tiertop", metavar="PROGRAM")
    parser.add_argument("--models", type=Path, metavar="FILE")
    parser.add_argument("--key", type=Path, default=KEY, metavar="FILE")
    arguments = parser.parse_args()
    if arguments.tiertop:
        with tempfile.TemporaryDirectory(prefix="tiertop-score-") as folder:
            quotas, models = dumps_of_simulator(Path(folder))
            text, listed = ask(arguments.tiertop, quotas, models), listed_models(models)
    else:
        text = sys.stdin.read() if arguments.json == "-" else Path(arguments.json).read_text(encoding="utf-8")
        listed = listed_models(arguments.models) if arguments.models else None
    return 0 if score(json.loads(text)["quotas"], read_key(arguments.key), listed) else 1


if __name__ == "__main__":
    sys.exit(main())
