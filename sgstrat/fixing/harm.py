"""What speaks against a change of the sources: an error that was not there, or other traffic than before.

Knows compilations before and after, not how the change was made.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from sgstrat.diagnostics.edits import Edited
from sgstrat.diagnostics.finding import Finding
from sgstrat.pipeline import Compilation
from sgstrat.reach.sameness import same_traffic
from sgstrat.source.text import SourceText

# After these nothing more is known of a file, so that mending it shows errors that were there before.
_UNREAD = frozenset(("SG100", "SG101", "SG102", "SG104", "SG105", "SG106", "SG108"))
_OF_THE_TEXT = _UNREAD | {"SG103"}


class Attempt(NamedTuple):
    """The workspace before and after a change, and by path what became of the texts that it changed."""

    before: Compilation
    after: Compilation
    edited: Mapping[str, Edited]


def harm(attempt: Attempt, *, keeps_traffic: bool) -> str | None:
    """Why a change is not to be kept, as ``it would ...``; None where nothing speaks against it."""
    error = next(_caused(attempt), None)
    if error is not None:
        place = f"{error.span}: " if error.span is not None else ""
        return f"it would give {error.code}: {place}{error.message}"
    if keeps_traffic and not same_traffic(attempt.before.named, attempt.after.named):
        return "it would change what is allowed"
    return None


def _caused(attempt: Attempt) -> Iterator[Finding]:
    """The errors that the change has brought.

    Where the workspace did not compile before, an error elsewhere was there already and is only now seen.
    """
    compiled_before = bool(attempt.before.rulebooks)
    unread = {item.span.file for item in attempt.before.findings if item.span is not None and item.code in _UNREAD}
    for error in _new_errors(attempt):
        file = "" if error.span is None else error.span.file
        of_the_text = error.code in _OF_THE_TEXT and file in attempt.edited and file not in unread
        if compiled_before or of_the_text or (error.code[2] in "12" and _touches(attempt, error)):
            yield error


def _new_errors(attempt: Attempt) -> Iterator[Finding]:
    """Errors that were not there; a limit that is still exceeded, by another number, is the error that was there."""
    before, after = _errors(attempt.before), _errors(attempt.after)
    for key, found in after.items():
        had = before.get(key, {})
        fresh = [message for message, errors in found.items() if len(errors) > len(had.get(message, ()))]
        gone = [message for message, errors in had.items() if len(errors) > len(found.get(message, ()))]
        if key[0][2] in "12" or len(fresh) > len(gone):
            for message in fresh:
                yield from found[message]


def _errors(compilation: Compilation) -> Mapping[tuple[str, str], dict[str, list[Finding]]]:
    """The errors of each code and file, by message."""
    errors: dict[tuple[str, str], dict[str, list[Finding]]] = defaultdict(dict)
    for item in compilation.findings:
        if item.is_error:
            file = item.span.file if item.span is not None else ""
            errors[item.code, file].setdefault(item.message, []).append(item)
    return errors


def _touches(attempt: Attempt, error: Finding) -> bool:
    """Whether an error stands where something was changed."""
    span = error.span
    edited = attempt.edited.get(span.file) if span is not None else None
    if span is None or edited is None:
        return False
    source = SourceText(span.file, edited.text)
    start, end = source.offset(span.line, span.column), source.offset(span.end_line, span.end_column)
    return any(start <= high and low <= end for low, high in edited.ranges)
