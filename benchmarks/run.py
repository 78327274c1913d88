"""Measures whole processes against named baselines, taking turns, and prints a table of medians.

``python benchmarks/run.py [--rounds N] [--groups N] [--rules N]``, with the Python in which sgstrat is installed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import NamedTuple

from generate import strategy
from processes import compile_package

ROOT = Path(__file__).parents[1]
SGSTRAT = (sys.executable, "-m", "sgstrat")
AS_OF = ("--as-of", "2027-01-01")


class Case(NamedTuple):
    """Two things to compare; each gives the milliseconds of one process. ``limit`` is a ratio, or milliseconds."""

    name: str
    ours: Callable[[], float]
    baseline_name: str
    baseline: Callable[[], float] | None
    limit: float


def measure(command: tuple[str, ...], folder: Path, subtract: bool = False) -> float:
    """The wall time of a process in milliseconds; with ``subtract``, less the seconds that it prints."""
    start = time.perf_counter()
    done = subprocess.run(
        command, cwd=folder, check=True, capture_output=True, text=True, env={**os.environ, "NO_COLOR": "1"}
    )
    spent = time.perf_counter() - start
    return 1000 * (spent - (float(done.stdout) if subtract else 0))


def _small(folder: Path) -> Path:
    """A workspace with one small strategy that needs no other: the bundled intranet system."""
    (folder / "strategies").mkdir(parents=True)
    (folder / "strategies" / "intranet.yaml").write_bytes((ROOT / "strategies" / "intranet.yaml").read_bytes())
    return folder


def _large(folder: Path, groups: int, rules: int, shape: str) -> tuple[Path, tuple[str, ...]]:
    """A workspace with a large strategy, built once; and the floor's command for it."""
    (folder / "strategies").mkdir(parents=True)
    source = folder / "strategies" / "bench.yaml"
    source.write_text(strategy(groups, rules, shape), "utf-8")
    measure((*SGSTRAT, "build", "-f", "terraform", *AS_OF), folder)
    outputs = sorted(str(path) for path in (folder / "out" / "bench").rglob("*.json"))
    return folder, (sys.executable, str(ROOT / "benchmarks" / "floor.py"), str(source), *outputs)


def cases(scratch: Path, groups: int, rules: int) -> list[Case]:
    """All comparisons, their workspaces made in ``scratch``."""
    small = _small(scratch / "small")
    found = [
        Case(
            "sgstrat --help",
            lambda: measure((*SGSTRAT, "--help"), small),
            'python -c "import click"',
            lambda: measure((sys.executable, "-c", "import click"), small),
            5,
        ),
        Case(
            "small strategy, both formats",
            lambda: measure((*SGSTRAT, "build", *AS_OF, "-o", tempfile.mkdtemp(dir=scratch)), small),
            "",
            None,
            250,
        ),
    ]
    for shape in ("tiers", "plain"):
        folder, floor = _large(scratch / shape, groups, rules, shape)

        def ours(folder: Path = folder) -> float:
            return measure((*SGSTRAT, "build", "-f", "terraform", *AS_OF, "-o", tempfile.mkdtemp(dir=scratch)), folder)

        def baseline(floor: tuple[str, ...] = floor, folder: Path = folder) -> float:
            return measure(floor, folder, subtract=True)

        found.append(
            Case(f"{groups} groups x {rules} rules ({shape}), terraform", ours, "YAML events + json.dumps", baseline, 3)
        )
    return found


def run(case: Case, rounds: int) -> str:
    """One line of the table: medians of rounds in which both sides take turns."""
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(case.ours())
        if case.baseline is not None:
            theirs.append(case.baseline())
    if not theirs:
        return _row(case, median(ours), "", "", f"{case.limit:.0f} ms", median(ours))
    ratio = median(ours) / median(theirs)
    return _row(case, median(ours), f"{median(theirs):.0f} ms", f"{ratio:.2f}x", f"{case.limit:.0f}x", ratio)


def _row(case: Case, ours: float, baseline: str, ratio: str, limit: str, value: float) -> str:
    verdict = "ok" if value <= case.limit else "OVER"
    return f"{case.name:<46} {ours:>8.0f} ms  {case.baseline_name:<26} {baseline:>11} {ratio:>7} {limit:>7}  {verdict}"


def main() -> None:
    """Measure everything and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--groups", type=int, default=500)
    parser.add_argument("--rules", type=int, default=60)
    arguments = parser.parse_args()
    print(f"{'case':<46} {'median':>11}  {'baseline':<26} {'median':>11} {'ratio':>7} {'limit':>7}")
    compile_package(ROOT / "sgstrat")
    with tempfile.TemporaryDirectory() as scratch:
        for case in cases(Path(scratch), arguments.groups, arguments.rules):
            print(run(case, arguments.rounds), flush=True)


if __name__ == "__main__":
    main()
