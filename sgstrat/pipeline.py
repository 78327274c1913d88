"""The whole compiler on one screen: bytes to nodes, to strategies, to rulebooks, to checked rulebooks, to files.

Reads and writes nothing: bytes come in, findings and texts go out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from types import MappingProxyType
from typing import NamedTuple, Protocol, TypeVar

from sgstrat.checks.context import Context
from sgstrat.checks.guardrails import check_guardrails, grades_of
from sgstrat.checks.own import CheckSource, NoChecks, OwnChecks, load_own_checks, run_own_checks
from sgstrat.checks.policy import policy_of
from sgstrat.checks.replacement import check_replacements
from sgstrat.checks.run import SOLVED_CHECKS, run_checks
from sgstrat.checks.waivers import apply_waivers
from sgstrat.diagnostics.cascade import sound_amid
from sgstrat.diagnostics.codes import Code
from sgstrat.diagnostics.finding import Finding, Findings, merge
from sgstrat.diagnostics.grading import Grades, regrade
from sgstrat.formats.cloudformation.places import Places, read_places
from sgstrat.formats.render import (
    check_output,
    check_target,
    folder,
    keep_places,
    render_target,
    render_together,
)
from sgstrat.formats.suppress import Suppressions, suppressions
from sgstrat.formats.verify import check_written
from sgstrat.language.decode import Source, decode
from sgstrat.language.fields import SETTINGS
from sgstrat.language.model import Settings
from sgstrat.rulebook.lower import lower
from sgstrat.rulebook.model import Rulebook, TargetName
from sgstrat.rulebook.previous import Previous
from sgstrat.rulebook.targets import Sharer
from sgstrat.rulebook.view import look
from sgstrat.rulebook.workspace import Workspace
from sgstrat.solve.lock import LOCK_FILE, RESTORE, Lock, read_lock, write_lock
from sgstrat.solve.solve import Solution, solve
from sgstrat.solve.wishes import Wishes
from sgstrat.syntax.decode_text import decode as decode_text
from sgstrat.syntax.nodes import Node
from sgstrat.syntax.parse import parse

SETTINGS_FILE = "sgstrat.yaml"
DEFAULT_FORMATS = ("cloudformation", "terraform")

Step = Callable[[str, float], None]
Given = TypeVar("Given")
Result = TypeVar("Result")


class Apply(Protocol):
    """``map``, or something that works on several things at a time and gives the results in their order."""

    def __call__(self, function: Callable[[Given], Result], given: Iterable[Given], /) -> Iterable[Result]: ...


class ReadFile(NamedTuple):
    """One file as text and nodes; both None where it could not be read, which the findings say."""

    text: str | None
    node: Node | None
    findings: tuple[Finding, ...]


Reader = Callable[[str, bytes], ReadFile]


def _unseen(what: str, share: float) -> None:
    """Nobody watches."""


class Options(NamedTuple):
    """What a compilation depends on beside the text. ``formats`` None: those of sgstrat.yaml, else the default.

    ``own_checks`` is where the checks that sgstrat.yaml names come from. ``optimize`` merges rules whatever strategies
    say, ``nested`` writes parents of nested stacks whatever sgstrat.yaml says.
    """

    as_of: date
    formats: tuple[str, ...] | None = None
    syntax: str | None = None
    own_checks: CheckSource = NoChecks()
    optimize: bool = False
    nested: bool = False


@dataclass(frozen=True, slots=True)
class Compilation:
    """All that is known of a workspace. ``texts`` are the files' texts by path, for messages.

    ``grades`` are the severities that sgstrat.yaml sets; ``findings`` have them.
    ``lock`` is what sgstrat.lock is to keep with it, ``lock_before`` what it kept. ``named`` are the rulebooks for
    questions by name, in which every declared group is there: as written where groups were fused.
    """

    rulebooks: Mapping[TargetName, Rulebook]
    findings: tuple[Finding, ...]
    texts: Mapping[str, str]
    source: Source
    formats: tuple[str, ...]
    syntax: str
    grades: Grades = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)
    lock_before: Lock = field(default_factory=Lock)
    named: Mapping[TargetName, Rulebook] = field(default_factory=dict)
    nested: bool = False

    @property
    def settings(self) -> Settings | None:
        return self.source.settings

    @property
    def has_errors(self) -> bool:
        return any(finding.is_error for finding in self.findings)

    def lock_text(self, covers: Callable[[str, str], bool]) -> str | None:
        """The text of sgstrat.lock after a build of a part: ``covers`` is asked for strategy and environment.

        None where there is nothing to keep, and so no file.
        """

        def is_covered(scope: str) -> bool:
            strategy, environment, *_ = (*scope.split("/"), "")
            return covers(strategy, environment)

        return write_lock(self.lock_before.replaced(self.lock, is_covered))

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
    lock: bytes | None = None,
    others: Collection[str] = (),
    sharers: Collection[Sharer] = (),
) -> Compilation:
    """Compile a workspace. ``previous`` gives the last rulebooks' texts, for warnings about replaced resources only.

    ``step`` is told what is being done and which share of the whole is done. ``reader`` stands for :func:`read_file`
    where files that have not changed are remembered. ``lock`` is sgstrat.lock, None where there is none. ``others`` are
    strategies of the workspace that are left out, since no more of them matters to these than ``sharers`` say.
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
    source = decode(
        nodes, settings_node, findings, settings_unread=has_settings and settings_node is None, others=others
    )
    formats = options.formats or _formats(source.settings)
    syntax = options.syntax or (source.settings.syntax if source.settings else None) or "yaml"
    nested = options.nested or (source.settings is not None and bool(source.settings.nested))
    step("compiling and checking", 0.5)
    kept = read_lock_file(lock, texts, findings)
    laid_down = Findings()  # what is wrong with checks and codes: nothing of the strategies is a cascade of that
    own = load_own_checks(source.settings, options.own_checks, laid_down)
    check_guardrails(source.settings, source.units, own.codes, laid_down)
    rulebooks, solved, named = _lower_and_check(
        source, options, frozenset(formats), own, kept, sharers, findings, laid_down
    )
    findings.extend(laid_down.raw())
    before: dict[TargetName, Previous] = {}
    if previous is not None and not findings.has_errors:
        before = {name: Previous(text) for name, text in previous(source.settings).items()}
        check_replacements(Workspace(rulebooks, frozenset(formats)), before, kept, findings)
    grades = grades_of(source.settings, own.codes)
    found = merge(regrade(findings.raw(), grades))
    if "cloudformation" in formats:
        solved = keep_places(rulebooks.values(), found, solved)
        if before:
            from sgstrat.formats.cloudformation.deployed import check_deployed  # a first build has no use for it

            of_deployed = Findings()
            check_deployed(rulebooks, before, kept, solved, of_deployed)
            found = merge((*found, *regrade(of_deployed.raw(), grades)))
    return Compilation(rulebooks, found, texts, source, formats, syntax, grades, solved, kept, named, nested)


class _Work(NamedTuple):
    """A target to write: its rulebook, what is suppressed in it, and those of its files that are written already.

    ``places`` says which CloudFormation template each thing is in.
    """

    book: Rulebook
    waived: Suppressions
    places: Places
    files: Mapping[str, str]


def build(
    compilation: Compilation,
    targets: Iterable[TargetName],
    formats: tuple[str, ...],
    apply: Apply = map,
    step: Step = _unseen,
    kept: Iterable[TargetName] = (),
) -> tuple[dict[str, str], tuple[Finding, ...]]:
    """The files of some targets, by path below out/, and what the formats' own limits say about them.

    ``kept`` are further targets, whose files are in place and are neither written nor read back. ``apply`` makes the
    targets, each for itself; the result does not depend on it.
    """
    targets = tuple(targets)
    books = [compilation.rulebooks[name] for name in targets]
    step("writing formats and reading them back", 0.7)
    files, findings = {}, Findings()
    for name in sorted({*targets, *kept}):
        check_target(compilation.rulebooks[name], formats, findings)
    together = render_together(books, formats)
    work = [
        _Work(
            book,
            suppressions(book, compilation.findings),
            read_places(compilation.lock, book.target),
            {path: text for path, text in together.items() if path.startswith(f"{folder(book)}/")},
        )
        for book in books
    ]
    make = partial(_make, formats=formats, syntax=compilation.syntax, nested=compilation.nested)
    for made, found in apply(make, work):
        files.update(made)
        findings.extend(found)
    return files, merge((*compilation.findings, *regrade(findings.raw(), compilation.grades)))


def _make(
    work: _Work, formats: Sequence[str], syntax: str, *, nested: bool
) -> tuple[dict[str, str], tuple[Finding, ...]]:
    """One target written, held against the formats' limits and read back. Asked in other processes too."""
    book, findings = work.book, Findings()
    files = {**render_target(book, work.waived, work.places, formats, syntax, nested=nested), **work.files}
    check_output(book, files, formats, work.places, findings)
    if not findings.has_errors:  # else nothing is written anyway
        check_written(book, files, formats, findings)
    return files, findings.raw()


def own_codes(settings: bytes, source: CheckSource) -> tuple[tuple[Code, ...], tuple[Finding, ...]]:
    """The codes of the checks that a sgstrat.yaml names, and what is wrong with it or with them."""
    findings = Findings()
    text = None if says_nothing(settings) else decode_text(settings, SETTINGS_FILE, findings)
    node = parse(text, SETTINGS_FILE, findings) if text is not None else None
    own = load_own_checks(SETTINGS.read(node, findings) if node is not None else None, source, findings)
    return tuple(code for _, check in own.checks for code in check.codes), findings.result()


def read_file(path: str, data: bytes) -> ReadFile:
    """Decode and parse one file."""
    findings = Findings()
    text = decode_text(data, path, findings)
    node = parse(text, path, findings) if text is not None else None
    return ReadFile(text, node, findings.raw())


def says_nothing(data: bytes) -> bool:
    """Whether there are only comments: all of sgstrat.yaml is optional, and as a file it marks the workspace."""
    return all(line.lstrip()[:1] in (b"", b"#") for line in data.splitlines())


def read_lock_file(data: bytes | None, texts: dict[str, str], findings: Findings) -> Lock:
    """What sgstrat.lock keeps. Its text goes to ``texts``, for messages."""
    if data is None:
        return Lock()
    unread = Findings()
    text = decode_text(data, LOCK_FILE, unread)
    findings.extend(replace(each, help=RESTORE) for each in unread.raw())  # nobody wrote it, so nobody mends it
    if text is None:
        return Lock()
    texts[LOCK_FILE] = text
    return read_lock(text, findings)


def _lower_and_check(
    source: Source,
    options: Options,
    formats: frozenset[str],
    own: OwnChecks,
    lock: Lock,
    sharers: Collection[Sharer],
    findings: Findings,
    laid_down: Findings,
) -> Solution:
    errors = {item.code for item in findings.raw() if item.is_error}
    found = Findings()
    as_of = options.as_of
    written = lower(source, as_of, found, sharers)
    world = look(unit.names for unit in source.units)
    policy = policy_of(source.settings)
    context = Context(MappingProxyType(written), formats, source.units, world, policy)
    run_checks(context, found)
    solution = solve(written, Wishes(source.units, world, options.optimize), lock, found)
    rulebooks = solution.rulebooks
    run_checks(Context(rulebooks, formats, source.units, world, policy), found, SOLVED_CHECKS)
    if errors:
        sound = sound_amid(errors)
        apply_waivers(
            (item for item in found.raw() if item.code in sound), source.units, world, as_of, findings, all_found=False
        )
        return Solution({}, lock, {})
    if any(unit.names.strategy.assertions for unit in source.units):
        from sgstrat.reach.assertions import check_assertions  # reachability takes time to load

        check_assertions(Workspace(solution.named, formats), source.units, world, found)
    run_own_checks(own, context, found, laid_down)
    # a check that does not work, or a code that does not exist, leaves waivers over that are not to blame
    apply_waivers(found.raw(), source.units, world, options.as_of, findings, all_found=not laid_down.has_errors)
    return solution


def _formats(settings: Settings | None) -> tuple[str, ...]:
    if settings is None or not settings.formats:
        return DEFAULT_FORMATS
    return tuple(dict.fromkeys(word.text for word in settings.formats))
