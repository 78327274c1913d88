"""What a build has to do to the output folder: compared with the manifest and the disk, nothing written.

A generated file that was edited by hand is generated again (or deleted, where it is no longer produced) and named in
``edited``; a file that the manifest does not list is never replaced, unless it is already what would be written.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from sgstrat.edge.disk import Seen, look
from sgstrat.edge.machine import MachineFault, shown
from sgstrat.edge.manifest import MANIFEST, Manifest, digest, is_output_path, parse_manifest, render_manifest

Scope = Callable[[str], bool]
"""Whether a path of the manifest belongs to the part that a build covers."""


class Replacement(NamedTuple):
    """A file's content now and as the build would have it."""

    before: bytes
    after: bytes

    @property
    def only_line_ends(self) -> bool:
        """Whether they differ in line ends alone, as after a checkout on Windows."""
        return with_plain_ends(self.before) == with_plain_ends(self.after)


class Conflict(NamedTuple):
    """A path that the build may not touch, and why (``REASON``, to follow the path in a sentence)."""

    path: str
    reason: str


@dataclass(slots=True)
class Changes:
    """The change set of one build, all paths below the output folder, in order of path.

    ``edited`` are those of ``replace`` and ``delete`` whose content is not what the manifest recorded, line ends aside.
    ``listed`` are the paths of the manifest as it stands. ``manifest`` is the new manifest where it differs from
    the one on disk (or there is none yet), else None. ``made_by`` is the version that wrote the one on disk;
    ``same_files`` is whether both list the same files with the same digests, so that only the version may differ.
    """

    create: dict[str, bytes] = field(default_factory=dict)
    replace: dict[str, Replacement] = field(default_factory=dict)
    delete: dict[str, bytes] = field(default_factory=dict)
    unchanged: list[str] = field(default_factory=list)
    edited: list[str] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    listed: frozenset[str] = frozenset()
    manifest: Replacement | None = None
    manifest_is_new: bool = False
    made_by: str = ""
    same_files: bool = False

    @property
    def is_empty(self) -> bool:
        return not (self.create or self.replace or self.delete or self.conflicts or self.manifest)


_REASONS: dict[str, str] = {
    "link": "is a symbolic link",
    "folder": "is a folder where a file is to be written",
    "blocked": "is a file where a folder is needed",
    "special": "is no regular file",
}
_FOREIGN = "was not written by sgstrat (the manifest does not list it)"


def plan(out: Path, files: Mapping[str, str], scope: Scope) -> Changes:
    """Compare ``files`` (path below ``out`` to text; all of them in ``scope``) with ``out``.

    Manifest entries out of scope stay as they are. Raises :class:`MachineFault` for a manifest that cannot be
    trusted, OSError for what cannot be read, and ValueError for a path that no build may write (a bug).
    """
    root = os.fspath(out)
    wanted = {path: text.encode("utf-8") for path, text in sorted(files.items())}
    for path in wanted:
        if path == MANIFEST or not is_output_path(path) or not scope(path):
            raise ValueError(f"not a path that this build may write: {path!r}")
    before = manifest_bytes(out)
    listed, made_by = Manifest({}) if before is None else parse_manifest(before, shown(out / MANIFEST))
    changes = Changes(listed=frozenset(listed), made_by=made_by)
    for path, data in wanted.items():
        _plan_write(changes, path, data, look(root, path), listed.get(path))
    gone = [path for path in sorted(listed) if path not in wanted and scope(path)]
    for path in gone:
        _plan_delete(changes, path, look(root, path), listed[path])
    kept = {path: value for path, value in listed.items() if not scope(path)}
    now = kept | {path: digest(data) for path, data in wanted.items()}
    changes.same_files = listed == now
    after = render_manifest(now)
    if before is None and wanted:
        changes.manifest, changes.manifest_is_new = Replacement(b"", after), True
    elif before is not None and before != after:
        changes.manifest = Replacement(before, after)
    return changes


def _plan_write(changes: Changes, path: str, data: bytes, seen: Seen, recorded: str | None) -> None:
    if seen.state == "missing":
        changes.create[path] = data
    elif seen.data is None:
        changes.conflicts.append(Conflict(seen.at, _REASONS[seen.state]))
    elif seen.data == data:
        changes.unchanged.append(path)
    elif recorded is None and not Replacement(seen.data, data).only_line_ends:
        changes.conflicts.append(Conflict(path, _FOREIGN))
    else:
        changes.replace[path] = Replacement(seen.data, data)
        if recorded is not None and not _is_recorded(seen.data, recorded):
            changes.edited.append(path)


def _plan_delete(changes: Changes, path: str, seen: Seen, recorded: str) -> None:
    if seen.state in ("missing", "blocked"):  # a file where its folder was: it is gone already
        return
    if seen.data is None:
        changes.conflicts.append(Conflict(seen.at, _REASONS[seen.state]))
        return
    changes.delete[path] = seen.data
    if not _is_recorded(seen.data, recorded):
        changes.edited.append(path)


def _is_recorded(data: bytes, recorded: str) -> bool:
    return recorded in (digest(data), digest(with_plain_ends(data)))


def with_plain_ends(data: bytes) -> bytes:
    r"""``data`` with ``\n`` for every line end."""
    return data.replace(b"\r\n", b"\n")


def manifest_bytes(out: Path) -> bytes | None:
    """The manifest as it stands, or None without one. Raises :class:`MachineFault` where something else is there."""
    if out.exists() and not out.is_dir():
        raise MachineFault(f"{shown(out)} is not a folder", "remove it, or name another folder with --out")
    seen = look(os.fspath(out), MANIFEST)
    if seen.state not in ("file", "missing"):
        raise MachineFault(f"{shown(out / MANIFEST)} {_REASONS[seen.state]}", "remove it, then run `sgstrat build`")
    return seen.data
