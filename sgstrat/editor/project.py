"""One workspace as an editor has it: files of the disk, under the texts of open buffers, compiled.

Reads files through ``edge``. Knows nothing of the protocol; compiling takes a frozen input, so that it can be done in
another thread.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import NamedTuple

from sgstrat.diagnostics.finding import Finding
from sgstrat.edge.machine import Fault, UsageFault
from sgstrat.edge.own_checks import InstalledChecks
from sgstrat.edge.workspace_files import STRATEGIES, SUFFIXES, find_workspace, read_workspace
from sgstrat.editor.snapshot import SETTINGS_FILE, Snapshot
from sgstrat.pipeline import Compilation, Options, ReadFile, compile_workspace, read_file

SMALL = 262_144
"""Characters: names of changed files up to this size are read again before an answer, of larger ones after it."""


class Sources(NamedTuple):
    """What is compiled: sgstrat.yaml, and the files by path. ``fault`` says why the disk could not be read."""

    settings: bytes | None
    files: Mapping[str, bytes]
    fault: str = ""
    lock: bytes | None = None


class Checked(NamedTuple):
    """What came out: findings by file, those without a place apart."""

    compilation: Compilation
    findings: Mapping[str, tuple[Finding, ...]]
    general: tuple[Finding, ...]


class Project:
    """A workspace, or (``root`` None) one file that belongs to none and is checked alone."""

    def __init__(self, root: Path | None, single: str = "") -> None:
        self.root = root
        self.overlays: dict[str, str] = {}
        self.checked: Checked | None = None
        self._single = single
        self._disk: Sources | None = None
        self._snapshot: Snapshot | None = None
        self._stamp = 0
        self._taken = -1
        self._read_files: dict[str, tuple[bytes, ReadFile]] = {}

    @classmethod
    def of(cls, path: str) -> Project:
        """The project of a file, which need not exist on the disk yet."""
        folder = Path(_absolute(path)).parent
        while not folder.is_dir():
            folder = folder.parent
        try:
            return cls(find_workspace((folder,)))
        except UsageFault:
            return cls(None, _absolute(path))

    def name_of(self, path: str) -> str | None:
        """What a file is called in the workspace; None for a file that it does not read."""
        full = _absolute(path)
        if self.root is None:
            return f"{STRATEGIES}/{Path(full).name}" if full == self._single else None
        for file, base in ((full, str(self.root)), (os.path.realpath(path), os.path.realpath(self.root))):
            name = os.path.relpath(file, base).replace(os.sep, "/")
            if name == SETTINGS_FILE or (name.startswith(f"{STRATEGIES}/") and name.endswith(SUFFIXES)):
                return name
        return None

    def file_of(self, name: str) -> str:
        """Where a file of the workspace lies."""
        return self._single if self.root is None else str(self.root / name)

    def write(self, name: str, text: str) -> None:
        """An open buffer has this text."""
        self.overlays[name] = text
        self._stamp += 1

    def close(self, name: str) -> None:
        """A buffer was closed: the disk counts again."""
        self.overlays.pop(name, None)
        self.reread()

    def reread(self) -> None:
        """Forget what the disk held: somebody else may have changed it."""
        self._disk = None
        self._stamp += 1

    @property
    def stamp(self) -> int:
        """Another number after every change."""
        return self._stamp

    def sources(self) -> Sources:
        """The disk under the open buffers."""
        if self._disk is None:
            self._disk = self._read()
        settings, files, fault, lock = self._disk
        files = {**files, **{name: text.encode("utf-8", "replace") for name, text in self.overlays.items()}}
        if SETTINGS_FILE in files:
            settings = files.pop(SETTINGS_FILE)
        return Sources(settings, dict(sorted(files.items())), fault, lock)

    def _read(self) -> Sources:
        if self.root is None:
            return Sources(None, {})
        try:
            workspace = read_workspace(self.root)
        except UsageFault:  # no file yet but the buffers
            return Sources(None, {})
        except Fault as fault:
            return Sources(None, {}, fault.message)
        return Sources(workspace.settings, {file.path: file.data for file in workspace.files}, lock=workspace.lock)

    # -- work of some time, which any thread may do

    def check(self, sources: Sources) -> Checked:
        """Compile as ``validate`` does, but for the limits of formats."""
        today = datetime.now(timezone.utc).date()
        files = sources.files.items()
        options = Options(today, own_checks=InstalledChecks())
        return _by_file(compile_workspace(sources.settings, files, options, reader=self._reader, lock=sources.lock))

    def names_in(self, sources: Sources) -> Snapshot:
        """The names in some sources, with their index made; what is not UTF-8 has none."""
        files = dict(sources.files)
        if sources.settings is not None:
            files[SETTINGS_FILE] = sources.settings
        self._read_files = {name: known for name, known in self._read_files.items() if name in files}
        read = {name: self._reader(name, data) for name, data in files.items()}
        snapshot = Snapshot(read, self.units, self._snapshot)
        _ = snapshot.index
        return snapshot

    def _reader(self, name: str, data: bytes) -> ReadFile:
        """A file as text and nodes; read again only when it has changed."""
        known = self._read_files.get(name)
        if known is None or known[0] != data:
            known = self._read_files[name] = (data, read_file(name, data))
        return known[1]

    # -- names

    def snapshot(self, is_current: bool = True) -> Snapshot:
        """The names. Unless it has to be ``is_current``, that of large files may be from before the last change."""
        before = self._snapshot
        if before is not None and self._taken == self._stamp:
            return before
        if before is not None and not is_current:
            changed = sum(len(text) for name, text in self.overlays.items() if before.texts.get(name) != text)
            if changed > SMALL:
                return before
        return self.keep(self.names_in(self.sources()), self._stamp)

    def keep(self, snapshot: Snapshot, stamp: int) -> Snapshot:
        """Take the snapshot of a moment as the latest, unless there is one of a later moment."""
        if stamp >= self._taken:
            self._snapshot, self._taken = snapshot, stamp
        return snapshot

    @property
    def is_small(self) -> bool:
        """Whether names are found so quickly that findings may wait for them."""
        return sum(map(len, self.overlays.values())) <= SMALL

    @property
    def latest(self) -> Snapshot | None:
        """The last snapshot."""
        return self._snapshot

    @property
    def units(self) -> dict[str, tuple[str, ...]]:
        """The files of each strategy, its own first, as the last compilation found them."""
        if self.checked is None:
            return {}
        return {unit.names.name: unit.files for unit in self.checked.compilation.source.units}


def _by_file(compilation: Compilation) -> Checked:
    by_file: dict[str, list[Finding]] = {}
    general = []
    for finding in compilation.findings:
        if finding.span is None:
            general.append(finding)
        else:
            by_file.setdefault(finding.span.file, []).append(finding)
    return Checked(compilation, {file: tuple(found) for file, found in by_file.items()}, tuple(general))


def _absolute(path: str) -> str:
    """The path without ``..`` and the like, links as they are: a link into a workspace is a file of it."""
    return os.path.abspath(path)  # noqa: PTH100  # pathlib's would follow links
