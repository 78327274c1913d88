"""Writes changed sources back: each file whole or not at all, where it really is, with the mode that it had.

Knows files, not what was changed in them.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from collections.abc import Mapping

from sgstrat.edge.disk import read, sync_folder, write_new
from sgstrat.edge.machine import MachineFault, os_fault, shown
from sgstrat.edge.workspace_files import SETTINGS, Workspace, real_files

_AGAIN = "run the command again"
_PREFIX = ".sgstrat-"  # hidden, so that no reader takes it for a strategy


def source_bytes(workspace: Workspace) -> dict[str, bytes]:
    """The contents of all files of a workspace by path, sgstrat.yaml among them."""
    files = {file.path: file.data for file in workspace.files}
    return files if workspace.settings is None else {SETTINGS: workspace.settings, **files}


def write_sources(workspace: Workspace, changed: Mapping[str, bytes]) -> None:
    """Replace files of a workspace, by path, as it was read.

    Every new content is on the disk before the first file is replaced. Raises :class:`MachineFault` with no file
    changed where one may not be written or is not as it was read; where replacing itself fails, it names the file.
    """
    before = source_bytes(workspace)
    staged: dict[str, str] = {}
    at = ""
    try:
        for at, path in _places(workspace, changed).items():
            _check(at, before[path])
            data = changed[path]
            new = os.path.join(os.path.dirname(at), _PREFIX + secrets.token_hex(6))
            staged[at] = new
            write_new(new, data)
            os.chmod(new, stat.S_IMODE(os.stat(at).st_mode))
        for at, new in list(staged.items()):
            os.replace(new, at)
            del staged[at]
            sync_folder(os.path.dirname(at))
    except OSError as error:
        raise os_fault("write", at, error) from error
    finally:
        for new in staged.values():
            with contextlib.suppress(OSError):  # what cannot be removed is hidden, and nobody reads it
                os.unlink(new)


def _places(workspace: Workspace, changed: Mapping[str, bytes]) -> dict[str, str]:
    """Which path gives the new content of which file; a file with two names has to get the same from both."""
    real = real_files(workspace)
    places: dict[str, str] = {}
    for path in sorted(changed):
        if path not in real:
            raise MachineFault(f"{path} is gone since it was read", _AGAIN)
        first = places.setdefault(real[path], path)
        if changed[first] != changed[path]:
            raise MachineFault(f"{first} and {path} are one file", "remove the symbolic link: files are read once")
    return places


def _check(full: str, before: bytes) -> None:
    """A file is as it was read, and may be written: a rename would replace it even where it may not be."""
    os.close(os.open(full, os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)))
    if read(full) != before:
        raise MachineFault(f"{shown(full)} has changed since it was read", _AGAIN)
