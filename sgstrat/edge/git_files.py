"""A workspace as it was committed: what reading a checkout would give, without checking anything out.

Bytes are as committed: no filter is run. Knows file names only, as :mod:`sgstrat.edge.workspace_files` does.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from sgstrat.edge.git import Repository, Revision, is_shallow
from sgstrat.edge.machine import MachineFault, UsageFault, printable
from sgstrat.edge.workspace_files import (
    BOUNDS,
    LOCK_FILE,
    SETTINGS,
    STRATEGIES,
    SUFFIXES,
    Bounds,
    SourceBytes,
    Workspace,
)

_LINK = "put a copy of the file in the workspace; what another strategy declares is used by name, as OTHER/NAME"
_TOO_MUCH = "divide the workspace, or move what is no strategy out of strategies/"
_MOST_LINKS = 40  # as Linux follows at most on one path (path_resolution(7))


class Entry(NamedTuple):
    """One line of ``git ls-tree -l``. ``kind``: blob, tree or commit (a submodule); ``size`` is 0 without one."""

    path: str
    mode: str
    kind: str
    object: str
    size: int

    @property
    def is_link(self) -> bool:
        return self.mode == "120000"


def read_revision(repository: Repository, revision: Revision, bounds: Bounds = BOUNDS) -> Workspace | None:
    """The workspace around the repository's ``folder`` at a revision; None where there was none.

    As in :func:`sgstrat.edge.workspace_files.read_workspace` it is the nearest folder upwards with ``sgstrat.yaml`` or
    ``strategies/``, hidden names are skipped, and symbolic links are followed inside the workspace only. Raises
    :class:`MachineFault` for a link that leaves, a submodule, objects that the clone lacks, and over ``bounds``.
    """
    reader = _Reader(repository, revision, bounds)
    home = reader.home()
    if home is None:
        return None
    data = reader.contents(reader.files(home))
    settings, lock = data.pop(SETTINGS, None), data.pop(LOCK_FILE, None)
    if not data:
        return None
    files = tuple(sorted(SourceBytes(path, content) for path, content in data.items()))
    return Workspace(Path(repository.folder), settings, files, lock)


class _Reader:
    """Reads one commit's trees and blobs."""

    def __init__(self, repository: Repository, revision: Revision, bounds: Bounds) -> None:
        self._repository = repository
        self._revision = revision
        self._bounds = bounds
        self._home = ""

    def home(self) -> str | None:
        """The workspace's path inside the repository, ending in ``/`` unless empty."""
        parts = self._repository.prefix.split("/")[:-1]
        above = ["".join(f"{part}/" for part in parts[:depth]) for depth in range(len(parts), -1, -1)]
        wanted = [f"{folder}{name}" for folder in above for name in (SETTINGS, STRATEGIES)]
        there = {entry.path for entry in self._list(*wanted)}
        return next((at for at in above if f"{at}{SETTINGS}" in there or f"{at}{STRATEGIES}" in there), None)

    def files(self, home: str) -> dict[str, Entry]:
        """The settings, the lock and the YAML files, by path below the workspace; links are what they lead to."""
        self._home = home
        found: dict[str, Entry] = {}
        top = {entry.path[len(home) :]: entry for entry in self._list(home + SETTINGS, home + "sgstrat.yml")}
        if SETTINGS in top:
            found[SETTINGS] = self._followed(top[SETTINGS])
        elif top:  # silence would leave its guardrails out unseen
            raise UsageFault(f"sgstrat.yml at {self._revision.label} is not read", f"rename it to {SETTINGS}")
        found.update((LOCK_FILE, entry) for entry in self._list(home + LOCK_FILE))
        for entry in self._list("-r", home + STRATEGIES):
            self._add(entry.path[len(home) :], entry, found)
        if len(found.keys() - {SETTINGS, LOCK_FILE}) > self._bounds.files:
            raise self._fault(STRATEGIES, f"holds more than {self._bounds.files} YAML files", _TOO_MUCH)
        return found

    def contents(self, entries: dict[str, Entry]) -> dict[str, bytes]:
        """The bytes of blobs, by the same keys."""
        for name, entry in entries.items():
            if entry.kind != "blob":
                raise self._fault(name, "is not a regular file", "only regular files are read")
            if entry.size > self._bounds.file_bytes:
                raise self._fault(name, f"is larger than {self._bounds.file_bytes} bytes", _TOO_MUCH)
        total = sum(entry.size for entry in entries.values())
        if total > self._bounds.total_bytes:
            raise self._fault(STRATEGIES, f"holds more than {self._bounds.total_bytes} bytes of YAML", _TOO_MUCH)
        asked = "".join(f"{entry.object}\n" for entry in entries.values()).encode("ascii")
        done = self._repository.run("cat-file", "--batch", stdin=asked, limit=total + 200 * len(entries))
        if done.status != 0:
            raise self._unreadable(done.errors)
        return self._split(entries, done.output)

    def _split(self, entries: dict[str, Entry], output: bytes) -> dict[str, bytes]:
        """The answer of ``cat-file --batch``: for each object ``HASH blob SIZE``, a newline, the bytes, a newline."""
        found, at = dict[str, bytes](), 0
        for name, entry in entries.items():
            end = output.find(b"\n", at)
            words = output[at:end].split()
            if words[1:2] != [b"blob"]:
                raise self._unreadable(f"{entry.object} {b' '.join(words[1:]).decode('ascii', 'replace')}")
            start, at = end + 1, end + 1 + int(words[2]) + 1
            found[name] = output[start : at - 1]
        return found

    def _list(self, *paths: str) -> list[Entry]:
        options = ("-r",) if paths[0] == "-r" else ()
        arguments = (
            "ls-tree",
            "-z",
            "-l",
            "--full-tree",
            *options,
            self._revision.commit,
            "--",
            *paths[len(options) :],
        )
        done = self._repository.run(*arguments)
        if done.status != 0:
            raise self._unreadable(done.errors)
        return [_entry(line) for line in done.output.split(b"\0") if line]

    def _add(self, name: str, entry: Entry, found: dict[str, Entry], within: tuple[str, ...] = ()) -> None:
        if any(part.startswith(".") for part in name.split("/")):
            return
        entry = self._followed(entry)
        if entry.kind == "commit":
            raise self._fault(
                name, "is a git submodule, which is not read", "compare folders in which it is checked out"
            )
        if entry.kind == "tree":
            if entry.path in within:
                raise self._fault(name, "is a symbolic link in a circle", _LINK)
            for below in self._list("-r", entry.path):
                self._add(name + below.path[len(entry.path) :], below, found, (*within, entry.path))
        elif name.endswith(SUFFIXES):
            found["/".join(printable(part) for part in name.split("/"))] = entry

    def _followed(self, entry: Entry) -> Entry:
        """What a link leads to, itself where it is none. A link out of the workspace is a fault, as it is on disk."""
        start = entry.path
        for _ in range(_MOST_LINKS):
            if not entry.is_link:
                return entry
            text = os.fsdecode(self.contents({entry.path: entry})[entry.path])
            target = os.path.normpath(os.path.join(os.path.dirname(entry.path), text))
            if os.path.isabs(text) or target.split("/")[0] == ".." or not f"{target}/".startswith(self._home):
                raise self._fault(start, "is a symbolic link that leaves the workspace", _LINK)
            there = self._list(target)
            if not there:
                raise self._fault(start, "is a symbolic link to nothing", _LINK)
            entry = there[0]
        raise self._fault(start, "is a symbolic link in a circle", _LINK)

    def _fault(self, name: str, what: str, help: str) -> MachineFault:
        return MachineFault(f"{printable(name)} at {printable(self._revision.label)} {what}", help)

    def _unreadable(self, errors: str) -> MachineFault:
        help = "fetch what is missing with git, or compare folders"
        if is_shallow(self._repository):
            help = "this clone is shallow: run `git fetch --unshallow`"
        elif "missing" in errors or "promisor" in errors:
            help = "this clone lacks objects (a partial clone?): fetch them with git, or compare folders"
        return MachineFault(f"git cannot read {printable(self._revision.label)}: {errors}", help)


def _entry(line: bytes) -> Entry:
    head, _, path = line.partition(b"\t")
    mode, kind, name, size = head.decode("ascii").split()
    return Entry(os.fsdecode(path), mode, kind, name, int(size) if size.isdigit() else 0)
