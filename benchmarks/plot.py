"""A small log-log plot as SVG, for light and dark pages. The same points give the same bytes.

Knows lines of points with names; what they measure is for the caller to say.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from itertools import pairwise

Point = tuple[float, float]

WIDTH, HEIGHT = 840, 440
LEFT, RIGHT, TOP, BOTTOM = 64, 270, 40, 52
GAP = 16  # between two labels
# Okabe and Ito's colours, which people with any colour vision tell apart. Source: doi:10.1038/nmeth.1618
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8a8a8a", "#6a5acd")
STYLE = """
text{font:12px system-ui,sans-serif;fill:#24292f}.title{font-size:14px;font-weight:600}
.grid{stroke:#d0d7de;stroke-width:1}.line{fill:none;stroke-width:2}.guide{stroke-dasharray:3 4;stroke-width:1}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.grid{stroke:#3d444d}}
"""


def plot(title: str, across: str, up: str, lines: Mapping[str, Sequence[Point | None]]) -> str:
    """The picture. Every coordinate of a point is above 0; lines are labelled at their last points.

    None is where a point is missing: the line has a gap there.
    """
    points = [point for line in lines.values() for point in line if point is not None]
    axes = _Axes([x for x, _ in points], [y for _, y in points])
    body = [*axes.grid(across, up), *_lines(axes, lines)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n"
        f'<text class="title" x="{LEFT}" y="22">{escape(title)}</text>\n' + "\n".join(body) + "\n</svg>\n"
    )


class _Axes:
    """Where values lie in the picture: whole decades upwards, the data's own range across."""

    def __init__(self, xs: Sequence[float], ys: Sequence[float]) -> None:
        self.columns = sorted(set(xs))
        self.low_x, self.high_x = math.log10(min(xs)), math.log10(max(xs))
        self.low_y, self.high_y = math.floor(math.log10(min(ys))), math.ceil(math.log10(max(ys)))

    def x(self, value: float) -> float:
        span = (self.high_x - self.low_x) or 1
        return LEFT + (math.log10(value) - self.low_x) / span * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        span = (self.high_y - self.low_y) or 1
        return HEIGHT - BOTTOM - (math.log10(value) - self.low_y) / span * (HEIGHT - TOP - BOTTOM)

    def grid(self, across: str, up: str) -> Iterator[str]:
        right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
        for power in range(self.low_y, self.high_y + 1):
            y = self.y(10.0**power)
            yield f'<line class="grid" x1="{LEFT}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}"/>'
            yield f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{10.0**power:g}</text>'
        for value in self.columns:
            x = self.x(value)
            yield f'<line class="grid" x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{bottom}"/>'
            yield f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{_grouped(value)}</text>'
        yield f'<text x="{(LEFT + right) / 2:.1f}" y="{HEIGHT - 12}" text-anchor="middle">{escape(across)}</text>'
        middle = (TOP + bottom) / 2
        turned = f'transform="rotate(-90 16 {middle:.1f})"'
        yield f'<text x="16" y="{middle:.1f}" text-anchor="middle" {turned}>{escape(up)}</text>'


def _lines(axes: _Axes, lines: Mapping[str, Sequence[Point | None]]) -> Iterator[str]:
    drawn: list[tuple[str, list[Point], str]] = []
    for number, (name, line) in enumerate(lines.items()):
        colour = COLOURS[number % len(COLOURS)]
        for before, after in pairwise(line):
            if before is not None and after is not None:
                path = " ".join(f"{axes.x(x):.1f},{axes.y(y):.1f}" for x, y in (before, after))
                yield f'<polyline class="line" stroke="{colour}" points="{path}"/>'
        known = [point for point in line if point is not None]
        yield from (f'<circle cx="{axes.x(x):.1f}" cy="{axes.y(y):.1f}" r="3.5" fill="{colour}"/>' for x, y in known)
        drawn += [(name, known, colour)] if known else []
    # labels at the right edge from top to bottom, pushed apart where lines end close together
    below = float(TOP)
    edge = WIDTH - RIGHT
    for name, line, colour in sorted(drawn, key=lambda each: axes.y(each[1][-1][1])):
        x, y = axes.x(line[-1][0]), axes.y(line[-1][1])
        place = max(y, below)
        below = place + GAP
        yield f'<path class="guide" stroke="{colour}" fill="none" d="M{x + 6:.1f} {y:.1f} L{edge + 12} {place:.1f}"/>'
        yield f'<circle cx="{edge + 20}" cy="{place:.1f}" r="4" fill="{colour}"/>'
        yield f'<text x="{edge + 30}" y="{place + 4:.1f}">{escape(name)}</text>'


def _grouped(value: float) -> str:
    """1500000 as 1 500 000."""
    return f"{value:,.0f}".replace(",", " ")
