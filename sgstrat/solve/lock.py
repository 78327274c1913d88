"""``sgstrat.lock``: what was decided once and is kept, such as which part of a divided group a rule is in.

The file is committed beside the strategies and is an input like them, as the lock files of package managers are: one
line an entry, in order, so that two branches merge line by line and a conflict can be read. Text only; reading and
writing the file is done elsewhere. Must not know what the entries are about.

A line is ``KIND SCOPE ITEM NUMBER``; ``end`` stands last, so that a file that was cut off is known for one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from sgstrat.diagnostics.finding import Findings, Related
from sgstrat.source.span import Span, whole

LOCK_FILE = "sgstrat.lock"
VERSION = 1
KINDS = ("rule", "pack", "template", "links")
"""What entries may be about. ``rule``: the part of a divided group that a rule is in. ``pack``: which of a workload's
groups are one composite. ``template`` and ``links``: which of several CloudFormation templates of a target a resource
or output is in, in its first and its second unit."""
MAX_ENTRIES = 1_000_000
MAX_FINDINGS = 20
MAX_NUMBER = 9999

_HEAD = f"""\
# Kept by `sgstrat build`: where divided rules, fused groups and the resources of large templates are: none moves.
# Commit it. After a merge conflict keep the lines of both sides and build again.
version {VERSION}
"""
_END = "end"
_ENTRY = re.compile(r"([a-z]+) ([A-Za-z0-9./:@-]+) ([A-Za-z0-9./:@-]+) ([0-9]{1,9})", re.ASCII)
_VERSION = re.compile(r"version ([0-9]{1,9})", re.ASCII)
_CONFLICT = re.compile(r"(<<<<<<<|=======|>>>>>>>|\|\|\|\|\|\|\|)( |$)")
RESTORE = f"restore {LOCK_FILE} from version control"

Scope = tuple[str, str]
Numbers = Mapping[str, int]
_NONE: Numbers = MappingProxyType({})


class Lock:
    """Numbers by kind and scope, and in it by item. Immutable."""

    def __init__(self, entries: Mapping[Scope, Numbers] = MappingProxyType({})) -> None:
        self._entries = entries

    def numbers(self, kind: str, scope: str) -> Numbers:
        """The numbers of a scope's items; none where nothing was decided yet."""
        return self._entries.get((kind, scope), _NONE)

    def with_kind(self, kind: str, scopes: Mapping[str, Numbers]) -> Lock:
        """The lock with all that it holds of one kind replaced: what is not in ``scopes`` is no longer kept."""
        kept = {key: numbers for key, numbers in self._entries.items() if key[0] != kind}
        return Lock({**kept, **{(kind, scope): numbers for scope, numbers in scopes.items() if numbers}})

    def replaced(self, new: Lock, covers: Callable[[str], bool]) -> Lock:
        """What ``new`` has of the scopes that are covered, and this one of all others."""
        kept = {key: numbers for key, numbers in self._entries.items() if not covers(key[1])}
        return Lock({**kept, **{key: numbers for key, numbers in new._entries.items() if covers(key[1])}})

    def lines(self) -> Iterable[str]:
        """Every entry as a line, sorted."""
        return sorted(
            f"{kind} {scope} {item} {number}"
            for (kind, scope), numbers in self._entries.items()
            for item, number in numbers.items()
        )


NOTHING_KEPT = Lock()


def write_lock(lock: Lock) -> str | None:
    """The text of the file; None where there is nothing to keep, and so no file."""
    lines = list(lock.lines())
    return _HEAD + "\n".join((*lines, _END)) + "\n" if lines else None


def read_lock(text: str, findings: Findings) -> Lock:
    """What a file keeps. Whatever :func:`write_lock` would not write is a finding, SG312, at its line.

    Comments, empty lines, other line ends and another order are read as they are meant.
    """
    reader = _Reader(findings)
    lines = text.replace("\r\n", "\n").split("\n")
    for number, line in enumerate(lines, 1):
        if not reader.read(number, line):
            return Lock()
    reader.finish(len(lines))
    return Lock(reader.entries)


class _Reader:
    """Reads line by line. A line that cannot be read is reported and the others are read on, up to a bound."""

    def __init__(self, findings: Findings) -> None:
        self.entries: dict[Scope, dict[str, int]] = {}
        self._findings = findings
        self._places: dict[tuple[str, str, str], int] = {}
        self._reported = 0
        self._version = False
        self._ended = False

    def read(self, number: int, line: str) -> bool:
        """Whether it makes sense to read on after this line."""
        if not line.strip() or line.startswith("#"):
            return True
        if _CONFLICT.match(line):
            self._report(number, line, "a merge conflict", "keep the entries of both sides, remove the markers, build")
            return False
        if not self._version:
            return self._read_version(number, line)
        if line == _END:
            self._ended = True
            return True
        if self._ended:
            self._report(number, line, f"something follows after {_END}", RESTORE)
            return False
        return self._read_entry(number, line)

    def _read_version(self, number: int, line: str) -> bool:
        match = _VERSION.fullmatch(line)
        if match is None:
            self._report(number, line, f"expected `version {VERSION}`, found {_shown(line)}", RESTORE)
        elif int(match[1]) != VERSION:
            newer = "use the sgstrat that wrote it, or a newer one" if int(match[1]) > VERSION else RESTORE
            self._report(number, line, f"version {int(match[1])} is not known; this sgstrat reads {VERSION}", newer)
        else:
            self._version = True
        return self._version

    def _read_entry(self, number: int, line: str) -> bool:
        match = _ENTRY.fullmatch(line)
        if match is None or match[1] not in KINDS:
            kinds = ", ".join(KINDS[:-1])
            what = f"expected KIND SCOPE ITEM NUMBER, with {kinds} or {KINDS[-1]} as KIND, found {_shown(line)}"
            self._report(number, line, what, RESTORE)
            return self._reported < MAX_FINDINGS
        kind, scope, item, value = match.groups()
        if value.startswith("0") or int(value) > MAX_NUMBER:
            self._report(number, line, f"numbers are 1 to {MAX_NUMBER}, found {_shown(line)}", RESTORE)
            return self._reported < MAX_FINDINGS
        first = self._places.setdefault((kind, scope, item), number)
        numbers = self.entries.setdefault((kind, scope), {})
        if numbers.setdefault(item, int(value)) != int(value):
            self._report(
                number,
                line,
                f"{item} of {scope} has number {value} here and {numbers[item]} in line {first}",
                "delete one of the two lines: the one that stays says where it is",
                first,
            )
        if len(self._places) > MAX_ENTRIES:
            self._report(number, line, f"there are more than {MAX_ENTRIES} entries", "divide the workspace")
            return False
        return self._reported < MAX_FINDINGS

    def finish(self, lines: int) -> None:
        """Say so where the file ends too early."""
        if not self._ended and not self._reported:
            what = f"the file is cut off: {_END} is missing" if self._version else "the file is empty but for comments"
            self._findings.add("SG312", what, whole(LOCK_FILE)._replace(line=lines), help=RESTORE)

    def _report(self, number: int, line: str, what: str, help: str, first: int | None = None) -> None:
        self._reported += 1
        span = Span(LOCK_FILE, number, 1, number, len(line) + 1)
        related = () if first is None else (Related(Span(LOCK_FILE, first, 1, first, 2), "the first is here"),)
        self._findings.add("SG312", what, span, help=help, related=related)


def _shown(line: str) -> str:
    return repr(line if len(line) <= 80 else line[:80] + "...")
