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

from sgstrat.diagnostics.finding import Finding, Findings
from sgstrat.edge.machine import Fault, UsageFault
from sgstrat.edge.workspace_files import STRATEGIES, SUFFIXES, find_workspace, read_workspace
from sgstrat.editor.snapshot import SETTINGS_FILE, Snapshot
from sgstrat.pipeline import Compilation, Options, compile_workspace
from sgstrat.syntax.decode_text import decode

SMALL = 262_144
"""Characters: names of changed files up to this size are read again before an answer, of larger ones after it."""


class Sources(NamedTuple):
    """What is compiled: sgstrat.yaml, and the files by path. ``fault`` says why the disk could not be read."""

    settings: bytes | None
    files: Mapping[str, bytes]
    fault: str = ""


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

    def reread(self) -> None:
        """Forget what the disk held: somebody else may have changed it."""
        self._disk = None

    def sources(self) -> Sources:
        """The disk under the open buffers."""
        if self._disk is None:
            self._disk = self._read()
        settings, files, fault = self._disk
        files = {**files, **{name: text.encode("utf-8", "replace") for name, text in self.overlays.items()}}
        if SETTINGS_FILE in files:
            settings = files.pop(SETTINGS_FILE)
        return Sources(settings, dict(sorted(files.items())), fault)

    def _read(self) -> Sources:
        if self.root is None:
            return Sources(None, {})
        try:
            workspace = read_workspace(self.root)
        except UsageFault:  # no file yet but the buffers
            return Sources(None, {})
        except Fault as fault:
            return Sources(None, {}, fault.message)
        return Sources(workspace.settings, {file.path: file.data for file in workspace.files})

    # -- names

    def snapshot(self, is_current: bool = True) -> Snapshot:
        """The names. Unless it has to be ``is_current``, that of large files may be from before the last change."""
        before = self._snapshot
        if before is not None and not is_current:
            changed = sum(len(text) for name, text in self.overlays.items() if before.texts.get(name) != text)
            if changed > SMALL:
                return before
        return self.keep(make_snapshot(self.sources(), self.units, before))

    def keep(self, snapshot: Snapshot) -> Snapshot:
        """Take a snapshot as the latest."""
        self._snapshot = snapshot
        return snapshot

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


def _absolute(path: str) -> str:
    """The path without ``..`` and the like, links as they are: a link into a workspace is a file of it."""
    return os.path.abspath(path)  # noqa: PTH100  # pathlib's would follow links


def make_snapshot(sources: Sources, units: Mapping[str, tuple[str, ...]], before: Snapshot | None) -> Snapshot:
    """The names in some sources; what is not UTF-8 has none."""
    files = dict(sources.files)
    if sources.settings is not None:
        files[SETTINGS_FILE] = sources.settings
    texts = {name: decode(data, name, Findings()) for name, data in files.items()}
    return Snapshot({name: text for name, text in texts.items() if text is not None}, units, before)


def check(sources: Sources) -> Checked:
    """Compile as ``validate`` does, but for the limits of formats."""
    today = datetime.now(timezone.utc).date()
    compilation = compile_workspace(sources.settings, sources.files.items(), Options(today))
    by_file: dict[str, list[Finding]] = {}
    general = []
    for finding in compilation.findings:
        if finding.span is None:
            general.append(finding)
        else:
            by_file.setdefault(finding.span.file, []).append(finding)
    return Checked(compilation, {file: tuple(found) for file, found in by_file.items()}, tuple(general))
