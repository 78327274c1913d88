"""From rulebooks to files, in every format asked for. Writers are imported when their format is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Literal, cast

from sgstrat.diagnostics.finding import Finding, Findings
from sgstrat.formats.artifact import Artifact
from sgstrat.formats.suppress import Suppressions, suppressions
from sgstrat.rulebook.json_form import write_rulebook
from sgstrat.rulebook.model import Rulebook


def folder(book: Rulebook) -> str:
    """Where a target's files lie below out/: ``strategy/environment/vpc``."""
    return "/".join(book.target)


def render(
    books: Sequence[Rulebook],
    formats: Sequence[str],
    syntax: str,
    jobs: int = 1,
    findings: Sequence[Finding] = (),
) -> dict[str, str]:
    """Every file of these rulebooks by path below out/. The result does not depend on ``jobs``.

    Scanners' alarms that waived ``findings`` answer are suppressed where the format has a place for it.
    """
    one = partial(_render_one, formats=tuple(formats), syntax=syntax)
    waived = [suppressions(book, findings) for book in books]
    if jobs > 1 and len(books) > 1:
        from concurrent.futures import ProcessPoolExecutor

        with ProcessPoolExecutor(min(jobs, len(books))) as pool:
            rendered = list(pool.map(one, books, waived))
    else:
        rendered = list(map(one, books, waived))
    files = {path: text for each in rendered for path, text in each}
    if "cdktf" in formats:
        files.update(_cdktf(books))
    return files


def _render_one(book: Rulebook, waived: Suppressions, formats: tuple[str, ...], syntax: str) -> list[tuple[str, str]]:
    artifacts = [Artifact("rulebook.json", write_rulebook(book))]
    if "cloudformation" in formats:
        from sgstrat.formats.cloudformation.write import write as cloudformation

        artifacts += cloudformation(book, cast(Literal["yaml", "json"], syntax), waived)
    if "terraform" in formats:
        from sgstrat.formats.terraform.write import write as terraform

        artifacts += terraform(book)
    return [(f"{folder(book)}/{artifact.path}", artifact.text) for artifact in artifacts]


def _cdktf(books: Sequence[Rulebook]) -> Iterable[tuple[str, str]]:
    from sgstrat.formats.cdktf.write import write_all

    written = write_all(books)
    return [(f"{folder(book)}/{artifact.path}", artifact.text) for book in books for artifact in written[book.target]]


def check_target(book: Rulebook, formats: Sequence[str], findings: Findings) -> None:
    """What a format cannot say of a target, whatever its files look like."""
    if "cloudformation" in formats:
        from sgstrat.formats.cloudformation.limits import cannot_lock

        cannot_lock(book, findings)


def check_output(book: Rulebook, files: Mapping[str, str], formats: Sequence[str], findings: Findings) -> None:
    """What a format's own limits say about a target's files."""
    if "cloudformation" in formats:
        from sgstrat.formats.cloudformation.limits import limits

        prefix = f"{folder(book)}/"
        artifacts = [
            Artifact(path.removeprefix(prefix), text) for path, text in files.items() if path.startswith(prefix)
        ]
        limits(book, artifacts, findings)
