"""What is refused in a file that is valid YAML, in words. Knows places and texts, not how nodes are made."""

from __future__ import annotations

from typing import NoReturn

from sgstrat.diagnostics.finding import Findings, Fix, Related
from sgstrat.diagnostics.remedy import Remedy, removal
from sgstrat.source.span import Span
from sgstrat.source.text import SourceText
from sgstrat.syntax.nodes import Node, Scalar
from sgstrat.syntax.scalars import describe, show
from sgstrat.syntax.wording import colon_fix, colon_saying, tag_at, tag_saying, word_at

MAX_REPORTED = 1000
"""How many findings are made of one file before the rest of it is left unread."""


class Stop(Exception):
    """The rest of the file is not read."""


class Refusals:
    """Makes the findings of one file. Methods that return go on to further findings; others raise :class:`Stop`."""

    __slots__ = ("_count", "_findings", "_source")

    def __init__(self, source: SourceText, findings: Findings) -> None:
        self._source = source
        self._findings = findings
        self._count = 0

    def bound(self, message: str, span: Span, help: str) -> NoReturn:
        """The input is larger, deeper or more expanded than a bound (SG106)."""
        self._findings.add("SG106", message, span, help=help)
        raise Stop

    def tag(self, offset: int) -> None:
        """A tag, which stands at ``offset`` or after an anchor there."""
        text = self._source.text
        start = text.find("!", offset)
        tag = tag_at(text, start)
        message, help = tag_saying(tag)
        self._add("SG105", message, self._word_span(start, tag), help)

    def pair(self, offset: int) -> None:
        """A mapping of one pair without braces, as in ``[a: b]``: nearly always a text with a colon."""
        text = self._source.text
        word = word_at(text, offset)
        span = self._word_span(offset, word)
        if word.startswith(":") or word.endswith("::"):
            message, help = colon_saying(word)
            self._add("SG108", message, span, help, fix=colon_fix(text, offset, word, span))
            return
        message = f"{show(word)} begins a mapping without braces inside [...]"
        self._add("SG105", message, span, "write {key: value} if a mapping is meant, or quote the text")

    def colon_key(self, key: Scalar) -> None:
        """A key in flow style that ends with a colon of its own."""
        message, help = colon_saying(key.value)
        fix = colon_fix(self._source.text, self._source.offset(*key.span[1:3]), key.value, key.span)
        self._add("SG108", message, key.span, help, fix=fix)

    def collection_key(self, key: Node, span: Span) -> None:
        """A mapping or list as a key."""
        message = f"{describe(key)} is a key here; keys are texts"
        self._add("SG105", message, span, "quote the text if it begins with [ or {")

    def merge_key(self, key: Scalar) -> None:
        """A plain ``<<``."""
        help = "write the keys out, or share whole values with an anchor and an alias"
        self._add("SG105", "<< (a merge key) is not part of the language", key.span, help)

    def duplicate_key(self, key: Scalar, first: Scalar, is_equal: bool) -> None:
        """A key that the mapping has already, with a value that ``is_equal`` or another."""
        message = f"the key {show(key.value)} stands twice in this mapping"
        related = (Related(first.span, "it stands here first"),)
        fix = removal(key.span, "remove the second, which says the same", keeps_traffic=False) if is_equal else None
        self._add("SG103", message, key.span, "delete or rename one of them", related, fix)

    def recursive_alias(self, name: str, span: Span) -> None:
        """An alias inside the node of its own anchor."""
        self._add("SG105", f"*{show(name)} stands inside the value that it repeats", span, "write the value out")

    def unknown_alias(self, name: str, span: Span) -> None:
        """An alias that no anchor comes before."""
        name = show(name)
        message = f"*{name} repeats a value, but nothing before it is marked &{name}"
        self._add("SG101", message, span, f'mark the value with &{name}, or quote the text: "*{name}"')

    def second_document(self, span: Span) -> None:
        """Another document after the first."""
        self._add("SG104", "a second YAML document begins here; a file holds one", span, "move it to a file of its own")

    def _word_span(self, offset: int, word: str) -> Span:
        line, column = self._source.position(offset)
        return Span(self._source.file, line, column, line, column + max(len(word), 1))

    def _add(
        self,
        code: str,
        message: str,
        span: Span,
        help: str,
        related: tuple[Related, ...] = (),
        fix: Fix | Remedy | None = None,
    ) -> None:
        self._findings.add(code, message, span, help=help, related=related, fix=fix)
        self._count += 1
        if self._count >= MAX_REPORTED:
            self.bound(f"the file is not read further after {MAX_REPORTED} findings", span, "correct these first")
