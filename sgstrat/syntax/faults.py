"""The parser's complaint as a finding that a person can act on.

Knows the wording of libyaml and of PyYAML, whose complaints differ in words and agree in places.
Knows nothing of nodes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from yaml.error import MarkedYAMLError, YAMLError

from sgstrat.diagnostics.finding import Findings, Related
from sgstrat.source.span import Span
from sgstrat.source.text import LINE_BREAK, SourceText
from sgstrat.syntax.decode_text import report_forbidden
from sgstrat.syntax.scalars import show
from sgstrat.syntax.wording import colon_fix, colon_saying, tag_at, tag_saying, word_at, word_start


class _Fault(NamedTuple):
    """A complaint of the parser, placed: ``offset`` is where it stands, ``opened`` where what it is about began."""

    source: SourceText
    problem: str
    context: str
    offset: int
    opened: int | None

    @property
    def char(self) -> str:
        return self.source.text[self.offset : self.offset + 1]

    @property
    def found(self) -> str:
        char = self.char
        if not char:
            return "the file ends"
        return (
            "the line ends" if char in LINE_BREAK else f"found {show(word_at(self.source.text, self.offset) or char)}"
        )

    def span(self, offset: int, length: int = 1) -> Span:
        line, column = self.source.position(offset)
        return Span(self.source.file, line, column, line, column + length)


class _Saying(NamedTuple):
    """What is said of a fault. ``offset`` moves the finding; ``opened`` is the note at the place where it began."""

    message: str
    help: str
    offset: int | None = None
    opened: str = ""
    code: str = "SG101"


def report_fault(error: YAMLError | UnicodeEncodeError, source: SourceText, findings: Findings) -> None:
    """Add one finding for what stopped the parser: SG101, SG105 for a tag, or SG108 for a colon in flow style."""
    if report_forbidden(source.text, source.file, findings):
        return
    fault = _placed(error, source)
    if _report_colon(fault, findings):
        return
    saying = _say(fault)
    related = []
    if saying.opened and fault.opened is not None:
        related.append(Related(fault.span(fault.opened), saying.opened))
    place = fault.offset if saying.offset is None else saying.offset
    findings.add(saying.code, saying.message, fault.span(place), help=saying.help, related=related)


def _placed(error: YAMLError | UnicodeEncodeError, source: SourceText) -> _Fault:
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        problem = error.problem if isinstance(error, MarkedYAMLError) else str(error)
        return _Fault(source, problem or "", "", 0, None)
    # libyaml counts one line more than there is when the text ends without a line break.
    mark, began = error.problem_mark, error.context_mark
    offset = source.offset(mark.line + 1, mark.column + 1)
    opened = None if began is None else source.offset(began.line + 1, began.column + 1)
    return _Fault(source, error.problem or "", error.context or "", offset, opened)


def _report_colon(fault: _Fault, findings: Findings) -> bool:
    """Report a colon in flow style that YAML takes for the end of a key, where it is the edge of a text."""
    text, offset = fault.source.text, fault.offset
    if "found unexpected ':'" not in fault.problem:
        if fault.char != ":" or "flow" not in fault.context:
            return False
        if text[offset - 1 : offset] != ":" and "node content" not in fault.problem:
            return False
    start = word_start(text, offset)
    word = word_at(text, start)
    if word == ":":
        return False
    message, help = colon_saying(word)
    span = fault.span(start, len(word))
    findings.add("SG108", message, span, help=help, fix=colon_fix(text, start, word, span))
    return True


def _say(fault: _Fault) -> _Saying:
    if fault.char == "\t" and ("start any token" in fault.problem or "tab character" in fault.problem):
        return _Saying("a tab stands where YAML takes only spaces", "indent with spaces")
    for wording, saying in _SAYINGS:
        if wording in fault.problem or wording in fault.context:
            return saying if isinstance(saying, _Saying) else saying(fault)
    return _Saying(f"not valid YAML: {show(fault.problem, 200)}", "")


def _unclosed_quote(fault: _Fault) -> _Saying:
    quote = "" if fault.opened is None else fault.source.text[fault.opened]
    if fault.char and "unexpected document" in fault.problem:
        return _Saying(
            "a document marker stands inside a quoted text", f"close the text with {quote}", None, "it was opened here"
        )
    return _Saying("a quoted text is never closed", f"close it with {quote}", None, "it was opened here")


def _flow(fault: _Fault) -> _Saying:
    what, closing = ("list", "]") if "sequence" in fault.context else ("mapping", "}")
    if not fault.char:
        return _Saying(
            f"a {what} in flow style is never closed", f'close it with "{closing}"', None, f"the {what} was opened here"
        )
    return _Saying(
        f'expected "," or "{closing}" here, but {fault.found}',
        f'close the {what} with "{closing}", separate its parts with ",", or quote the text',
        None,
        f"the {what} was opened here",
    )


def _block(fault: _Fault) -> _Saying:
    what, part = ("list", 'a list item ("- ")') if "collection" in fault.context else ("mapping", "a key")
    line, column = fault.source.position(fault.offset)
    before = fault.source.line(line)[: column - 1].strip()
    if before:
        word = show(word_at(fault.source.text, fault.offset) or fault.char)
        return _Saying(f"{word} stands after the end of a value", "quote the whole text, or begin a new line", None, "")
    return _Saying(
        f"expected {part} here, but {fault.found}",
        f"indent the line as the others of its {what}",
        None,
        f"the {what} began here",
    )


def _no_colon(fault: _Fault) -> _Saying:
    at = fault.offset if fault.opened is None else fault.opened
    line, column = fault.source.position(at)
    key = fault.source.line(line)[column - 1 :]
    return _Saying(
        f'expected ":" after {show(key)}', 'write "key: value", or indent the line if it continues a text', at
    )


_VALUE = _Saying(
    'a key cannot stand here: this ": " is inside a value, or inside a text that began on a line before',
    "quote the text if the colon belongs to it, or else look at the indentation of this line and the one before",
)


_ITEM = _Saying('a list item ("- ") cannot begin here', "begin the list on a line of its own, or quote the text")


def _character(fault: _Fault) -> _Saying:
    return _Saying(f"a plain text cannot begin with {show(fault.char)}", "quote the text")


def _content(fault: _Fault) -> _Saying:
    if fault.char == ":":
        return _Saying("a key is missing before the colon", "write the key, or quote the text")
    return _Saying(
        f"expected a value here, but {fault.found}", "write the value, or quote the text if this belongs to it"
    )


def _name(fault: _Fault) -> _Saying:
    sign = "*" if "alias" in fault.context else "&"
    start = fault.offset if fault.opened is None else fault.opened
    kind = "an alias" if sign == "*" else "an anchor"
    word = show(word_at(fault.source.text, start))
    return _Saying(f"{word} is not {kind}, which is what {sign} begins", f'quote the text: "{word}"', start)


def _escape(fault: _Fault) -> _Saying:
    start = max(fault.source.text.rfind("\\", 0, fault.offset + 1), 0)
    escape = show(fault.source.text[start : start + 2])
    return _Saying(
        f"{escape} is not an escape of double-quoted text", "write \\\\ for a backslash, or use single quotes", start
    )


def _bad_code(fault: _Fault) -> _Saying:
    return _Saying("a \\x, \\u or \\U escape in this text is no character", "write the character itself", fault.opened)


def _header(fault: _Fault) -> _Saying:
    return _Saying(f"after | or > the line must end, but {fault.found}", "begin the text on the next line, or quote it")


def _tag(fault: _Fault) -> _Saying:
    start = fault.offset if fault.opened is None else fault.opened
    start = max(fault.source.text.find("!", start), start)
    return _Saying(*tag_saying(tag_at(fault.source.text, start)), start, code="SG105")


_DIRECTIVE = _Saying("a line cannot begin with % here", "indent the line, or quote the text")


_KEY = _Saying("? begins a key here, where none can stand", "quote the text")


def _document(fault: _Fault) -> _Saying:
    return _Saying(f"expected the end of the file, but {fault.found}", "indent the line, or delete it")


def _quoted(fault: _Fault) -> _Saying:
    if "unknown escape" in fault.problem:
        return _escape(fault)
    if "hex" in fault.problem or "Unicode" in fault.problem:
        return _bad_code(fault)
    return _unclosed_quote(fault)


# Looked for in this order in the complaint and in what the parser says it was doing.
_SAYINGS: tuple[tuple[str, _Saying | Callable[[_Fault], _Saying]], ...] = (
    ("<document start>", _document),
    ("quoted scalar", _quoted),
    ("double-quoted", _quoted),
    ("scanning a tag", _tag),
    ("parsing a tag", _tag),
    ("undefined tag handle", _tag),
    ("scanning a block scalar", _header),
    ("scanning an alias", _name),
    ("scanning an anchor", _name),
    ("scanning a directive", _DIRECTIVE),
    ("simple key", _no_colon),
    ("mapping keys are not allowed", _KEY),
    ("mapping values are not allowed", _VALUE),
    ("sequence entries are not allowed", _ITEM),
    ("cannot start any token", _character),
    ("node content", _content),
    ("flow sequence", _flow),
    ("flow mapping", _flow),
    ("block collection", _block),
    ("block mapping", _block),
)
