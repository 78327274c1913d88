"""The proof of a build: what was written is read back and has to be the rulebook again.

Every format's artifacts of a target are read by that format's own reader and compared with the rulebook group by group
and direction by direction, as traffic. A difference is a bug of the compiler, so nothing may be written. Must not know
how anything is written.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from sgstrat.diagnostics.finding import Findings
from sgstrat.formats.artifact import Artifact
from sgstrat.formats.observed import Expected, Observed
from sgstrat.formats.verify_target import Comparison
from sgstrat.rulebook.model import Rulebook

FORMATS = ("cloudformation", "terraform", "cdktf")
MAX_FINDINGS = 20
"""How many differences of a target are shown; one is enough to stop a build."""


class Difference(NamedTuple):
    """One thing that the output of ``format`` says otherwise than the rulebook."""

    format: str
    what: str
    message: str

    def __str__(self) -> str:
        return f"{self.format}: {self.what}: {self.message}"


def verify(rulebook: Rulebook, artifacts: Iterable[Artifact], formats: Collection[str] = ()) -> tuple[Difference, ...]:
    """Every difference between a target's artifacts and its rulebook; none for a sound build.

    ``artifacts`` are all of the target's files; those of no known format (rulebook.json) are passed over. A format of
    ``formats`` without a file is a difference.
    """
    by_format: dict[str, list[Artifact]] = {}
    for artifact in artifacts:
        by_format.setdefault(artifact.path.partition("/")[0], []).append(artifact)
    found: list[Difference] = []
    for name in FORMATS:
        if name in by_format:
            found += _verify_format(rulebook, name, by_format[name])
        elif name in formats:
            found.append(Difference(name, "the target", "no file was written"))
    return tuple(found)


def check_written(book: Rulebook, files: Mapping[str, str], formats: Sequence[str], findings: Findings) -> None:
    """Report every difference of a target as SG690. ``files`` are texts by path below out/, its own among others."""
    prefix = f"{book.target}/"
    artifacts = [Artifact(path.removeprefix(prefix), text) for path, text in files.items() if path.startswith(prefix)]
    with _collector_paused():
        differences = verify(book, artifacts, formats)
    for each in differences[:MAX_FINDINGS]:
        findings.add(
            "SG690",
            f"{book.target} {each}",
            book.span,
            help="this is a bug in sgstrat, not in the strategy: nothing was written; please report it",
            environment=book.environment,
        )


@contextmanager
def _collector_paused() -> Iterator[None]:
    """What is read back makes no cycles; looking for some among half a million values takes as long as reading."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _tools(format: str) -> tuple[Callable[[str], Observed], Callable[[Rulebook], Expected]]:
    """A format's reader and what it should see; imported when the format is asked for."""
    if format == "cloudformation":
        from sgstrat.formats.cloudformation.read import read as read_cloudformation
        from sgstrat.formats.cloudformation.read_expected import expected as expect_cloudformation

        return read_cloudformation, expect_cloudformation
    from sgstrat.formats.terraform.read import read as read_terraform
    from sgstrat.formats.terraform.read_expected import expected as expect_terraform

    return read_terraform, expect_terraform


def _verify_format(book: Rulebook, format: str, artifacts: Sequence[Artifact]) -> Iterator[Difference]:
    read, expect = _tools(format)
    if format == "cloudformation":
        from sgstrat.formats.cloudformation.read_order import is_template, order_differences

        for what, message in order_differences(artifacts):
            yield Difference(format, what, message)
        artifacts = [artifact for artifact in artifacts if is_template(artifact.path)]
    documents = [(artifact.path, read(artifact.text)) for artifact in artifacts]
    for path, document in documents:
        for unread in document.unread:
            yield Difference(format, path, f"cannot be read back: {unread}")
    comparison = Comparison(book, expect(book), documents)
    for what, message in comparison.differences():
        yield Difference(format, what, message)
