"""What proving costs, and how it grows: ``python benchmarks/proof.py [GROUPS [RULES]]``.

Two things, at four sizes each: the share that reading the output back adds to a compilation (the goal: at most 60 %),
and a semantic diff of two workspaces that differ in every group (the goal: within 5 s at 500 groups of 60 rules). The
last line of each gives the growth exponent, from the smallest to the largest size.
"""

from __future__ import annotations

import gc
import math
import sys
import time
from collections.abc import Callable
from datetime import date

from generate import strategy

from sgstrat.diagnostics.finding import Findings
from sgstrat.formats.render import render
from sgstrat.formats.verify import check_written
from sgstrat.pipeline import Compilation, Options, compile_workspace
from sgstrat.reach.diff import compare

FORMATS = ("terraform",)


def compiled(text: str) -> Compilation:
    """The workspace of one strategy."""
    return compile_workspace(None, [("strategies/bench.yaml", text.encode())], Options(date(2027, 1, 1), FORMATS))


def timed(work: Callable[[], object]) -> float:
    """Seconds of one call, as a command has them: without the collector."""
    gc.collect()
    gc.disable()
    try:
        start = time.perf_counter()
        work()
        return time.perf_counter() - start
    finally:
        gc.enable()


def measure_proof(groups: int, rules: int) -> float:
    """Seconds for reading back what a build of this size writes, with the share that adds."""
    text, made = strategy(groups, rules), list[dict[str, str]]()
    books = list(compiled(text).rulebooks.values())

    def write() -> None:
        made.append(render(list(compiled(text).rulebooks.values()), FORMATS, "yaml"))

    without = timed(write)
    findings = Findings()
    seconds = timed(lambda: [check_written(book, made[0], FORMATS, findings) for book in books])
    assert not len(findings), "the output differs from what was compiled"
    share = f"{seconds / without:4.0%}"
    print(f"{groups:>5} groups x {rules} rules: build {without:5.2f} s, read back {seconds:5.2f} s, {share}")
    return seconds


def measure_diff(groups: int, rules: int) -> float:
    """Seconds for compiling both sides and comparing what they allow."""
    old = strategy(groups, rules)
    new = old.replace("tcp/80", "tcp/81")
    assert old != new
    seconds = timed(lambda: compare(compiled(old).rulebooks, compiled(new).rulebooks))
    print(f"{groups:>5} groups x {rules} rules: diff {seconds:5.2f} s")
    return seconds


def main() -> None:
    """Print both tables."""
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    per_group = int(sys.argv[2]) if len(sys.argv) > 2 else 60
    for measure in (measure_proof, measure_diff):
        seconds = [measure(most // part, per_group) for part in (8, 4, 2, 1)]
        print(f"growth exponent {math.log(seconds[-1] / seconds[0]) / math.log(8):.2f}")


if __name__ == "__main__":
    main()
