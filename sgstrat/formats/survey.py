"""Every limit of a workspace, those of its output formats among them: these can be counted on what is written only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sgstrat.diagnostics.finding import Finding
from sgstrat.formats.artifact import Artifact
from sgstrat.formats.render import folder, render
from sgstrat.quotas.survey import Counted, Survey, survey
from sgstrat.rulebook.model import Rulebook, TargetName
from sgstrat.rulebook.workspace import Workspace
from sgstrat.solve.lock import NOTHING_KEPT, Lock


class Written(NamedTuple):
    """How the output would be written: its syntax, the findings whose waivers stand in it, and where each thing is."""

    syntax: str
    findings: tuple[Finding, ...]
    lock: Lock = NOTHING_KEPT


def survey_all(workspace: Workspace, targets: Sequence[TargetName], written: Written) -> Survey:
    """Every limit of these targets and of their regions; CloudFormation's where the workspace is written for it."""
    books = [workspace.rulebooks[name] for name in targets]
    templates = tuple(_templates(books, written)) if "cloudformation" in workspace.formats else ()
    return survey(workspace, frozenset(targets).__contains__, templates)


def _templates(books: Sequence[Rulebook], written: Written) -> Iterator[Counted]:
    from sgstrat.formats.cloudformation.places import read_places
    from sgstrat.formats.cloudformation.usage import template_uses

    files = render(books, ("cloudformation",), written.syntax, written.findings, written.lock)
    by_folder: dict[str, list[Artifact]] = {folder(book): [] for book in books}
    for path, text in files.items():
        target = "/".join(path.split("/")[:3])
        by_folder[target].append(Artifact(path.removeprefix(f"{target}/"), text))
    for book in books:
        yield from template_uses(book, by_folder[folder(book)], read_places(written.lock, book.target))
