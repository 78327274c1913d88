"""Finds a workspace and reads it: ``sgstrat.yaml``, ``sgstrat.lock``, every YAML file under ``strategies/``, as bytes.

The result does not depend on the order in which the file system lists names, nor on where the workspace lies. Knows
file names only: what the bytes mean (even whether they are UTF-8) is for the parser to say, as findings.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from sgstrat.edge.machine import MachineFault, UsageFault, os_fault, printable, shown

SETTINGS = "sgstrat.yaml"
STRATEGIES = "strategies"
LOCK_FILE = "sgstrat.lock"
SUFFIXES = (".yaml", ".yml")
_START = "run `sgstrat init` for a workspace to start from, or name a path inside one"


class SourceBytes(NamedTuple):
    """One file. ``path`` is relative to the workspace, with forward slashes, and printable on one line.

    Characters of a name that do not show (and backslashes) are backslash escapes, so equal paths are equal files.
    """

    path: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Workspace:
    """A workspace as read. ``settings`` is None without ``sgstrat.yaml``; ``files`` are sorted by ``path``.

    ``lock`` is ``sgstrat.lock``, None without one.
    """

    root: Path
    settings: bytes | None
    files: tuple[SourceBytes, ...]
    lock: bytes | None = None


class Bounds(NamedTuple):
    """What is read at most, all inclusive; sizes in bytes."""

    files: int = 10_000
    folders: int = 10_000
    file_bytes: int = 64 * 2**20
    total_bytes: int = 256 * 2**20


BOUNDS = Bounds()


def find_workspace(paths: Sequence[str | os.PathLike[str]] = ()) -> Path:
    """The root: the nearest folder upwards with ``sgstrat.yaml`` or ``strategies/``, from each of ``paths``.

    Without paths the search begins in the current folder. Raises :class:`UsageFault` where there is none, where
    a path is missing or forbidden, or where two paths lie in different workspaces.
    """
    if not paths:
        return _nearest(_current_folder(), "the current folder")
    roots = [_nearest(_folder_of(path), shown(path)) for path in paths]
    for path, root in zip(paths, roots, strict=True):
        if root != roots[0]:
            raise UsageFault(
                f"{shown(path)} is in the workspace {shown(root)}, {shown(paths[0])} in {shown(roots[0])}",
                "one command works on one workspace: name paths of one only",
            )
    return roots[0]


def read_workspace(root: str | os.PathLike[str], bounds: Bounds = BOUNDS) -> Workspace:
    """Read the whole workspace at ``root``.

    Hidden files and folders are skipped, as is every name that does not end in ``.yaml`` or ``.yml``. A symbolic link
    is followed while it stays inside the workspace. Raises :class:`UsageFault` where there is no YAML file at all, and
    :class:`MachineFault` for a link that leaves, what is no regular file, cannot be read, or is over ``bounds``.
    """
    base = os.path.abspath(os.fspath(root))
    settings = _settings(base, bounds)
    total = 0
    files: list[SourceBytes] = []
    for full in _yaml_files(base, bounds):
        data = _read(full, bounds.file_bytes)
        total += len(data)
        if total > bounds.total_bytes:
            raise MachineFault(f"{shown(base)} holds more than {bounds.total_bytes} bytes of YAML", _too_much())
        files.append(SourceBytes(_name(base, full), data))
    if not files:
        raise UsageFault(f"no strategy found: {shown(os.path.join(base, STRATEGIES))} holds no YAML file", _START)
    return Workspace(Path(base), settings, tuple(sorted(files)), _lock(base, bounds))


def read_settings(root: str | os.PathLike[str], bounds: Bounds = BOUNDS) -> bytes | None:
    """``sgstrat.yaml`` of the workspace at ``root`` alone, with the faults of :func:`read_workspace`."""
    return _settings(os.path.abspath(os.fspath(root)), bounds)


def select(workspace: Workspace, paths: Sequence[str | os.PathLike[str]]) -> frozenset[str] | None:
    """The paths of the files that ``paths`` (files or folders) name, or None where that is the whole workspace.

    Raises :class:`UsageFault` for a path that is missing, forbidden, outside ``strategies/``, or without YAML.
    """
    chosen: set[str] = set()
    whole = not paths
    for path in paths:
        name = _name_inside(workspace, path)
        if name in (".", STRATEGIES):
            whole = True
            continue
        found = {file.path for file in workspace.files if file.path == name or file.path.startswith(name + "/")}
        if not found:
            raise UsageFault(
                f"no strategy found in {shown(path)}",
                f"name files that end in .yaml or .yml, or folders of them, under {STRATEGIES}/, not hidden",
            )
        chosen |= found
    return None if whole else frozenset(chosen)


def real_files(workspace: Workspace, bounds: Bounds = BOUNDS) -> dict[str, str]:
    """Where each file of a workspace really is, by ``path``: links are followed, and lead to places inside it.

    Raises :class:`MachineFault` as :func:`read_workspace` does.
    """
    base = os.fspath(workspace.root)
    found = {_name(base, full): _inside(base, full) for full in _yaml_files(base, bounds)}
    if workspace.settings is not None:
        found[SETTINGS] = _inside(base, os.path.join(base, SETTINGS))
    return found


def _current_folder() -> str:
    try:
        return os.getcwd()
    except OSError as error:
        raise UsageFault(f"the current folder cannot be used: {error.strerror}", "change to another folder") from None


def _folder_of(path: str | os.PathLike[str]) -> str:
    _current_folder()
    full = os.path.abspath(os.fspath(path))
    return full if stat.S_ISDIR(_mode(full, path)) else os.path.dirname(full)


def _mode(full: str, given: str | os.PathLike[str]) -> int:
    try:
        return os.stat(full).st_mode
    except (FileNotFoundError, NotADirectoryError, ValueError):
        raise UsageFault(f"{shown(given)} does not exist") from None
    except OSError as error:
        fault = os_fault("read", given, error)
        raise UsageFault(fault.message, fault.help) from None


def _nearest(folder: str, start: str) -> Path:
    at = folder
    while True:
        if os.path.lexists(os.path.join(at, SETTINGS)) or os.path.isdir(os.path.join(at, STRATEGIES)):
            return Path(at)
        above = os.path.dirname(at)
        if above == at:
            raise UsageFault(f"no {SETTINGS} and no {STRATEGIES}/ in {start} or above it", _START)
        at = above


def _settings(base: str, bounds: Bounds) -> bytes | None:
    full = os.path.join(base, SETTINGS)
    if os.path.lexists(full):
        _inside(base, full)
        return _read(full, bounds.file_bytes)
    other = os.path.join(base, "sgstrat.yml")
    if os.path.lexists(other):  # silence would leave its guardrails out unseen
        raise UsageFault(f"{shown(other)} is not read", f"rename it to {SETTINGS}")
    return None


def _lock(base: str, bounds: Bounds) -> bytes | None:
    full = os.path.join(base, LOCK_FILE)
    if not os.path.lexists(full):
        return None
    if os.path.islink(full):
        raise MachineFault(f"{shown(full)} is a symbolic link", "put the file itself there: a build replaces it")
    return _read(full, bounds.file_bytes)


def _yaml_files(base: str, bounds: Bounds) -> list[str]:
    top = os.path.join(base, STRATEGIES)
    if not os.path.lexists(top):
        return []
    waiting, entered, found = [top], dict[str, str](), list[str]()
    while waiting:
        folder = waiting.pop()
        real = _inside(base, folder)
        if real in entered:
            raise MachineFault(
                f"{shown(folder)} and {shown(entered[real])} are one folder",
                "remove the symbolic link: files are read once",
            )
        entered[real] = folder
        folders, files = _listing(folder)
        for full in files:
            if os.path.islink(full):
                _inside(base, full)
        waiting += folders
        found += files
        if len(found) > bounds.files:
            raise MachineFault(f"{shown(top)} holds more than {bounds.files} YAML files", _too_much())
        if len(entered) + len(waiting) > bounds.folders:
            raise MachineFault(f"{shown(top)} holds more than {bounds.folders} folders", _too_much())
    return found


def _listing(folder: str) -> tuple[list[str], list[str]]:
    folders: list[str] = []
    files: list[str] = []
    try:
        with os.scandir(folder) as entries:
            for entry in sorted(entries, key=lambda item: item.name):
                if entry.name.startswith("."):
                    continue
                if entry.is_dir():
                    folders.append(entry.path)
                elif entry.name.endswith(SUFFIXES):
                    files.append(entry.path)
    except OSError as error:
        raise os_fault("read", folder, error) from error
    return folders, files


def _inside(base: str, full: str) -> str:
    """Where ``full`` really is. A link out of the workspace could show any file of a build machine in a report."""
    real, home = os.path.realpath(full), os.path.realpath(base)
    if real != home and not real.startswith(os.path.join(home, "")):
        raise MachineFault(
            f"{shown(full)} is a symbolic link that leaves the workspace",
            "put a copy of the file in the workspace; what another strategy declares is used by name, as OTHER/NAME",
        )
    return real


def _read(full: str, limit: int) -> bytes:
    try:
        if not stat.S_ISREG(os.stat(full).st_mode):
            raise MachineFault(f"{shown(full)} is not a regular file", "only regular files are read")
        # O_NONBLOCK: a named pipe put there since would hold the program for ever
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(full, flags), "rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise os_fault("read", full, error) from error
    if len(data) > limit:
        raise MachineFault(f"{shown(full)} is larger than {limit} bytes", _too_much())
    return data


def _too_much() -> str:
    return "divide the workspace, or move what is no strategy out of strategies/"


def _name(base: str, full: str) -> str:
    return "/".join(printable(part) for part in os.path.relpath(full, base).split(os.sep))


def _name_inside(workspace: Workspace, path: str | os.PathLike[str]) -> str:
    full = os.path.abspath(os.fspath(path))
    _mode(full, path)
    base = os.fspath(workspace.root)
    for at, home in ((full, base), (os.path.realpath(full), os.path.realpath(base))):
        try:
            name = _name(home, at)
        except ValueError:  # Windows: another drive
            continue
        if name in (".", STRATEGIES) or name.startswith(STRATEGIES + "/"):
            return name
    raise UsageFault(
        f"{shown(path)} is outside {shown(os.path.join(base, STRATEGIES))}", "name files or folders under strategies/"
    )
