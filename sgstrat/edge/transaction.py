"""Carries out a change set whole or not at all, even when the process is killed in between.

1. Every new file is written, whole and synced, into a staging folder in ``out/``; every old one gets a second name
   there.
2. The journal appears in the staging folder. From here on, whoever finds it undoes what was done.
3. The new files are renamed into place, one by one; the manifest comes last.
4. The journal is renamed to ``done``: the commit. What is left of the staging folder is rubbish.

A failure, Ctrl-C and the next build after a kill all call :func:`settle`, which looks at the disk alone, may be
interrupted, and may be called again. It never touches a file that someone has changed since.
"""

from __future__ import annotations

import os
import secrets
import shutil
import stat
from pathlib import Path

from sgstrat.edge.disk import join, keep_copy, look, remove_empty, sync_folder, write_new
from sgstrat.edge.journal import Journal, Step, parse_journal, render_journal
from sgstrat.edge.machine import MachineFault, os_fault, shown
from sgstrat.edge.manifest import MANIFEST, digest
from sgstrat.edge.plan import Changes

STAGING_PREFIX = ".sgstrat-"
_JOURNAL = "journal.json"
_DONE = "done.json"


def apply(out: Path, changes: Changes) -> str:
    """Make ``out`` what ``changes`` says. The caller holds the lock, and ``changes`` has no conflicts.

    Raises OSError (or what interrupted it) with ``out`` as it was, or :class:`MachineFault` where even that could not
    be restored: then the next build does. Returns a note where all is written but some rubbish could not be removed.
    """
    staging = out / (STAGING_PREFIX + secrets.token_hex(6))
    journal, contents = _script(out, changes)
    try:
        _stage(out, staging, journal, contents)
        _commit(out, staging, journal)
    except BaseException as error:
        _undo(out, staging, error)
        raise
    try:
        sync_folder(os.fspath(staging))
        settle(out, staging)
    except OSError as error:
        return f"{shown(staging)} could not be removed ({error.strerror}); the next build will"
    return ""


def leftovers(out: Path) -> list[Path]:
    """The staging folders that killed builds have left in ``out`` (or that a build at work there is using)."""
    try:
        with os.scandir(out) as entries:
            names = sorted(
                entry.name
                for entry in entries
                if entry.name.startswith(STAGING_PREFIX) and entry.is_dir(follow_symlinks=False)
            )
    except FileNotFoundError:
        return []
    return [out / name for name in names]


def is_in_between(out: Path) -> bool:
    """Whether files of ``out`` may be half those of one build and half of another."""
    return any(look(os.fspath(staging), _JOURNAL).state == "file" for staging in leftovers(out))


def settle(out: Path, staging: Path) -> bool:
    """End the build that ``staging`` belongs to: undo it where it had not committed. The caller holds the lock.

    Returns whether anything was undone. Raises OSError, or :class:`MachineFault` for a journal that cannot be read.
    """
    root = os.fspath(staging)
    undone = False
    journal = look(root, _JOURNAL).data
    done = look(root, _DONE).data
    if journal is not None:
        _roll_back(out, staging, parse_journal(journal, shown(staging)))
        os.unlink(join(root, _JOURNAL))
        sync_folder(root)  # a journal that came back after a power cut would undo what a later build wrote
        undone = True
    elif done is not None:
        remove_empty(join(os.fspath(out), folder) for folder in parse_journal(done, shown(staging)).emptied)
    if os.path.lexists(root):
        shutil.rmtree(root)
    return undone


def _script(out: Path, changes: Changes) -> tuple[Journal, list[bytes | None]]:
    """The journal, and for each step the content to write (None: delete)."""
    contents: dict[str, bytes | None] = dict(changes.create)
    contents.update((path, item.after) for path, item in changes.replace.items())
    contents.update(dict.fromkeys(changes.delete))
    had = {*changes.replace, *changes.delete}
    order = sorted(contents)
    if changes.manifest is not None:
        order.append(MANIFEST)
        contents[MANIFEST] = changes.manifest.after
        if not changes.manifest_is_new:
            had.add(MANIFEST)
    datas = [contents[path] for path in order]
    steps = [
        Step(path, None if data is None else digest(data), path in had) for path, data in zip(order, datas, strict=True)
    ]
    made = {folder for path in changes.create for folder in _parents(path)}
    emptied = {folder for path in changes.delete for folder in _parents(path)}
    missing = [folder for folder in sorted(made) if look(os.fspath(out), folder).state == "missing"]
    return Journal(tuple(steps), tuple(missing), tuple(sorted(emptied, reverse=True))), datas


def _parents(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts))]


def _stage(out: Path, staging: Path, journal: Journal, contents: list[bytes | None]) -> None:
    os.mkdir(staging, 0o700)
    os.mkdir(staging / "new")
    os.mkdir(staging / "old")
    for index, (step, data) in enumerate(zip(journal.steps, contents, strict=True)):
        if data is not None:
            write_new(os.path.join(staging, "new", str(index)), data)
        if step.had:
            keep_copy(join(os.fspath(out), step.path), os.path.join(staging, "old", str(index)))
    sync_folder(os.path.join(staging, "new"))
    sync_folder(os.path.join(staging, "old"))
    write_new(os.path.join(staging, "journal.tmp"), render_journal(journal))
    os.replace(staging / "journal.tmp", staging / _JOURNAL)
    sync_folder(os.fspath(staging))
    sync_folder(os.fspath(out))


def _commit(out: Path, staging: Path, journal: Journal) -> None:
    root = os.fspath(out)
    for folder in journal.made:
        os.mkdir(join(root, folder))
    for index, step in enumerate(journal.steps):
        target = join(root, step.path)
        if step.new is None:
            os.unlink(target)
        else:
            os.replace(os.path.join(staging, "new", str(index)), target)
    for folder in sorted({os.path.dirname(join(root, step.path)) for step in journal.steps}):
        sync_folder(folder)
    os.replace(staging / _JOURNAL, staging / _DONE)


def between(out: Path, error: OSError) -> MachineFault:
    """The fault for a :func:`settle` that ``error`` stopped."""
    message = f"{shown(out)} is between two builds: {os_fault('restore', out, error).message}"
    return MachineFault(message, "run `sgstrat build` again: it first restores what was there")


def _undo(out: Path, staging: Path, error: BaseException) -> None:
    try:
        settle(out, staging)
    except OSError as second:
        raise between(out, second) from error


def _roll_back(out: Path, staging: Path, journal: Journal) -> None:
    root = os.fspath(out)
    touched: set[str] = set()
    for index in reversed(range(len(journal.steps))):
        step = journal.steps[index]
        if not _is_done(root, staging, index, step):
            continue
        target = join(root, step.path)
        touched.add(os.path.dirname(target))
        if step.had:
            os.replace(os.path.join(staging, "old", str(index)), target)
        else:
            os.unlink(target)
    for folder in sorted(touched):
        sync_folder(folder)
    remove_empty(join(root, folder) for folder in reversed(journal.made))


def _is_done(root: str, staging: Path, index: int, step: Step) -> bool:
    """Whether this step was done and its result still stands, so that undoing it takes nothing from anyone."""
    old = os.path.join(staging, "old", str(index))
    if step.had and not (os.path.lexists(old) and stat.S_ISREG(os.lstat(old).st_mode)):
        return False
    seen = look(root, step.path)
    if step.new is None:
        return step.had and seen.state == "missing" and os.path.isdir(os.path.dirname(join(root, step.path)))
    if os.path.lexists(os.path.join(staging, "new", str(index))):
        return False
    return seen.data is not None and digest(seen.data) == step.new
