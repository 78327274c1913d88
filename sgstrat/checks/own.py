"""An organisation's own checks: what one is, how those that sgstrat.yaml names are taken in, and how they are run.

They are code that the user has installed. Whatever such code does wrong is a finding at its name in sgstrat.yaml, and
none of it reaches a report unchecked. Where checks are found and how they are loaded is for a :class:`CheckSource`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from sgstrat.checks.context import Check, Context
from sgstrat.checks.guardrails import Codes
from sgstrat.checks.own_findings import MOST_FINDINGS, OwnFindings, Refused, accept, readable
from sgstrat.diagnostics.codes import CODES, Code, Severity, is_own_code
from sgstrat.diagnostics.finding import Findings
from sgstrat.diagnostics.suggest import did_you_mean, listed
from sgstrat.language.model import Settings, Word
from sgstrat.syntax.scalars import show

ENTRY_POINTS = "sgstrat.checks"
"""The group of entry points that checks are named in."""

_MOST_CODES = 1000
_LONGEST_SLUG = 63
_LONGEST_TITLE = 200
_LONGEST_TEXT = 100_000
_LONGEST_REASON = 500
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)
_OURS = __name__.partition(".")[0]


class OwnCheck(NamedTuple):
    """One of an organisation's own checks.

    ``codes`` are all that its findings may have: two to ten capital letters other than SG and three digits, each with
    the text that ``sgstrat explain`` shows. ``run`` is given the workspace, and adds what it finds.
    """

    codes: tuple[Code, ...]
    run: Check


class CheckSource(Protocol):
    """Where checks come from."""

    def installed(self) -> tuple[str, ...]:
        """The names of all that are there, in order."""

    def load(self, name: str) -> object:
        """What stands under a name that is there. May raise anything."""

    def run(self, check: Check, context: Context, findings: Findings) -> None:
        """Run a check, and keep what it prints away from results. May raise anything."""


class NoChecks:
    """A source that has none."""

    def installed(self) -> tuple[str, ...]:
        return ()

    def load(self, name: str) -> object:
        raise LookupError(name)

    def run(self, check: Check, context: Context, findings: Findings) -> None:
        check(context, findings)


@dataclass(frozen=True, slots=True)
class OwnChecks:
    """The checks that sgstrat.yaml names, loaded, each with the word that names it there."""

    checks: tuple[tuple[Word, OwnCheck], ...]
    codes: Codes
    source: CheckSource


def load_own_checks(settings: Settings | None, source: CheckSource, findings: Findings) -> OwnChecks:
    """Load what sgstrat.yaml names, and nothing else. What cannot be loaded is a finding and left out."""
    named: dict[str, Word] = {}
    for word in settings.checks if settings is not None else ():
        named.setdefault(word.text, word)
    installed = source.installed() if named else ()
    codes: dict[str, Code] = dict(CODES)
    checks: list[tuple[Word, OwnCheck]] = []
    for word in named.values():
        if word.text not in installed:
            _not_found(word, installed, findings)
            continue
        with _blamed(word, "cannot be loaded", findings):
            check = _read_check(source.load(word.text), codes)
            checks.append((word, check))
            codes.update((code.code, code) for code in check.codes)
    return OwnChecks(tuple(checks), Codes(codes, is_whole=len(checks) == len(named)), source)


def run_own_checks(own: OwnChecks, context: Context, findings: Findings, failures: Findings) -> None:
    """Run the checks one after the other. ``failures`` is told of those that do not work."""
    for word, check in own.checks:
        declared = {code.code: code for code in check.codes}
        found = OwnFindings(declared)
        with _blamed(word, "failed", failures):
            own.source.run(check.run, context, found)
            findings.extend(accept(found.raw(), declared))
            if found.left_out:
                raise Refused(
                    f"it gave {MOST_FINDINGS + found.left_out} findings, and {MOST_FINDINGS} are taken; "
                    "it could say once what is wrong many times"
                )


def _not_found(word: Word, installed: tuple[str, ...], findings: Findings) -> None:
    there = f"installed checks: {listed(installed)}" if installed else "no package with checks is installed"
    near = did_you_mean(word.text, installed)
    findings.add(
        "SG127",
        f"no installed package has a check {show(word.text)}",
        word.span,
        help=f"{near} {there}".strip() + f"; install the package whose entry points in {ENTRY_POINTS} name it",
    )


@contextmanager
def _blamed(word: Word, what: str, findings: Findings) -> Iterator[None]:
    """Whatever somebody else's code raises becomes SG128 at the word that names the check."""
    try:
        yield
    except Refused as error:
        reason = str(error)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - code that is not ours may raise anything
        reason = _reason(error)
    else:
        return
    findings.add(
        "SG128",
        f"check {show(word.text)} {what}: {reason}",
        word.span,
        help="its authors have to mend it; until then take it out of checks:",
    )


def _reason(error: BaseException) -> str:
    """``ValueError: message (in acme_checks, line 17)``."""
    try:
        said = str(error)
    except Exception:  # noqa: BLE001 - as above
        said = ""
    said = readable(" ".join(said.split()), _LONGEST_REASON)
    frame = error.__traceback__
    where = ""
    while frame is not None:
        module = str(frame.tb_frame.f_globals.get("__name__", ""))
        if module.partition(".")[0] != _OURS:
            where = f" (in {readable(module, _LONGEST_TITLE)}, line {frame.tb_lineno})"
        frame = frame.tb_next
    return f"{type(error).__name__}{': ' * bool(said)}{said}{where}"


def _read_check(loaded: object, known: Mapping[str, Code]) -> OwnCheck:
    """What an entry point gave, as a check. Raises :class:`Refused` where it is none, or has a code that is taken."""
    codes: object = getattr(loaded, "codes", None)
    run = getattr(loaded, "run", None)
    if not isinstance(codes, tuple | list) or not callable(run):
        raise Refused("it is no OwnCheck: it needs codes, a tuple of Code, and run, a function")
    if not 0 < len(codes) <= _MOST_CODES:
        raise Refused(f"it declares {len(codes)} codes; it has to declare 1 to {_MOST_CODES}")
    own: dict[str, Code] = {}
    for each in codes:
        code = _read_code(each)
        if code.code in known or code.code in own:
            raise Refused(f"its code {code.code} is declared already")
        own[code.code] = code
    return OwnCheck(tuple(own.values()), run)


def _read_code(code: object) -> Code:
    if not isinstance(code, Code) or not all(isinstance(each, str) for each in code):
        raise Refused("one of its codes is no Code made of texts and a Severity")
    name = readable(code.code, 40)
    if not is_own_code(code.code):
        raise Refused(f"its code {show(name)} is not two to ten capital letters, other than SG, and three digits")
    if not isinstance(code.severity, Severity):
        raise Refused(f"the severity of its code {name} is no Severity")
    if not _SLUG.fullmatch(code.slug) or len(code.slug) > _LONGEST_SLUG:
        raise Refused(f"the slug of its code {name} is not lower-case words with single hyphens")
    if not code.title.isprintable() or not 0 < len(code.title) <= _LONGEST_TITLE:
        raise Refused(f"the title of its code {name} is not one line of 1 to {_LONGEST_TITLE} characters")
    if len(code.text) > _LONGEST_TEXT:
        raise Refused(f"the text of its code {name} is longer than {_LONGEST_TEXT} characters")
    return Code(code.code, code.slug, code.severity, code.title, readable(code.text, _LONGEST_TEXT))
