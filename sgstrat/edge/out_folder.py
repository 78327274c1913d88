"""The output folder: where it is, what a build writes into it, and what the last build left there.

The one door for the command line; the modules behind it plan, lock and move. Knows paths and texts, no formats.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sgstrat.diagnostics.suggest import listed
from sgstrat.edge.disk import look
from sgstrat.edge.lock import WAIT_SECONDS, hold
from sgstrat.edge.lock_file import LockChange, kept
from sgstrat.edge.machine import MachineFault, UsageFault, os_fault, shown
from sgstrat.edge.manifest import MANIFEST, digest, parse_manifest
from sgstrat.edge.plan import Changes, Conflict, Scope, manifest_bytes, plan
from sgstrat.edge.transaction import STAGING_PREFIX, apply, between, leftovers, settle
from sgstrat.edge.workspace_files import STRATEGIES

DEFAULT_OUT = "out"
RULEBOOK = "rulebook.json"


@dataclass(frozen=True, slots=True)
class Written:
    """What a build did. Paths are below the folder, in order.

    ``edited`` are replaced or deleted files that had been changed by hand. ``notes`` are sentences for people: an
    interrupted build that was undone first, or rubbish that could not be removed.
    """

    created: tuple[str, ...]
    replaced: tuple[str, ...]
    deleted: tuple[str, ...]
    unchanged: int
    edited: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PreviousRulebooks:
    """The last build's rulebooks: text by path below the folder. ``skipped`` are (path, reason) of the unreadable."""

    texts: Mapping[str, str]
    skipped: tuple[tuple[str, str], ...]


def locate_out(root: Path, chosen: str | None = None, setting: str | None = None) -> Path:
    """The output folder: ``chosen`` (``--out``, from the current folder), else ``setting`` (from ``root``), or ``out``.

    What a person types may lie anywhere but in ``strategies/``, where the next build would read it, and is not the
    workspace itself. What a repository says (the setting, or a symbolic link) must also stay inside the workspace.
    Raises :class:`UsageFault`. The folder need not exist.
    """
    text = chosen if chosen is not None else setting if setting is not None else DEFAULT_OUT
    if not text or "\0" in text:
        raise UsageFault("the output folder has no name", "name a folder, such as out")
    folder = os.path.realpath(text if chosen is not None else os.path.join(root, text))
    home = os.path.realpath(root)
    strategies = os.path.join(home, STRATEGIES)
    if folder in (home, strategies) or _below(folder, strategies):
        raise UsageFault(f"{shown(folder)} cannot be the output folder", "give what is generated a folder of its own")
    if chosen is None and not _below(folder, home):
        raise UsageFault(
            f"the output folder {shown(folder)} is not inside the workspace", "a folder elsewhere is named with --out"
        )
    if ".git" in folder.split(os.sep):
        raise UsageFault(f"{shown(folder)} is inside .git", "give what is generated a folder of its own")
    return Path(folder)


def write_out(
    out: Path,
    files: Mapping[str, str],
    scope: Scope,
    wait_seconds: float = WAIT_SECONDS,
    lock: LockChange | None = None,
) -> Written:
    """Write a build, all of it or nothing. Files that are already right are left alone, their times too.

    ``lock`` is what becomes of ``sgstrat.lock`` with it.

    ``files`` is everything that the part covered by ``scope`` produces: path below ``out`` to text. Files of the
    manifest in that part that are no longer produced are deleted. Raises :class:`MachineFault` (or what interrupted
    it) with ``out`` as it was.
    """
    try:
        changes = plan(out, files, scope)
        if changes.is_empty and not leftovers(out) and (lock is None or lock.is_empty):
            return _written(changes, [])  # so a folder that is in step may be read-only
        with hold(out, wait_seconds):
            notes = [_note(out, staging) for staging in leftovers(out)]
            changes = plan(out, files, scope)
            if changes.conflicts:
                raise _conflict(out, changes.conflicts)
            with kept(lock):
                if not changes.is_empty:
                    notes.append(apply(out, changes))
    except OSError as error:
        raise _write_fault(out, error) from error
    return _written(changes, notes)


def intact(out: Path, scope: Scope) -> dict[str, str] | None:
    """The files of the manifest in ``scope`` with their digests, empty for those that are not on disk as it says.

    None where the manifest or the folder cannot be read.
    """
    try:
        data = manifest_bytes(out)
        listed = {} if data is None else parse_manifest(data, shown(out / MANIFEST)).files
        root = os.fspath(out)
        found = {}
        for path, value in listed.items():
            if scope(path):
                seen = look(root, path)
                found[path] = value if seen.data is not None and digest(seen.data) == value else ""
    except (MachineFault, OSError):
        return None
    return found


def previous_rulebooks(out: Path, scope: Scope | None = None) -> PreviousRulebooks:
    """The rulebooks that the manifest lists in ``scope`` (None: all).

    Never raises: what cannot be read is nothing to compare with.
    """
    try:
        data = manifest_bytes(out)
        ours = {} if data is None else parse_manifest(data, shown(out / MANIFEST)).files
    except MachineFault as fault:
        return PreviousRulebooks({}, ((MANIFEST, fault.message),))
    except OSError as error:
        return PreviousRulebooks({}, ((MANIFEST, os_fault("read", out / MANIFEST, error).message),))
    texts: dict[str, str] = {}
    skipped: list[tuple[str, str]] = []
    for path in sorted(ours):
        if path.rpartition("/")[2] != RULEBOOK or (scope is not None and not scope(path)):
            continue
        try:
            seen = look(os.fspath(out), path)
            if seen.data is None:
                skipped.append((path, "it is missing" if seen.state == "missing" else "it is no regular file"))
            else:
                texts[path] = seen.data.decode("utf-8")
        except UnicodeDecodeError:
            skipped.append((path, "it is not UTF-8 text"))
        except OSError as error:
            skipped.append((path, os_fault("read", out / path, error).message))
    return PreviousRulebooks(texts, tuple(skipped))


def _below(folder: str, home: str) -> bool:
    return folder.startswith(os.path.join(home, ""))


def _note(out: Path, staging: Path) -> str:
    try:
        undone = settle(out, staging)
    except OSError as error:
        raise between(out, error) from error
    if undone:
        return f"an interrupted build had left {shown(out)} in between; what was there before was restored first"
    return f"removed {shown(staging)}, left by an interrupted build"


def _written(changes: Changes, notes: list[str]) -> Written:
    return Written(
        created=tuple(changes.create),
        replaced=tuple(changes.replace),
        deleted=tuple(changes.delete),
        unchanged=len(changes.unchanged),
        edited=tuple(sorted(changes.edited)),
        notes=tuple(note for note in notes if note),
    )


def _conflict(out: Path, conflicts: list[Conflict]) -> MachineFault:
    first, others = conflicts[0], {item.path for item in conflicts} - {conflicts[0].path}
    more = f"; likewise {listed(others)}" if others else ""
    return MachineFault(
        f"{shown(out / first.path)} {first.reason}: nothing was written{more}",
        "move or delete it, then run `sgstrat build`; where the manifest was lost, delete the whole output folder",
    )


def _write_fault(out: Path, error: OSError) -> MachineFault:
    """Names the file concerned where that says more than the folder: not for our own temporary names."""
    named = error.filename
    if isinstance(named, str) and STAGING_PREFIX not in named:
        fault = os_fault("write", named, error)
    else:
        fault = os_fault("write", out, error)
    return MachineFault(f"{fault.message}; nothing was changed", fault.help)
