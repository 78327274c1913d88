"""One finding: a code, a place, what is wrong there, and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from sgstrat.diagnostics.codes import CODES, Code, Severity
from sgstrat.diagnostics.remedy import Remedy
from sgstrat.source.span import Span


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that belongs to a finding, such as the first of two equal names."""

    span: Span
    message: str


class Edit(NamedTuple):
    """What stands at ``span`` becomes ``text``; an empty span is an insertion before its place."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """A change of the sources that removes a finding. Its edits do not overlap, and make sense together only.

    ``is_safe``: what the strategy allows stays as it was, or becomes what the finding says was meant and nothing else
    could have been; others are for a person to choose.
    """

    title: str
    edits: tuple[Edit, ...]
    is_safe: bool = True


class Waived(NamedTuple):
    """Why a finding does not count: the waiver that silences it, and the severity and message that it had."""

    severity: Severity
    message: str
    why: str
    until: str
    approved_by: str
    span: Span


@dataclass(frozen=True, slots=True)
class Finding:
    """A statement about the input.

    ``message`` says what is wrong and carries the offending text; ``help`` says what to do, ``fix`` does it. A
    ``remedy`` is a fix whose edits are still to be made: ``syntax.mend.with_fixes`` makes them.
    ``paths`` are the addresses by which a waiver may name the finding (``flows.public-shop``, ``flows[0]``).
    ``environments`` are those it holds in; empty where it does not depend on one. What is ``waived`` is a note.
    ``own`` is what an organisation's own check declares of the code; None for those of the compiler.
    """

    code: str
    message: str
    span: Span | None = None
    help: str = ""
    related: tuple[Related, ...] = ()
    paths: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    severity: Severity = field(default=Severity.ERROR)
    fix: Fix | None = None
    remedy: Remedy | None = None
    waived: Waived | None = None
    own: Code | None = None

    @property
    def kind(self) -> Code:
        """What findings of this code have in common."""
        return CODES[self.code] if self.own is None else self.own

    @property
    def is_error(self) -> bool:
        return self.severity is Severity.ERROR

    @property
    def order(self) -> tuple[str, int, int, str, str]:
        """Sort key: by position, then code and message. Findings without a place come last."""
        if self.span is None:
            return ("\U0010ffff", 0, 0, self.code, self.message)
        return (self.span.file, self.span.line, self.span.column, self.code, self.message)


class Findings:
    """Collects findings while a pass goes on; a pass never stops at the first.

    ``codes`` are those that findings may have, by code.
    """

    __slots__ = ("_codes", "_items")

    def __init__(self, codes: Mapping[str, Code] = CODES) -> None:
        self._items: list[Finding] = []
        self._codes = codes

    def add(
        self,
        code: str,
        message: str,
        span: Span | None = None,
        *,
        help: str = "",
        related: Iterable[Related] = (),
        paths: Iterable[str] = (),
        environment: str | None = None,
        services: Iterable[str] = (),
        severity: Severity | None = None,
        fix: Fix | Remedy | None = None,
    ) -> None:
        """Record a finding; the severity is the code's own unless given."""
        self._items.append(
            Finding(
                code,
                message,
                span,
                help,
                tuple(related),
                tuple(paths),
                (environment,) if environment is not None else (),
                tuple(services),
                self._codes[code].severity if severity is None else severity,
                fix if isinstance(fix, Fix) else None,
                fix if isinstance(fix, Remedy) else None,
            )
        )

    def extend(self, findings: Iterable[Finding]) -> None:
        self._items.extend(findings)

    @property
    def has_errors(self) -> bool:
        return any(item.is_error for item in self._items)

    def __len__(self) -> int:
        return len(self._items)

    def raw(self) -> tuple[Finding, ...]:
        """All findings as they were added."""
        return tuple(self._items)

    def result(self) -> tuple[Finding, ...]:
        """All findings, in order of place, those that differ only in environment made one."""
        return merge(self._items)


def merge(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Sort findings and join those that say the same about several environments."""
    merged: dict[tuple[object, ...], Finding] = {}
    for item in findings:
        key = (item.code, item.message, item.span, item.severity, item.paths, bool(item.environments))
        seen = merged.get(key)
        if seen is None:
            merged[key] = item
            continue
        environments = tuple(dict.fromkeys(seen.environments + item.environments))
        merged[key] = replace(seen, environments=environments)
    return tuple(sorted(merged.values(), key=lambda item: item.order))
