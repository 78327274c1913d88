"""What an organisation's own check finds, held to the form and the bounds that reports rely on.

The code that made it is somebody else's: a text may be any length, a number may be none, a tuple may be a list. What
does not fit is refused with a reason that its author understands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from sgstrat.diagnostics.codes import Code, Severity
from sgstrat.diagnostics.finding import Edit, Finding, Findings, Fix, Related
from sgstrat.source.span import Span
from sgstrat.syntax.scalars import show

T = TypeVar("T")

MOST_FINDINGS = 10_000
"""Findings of one check that are kept; it is an error to give more."""

LONGEST_TEXT = 2_000
"""Characters of a message or a help; what is longer is cut."""

_MOST_PARTS = 1_000
"""Paths, services, environments, related places or edits of one finding."""

_LONGEST_NAME = 512
_LONGEST_EDIT = 100_000


class Refused(Exception):
    """A check, or something it found, that has not the form it needs. The message says what is wrong."""


class OwnFindings(Findings):
    """Collects what one check finds; from a bound on it only counts. ``left_out`` is how many are not kept."""

    __slots__ = ("left_out",)

    def __init__(self, codes: Mapping[str, Code]) -> None:
        super().__init__(_Declared(codes))
        self.left_out = 0

    def add(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - handed on as they are
        if len(self) < MOST_FINDINGS:
            super().add(*args, **kwargs)
        else:
            self.left_out += 1

    def extend(self, findings: Iterable[Finding]) -> None:
        for each in findings:
            if len(self) < MOST_FINDINGS:
                super().extend((each,))
            else:
                self.left_out += 1


class _Declared(dict[str, Code]):
    """The codes of a check. A finding of another is kept until :func:`accept` refuses it, where nobody can hide it."""

    def __missing__(self, code: str) -> Code:
        return Code(code, "", Severity.ERROR, "")


def accept(found: Iterable[object], codes: Mapping[str, Code]) -> list[Finding]:
    """The findings as they may go on. Raises :class:`Refused` at the first that has not the form of one."""
    return [_accept(each, codes) for each in found]


def readable(text: str, longest: int = LONGEST_TEXT) -> str:
    """A text that can be written as UTF-8, cut to a length. Other characters are for the reports to make harmless."""
    cut = text if len(text) <= longest else f"{text[: longest - 3]}..."
    return cut if cut.isascii() else cut.encode("utf-8", "backslashreplace").decode("utf-8")


def _accept(finding: object, codes: Mapping[str, Code]) -> Finding:
    if not isinstance(finding, Finding):
        raise Refused(f"it gave {_a(finding)} where a Finding is needed")
    code: object = finding.code
    own = codes.get(code) if isinstance(code, str) else None
    if own is None:
        code = show(readable(str(code), 40))
        raise Refused(f"it gave a finding of {code}, which is none of the codes it declares")
    where = f"a finding of {own.code}"
    if finding.waived is not None:
        raise Refused(f"{where} calls itself waived; only a waiver of a strategy does that")
    if type(finding.severity) is not Severity:
        raise Refused(f"{where} has {_a(finding.severity)} as its severity")
    return Finding(
        own.code,
        _text(finding.message, f"the message of {where}"),
        None if finding.span is None else _span(finding.span, where),
        _text(finding.help, f"the help of {where}"),
        _each(finding.related, f"the related places of {where}", _related),
        _each(finding.paths, f"the paths of {where}", _name),
        _each(finding.environments, f"the environments of {where}", _name),
        _each(finding.services, f"the services of {where}", _name),
        finding.severity,
        None if finding.fix is None else _fix(finding.fix, f"the fix of {where}"),
        own=own,
    )


def _each(values: object, what: str, read: Callable[[Any, str], T]) -> tuple[T, ...]:
    if not isinstance(values, tuple):
        raise Refused(f"{what} are {_a(values)}, not a tuple")
    if len(values) > _MOST_PARTS:
        raise Refused(f"{what} are {len(values)}; at most {_MOST_PARTS} are taken")
    return tuple([read(each, what) for each in values])


def _text(value: object, what: str, longest: int = LONGEST_TEXT) -> str:
    if not isinstance(value, str):
        raise Refused(f"{what} is {_a(value)}, not a text")
    return readable(str.__str__(value), longest)


def _name(value: object, what: str) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST_NAME or not value.isprintable():
        raise Refused(f"one of {what} is {_a(value)} that is no printable text of up to {_LONGEST_NAME} characters")
    return str.__str__(value)


def _span(value: object, what: str) -> Span:
    if not isinstance(value, Span) or not all(type(each) is int and each > 0 for each in value[1:]):
        raise Refused(f"the place of {what} is {_a(value)}, not a Span of a file with numbers from 1")
    return Span(_text(value.file, f"the file of {what}"), *value[1:])


def _related(value: object, what: str) -> Related:
    if not isinstance(value, Related):
        raise Refused(f"one of {what} is {_a(value)}, not a Related")
    return Related(_span(value.span, what), _text(value.message, what))


def _fix(value: object, what: str) -> Fix:
    if not isinstance(value, Fix):
        raise Refused(f"{what} is {_a(value)}, not a Fix")
    # a person has to look at what somebody else's code would write into a strategy
    return Fix(_text(value.title, what), _each(value.edits, f"the edits of {what}", _edit), is_safe=False)


def _edit(value: object, what: str) -> Edit:
    if not isinstance(value, Edit):
        raise Refused(f"one of {what} is {_a(value)}, not an Edit")
    return Edit(_span(value.span, what), _text(value.text, what, _LONGEST_EDIT))


def _a(value: object) -> str:
    """``an int``: what a value is, for messages; never its text, which may be anything."""
    name = readable(type(value).__name__, 40)
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"
