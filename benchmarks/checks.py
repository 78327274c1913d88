"""What checking costs, and how that grows: ``python benchmarks/checks.py``.

All checks together on 1 500, 15 000 and 150 000 rules, in microseconds a rule; and the schema part of ``validate`` on
2500 groups of 60 rules beside jsonschema-rs alone on the same document. Goals: growth near 1, and at most twice.
"""

from __future__ import annotations

import gc
import math
import sys
import time
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import jsonschema_rs
from generate import strategy

from sgstrat.checks.context import Context
from sgstrat.checks.run import CHECKS, SOLVED_CHECKS, run_checks
from sgstrat.diagnostics.finding import Findings
from sgstrat.language.gate import check_schema, plain
from sgstrat.language.schema import schema
from sgstrat.pipeline import Options, compile_workspace, read_file
from sgstrat.rulebook.view import look

FILE = "strategies/bench.yaml"
TURNS = 3


def checking(groups: int) -> tuple[int, float]:
    """How many rules there are, and the seconds of all checks on them."""
    compiled = compile_workspace(None, [(FILE, strategy(groups, 60).encode())], Options(date(2026, 11, 1)))
    world = look(unit.names for unit in compiled.source.units)
    rules = sum(len(each.ingress) + len(each.egress) for book in compiled.rulebooks.values() for each in book.groups)
    best = math.inf
    for _ in range(TURNS):
        context = Context(compiled.rulebooks, frozenset(compiled.formats), compiled.source.units, world)
        began = time.perf_counter()
        run_checks(context, Findings(), (*CHECKS, *SOLVED_CHECKS))
        best = min(best, time.perf_counter() - began)
    return rules, best


def schema_part() -> tuple[float, float]:
    """Seconds of our schema part, and of jsonschema-rs alone, on 2500 groups of 60 rules."""
    node = read_file(FILE, strategy(2500, 60).encode()).node
    assert node is not None
    value = plain(node)
    validator = jsonschema_rs.validator_for(schema("strategy"))
    check_schema("strategy", node, Findings())  # compiled once, as the other is
    ours = alone = math.inf
    for _ in range(TURNS):
        began = time.perf_counter()
        check_schema("strategy", node, Findings())
        ours = min(ours, time.perf_counter() - began)
        began = time.perf_counter()
        assert validator.is_valid(value)
        alone = min(alone, time.perf_counter() - began)
    return ours, alone


def main() -> None:
    """Everything, printed as tables."""
    gc.disable()
    print("| rules | all checks | a rule | growth |\n| --- | --- | --- | --- |")
    before: tuple[int, float] | None = None
    for groups in (25, 250, 2500):
        rules, seconds = checking(groups)
        growth = "" if before is None else f"{math.log(seconds / before[1]) / math.log(rules / before[0]):.2f}"
        print(f"| {rules} | {seconds * 1000:.0f} ms | {seconds / rules * 1e6:.1f} us | {growth} |")
        before = (rules, seconds)
    ours, alone = schema_part()
    print(f"\nschema part: {ours * 1000:.0f} ms; jsonschema-rs alone: {alone * 1000:.0f} ms; ratio {ours / alone:.1f}")


if __name__ == "__main__":
    main()
