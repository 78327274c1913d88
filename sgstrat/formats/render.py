"""From rulebooks to files, in every format asked for. Writers are imported when their format is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, cast

from sgstrat.diagnostics.finding import Finding, Findings
from sgstrat.formats.artifact import Artifact
from sgstrat.formats.cloudformation.places import Places, read_places, with_places
from sgstrat.formats.suppress import Suppressions, suppressions
from sgstrat.rulebook.json_form import write_rulebook
from sgstrat.rulebook.model import Rulebook
from sgstrat.solve.lock import NOTHING_KEPT, Lock


def folder(book: Rulebook) -> str:
    """Where a target's files lie below out/: ``strategy/environment/vpc``."""
    return "/".join(book.target)


def render(
    books: Sequence[Rulebook],
    formats: Sequence[str],
    syntax: str,
    findings: Sequence[Finding] = (),
    lock: Lock = NOTHING_KEPT,
    *,
    nested: bool = False,
) -> dict[str, str]:
    """Every file of these rulebooks by path below out/.

    Scanners' alarms that waived ``findings`` answer are suppressed where the format has a place for it. ``lock`` says
    which file each thing is in where there are several, as :func:`keep_places` left it. ``nested`` adds to
    CloudFormation's templates the parents that have them as nested stacks.
    """
    files: dict[str, str] = {}
    for book in books:
        waived, places = suppressions(book, findings), read_places(lock, book.target)
        files.update(render_target(book, waived, places, formats, syntax, nested=nested))
    return files | render_together(books, formats)


def render_target(
    book: Rulebook,
    waived: Suppressions,
    places: Places,
    formats: Sequence[str],
    syntax: str,
    *,
    nested: bool,
) -> dict[str, str]:
    """The files of one target by path below out/, but those of formats that are written for all targets together.

    ``places`` says which CloudFormation template each thing is in.
    """
    artifacts = [Artifact("rulebook.json", write_rulebook(book))]
    if "cloudformation" in formats:
        from sgstrat.formats.cloudformation.write import write as cloudformation

        artifacts += cloudformation(book, cast(Literal["yaml", "json"], syntax), waived, places, nested=nested)
    if "terraform" in formats:
        from sgstrat.formats.terraform.write import write as terraform

        artifacts += terraform(book)
    return {f"{folder(book)}/{artifact.path}": artifact.text for artifact in artifacts}


def render_together(books: Sequence[Rulebook], formats: Sequence[str]) -> dict[str, str]:
    """The files of formats that one program writes for all targets: cdktf, whose program takes long to start."""
    if "cdktf" not in formats:
        return {}
    from sgstrat.formats.cdktf.write import write_all

    written = write_all(books)
    return {f"{folder(book)}/{artifact.path}": artifact.text for book in books for artifact in written[book.target]}


def check_target(book: Rulebook, formats: Sequence[str], findings: Findings) -> None:
    """What a format cannot say of a target, whatever its files look like."""
    if "cloudformation" in formats:
        from sgstrat.formats.cloudformation.limits import cannot_lock

        cannot_lock(book, findings)


def keep_places(books: Iterable[Rulebook], findings: Sequence[Finding], lock: Lock) -> Lock:
    """The lock with the file of each thing of a target that is, or may soon be, more than one CloudFormation template.

    What the lock has in a file stays there. ``findings`` are those that :func:`render` is given.
    """
    from sgstrat.formats.cloudformation.partition import place

    return with_places(
        lock, {book.target: place(book, read_places(lock, book.target), suppressions(book, findings)) for book in books}
    )


def check_output(
    book: Rulebook, files: Mapping[str, str], formats: Sequence[str], places: Places, findings: Findings
) -> None:
    """What a format's own limits say about a target's files."""
    if "cloudformation" in formats:
        from sgstrat.formats.cloudformation.limits import limits

        prefix = f"{folder(book)}/"
        artifacts = [
            Artifact(path.removeprefix(prefix), text) for path, text in files.items() if path.startswith(prefix)
        ]
        limits(book, artifacts, findings, places)
