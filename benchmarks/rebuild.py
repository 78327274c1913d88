"""One strategy of a hundred changes: what a rebuild of all costs beside a build of that one alone.

``python benchmarks/rebuild.py [--strategies N] [--groups N] [--rules N] [--rounds N] [--one-vpc]``. Whole processes, in
turns. Each strategy is in a VPC of its own, or all are in one; medians are printed, and the ratio, whose limit is 2.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from generate import strategy

BUILD = (sys.executable, "-m", "sgstrat", "build", "-f", "terraform", "--as-of", "2027-01-01")
LIMIT = 2


def lay(folder: Path, number: int, groups: int, rules: int, vpc: int) -> Path:
    """One strategy among others."""
    text = strategy(groups, rules, seed=number)
    text = text.replace("strategy: bench\n", f"strategy: bench-{number:03}\n")
    text = text.replace("vpc-0e0000000000000e1", f"vpc-{vpc:017x}")
    path = folder / "strategies" / f"bench-{number:03}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def seconds(folder: Path, cache: Path, *options: str) -> float:
    """The wall time of a build."""
    start = time.perf_counter()
    environment = {**os.environ, "SGSTRAT_CACHE_DIR": str(cache)}
    subprocess.run((*BUILD, *options), cwd=folder, env=environment, check=True, capture_output=True)
    return time.perf_counter() - start


def change(path: Path, number: int) -> None:
    """Another reason for a rule, as in a small pull request."""
    text = path.read_text("utf-8")
    end = text.index("}", text.index("why: "))
    path.write_text(f"{text[:end]} and {number} more{text[end:]}", "utf-8")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--strategies", type=int, default=100)
    parser.add_argument("--groups", type=int, default=24)
    parser.add_argument("--rules", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--one-vpc", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        alone, everything, cache = Path(scratch, "alone"), Path(scratch, "all"), Path(scratch, "cache")
        own = lay(alone, 0, asked.groups, asked.rules, 0)
        among = [
            lay(everything, number, asked.groups, asked.rules, 0 if asked.one_vpc else number)
            for number in range(asked.strategies)
        ]
        whole = seconds(everything, cache)
        of_one, of_all = [], []
        for number in range(asked.rounds):
            change(own, number)
            change(among[0], number)
            of_one.append(seconds(alone, cache, "--fresh"))
            of_all.append(seconds(everything, cache))
    ratio = median(of_all) / median(of_one)
    verdict = "ok" if ratio <= LIMIT else "OVER"
    where = "all in one VPC" if asked.one_vpc else "each in a VPC of its own"
    print(f"{asked.strategies} strategies of {asked.groups} groups x {asked.rules} rules, {where}")
    print(
        f"everything {whole:.2f} s; one alone {median(of_one):.2f} s; all after a change of one {median(of_all):.2f} s"
    )
    print(f"ratio {ratio:.2f}, limit {LIMIT}: {verdict}")


if __name__ == "__main__":
    main()
