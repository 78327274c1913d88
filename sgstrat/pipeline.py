"""The whole compiler on one screen: bytes to nodes, to strategies, to rulebooks, to checked rulebooks, to files.

Reads and writes nothing: bytes come in, findings and texts go out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sgstrat.checks.context import Context
from sgstrat.checks.replacement import check_replacements
from sgstrat.checks.run import run_checks
from sgstrat.checks.waivers import apply_waivers
from sgstrat.diagnostics.finding import Finding, Findings, merge
from sgstrat.formats.render import check_output, render
from sgstrat.formats.verify import verify_all
from sgstrat.language.decode import Source, decode
from sgstrat.language.model import Settings
from sgstrat.rulebook.lower import lower
from sgstrat.rulebook.model import Rulebook, TargetName
from sgstrat.rulebook.view import look
from sgstrat.rulebook.workspace import Workspace
from sgstrat.syntax.decode_text import decode as decode_text
from sgstrat.syntax.nodes import Node
from sgstrat.syntax.parse import parse

SETTINGS_FILE = "sgstrat.yaml"
DEFAULT_FORMATS = ("cloudformation", "terraform")

# What can still be said of rulebooks while names or texts are wrong; everything else would be a cascade.
_SOUND_AMID_ERRORS = frozenset(
    ("SG215", "SG216", "SG222", "SG223", "SG301", "SG302", "SG303", "SG304", "SG305", "SG307", "SG401")
)
_SAME_KEY = frozenset(("SG122", "SG204", "SG205", "SG217"))  # two resources of one key have one AWS name too
_NO_NAME = frozenset(("SG107", "SG112", "SG124"))  # what AWS names are made of may be what is wrong


Step = Callable[[str, float], None]


class ReadFile(NamedTuple):
    """One file as text and nodes; both None where it could not be read, which the findings say."""

    text: str | None
    node: Node | None
    findings: tuple[Finding, ...]


Reader = Callable[[str, bytes], ReadFile]


def _unseen(what: str, share: float) -> None:
    """Nobody watches."""


class Options(NamedTuple):
    """What a compilation depends on beside the text. ``formats`` None: those of sgstrat.yaml, else the default."""

    as_of: date
    formats: tuple[str, ...] | None = None
    syntax: str | None = None


@dataclass(frozen=True, slots=True)
class Compilation:
    """All that is known of a workspace. ``texts`` are the files' texts by path, for messages."""

    rulebooks: Mapping[TargetName, Rulebook]
    findings: tuple[Finding, ...]
    texts: Mapping[str, str]
    source: Source
    formats: tuple[str, ...]
    syntax: str

    @property
    def settings(self) -> Settings | None:
        return self.source.settings

    @property
    def has_errors(self) -> bool:
        return any(finding.is_error for finding in self.findings)

    def strategies_of(self, files: frozenset[str]) -> frozenset[str]:
        """The names of the strategies that any of these files is part of."""
        return frozenset(unit.names.name for unit in self.source.units if files.intersection(unit.files))


def compile_workspace(
    settings: bytes | None,
    files: Iterable[tuple[str, bytes]],
    options: Options,
    previous: Callable[[Settings | None], Mapping[TargetName, str]] | None = None,
    step: Step = _unseen,
    reader: Reader | None = None,
) -> Compilation:
    """Compile a workspace. ``previous`` gives the last rulebooks' texts, for warnings about replaced resources only.

    ``step`` is told what is being done and which share of the whole is done. ``reader`` stands for :func:`read_file`
    where files that have not changed are remembered.
    """
    step("reading", 0.0)
    findings = Findings()
    texts: dict[str, str] = {}
    has_settings = settings is not None and not says_nothing(settings)
    nodes: dict[str, Node | None] = {}
    for path, data in ((SETTINGS_FILE, settings if has_settings else None), *files):
        if data is not None:
            text, nodes[path], found = (reader or read_file)(path, data)
            findings.extend(found)
            if text is not None:
                texts[path] = text
    settings_node = nodes.pop(SETTINGS_FILE, None)
    step("resolving names", 0.3)
    source = decode(nodes, settings_node, findings, settings_unread=has_settings and settings_node is None)
    formats = options.formats or _formats(source.settings)
    syntax = options.syntax or (source.settings.syntax if source.settings else None) or "yaml"
    step("compiling and checking", 0.5)
    rulebooks = _lower_and_check(source, options.as_of, frozenset(formats), findings)
    if previous is not None and not findings.has_errors:
        check_replacements(Workspace(rulebooks, frozenset(formats)), previous(source.settings), findings)
    return Compilation(rulebooks, findings.result(), texts, source, formats, syntax)


def build(
    compilation: Compilation,
    targets: Iterable[TargetName],
    formats: tuple[str, ...],
    jobs: int = 1,
    step: Step = _unseen,
) -> tuple[dict[str, str], tuple[Finding, ...]]:
    """The files of some targets, by path below out/, and what the formats' own limits say about them."""
    books = [compilation.rulebooks[name] for name in targets]
    step("writing formats", 0.7)
    files = render(books, formats, compilation.syntax, jobs, compilation.findings)
    step("checking the output", 0.9)
    findings = Findings()
    for book in books:
        check_output(book, files, formats, findings)
    if not findings.has_errors:  # else nothing is written anyway
        step("reading the output back", 0.92)
        verify_all(books, files, formats, findings, jobs)
    return files, merge((*compilation.findings, *findings.result()))


def read_file(path: str, data: bytes) -> ReadFile:
    """Decode and parse one file."""
    findings = Findings()
    text = decode_text(data, path, findings)
    node = parse(text, path, findings) if text is not None else None
    return ReadFile(text, node, findings.raw())


def says_nothing(data: bytes) -> bool:
    """Whether there are only comments: all of sgstrat.yaml is optional, and as a file it marks the workspace."""
    return all(line.lstrip()[:1] in (b"", b"#") for line in data.splitlines())


def _lower_and_check(
    source: Source, as_of: date, formats: frozenset[str], findings: Findings
) -> Mapping[TargetName, Rulebook]:
    errors = {item.code for item in findings.raw() if item.is_error}
    found = Findings()
    rulebooks = lower(source, as_of, found)
    world = look(unit.names for unit in source.units)
    run_checks(Context(rulebooks, formats, source.units, world), found)
    if errors:
        sound = (
            _SOUND_AMID_ERRORS
            - ({"SG216"} if errors & _SAME_KEY else set())
            - ({"SG215"} if errors & _NO_NAME else set())
        )
        apply_waivers(
            (item for item in found.raw() if item.code in sound), source.units, world, as_of, findings, all_found=False
        )
        return {}
    if any(unit.names.strategy.assertions for unit in source.units):
        from sgstrat.reach.assertions import check_assertions  # reachability takes time to load

        check_assertions(Workspace(rulebooks, formats), source.units, world, found)
    apply_waivers(found.raw(), source.units, world, as_of, findings)
    return rulebooks


def _formats(settings: Settings | None) -> tuple[str, ...]:
    if settings is None or not settings.formats:
        return DEFAULT_FORMATS
    return tuple(dict.fromkeys(word.text for word in settings.formats))
