"""Whether the output folder is what a build would write (``build --check``). Writes nothing and takes no lock.

Gives values only: printing them, and the exit status, are the command line's.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sgstrat.edge.difference import SHOWN_LINES, Difference, difference
from sgstrat.edge.machine import os_fault, printable
from sgstrat.edge.manifest import MANIFEST
from sgstrat.edge.plan import Changes, Conflict, Replacement, Scope, plan
from sgstrat.edge.transaction import is_in_between

TOTAL_DIFF_LINES = 2_000
FOREIGN_LIMIT = 200
_WALK_LIMIT = 20_000


@dataclass(frozen=True, slots=True)
class Stale:
    """A file whose content is not what a build would write; ``edited`` since the build that wrote it."""

    path: str
    difference: Difference
    edited: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """The output folder against a build of the same part. Paths are below the folder, in order.

    ``orphaned`` are listed in the manifest and no longer produced. ``conflicts`` stand where a build would write and
    are not ours. ``line_ends`` differ in line ends alone (a checkout on Windows) and count as in step. ``foreign`` are
    files that the manifest does not list, without hidden ones; ``foreign_cut`` is whether there are more.
    ``interrupted``: a killed build has left the folder in between, or a build is at work there. ``made_by`` is the
    version that made the folder, where the manifest says so: another version alone makes nothing stale.
    """

    stale: tuple[Stale, ...]
    missing: tuple[str, ...]
    orphaned: tuple[str, ...]
    conflicts: tuple[Conflict, ...]
    line_ends: tuple[str, ...]
    foreign: tuple[str, ...]
    foreign_cut: bool
    unchanged: int
    interrupted: bool
    made_by: str

    @property
    def in_step(self) -> bool:
        return not (self.stale or self.missing or self.orphaned or self.conflicts or self.interrupted)


def compare(out: Path, files: Mapping[str, str], scope: Scope) -> Comparison:
    """Compare ``out`` with ``files``, the whole of what a build of the part ``scope`` produces.

    Raises :class:`~sgstrat.edge.machine.MachineFault` for a damaged manifest or a file that cannot be read.
    """
    try:
        changes = plan(out, files, scope)
        foreign, cut = _foreign(out, changes.listed | files.keys(), scope)
        interrupted = is_in_between(out)
    except OSError as error:
        raise os_fault("read", error.filename or out, error) from error
    line_ends = tuple(path for path, item in changes.replace.items() if item.only_line_ends)
    return Comparison(
        stale=_stale(changes),
        missing=(*changes.create, *_lone_manifest(changes, new=True)),
        orphaned=tuple(changes.delete),
        conflicts=tuple(changes.conflicts),
        line_ends=line_ends,
        foreign=foreign,
        foreign_cut=cut,
        unchanged=len(changes.unchanged) + len(line_ends),
        interrupted=interrupted,
        made_by=changes.made_by,
    )


def _stale(changes: Changes) -> tuple[Stale, ...]:
    left = TOTAL_DIFF_LINES
    replaced: dict[str, Replacement] = dict(changes.replace)
    if changes.manifest is not None:
        replaced.update(dict.fromkeys(_lone_manifest(changes, new=False), changes.manifest))
    found: list[Stale] = []
    for path, item in replaced.items():
        if item.only_line_ends:
            continue
        before = item.before.decode("utf-8", "backslashreplace")
        shown = difference(before, item.after.decode("utf-8"), min(left, SHOWN_LINES))
        left -= len(shown.lines)
        found.append(Stale(path, shown, path in changes.edited))
    return tuple(found)


def _lone_manifest(changes: Changes, *, new: bool) -> tuple[str, ...]:
    """The manifest where nothing else explains its being stale (or ``new``): its digests follow every other change."""
    others = [*changes.create, *changes.delete, *changes.conflicts]
    others += [path for path, item in changes.replace.items() if not item.only_line_ends]
    if changes.manifest is None or others or changes.manifest.only_line_ends or changes.manifest_is_new is not new:
        return ()
    if changes.same_files and not new:
        return ()  # written by another version, which changes nothing that is deployed
    return (MANIFEST,)


def _foreign(out: Path, ours: frozenset[str], scope: Callable[[str], bool]) -> tuple[tuple[str, ...], bool]:
    found: list[str] = []
    seen = 0
    waiting = [""]
    while waiting:
        prefix = waiting.pop()
        for name, is_folder in _names(out, prefix):
            seen += 1
            path = prefix + name
            if is_folder:
                waiting.append(path + "/")
            elif path not in ours and path != MANIFEST and scope(path):
                found.append(printable(path))
            if len(found) > FOREIGN_LIMIT or seen > _WALK_LIMIT:
                return tuple(sorted(found)[:FOREIGN_LIMIT]), True
    return tuple(sorted(found)), False


def _names(out: Path, prefix: str) -> list[tuple[str, bool]]:
    try:
        with os.scandir(os.path.join(out, *prefix.split("/"))) as entries:
            visible = [entry for entry in entries if not entry.name.startswith(".")]
            return sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in visible)
    except (FileNotFoundError, PermissionError):  # there is no folder yet; or one that is not ours, and private
        return []
