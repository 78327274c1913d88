"""A source of own checks for tests: objects by name, as if they were installed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from sgstrat.checks.context import Check, Context
from sgstrat.checks.own import OwnCheck
from sgstrat.diagnostics.codes import Code, Severity
from sgstrat.diagnostics.finding import Findings
from sgstrat.pipeline import Compilation, Options, compile_workspace

ACME = Code("ACME001", "no-owner", Severity.ERROR, "A group that nobody owns", "Says who owns it.\n")
STRATEGY = """\
version: 1
strategy: shop
default_group: lock
groups:
  app:
    web: {description: Web}
"""


class Source:
    """Objects, or functions that give them or raise, by name; tells what it was asked to load."""

    def __init__(self, checks: Mapping[str, object | Callable[[], object]]) -> None:
        self._checks = checks
        self.loaded: list[str] = []

    def installed(self) -> tuple[str, ...]:
        return tuple(sorted(self._checks))

    def load(self, name: str) -> object:
        self.loaded.append(name)
        given = self._checks[name]
        return given() if callable(given) else given

    def run(self, check: Check, context: Context, findings: Findings) -> None:
        check(context, findings)


def source_of(run: Check, *codes: Code) -> Source:
    """A source of one check, ``acme``."""
    return Source({"acme": OwnCheck(codes or (ACME,), run)})


def compiled(source: Source, settings: str = "checks: acme\n", strategy: str = STRATEGY) -> Compilation:
    """A workspace of one strategy, compiled with checks from a source."""
    files = [("strategies/shop.yaml", strategy.encode())]
    options = Options(date(2027, 1, 1), ("cloudformation",), own_checks=source)
    return compile_workspace(settings.encode(), files, options)


def said(compilation: Compilation) -> list[str]:
    """What is said at error and warning level, without the help."""
    return [
        f"{each.span} {each.severity.value} {each.code} {each.message}"
        for each in compilation.findings
        if each.severity is not Severity.NOTE
    ]
