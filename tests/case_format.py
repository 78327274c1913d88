"""The form of the files below ``cases/``: many small workspaces with what the compiler must say of each.

A file is a list of cases. A case begins with ``== what it is about ==`` and goes on with sections::

    -- strategies/a.yaml --         a file of the workspace, as it is (sgstrat.yaml and sgstrat.lock too)
    -- options --                   as_of=2027-01-01 formats=cloudformation notes empty=FILE
    -- expect --                    every finding of error and warning level, and notes if the options ask for them
    strategies/a.yaml:3:5 error SG201 |webb| a part of the message
        help: a part of the help
        see: strategies/a.yaml:2:5
    -- rules a/default/main --      the rules of one rulebook; also names, workloads, lists, references, target

Between the bars stands the text that the finding's caret is under. ``[dev]`` before the message names environments,
where a case has several. In the text of a file ``<TAB>`` is a tab, and a line ``<REPEAT n>TEXT`` is TEXT n times,
with ``<N>`` as the number from 0; ``<X n>`` is the letter x n times.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path

FILE_SUFFIXES = (".yaml", ".yml", ".lock")
RULEBOOK_SECTIONS = ("rules", "names", "workloads", "lists", "references", "target")
_REPEAT = re.compile(r"^<REPEAT (\d+)>(.*)$", re.MULTILINE)
_LONG = re.compile(r"<X (\d+)>")
_LINE = re.compile(
    r"(?P<place>\S+) (?P<severity>error|warning|note) (?P<code>SG\d{3})"
    r" \|(?P<caret>.*?)\|(?: \[(?P<where>[^]]*)\])?(?: (?P<message>.+))?"
)


@dataclass(frozen=True)
class Expected:
    """One line of an expect section. ``message`` and ``help`` are parts of the real ones; empty ones always fit.

    ``see`` are the places of what is related, all of them or none.
    """

    place: str
    severity: str
    code: str
    caret: str
    where: str = ""
    message: str = ""
    help: str = ""
    see: str = ""

    @property
    def line(self) -> str:
        where = f" [{self.where}]" if self.where else ""
        message = f" {self.message}" if self.message else ""
        advice = f"\n    help: {self.help}" if self.help else ""
        advice += f"\n    see: {self.see}" if self.see else ""
        return f"{self.place} {self.severity} {self.code} |{self.caret}|{where}{message}{advice}"

    def fits(self, real: Expected) -> bool:
        """Whether the real finding is the expected one."""
        same = (self.place, self.severity, self.code, self.caret) == (real.place, real.severity, real.code, real.caret)
        return (
            same
            and self.where in ("", real.where)
            and self.see in ("", real.see)
            and self.message in real.message
            and self.help in real.help
        )


@dataclass
class Case:
    """One workspace. ``sections`` are in order of writing, by their headers."""

    file: Path
    title: str
    sections: dict[str, str] = field(default_factory=dict)

    def files(self) -> dict[str, bytes]:
        """The files of the workspace by path."""
        return {path: _expand(text).encode() for path, text in self.sections.items() if path.endswith(FILE_SUFFIXES)}

    def options(self) -> dict[str, str]:
        """``name=value`` pairs; a word alone is its own value."""
        pairs = (word.partition("=") for word in self.sections.get("options", "").split())
        return {name: value or name for name, _, value in pairs}

    def expected(self) -> list[Expected]:
        """The findings of the expect section, in order."""
        found: list[Expected] = []
        for line in self.sections.get("expect", "").splitlines():
            if line.startswith("    help: "):
                found[-1] = replace(found[-1], help=line.removeprefix("    help: "))
            elif line.startswith("    see: "):
                found[-1] = replace(found[-1], see=line.removeprefix("    see: "))
            elif line.strip():
                match = _LINE.fullmatch(line)
                assert match is not None, f"{self.file.name}: {self.title}: cannot read {line!r}"
                found.append(Expected(**{key: value or "" for key, value in match.groupdict().items()}))
        return found

    def rulebook_sections(self) -> list[tuple[str, str]]:
        """Headers such as ``rules a/default/main``, with the kind and the target."""
        return [
            (kind, target)
            for header in self.sections
            for kind, _, target in (header.partition(" "),)
            if kind in RULEBOOK_SECTIONS
        ]


def _expand(text: str) -> str:
    def repeated(match: re.Match[str]) -> str:
        return "\n".join(match.group(2).replace("<N>", str(number)) for number in range(int(match.group(1))))

    text = _LONG.sub(lambda match: "x" * int(match.group(1)), text)
    return _REPEAT.sub(repeated, text).replace("<TAB>", "\t")


def read_cases(file: Path) -> list[Case]:
    """All cases of one file."""
    cases: list[Case] = []
    header = ""
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.startswith("== ") and line.endswith(" =="):
            cases.append(Case(file, line[3:-3]))
            header = ""
        elif line.startswith("-- ") and line.endswith(" --"):
            header = line[3:-3]
            assert cases, f"{file.name}: a section before the first case: {line}"
            assert header not in cases[-1].sections, f"{file.name}: {cases[-1].title}: a second section {line}"
            cases[-1].sections[header] = ""
        elif header:
            cases[-1].sections[header] += line + "\n"
        else:
            assert not line.strip() or not cases, f"{file.name}: text outside of a section: {line}"
    for case in cases:  # the blank line before the next case belongs to none
        case.sections = {name: body.rstrip("\n") + "\n" if body.strip() else "" for name, body in case.sections.items()}
    return cases


def write_cases(file: Path, cases: list[Case]) -> None:
    """Write cases back; what stands before the first one is kept."""
    lines = []
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.startswith("== "):
            break
        lines.append(line)
    for case in cases:
        lines.append(f"== {case.title} ==")
        for header, body in case.sections.items():
            lines += [f"-- {header} --", *body.rstrip("\n").splitlines()]
        lines.append("")
    file.write_text("\n".join(lines).rstrip("\n") + "\n", encoding="utf-8")
