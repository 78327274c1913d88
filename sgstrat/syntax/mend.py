"""From what is to be done about a finding to the edits that do it, in the file as it is written.

Nothing but those edits changes. Knows files as text, not the strategy language.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

from sgstrat.diagnostics.finding import Edit, Finding, Fix
from sgstrat.diagnostics.remedy import Change, Insertion, Remedy, Removal, Rename, Rewrite
from sgstrat.source.span import Span
from sgstrat.source.text import SourceText
from sgstrat.syntax.insertion import add_item
from sgstrat.syntax.layout import Layout, Part, lay_out
from sgstrat.syntax.removal import take_out
from sgstrat.syntax.spelling import respell

_WORD = re.compile("[A-Za-z0-9_-]+")


class Shrunk(NamedTuple):
    """A collection that a fix takes a member from; ``start`` is its offset in the file, ``members`` their number."""

    file: str
    start: int
    members: int


class Mended(NamedTuple):
    """A fix, and the collections that become smaller by it: two fixes may not empty one together."""

    fix: Fix
    shrunk: tuple[Shrunk, ...] = ()


def with_fixes(findings: Iterable[Finding], texts: Mapping[str, str]) -> tuple[Finding, ...]:
    """The same findings with a ``fix`` wherever there is one: what reports and editors offer.

    ``texts`` are the texts of all files by path, as the findings' spans have them.
    """
    mender = Mender(texts)
    found = []
    for finding in findings:
        mended = mender.mend(finding)
        found.append(finding if mended is None else replace(finding, fix=mended.fix))
    return tuple(found)


class Mender:
    """Makes the fixes of findings about these texts. Each file is laid out once, when first asked for."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts
        self._layouts: dict[str, Layout | None] = {}

    def mend(self, finding: Finding) -> Mended | None:
        """The fix of a finding; None where there is none, or the text is written in a way that leaves none."""
        if finding.fix is not None:
            return Mended(finding.fix)
        return None if finding.remedy is None else self._remedied(finding.remedy)

    def _remedied(self, remedy: Remedy) -> Mended | None:
        edits: list[Edit] = []
        shrunk: list[Shrunk] = []
        for change in remedy.changes:
            layout = self._layout(change.span.file)
            part = None if layout is None else layout.at(change.span)
            if layout is None or part is None:
                return None
            made = self._edits(layout, part, change, shrunk)
            if not made:
                return None
            edits += made
        return Mended(Fix(remedy.title, tuple(edits), remedy.is_safe), tuple(shrunk))

    def _edits(self, layout: Layout, part: Part, change: Change, shrunk: list[Shrunk]) -> list[Edit]:
        file = change.span.file
        if isinstance(change, Removal):
            taken = take_out(layout, part)
            if taken is None:
                return []
            shrunk.append(Shrunk(file, taken.collection.start, taken.collection.members))
            return [Edit(_span(layout, start, end), "") for start, end in taken.ranges]
        if isinstance(change, Insertion):
            added = add_item(layout, part, change)
            return [] if added is None else [Edit(_span(layout, added.at, added.at), added.text)]
        if isinstance(change, Rename) and self._is_named_elsewhere(change.old):
            return []
        return _rewritten(layout, part, change)

    def _layout(self, file: str) -> Layout | None:
        if file not in self._layouts:
            text = self._texts.get(file)
            self._layouts[file] = None if text is None else lay_out(SourceText(file, text))
        return self._layouts[file]

    @cached_property
    def _words(self) -> Counter[str] | None:
        """How often each word stands in texts without blanks, as names and paths are; None where a file is unread."""
        words: Counter[str] = Counter()
        for file in self._texts:
            layout = self._layout(file)
            if layout is None:
                return None
            for part in layout.parts:
                if part.kind == "scalar" and " " not in part.value:
                    words.update(_WORD.findall(part.value))
        return words

    def _is_named_elsewhere(self, name: str) -> bool:
        """Whether any text beside its own may hold a name, alone or as part of a path."""
        if " " in name or self._words is None:
            return True
        own = Counter(_WORD.findall(name))
        return not own or all(self._words[word] > count for word, count in own.items())


def _rewritten(layout: Layout, part: Part, change: Rewrite | Rename) -> list[Edit]:
    text = respell(layout, part, change.old, change.new)
    if text is None or text == layout.source.text[part.start : part.end]:
        return []
    return [Edit(_span(layout, part.start, part.end), text)]


def _span(layout: Layout, start: int, end: int) -> Span:
    source = layout.source
    return Span(source.file, *source.position(start), *source.position(end))
