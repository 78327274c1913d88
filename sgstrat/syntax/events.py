"""YAML events from libyaml, or from PyYAML's own parser held to the same grammar where libyaml is missing.

Knows which parser there is, not what events mean.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner, ScannerError
from yaml.tokens import ScalarToken

from sgstrat.source.text import LINE_BREAK

try:
    from yaml._yaml import CParser
except ImportError:  # PyYAML was built without libyaml
    HAS_LIBYAML = False
else:
    HAS_LIBYAML = True

ParsedEvent: TypeAlias = Any
"""An event of the parser. The stubs let its marks be None, as in events made by hand, which parsed ones never are."""
NextEvent: TypeAlias = Callable[[], ParsedEvent]

_END_OR_BREAK = "\0" + LINE_BREAK
_BLANK_OR_BREAK = _END_OR_BREAK + " \t"


def next_event(text: str, pure: bool) -> NextEvent:
    """A function that gives one event a call, and None after the last. It raises :class:`yaml.YAMLError`.

    libyaml is driven directly: its loader classes ask twice for each event.
    """
    if HAS_LIBYAML and not pure:
        return CParser(text).get_event
    return PureParser(text).get_event


class PureParser(Reader, Scanner, Parser):
    """PyYAML's parser with libyaml's rules for tabs, for ``?`` and ``:`` in flow style, and for escapes."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)

    def scan_to_next_token(self) -> None:
        """Skip blanks, line breaks and comments. A tab is a blank where no block key could begin."""
        while True:
            while self.peek() == " " or (self.peek() == "\t" and (self.flow_level or not self.allow_simple_key)):
                self.forward()
            if self.peek() == "#":
                while self.peek() not in _END_OR_BREAK:
                    self.forward()
            if not self.scan_line_break():  # type: ignore[no-untyped-call]
                return
            if not self.flow_level:
                self.allow_simple_key = True

    def scan_flow_scalar(self, style: str) -> ScalarToken:
        """A quoted scalar, without the escapes that libyaml does not take: surrogates, and those over U+10FFFF."""
        start: Any = self.get_mark()
        try:
            token: ScalarToken = super().scan_flow_scalar(style)
            token.value.encode()
        except (ValueError, OverflowError):
            problem = "found invalid Unicode character escape code"
            raise ScannerError("while parsing a quoted scalar", start, problem, start) from None
        return token

    def scan_block_scalar_indicators(self, start_mark: Any) -> tuple[bool | None, int | None]:
        """What follows ``|`` or ``>``: whether trailing breaks are kept, and the indentation, in either order."""
        keep: bool | None = None
        indentation: int | None = None
        for char in self.prefix(2):
            if char in "+-" and keep is None:
                keep = char == "+"
            elif char in "123456789" and indentation is None:
                indentation = int(char)
            else:
                break
            self.forward()
        return keep, indentation

    def scan_block_scalar_ignored_line(self, start_mark: Any) -> None:
        """The rest of that line: blanks and a comment."""
        while self.peek() in " \t":
            self.forward()
        super().scan_block_scalar_ignored_line(start_mark)

    def scan_plain(self) -> ScalarToken:
        """A plain scalar, which in flow style may hold ``?`` and may not end in ``:`` before an indicator."""
        start = end = self.get_mark()
        indent = self.indent + 1
        chunks: list[str] = []
        spaces: str | None = ""
        while spaces is not None and self.peek() != "#":
            length = self._plain_length(start)
            if length == 0:
                break
            self.allow_simple_key = False
            chunks += (spaces, self.prefix(length))
            self.forward(length)
            end = self.get_mark()
            spaces = self._plain_spaces(indent, start)
        return ScalarToken("".join(chunks), True, start, end)

    def _plain_length(self, start: Any) -> int:
        length = 0
        while (char := self.peek(length)) not in _BLANK_OR_BREAK:
            if char == ":":
                after = self.peek(length + 1)
                if after in _BLANK_OR_BREAK:
                    break
                if self.flow_level and after in ",?[]{}":
                    self.forward(length)
                    raise ScannerError("while scanning a plain scalar", start, "found unexpected ':'", self.get_mark())
            if self.flow_level and char in ",[]{}":
                break
            length += 1
        return length

    def _plain_spaces(self, indent: int, start: Any) -> str | None:
        """The blanks and breaks after a piece of a plain scalar, folded; None where the scalar ends."""
        blanks: list[str] = []
        breaks: list[str] = []
        while (char := self.peek()) in " \t" or (char in _END_OR_BREAK and char != "\0"):
            if char in " \t":
                if breaks and char == "\t" and self.column < indent:
                    problem = "found a tab character that violates indentation"
                    raise ScannerError("while scanning a plain scalar", start, problem, self.get_mark())
                blanks.append(char)
                self.forward()
            else:
                breaks.append(self.scan_line_break())  # type: ignore[no-untyped-call]
        if breaks:
            self.allow_simple_key = True
            if self.column == 0 and self.prefix(3) in ("---", "...") and self.peek(3) in _BLANK_OR_BREAK:
                return None
        elif not blanks:
            return None
        if not self.flow_level and self.column < indent:
            return None
        if not breaks:
            return "".join(blanks)
        if breaks[0] != "\n":
            return "".join(breaks)
        return "".join(breaks[1:]) or " "
