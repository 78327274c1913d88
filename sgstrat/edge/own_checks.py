"""An organisation's own checks, found among what is installed: entry points in the group ``sgstrat.checks``.

A name is looked up among the packages of this Python and nowhere else, so a workspace can choose among checks that
its user has installed, and cannot bring code along. Nothing is imported but what is asked for.
"""

from __future__ import annotations

import sys
from contextlib import redirect_stdout

from sgstrat.checks.context import Check, Context
from sgstrat.checks.own import ENTRY_POINTS
from sgstrat.diagnostics.finding import Findings

# importlib.metadata takes 18 ms to import, which only workspaces with own checks should pay


class InstalledChecks:
    """The checks of installed packages. What they print goes to standard error: the other stream is for results."""

    def installed(self) -> tuple[str, ...]:
        from importlib.metadata import entry_points

        return tuple(sorted({each.name for each in entry_points(group=ENTRY_POINTS)}))

    def load(self, name: str) -> object:
        from importlib.metadata import entry_points

        found = list(entry_points(group=ENTRY_POINTS, name=name))
        if len({each.value for each in found}) > 1:
            places = ", ".join(sorted(each.value for each in found))
            raise LookupError(f"several installed packages have a check of this name: {places}")
        with redirect_stdout(sys.stderr):
            loaded: object = found[0].load()
        return loaded

    def run(self, check: Check, context: Context, findings: Findings) -> None:
        with redirect_stdout(sys.stderr):
            check(context, findings)
