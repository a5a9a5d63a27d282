#!/usr/bin/env python3
"""Compares `brd-sessions triage` with DuckDB, polars and jq on the same file of sessions.

    python3 -m venv target/peers && target/peers/bin/pip install duckdb polars   # jq: apt install jq
    target/peers/bin/python peers.py              # a million sessions, three rounds
    target/peers/bin/python peers.py 100000 1     # other numbers of sessions and rounds

Each program computes the same sums: the sessions, failures and traffic of all sessions and of each zone, domain and
day, the error codes, the captchas, and the median and 95th percentile of the durations. The script checks that their
results agree. `triage` computes its whole report, and finds sessions that occur twice; the peers do neither. DuckDB and polars
are given the names and types of all fields. A peer that is not installed is reported and skipped.

All programs run in turns, once per round (jq with all sums only in the first). The table has the medians of CPU time (user and system, all threads), wall
time, and peak memory (resident), and those of triage divided by those of each peer. The exit status is 1 if results
disagree or, for a million sessions or more, a target is missed.
"""

import importlib.metadata
import importlib.util
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
PROGRAM = FOLDER.parent / "target" / "release" / "brd-sessions"
GENERATOR = FOLDER / "target" / "release" / "sessions"

# The durations of triage are estimates, within 1 % of those of a peer.
TOLERANCE = 0.011

# The largest ratios of triage to a peer, for a million sessions: CPU time and peak memory.
TARGETS = {"duckdb": (0.84, 1 / 4), "polars": (0.84, 1 / 8), "jq": (0.05, None), "jq, one field": (0.35, None)}


# ---- the peers, each in a process of its own ----

DUCKDB = """
CREATE TABLE sessions AS
SELECT api_name AS zone, status, captcha, bandwidth, duration, error.code AS code, timestamp[:10] AS day,
    regexp_extract(target_url, '^[a-z]+://(?:[^/.]+\\.)*([^/.]+\\.[^/.]+)(?:/|$)', 1) AS domain
FROM read_ndjson('{path}', columns = {{
    session_id: 'VARCHAR', api_name: 'VARCHAR', status: 'VARCHAR', timestamp: 'VARCHAR', target_url: 'VARCHAR',
    end_url: 'VARCHAR', navigations: 'UBIGINT', duration: 'DOUBLE', captcha: 'VARCHAR', bandwidth: 'UBIGINT',
    error: 'STRUCT(code VARCHAR, message VARCHAR)'}})
"""


def duckdb(path):
    import duckdb

    connection = duckdb.connect()
    connection.execute(DUCKDB.format(path=path))

    def groups(by, where):
        rows = connection.execute(
            f"SELECT {by}, count(*), count(*) FILTER (status = 'failed'), sum(bandwidth) "
            f"FROM sessions WHERE {where} GROUP BY ALL"
        )
        return {name: [sessions, failed, int(bandwidth)] for name, sessions, failed, bandwidth in rows.fetchall()}

    total = connection.execute(
        "SELECT count(*), count(*) FILTER (status = 'failed'), sum(bandwidth), "
        "sum(bandwidth) FILTER (status = 'failed'), quantile_cont(duration, [0.5, 0.95]) "
        "FILTER (status <> 'running') FROM sessions"
    ).fetchone()
    return result(
        total[:4],
        total[4],
        groups("zone", "zone IS NOT NULL"),
        groups("domain", "domain <> ''"),
        groups("day", "true"),
        groups("code", "code IS NOT NULL"),
        groups("captcha", "status <> 'running'"),
    )


def polars(path):
    import polars as pl

    error = pl.Struct({"code": pl.String, "message": pl.String})
    schema = {
        "session_id": pl.String, "api_name": pl.String, "status": pl.String, "timestamp": pl.String,
        "target_url": pl.String, "end_url": pl.String, "navigations": pl.UInt64, "duration": pl.Float64,
        "captcha": pl.String, "bandwidth": pl.UInt64, "error": error,
    }
    domain = r"^[a-z]+://(?:[^/.]+\.)*([^/.]+\.[^/.]+)(?:/|$)"
    sessions = pl.scan_ndjson(path, schema=schema).select(
        "status", "captcha", "bandwidth", "duration",
        zone="api_name",
        code=pl.col("error").struct.field("code"),
        day=pl.col("timestamp").str.slice(0, 10),
        domain=pl.col("target_url").str.extract(domain, 1),
    ).collect()
    failed = pl.col("status") == "failed"
    sums = [pl.len(), failed.sum().alias("failed"), pl.col("bandwidth").sum()]

    def groups(by, where):
        rows = sessions.filter(where).group_by(by).agg(sums).rows()
        return {name: list(figures) for name, *figures in rows}

    ended = pl.col("status") != "running"
    total = sessions.select(*sums, pl.col("bandwidth").filter(failed).sum().alias("failed_bandwidth")).row(0)
    durations = [
        sessions.filter(ended).select(pl.col("duration").quantile(part, "linear")).item() for part in (0.5, 0.95)
    ]
    return result(
        total,
        durations,
        groups("zone", pl.col("zone").is_not_null()),
        groups("domain", pl.col("domain").is_not_null()),
        groups("day", pl.lit(True)),
        groups("code", pl.col("code").is_not_null()),
        groups("captcha", ended),
    )


# Without the durations: jq would have to keep and sort them.
JQ = r"""
def add($group; $name; $s):
  if $name == null then . else
    .[$group][$name] |= [.[0] + 1, .[1] + (if $s.status == "failed" then 1 else 0 end), .[2] + $s.bandwidth]
  end;
reduce inputs as $s (
  {total: [0, 0, 0, 0]};
  .total[0] += 1 | .total[2] += $s.bandwidth
  | if $s.status == "failed" then .total[1] += 1 | .total[3] += $s.bandwidth else . end
  | add("zones"; $s.api_name; $s)
  | add("domains"; $s.target_url | if . == null then . else split("/")[2] | split(".")[-2:] | join(".") end; $s)
  | add("days"; $s.timestamp[:10]; $s)
  | add("codes"; $s.error.code; $s)
  | if $s.status == "running" then . else add("captchas"; $s.captcha; $s) end
)
"""


def result(total, durations, zones, domains, days, codes, captchas):
    sessions, failed, bandwidth, failed_bandwidth = total
    return {
        "total": [sessions, failed, int(bandwidth), int(failed_bandwidth)],
        "durations": durations,
        "zones": zones,
        "domains": domains,
        "days": days,
        "codes": {name: figures[:2] for name, figures in codes.items()},
        "captchas": {name: figures[0] for name, figures in captchas.items()},
    }


# ---- the same figures, from what each program prints ----


def of_triage(report):
    groups = lambda groups: {g["name"]: [g["sessions"], g["failed"], g["bandwidth"]] for g in groups["groups"]}
    total, captcha = report["total"], report["captcha"]
    return {
        "total": [total["sessions"], total["failed"], total["bandwidth"], total["failed_bandwidth"]],
        "durations": [report["durations"]["median"], report["durations"]["p95"]],
        "zones": groups(report["zones"]),
        "domains": groups(report["domains"]),
        "days": groups(report["days"]),
        "codes": {code["code"]: [code["sessions"], code["failed"]] for code in report["errors"]["codes"]},
        "captchas": {name: captcha[name] for name in ("solved", "failed", "detected", "none") if captcha[name]},
    }


def of_jq(sums):
    return {
        **sums,
        "codes": {name: figures[:2] for name, figures in sums["codes"].items()},
        "captchas": {name: figures[0] for name, figures in sums["captchas"].items()},
    }


def difference(expected, actual):
    """Returns the name of a figure that differs. A figure that a peer does not compute is not compared."""
    for name, value in actual.items():
        if name == "durations":
            if any(abs(one / other - 1) > TOLERANCE for one, other in zip(expected[name], value)):
                return f"{name}: {expected[name]} and {value}"
        elif name == "days" and len(value) > len(expected[name]):
            # Triage has the latest 400 days.
            if any(value[day] != figures for day, figures in expected[name].items()):
                return name
        elif expected[name] != value:
            return f"{name}: {expected[name]} and {value}"
    return None


# ---- measurement ----


def measured(command):
    """Returns the CPU time, the wall time and the peak memory in bytes of a command, and its output."""
    start = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        output = child.stdout.read()
        # The resources of this child alone.
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.monotonic() - start
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"{command[0]} ended with status {child.returncode}")
    # Linux counts KiB, macOS bytes.
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return usage.ru_utime + usage.ru_stime, wall, peak, output


def programs(path):
    """Returns the command of each program and how to read its output. `triage` is the first."""
    yield "triage", [PROGRAM, "triage", path, "--json"], of_triage
    for name in ("duckdb", "polars"):
        if importlib.util.find_spec(name) is None:
            print(f"skipped: {name} is not installed (pip install {name})", file=sys.stderr)
        else:
            yield name, [sys.executable, __file__, "--run", name, path], lambda figures: figures
    if shutil.which("jq") is None:
        print("skipped: jq is not installed (apt install jq)", file=sys.stderr)
    else:
        yield "jq", ["jq", "-nc", JQ, path], of_jq
        yield "jq, one field", ["jq", "-n", "reduce inputs.bandwidth as $bytes (0; . + $bytes)", path], None


def versions():
    found = [subprocess.run([PROGRAM, "--version"], capture_output=True, text=True).stdout.strip()]
    found += [f"{name} {importlib.metadata.version(name)}" for name in ("duckdb", "polars") if importlib.util.find_spec(name)]
    if shutil.which("jq"):
        found.append(subprocess.run(["jq", "--version"], capture_output=True, text=True).stdout.strip())
    return ", ".join(found)


def main(count, rounds):
    subprocess.run(["cargo", "build", "--release", "-p", "brd-sessions"], cwd=FOLDER.parent, check=True)
    subprocess.run(["cargo", "build", "--release", "--bin", "sessions"], cwd=FOLDER, check=True)
    path = FOLDER / "target" / f"sessions-{count}.jsonl"
    with open(path, "wb") as file:
        subprocess.run([GENERATOR, str(count)], stdout=file, check=True)
    print(f"{count} sessions in {path.stat().st_size / 1e6:.0f} MB; {versions()}; {os.cpu_count()} CPUs\n")
    contestants = list(programs(str(path)))
    measurements = {name: [] for name, _, _ in contestants}
    failed = False
    expected = None
    for number in range(rounds):
        for name, command, read in contestants:
            # All sums take jq minutes.
            if name == "jq" and number > 0:
                continue
            cpu, wall, peak, output = measured(command)
            measurements[name].append((cpu, wall, peak))
            figures = json.loads(output)
            if name == "triage":
                expected = read(figures)
            elif read is None:
                differs = None if figures == expected["total"][2] else f"{expected['total'][2]} and {figures}"
            else:
                differs = difference(expected, read(figures))
            if name != "triage" and differs:
                print(f"{name}: the results differ: {differs}", file=sys.stderr)
                failed = True
    path.unlink()
    median = {
        name: [statistics.median(round[index] for round in values) for index in range(3)]
        for name, values in measurements.items()
    }
    print("| program | CPU s | wall s | peak MiB | triage / it: CPU | wall | peak |\n|---|--:|--:|--:|--:|--:|--:|")
    ours = median["triage"]
    for name, figures in median.items():
        ratios = [one / other for one, other in zip(ours, figures)]
        cells = [f"{figures[0]:.2f}", f"{figures[1]:.2f}", f"{figures[2] / 2**20:.0f}"]
        cells += ["", "", ""] if name == "triage" else [f"{ratio:.3f}" for ratio in ratios]
        print(f"| {name} | {' | '.join(cells)} |")
        for what, ratio, target in zip(("CPU time", "peak memory"), (ratios[0], ratios[2]), TARGETS.get(name, ())):
            if target is not None and ratio > target and count >= 1_000_000:
                print(f"{name}: the target is missed: {what} {ratio:.3f}, at most {target:.3f}", file=sys.stderr)
                failed = True
    return failed


if __name__ == "__main__":
    if sys.argv[1:2] == ["--run"]:
        print(json.dumps({"duckdb": duckdb, "polars": polars}[sys.argv[2]](sys.argv[3])))
    else:
        numbers = [int(argument) for argument in sys.argv[1:3]]
        sys.exit(main(*(numbers + [1_000_000, 3][len(numbers):])))
