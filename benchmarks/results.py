"""What was measured, as a table, as ratios, as a plot, and on the page docs/benchmarks.md. Measures nothing."""

from __future__ import annotations

import math
import os
import platform
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from plot import Point, plot
from processes import Run

DOCS = Path(__file__).parents[1] / "docs"
PAGE = DOCS / "benchmarks.md"
PICTURE = DOCS / "pictures" / "benchmarks.svg"
_MARKED = re.compile(r"(?s)(<!-- measured: .*? -->\n).*?(<!-- end of what was measured -->)")
TITLE = "Time to make the same rules"
SLOW = 60.0  # seconds, over which one turn is enough


class Size(NamedTuple):
    """So many groups, each with so many rules."""

    groups: int
    rules: int

    @property
    def name(self) -> str:
        return f"{self.groups}x{self.rules}"

    @property
    def total(self) -> int:
        return self.groups * self.rules


class Results:
    """The best turn of each tool on each size, by name. ``floors`` tells what each floor is the floor of."""

    def __init__(self, sizes: Sequence[Size], names: Sequence[str], floors: Mapping[str, str]) -> None:
        self.sizes = tuple(sizes)
        self.names = tuple(names)
        self.floors = {of: name for name, of in floors.items() if of}
        self._best: dict[tuple[str, Size], Run] = {}

    def add(self, name: str, size: Size, done: Run) -> None:
        """Keep it where it is the best so far; time and memory each."""
        before = self._best.get((name, size), done)
        best = done if done.failure or done.seconds < before.seconds else before
        self._best[name, size] = best._replace(peak=min(done.peak, before.peak))

    def settled(self, name: str, size: Size) -> bool:
        """Whether another turn is not worth its time: this tool does not do this size, or is slow."""
        done = self._best.get((name, size))
        return done is not None and (done.failure is not None or done.seconds > SLOW)

    def seconds(self, name: str, size: Size) -> float | None:
        """The best time, None where there is none."""
        done = self._best.get((name, size))
        return None if done is None or done.failure is not None else done.seconds

    def table(self) -> str:
        """A Markdown table: a line a tool, time and peak memory by size."""
        head = " | ".join(f"{_grouped(size.total)} rules ({size.groups} x {size.rules})" for size in self.sizes)
        lines = [f"| tool | {head} |", "| --- |" + " ---: |" * len(self.sizes)]
        for name in self.names:
            cells = " | ".join(self._cell(name, size) for size in self.sizes)
            lines.append(f"| {name} | {cells} |")
        return "\n".join(lines) + "\n"

    def _cell(self, name: str, size: Size) -> str:
        done = self._best.get((name, size))
        if done is None:
            return "not installed"
        return done.failure or f"{done.seconds:.2f} s, {done.peak:.0f} MiB"

    def ratios(self) -> str:
        """What the times say: against the floor, against the CDK, and how they grow. A Markdown list."""
        lines = []
        for name, floor in self.floors.items():
            for size in self.sizes[1:]:
                lines += self._ratio(name, floor, size, f"{name} takes {{:.1f}} times its floor")
        for name in self.floors:
            for size in self.sizes[1:2]:
                for other in (each for each in self.names if each.startswith("AWS CDK")):
                    lines += self._ratio(other, name, size, f"{other} takes {{:.0f}} times as long as {name}")
        lines += [line for name in self.names for line in self._growth(name)]
        return "".join(f"- {line}\n" for line in lines)

    def _ratio(self, above: str, below: str, size: Size, text: str) -> list[str]:
        over, under = self._best.get((above, size)), self.seconds(below, size)
        if over is None or under is None:
            return []
        said = f"{text.format(over.seconds / under)} at {_grouped(size.total)} rules"
        return [f"{said}." if over.failure is None else f"{said} or more: it did not come to an end."]

    def _growth(self, name: str) -> list[str]:
        first, last = self.sizes[-2:] if len(self.sizes) > 1 else (self.sizes[0], self.sizes[0])
        low, high = self.seconds(name, first), self.seconds(name, last)
        if low is None or high is None or first == last:
            return []
        exponent = math.log(high / low) / math.log(last.total / first.total)
        return [
            f"{name} grows with exponent {exponent:.2f} from {_grouped(first.total)} to {_grouped(last.total)} rules."
        ]

    def picture(self) -> str:
        """Time over rules, a line a tool."""
        lines = {name: [self._point(name, size) for size in self.sizes] for name in self.names}
        return plot(TITLE, "rules", "seconds", lines)

    def _point(self, name: str, size: Size) -> Point | None:
        time = self.seconds(name, size)
        return None if time is None else (float(size.total), time)


def write_page(results: Results, versions: str, rounds: int, limit: float) -> None:
    """Put table, ratios and plot in their places."""
    text = (
        f"\n{results.table()}\nBest of {rounds} turn{'s' * (rounds != 1)}, or of one where it takes over {SLOW:.0f} s; "
        f"a tool has {limit:.0f} s for one size.\n\n"
        f"{results.ratios()}\n{machine()}; {versions}.\n\n"
    )
    page = PAGE.read_text("utf-8")
    if not _MARKED.search(page):
        raise ValueError(f"{PAGE.name} has no marks for what was measured")
    PAGE.write_text(_MARKED.sub(lambda found: found[1] + text + found[2], page), "utf-8")
    PICTURE.write_text(results.picture(), "utf-8")


def machine() -> str:
    """The machine in words: processor, how many of them, memory, system."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} processors ({_processor()}), {memory:.0f} GiB of memory, {platform.system()}"


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    text = information.read_text("utf-8") if information.exists() else ""
    found = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return found[1].strip() if found else platform.machine()


def _grouped(value: int) -> str:
    return f"{value:,}".replace(",", " ")
