"""What OLD and NEW of a comparison are: a workspace, an output folder, one rulebook, or a git revision.

Reads and compiles; compares nothing. Compilation stops short of the checks: what a side allows can be said also where a
check finds fault with it.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal, NamedTuple

from sgstrat.diagnostics.finding import Finding, Findings
from sgstrat.edge.git import Repository, fork_point, open_repository, resolve, split_range
from sgstrat.edge.git_files import read_revision
from sgstrat.edge.machine import UsageFault, os_fault, shown
from sgstrat.edge.manifest import MANIFEST
from sgstrat.edge.out_folder import RULEBOOK, previous_rulebooks
from sgstrat.edge.workspace_files import SETTINGS, STRATEGIES, Workspace, find_workspace, read_workspace
from sgstrat.language.decode import decode
from sgstrat.pipeline import SETTINGS_FILE, read_lock_file, says_nothing
from sgstrat.rulebook.lower import lower
from sgstrat.rulebook.model import Rulebook, TargetName
from sgstrat.rulebook.read_json import MAX_CHARACTERS, RulebookFault, read_rulebook
from sgstrat.rulebook.view import look
from sgstrat.solve.solve import solve
from sgstrat.solve.wishes import Wishes
from sgstrat.syntax.decode_text import decode as decode_text
from sgstrat.syntax.nodes import Node
from sgstrat.syntax.parse import parse

_MOST_RULEBOOKS = 10_000
_DEEPEST = 8
_FATAL = (
    "SG1",
    "SG2",
)  # text and names: with those wrong nobody knows what was meant; limits and policy do not matter here


Extent = Literal["whole", "folder", "single"]


class Problem(NamedTuple):
    """A rulebook that cannot be read: which file, what is wrong there, and what to do."""

    file: str
    message: str
    help: str


@dataclass(frozen=True, slots=True)
class Given:
    """One side. ``extent``: a whole workspace or output folder, a folder of some rulebooks, or a single one.

    ``problems`` and errors among ``findings`` (with ``texts`` to show them in) leave nothing to compare; ``notes`` are
    sentences for people. ``revision`` is the commit's full hash.
    """

    label: str
    books: Mapping[TargetName, Rulebook]
    extent: Extent = "whole"
    problems: tuple[Problem, ...] = ()
    findings: tuple[Finding, ...] = ()
    texts: Mapping[str, str] | None = None
    notes: tuple[str, ...] = ()
    revision: str | None = None

    @property
    def is_broken(self) -> bool:
        """Whether nothing can be compared with it."""
        return bool(self.problems) or any(each.is_error for each in self.findings)


def open_sides(old: str, new: str | None, as_of: date) -> tuple[Given, Given]:
    """Both sides. Without ``new``, ``old`` is a range of revisions, or is compared with the workspace around here.

    What exists as a path is that path; everything else is a git revision. Raises :class:`UsageFault` for what is
    neither, and where neither revision has a workspace.
    """
    reader = _Reader(as_of)
    if new is None and not _exists(old) and (revisions := split_range(old)) is not None:
        repository = open_repository()
        first, second = resolve(repository, revisions.old), resolve(repository, revisions.new)
        if revisions.forked:
            first = fork_point(repository, first, second)
        sides = reader.revision(repository, first.name), reader.revision(repository, second.name)
    else:
        sides = reader.side(old), reader.folder(".") if new is None else reader.side(new)
    if all(side.revision is not None and not side.books and not side.is_broken for side in sides):
        raise UsageFault(
            f"no strategy found: there is no workspace at {sides[0].label} nor at {sides[1].label}",
            "change to the workspace's folder inside the repository",
        )
    return sides


def scope_of(old: Given, new: Given) -> frozenset[TargetName] | None:
    """The targets to compare where a side is only a part, else None.

    A single rulebook stands for its target. A folder of rulebooks stands for all of its strategies, so that a target
    that only the other side has is seen.
    """
    single = [side for side in (old, new) if side.extent == "single"]
    if single:
        return frozenset(name for side in single for name in side.books)
    if old.extent == new.extent == "whole":
        return None
    strategies = {name.strategy for side in (old, new) if side.extent == "folder" for name in side.books}
    return frozenset(name for side in (old, new) for name in side.books if name.strategy in strategies)


def _exists(text: str) -> bool:
    try:
        return os.path.lexists(text)
    except ValueError:  # a NUL
        return False


class _Reader:
    """Reads sides; a file that both have is parsed once."""

    def __init__(self, as_of: date) -> None:
        self._as_of = as_of
        self._parsed: dict[tuple[str, bytes], Node] = {}

    def side(self, text: str) -> Given:
        if not _exists(text):
            if split_range(text) is not None:
                raise UsageFault(
                    f"{text!r} is a range of revisions and so both sides", "name it alone, or two revisions"
                )
            return self.revision(_repository_for(text), text)
        try:
            mode = os.stat(text).st_mode
        except OSError as error:
            raise UsageFault(os_fault("read", text, error).message) from None
        return (
            self.folder(text) if stat.S_ISDIR(mode) else _from_rulebooks(shown(text), ((text, shown(text)),), "single")
        )

    def folder(self, path: str) -> Given:
        is_workspace = os.path.lexists(os.path.join(path, SETTINGS)) or os.path.isdir(os.path.join(path, STRATEGIES))
        if not is_workspace:
            if os.path.isfile(os.path.join(path, MANIFEST)):
                return _from_out(path)
            found = tuple(_rulebooks_below(path))
            if found:
                is_single = os.path.isfile(os.path.join(path, RULEBOOK))
                return _from_rulebooks(shown(path), found, "single" if is_single else "folder")
        root = find_workspace((path,))
        return self._compiled(read_workspace(root), shown(root), None)

    def revision(self, repository: Repository, name: str) -> Given:
        revision = resolve(repository, name)
        workspace = read_revision(repository, revision)
        if workspace is None:
            return Given(
                revision.label, {}, notes=(f"{revision.label} has no strategies here",), revision=revision.commit
            )
        return self._compiled(workspace, revision.label, revision.commit)

    def _compiled(self, workspace: Workspace, label: str, revision: str | None) -> Given:
        findings = Findings()
        texts: dict[str, str] = {}
        settings = None if workspace.settings is None or says_nothing(workspace.settings) else workspace.settings
        settings_node = None if settings is None else self._node(SETTINGS_FILE, settings, texts, findings)
        nodes = {file.path: self._node(file.path, file.data, texts, findings) for file in workspace.files}
        source = decode(nodes, settings_node, findings, settings_unread=settings is not None and settings_node is None)
        written = lower(source, self._as_of, findings)
        wishes = Wishes(source.units, look(unit.names for unit in source.units))
        books = solve(written, wishes, read_lock_file(workspace.lock, texts, findings), findings).rulebooks
        errors = tuple(each for each in findings.result() if each.is_error and each.code.startswith(_FATAL))
        return Given(label, {} if errors else books, findings=errors, texts=texts, revision=revision)

    def _node(self, path: str, data: bytes, texts: dict[str, str], findings: Findings) -> Node | None:
        said = len(findings)
        text = decode_text(data, path, findings)
        if text is None:
            return None
        texts[path] = text
        known = self._parsed.get((path, data))
        if known is not None:
            return known
        node = parse(text, path, findings)
        if node is not None and len(findings) == said:
            self._parsed[path, data] = node
        return node


def _repository_for(text: str) -> Repository:
    """The repository around here; where there is none, a name is more likely a path that is missing."""
    try:
        return open_repository()
    except UsageFault as fault:
        raise UsageFault(
            f"{shown(text)} does not exist, and here is no git repository that could know it", fault.help
        ) from None


def _from_out(path: str) -> Given:
    """A whole output folder: the rulebooks that its manifest lists."""
    found = previous_rulebooks(Path(os.path.realpath(path)))
    problems = [Problem(shown(os.path.join(path, name)), reason, "build anew") for name, reason in found.skipped]
    books = _read_all(((shown(os.path.join(path, name)), text) for name, text in found.texts.items()), problems)
    return Given(shown(path), books, problems=tuple(problems))


def _from_rulebooks(label: str, files: Iterable[tuple[str, str]], extent: Extent) -> Given:
    problems: list[Problem] = []
    books = _read_all(
        ((name, text) for path, name in files if (text := _text(path, name, problems)) is not None), problems
    )
    return Given(label, books, extent, tuple(problems))


def _read_all(texts: Iterable[tuple[str, str]], problems: list[Problem]) -> dict[TargetName, Rulebook]:
    books: dict[TargetName, Rulebook] = {}
    for name, text in texts:
        try:
            book = read_rulebook(text)
        except RulebookFault as fault:
            problems += [Problem(name, each, fault.help) for each in fault.problems]
            continue
        if book.target in books:
            problems.append(Problem(name, f"another rulebook is of {book.target} too", "name one of them"))
        books[book.target] = book
    return books


def _text(path: str, name: str, problems: list[Problem]) -> str | None:
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise UsageFault(f"{name} is not a regular file", "name a rulebook.json, a workspace or an output folder")
        with open(path, "rb") as file:
            data = file.read(MAX_CHARACTERS + 1)
        return data.decode("utf-8")
    except UnicodeDecodeError:
        problems.append(Problem(name, "it is not UTF-8 text", "name a rulebook.json"))
    except OSError as error:
        raise os_fault("read", path, error) from error
    return None


def _rulebooks_below(folder: str) -> Iterator[tuple[str, str]]:
    """Every rulebook.json below a folder; no link is followed."""
    base = os.path.normpath(folder)
    count = 0
    for at, folders, files in os.walk(base):
        folders[:] = sorted(each for each in folders if not each.startswith("."))
        if os.path.relpath(at, base).count(os.sep) >= _DEEPEST:
            folders.clear()
        if RULEBOOK in files:
            count += 1
            if count > _MOST_RULEBOOKS:
                raise UsageFault(f"{shown(folder)} holds more than {_MOST_RULEBOOKS} rulebooks", "name a part of it")
            path = os.path.join(at, RULEBOOK)
            yield path, shown(path)
