"""The digest of all that a target's files are made of, so that equal ones need not be written and read back again."""

from __future__ import annotations

from dataclasses import replace

from sgstrat.formats.cloudformation.places import Places
from sgstrat.formats.suppress import Suppressions
from sgstrat.reuse.record import digest
from sgstrat.rulebook.model import Rulebook


def content(book: Rulebook, text: str, waived: Suppressions, places: Places) -> str:
    """The digest of a rulebook, of which ``text`` is the JSON, and of what is suppressed in its templates and where.

    The text has what is allowed, but not all that names are made of and quotas hang on; that is small.
    """
    return digest(text, _beside(book), repr((waived, places)))


def _beside(book: Rulebook) -> str:
    groups = [
        (
            replace(group, ingress=(), egress=()),
            [rule.identity for rule in group.ingress],
            [rule.identity for rule in group.egress],
        )
        for group in book.groups
    ]
    return repr((replace(book, groups=()), groups))
