#!/usr/bin/env python3
"""Checks `assay account` against every configuration of the reference table, and prints what misses a goal.

The table: Tests/AssayPrivacyTests/Golden/dp_accounting.csv. Of a configuration with a bracket of the true epsilon,
the goals are:
  sound     epsilon >= epsilon_lower
  tight     epsilon <= epsilon_upper + 0.2 %
  overlap   the bracket of Assay and the reference bracket have a point in common
  narrow    at epsilon > 0.1 and up to 10,000 releases Assay's bracket is no wider than 0.1 % of epsilon, or than the
            reference bracket, whichever is wider
and over all configurations a median relative width below 0.02 %.

usage: privacy_golden.py [--assay .build/release/assay] [--tolerance R] [--all]
Exit code 1 when a goal is missed.
"""
import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TABLE = os.path.join(ROOT, "Tests/AssayPrivacyTests/Golden/dp_accounting.csv")
RELATION = {"add_remove": "add-or-remove-one", "replace": "replace-one", "zero_out": "zero-out"}


def note(row, key, otherwise):
    for part in row["note"].split():
        if part.startswith(key + "="):
            return int(part.split("=")[1])
    return otherwise


def release(row):
    """One row or segment as a release of a history file."""
    kind = row["mechanism"]
    if kind == "randomized_response":
        return {"mechanism": "randomized-response", "probability": float(row["noise_multiplier"]),
                "buckets": note(row, "buckets", 2), "steps": int(row["steps"])}
    if kind == "tree_aggregation":
        return {"mechanism": "tree-aggregation", "noise_multiplier": float(row["noise_multiplier"]),
                "leaves": int(row["steps"]), "steps": note(row, "epochs", 1)}
    noise = float(row["noise_multiplier"])
    # The table's discrete Laplace has the parameter a of exp(-a|x|), Assay the scale b = 1/a.
    if kind == "discrete_laplace":
        noise = 1 / noise
    return {"mechanism": kind.replace("_", "-"), "noise_multiplier": noise, "steps": int(row["steps"]),
            "sampling": row["sampling"], "sampling_rate": float(row["q"])}


def configurations():
    seen = {}
    with open(TABLE, newline="") as file:
        for row in csv.DictReader(file):
            seen.setdefault(row["id"].split("-")[0], row)
    for name, row in seen.items():
        segments = json.loads(row["composition_json"]) if row["mechanism"] == "composed" else [row]
        yield name, row, [release({**s, "note": s.get("note", "")}) for s in segments]


def number(value):
    return float("inf") if value == "infinity" else value


def ask(assay, history, row, tolerance):
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(history, file)
        file.flush()
        command = [assay, "account", "--history", file.name, "--delta", row["delta"], "--neighbouring",
                   RELATION[row["neighbouring"]], "--json"]
        if tolerance:
            command += ["--tolerance", tolerance]
        start = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True)
        seconds = time.perf_counter() - start
    if done.returncode != 0:
        return None, done.stderr.strip().splitlines()[0], seconds
    return json.loads(done.stdout), "", seconds


def missed(found, row, releases):
    lower, upper = float(row["epsilon_lower"]), float(row["epsilon_upper"])
    mine = number(found["epsilon"])
    low = 0.0 if found["epsilon_lower"] is None else number(found["epsilon_lower"])
    # The table prints ten significant digits; Assay rounds outwards to six decimals.
    slack = 1e-9 * upper
    goals = []
    if mine < lower - slack:
        goals.append("sound")
    if mine > upper * 1.002 + 1e-6:
        goals.append("tight")
    if low > upper + slack or mine < lower - slack:
        goals.append("overlap")
    width = mine - low
    if mine > 0.1 and releases <= 10_000 and width > max(0.001 * mine, upper - lower) + 2e-6:
        goals.append("narrow")
    return goals, width / mine if mine > 0 else 0.0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assay", default=os.path.join(ROOT, ".build/release/assay"))
    parser.add_argument("--tolerance", help="passed on to assay")
    parser.add_argument("--all", action="store_true", help="print every configuration, not only what misses a goal")
    options = parser.parse_args()
    widths, failures, refused, count, bracketed, slowest = [], 0, 0, 0, 0, (0.0, "")
    print("id      releases  delta  reference bracket            assay bracket                relative width  seconds")
    for name, row, history in configurations():
        count += 1
        found, message, seconds = ask(options.assay, history, row, options.tolerance)
        slowest = max(slowest, (seconds, name))
        what = f"{row['mechanism']}, noise {row['noise_multiplier']}, {row['sampling']} {row['q']}"
        if found is None:
            refused += 1
            print(f"{name}  refused: {message} ({what})")
            continue
        if not row["epsilon_lower"]:
            continue
        bracketed += 1
        releases = sum(event["steps"] for event in history)
        goals, width = missed(found, row, releases)
        widths.append(width)
        failures += bool(goals)
        if goals or options.all:
            print(f"{name} {releases:9d} {row['delta']:>8}  [{row['epsilon_lower']}, {row['epsilon_upper']}]  "
                  f"[{found['epsilon_lower']}, {found['epsilon']}] {found['accountant']}  {width:.1e}  {seconds:.2f}  "
                  f"{'misses ' + ', '.join(goals) if goals else 'ok'} ({what}, {row['neighbouring']})")
    median = statistics.median(widths)
    print(f"{count} configurations, {bracketed} with a bracket and accounted: {failures} miss a goal; {refused} refused; "
          f"median relative width {median:.1e} (goal 2e-4); slowest {slowest[1]} {slowest[0]:.2f} s")
    tiny, message, _ = ask(options.assay, [{"noise_multiplier": 1.1, "sampling_rate": 0.01, "steps": 10_000}],
                           {"delta": "1e-20", "neighbouring": "add_remove"}, options.tolerance)
    # Certified bracket of an independent implementation, see Golden/README.md: [11.653217, 11.653350].
    works = tiny is not None and tiny["epsilon"] >= 11.653217 and tiny["epsilon_lower"] <= 11.653350
    print(f"delta 1e-20: {message or [tiny['epsilon_lower'], tiny['epsilon']]} {'ok' if works else 'misses'}")
    sys.exit(1 if failures or refused or median >= 2e-4 or not works else 0)


if __name__ == "__main__":
    main()
