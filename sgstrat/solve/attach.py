"""Parts of divided groups, attached wherever the group was: to workloads of its own target and of others.

Rules that name the group are left alone: whoever carries one part carries all, so the first stands for the group.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sgstrat.diagnostics.finding import Findings
from sgstrat.rulebook.model import GROUP_KINDS, Reference, Rulebook, TargetName, Workload
from sgstrat.rulebook.workspace import Workspace
from sgstrat.solve.parts import numbered, part_reference

_ORDER = {kind: index for index, kind in enumerate(GROUP_KINDS)}
Parts = Mapping[tuple[TargetName, str], tuple[int, ...]]


def attached(rulebooks: Mapping[TargetName, Rulebook], parts: Parts, findings: Findings) -> dict[TargetName, Rulebook]:
    """The rulebooks with all parts in their workloads' lists. ``parts`` are the numbers of each divided group's parts.

    SG313 where nothing of the workspace carries a divided group, since its parts then have to be attached by hand.
    """
    attacher = _Attacher(rulebooks, parts)
    made = {name: attacher.book(book) for name, book in rulebooks.items()}
    for (target, key), numbers in parts.items():
        if (target, key) in attacher.carried:
            continue
        group = attacher.workspace.groups[target, key]
        names = ", ".join(numbered(key, number) for number in numbers)
        findings.add(
            "SG313",
            f"group {key} is divided into {names}, and no workload carries it",
            group.span,
            help="whatever carries the group has to carry all of its parts: declare it under workloads, "
            "and attach the list that the output gives for it",
            environment=target.environment,
        )
    return made


class _Attacher:
    """Adds parts to what carries groups; ``carried`` are the divided groups that were met."""

    def __init__(self, rulebooks: Mapping[TargetName, Rulebook], parts: Parts) -> None:
        self.workspace = Workspace(rulebooks)
        self.carried: set[tuple[TargetName, str]] = set()
        self._parts = parts

    def book(self, book: Rulebook) -> Rulebook:
        references = {each.key: each for each in book.references}
        workloads = tuple(self._workload(book, each, references) for each in book.workloads)
        if workloads == book.workloads:
            return book
        ordered = tuple(references[key] for key in sorted(references))
        return replace(book, workloads=workloads, references=ordered)

    def _workload(self, book: Rulebook, workload: Workload, references: dict[str, Reference]) -> Workload:
        kinds: dict[str, int] = {}
        for key in workload.groups:
            place = self.workspace.locate(book, key)
            group = None if place is None else self.workspace.groups.get(place)
            kinds[key] = len(_ORDER) if group is None else _ORDER[group.kind]  # existing groups come last
            if place is None or place not in self._parts:
                continue
            self.carried.add(place)
            for number in self._parts[place][1:]:
                kinds[numbered(key, number)] = kinds[key]
                if key in references:
                    part = part_reference(references[key], number)
                    references[part.key] = part
        if len(kinds) == len(workload.groups):
            return workload
        return replace(workload, groups=tuple(sorted(kinds, key=lambda key: (kinds[key], key))))
