"""Divided groups and merged rules as a user meets them: sgstrat.lock beside the strategies, from build to build."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

AS_OF = ("--as-of", "2027-01-01")
STRATEGY = """\
version: 1
strategy: {name}
overflow: split
quotas: {{rules_per_group: 2}}
vpcs: {{main: {{id: vpc-0{digit}00000000000000a}}}}
groups:
  app:
    web: {{description: Web, ingress: [{{from: 10.0.0.0/8, services: [{services}], why: x}}]}}
workloads: {{site: {{groups: [web]}}}}
"""


def sgstrat(cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sgstrat", *arguments, *AS_OF],
        cwd=cwd,
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def write(root: Path, name: str, digit: int, services: str) -> None:
    (root / "strategies").mkdir(exist_ok=True)
    text = STRATEGY.format(name=name, digit=digit, services=services)
    (root / f"strategies/{name}.yaml").write_text(text)


def groups(root: Path, name: str) -> dict[str, list[str]]:
    book = json.loads((root / f"out/{name}/default/main/rulebook.json").read_text())
    return {key: [rule["key"].split("-from")[0] for rule in each["ingress"]] for key, each in book["groups"].items()}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write(tmp_path, "a", 1, "tcp/2, tcp/4, tcp/6")
    write(tmp_path, "b", 2, "tcp/2, tcp/4")
    done = sgstrat(tmp_path, "build")
    assert done.returncode == 0, done.stderr
    assert "sgstrat.lock was written: commit that too" in done.stderr
    return tmp_path


def test_rules_stay_where_they_are(root: Path) -> None:
    assert groups(root, "a") == {"web": ["tcp-2", "tcp-4"], "web-2": ["tcp-6"]}
    write(root, "a", 1, "tcp/1, tcp/4, tcp/6, tcp/8")
    done = sgstrat(root, "build", "--check")
    assert done.returncode == 1
    assert "stale: sgstrat.lock\n" in done.stdout
    assert "+rule a/default/main/web/ingress tcp-8-from-10.0.0.0/8 2" in done.stdout
    assert sgstrat(root, "build").returncode == 0
    assert groups(root, "a") == {"web": ["tcp-1", "tcp-4"], "web-2": ["tcp-6", "tcp-8"]}
    assert sgstrat(root, "build", "--check").returncode == 0


def test_a_part_of_the_workspace_keeps_the_entries_of_the_others(root: Path) -> None:
    write(root, "a", 1, "tcp/2")
    write(root, "b", 2, "tcp/2, tcp/4, tcp/8")
    assert "stale: sgstrat.lock" in sgstrat(root, "build", "--check", "--strategy", "b").stdout
    assert sgstrat(root, "build", "--strategy", "b").returncode == 0
    entries = [line.split()[1:] for line in (root / "sgstrat.lock").read_text().splitlines() if line[:5] == "rule "]
    assert [each[1:] for each in entries if each[0][0] == "a"] == [
        [f"tcp-{port}-from-10.0.0.0/8", "2" if port == 6 else "1"] for port in (2, 4, 6)
    ]
    assert len([each for each in entries if each[0][0] == "b"]) == 3
    assert sgstrat(root, "build", "--check", "--strategy", "b").returncode == 0
    assert sgstrat(root, "build", "--check").returncode == 1


def test_without_anything_to_keep_there_is_no_file(root: Path) -> None:
    for name in "ab":
        path = root / f"strategies/{name}.yaml"
        path.write_text(path.read_text().replace("overflow: split\n", "").replace("rules_per_group: 2", ""))
        path.write_text(path.read_text().replace("quotas: {}\n", ""))
    assert "orphaned: sgstrat.lock" in sgstrat(root, "build", "--check").stdout
    assert "sgstrat.lock was removed" in sgstrat(root, "build").stderr
    assert not (root / "sgstrat.lock").exists()
    assert sgstrat(root, "build", "--check").returncode == 0


def test_a_damaged_lock_stops_everything_and_loses_nothing(root: Path) -> None:
    lock = root / "sgstrat.lock"
    damaged = lock.read_text().replace("end\n", "")
    lock.write_text(damaged)
    done = sgstrat(root, "build")
    assert done.returncode == 1
    assert "sgstrat.lock:9:1: error SG312 the file is cut off: end is missing" in done.stderr
    assert "Traceback" not in done.stderr
    assert lock.read_text() == damaged
    assert sgstrat(root, "validate").returncode == 1


def test_a_missing_lock_is_missing(root: Path) -> None:
    (root / "sgstrat.lock").unlink()
    done = sgstrat(root, "build", "--check")
    assert done.returncode == 1
    assert done.stdout.splitlines()[0] == "missing: sgstrat.lock"


def test_questions_are_about_the_whole_group(root: Path) -> None:
    assert sgstrat(root, "query", "10.0.0.0/8", "a/web", "tcp/2,tcp/6").returncode == 0
    assert sgstrat(root, "query", "10.0.0.0/8", "a/web", "tcp/7").returncode == 1
    graph = json.loads(sgstrat(root, "graph", "--output-format", "json").stdout)
    assert {node["name"] for node in graph["nodes"] if node["kind"] == "app"} == {"a/web", "b/web"}
    assert "no difference" in sgstrat(root, "diff", "out", ".").stdout


def test_optimize_may_be_forced(root: Path) -> None:
    write(root, "a", 1, "tcp/2, tcp/3, tcp/4")
    assert sgstrat(root, "build", "--optimize").returncode == 0
    assert groups(root, "a")["web"] == ["tcp-2-4"]
    assert sgstrat(root, "build", "--check").returncode == 1
    assert sgstrat(root, "build", "--check", "--optimize").returncode == 0
