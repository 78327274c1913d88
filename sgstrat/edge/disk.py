"""The few file operations the output folder is made of: look without following links, write whole, make durable.

Knows no manifest and no plan. Every function may raise OSError; the callers say what it meant.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable
from typing import Literal, NamedTuple

State = Literal["file", "missing", "blocked", "link", "folder", "special"]

_NO_SUCH_NAME = {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG}  # what is too long a name cannot be there
_NOT_EMPTY = {errno.ENOTEMPTY, errno.EEXIST}
_BINARY: int = getattr(os, "O_BINARY", 0)


class Seen(NamedTuple):
    """What stands at a path. ``data`` is the content of a regular file (state ``file``), else None.

    ``blocked``: a file stands where a folder is needed. ``link``: the path, or a folder on the way, is a symbolic
    link. ``special``: a device, pipe or socket. ``at`` is the path that is meant: the obstacle on the way, or itself.
    """

    state: State
    data: bytes | None
    at: str


def look(root: str, path: str) -> Seen:
    """What stands at ``path`` (forward slashes) below ``root``; no symbolic link below ``root`` is followed."""
    parts = path.split("/")
    for depth in range(1, len(parts) + 1):
        at = "/".join(parts[:depth])
        try:
            mode = os.lstat(os.path.join(root, *parts[:depth])).st_mode
        except OSError as error:
            if error.errno not in _NO_SUCH_NAME:
                raise
            return Seen("missing", None, path)
        state = _state(mode)
        if depth < len(parts):
            if state != "folder":
                return Seen("link" if state == "link" else "blocked", None, at)
        elif state != "file":
            return Seen(state, None, path)
    try:
        return Seen("file", read(os.path.join(root, *parts)), path)
    except FileNotFoundError:  # gone since
        return Seen("missing", None, path)


def _state(mode: int) -> State:
    if stat.S_ISLNK(mode):
        return "link"
    if stat.S_ISDIR(mode):
        return "folder"
    return "file" if stat.S_ISREG(mode) else "special"


def read(full: str) -> bytes:
    """The content of a file, which must not be a symbolic link where the system can tell."""
    fd = os.open(full, os.O_RDONLY | _BINARY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(fd, "rb") as file:
        return file.read()


def write_new(full: str, data: bytes) -> None:
    """Write a file that does not exist yet, down to the disk. Mode 0644 less the umask."""
    fd = os.open(full, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o644)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(fd, rest) :]
        os.fsync(fd)
    finally:
        os.close(fd)


def keep_copy(source: str, copy: str) -> None:
    """A second name for a file, or a copy where the file system has no hard links; mode and times are kept."""
    try:
        os.link(source, copy, follow_symlinks=False)
    except (OSError, NotImplementedError):
        status = os.stat(source)
        write_new(copy, read(source))
        os.chmod(copy, stat.S_IMODE(status.st_mode))
        os.utime(copy, ns=(status.st_atime_ns, status.st_mtime_ns))


def sync_folder(full: str) -> None:
    """Make the names in a folder durable. Windows has no such call, and does so on its own."""
    if os.name == "nt":
        return
    fd = os.open(full, os.O_RDONLY)
    try:
        os.fsync(fd)
    except OSError:
        # Some network file systems refuse to sync a folder. The names are there all the same; only their order
        # against a power cut is then the server's, and recovery looks at contents, not at that order.
        pass
    finally:
        os.close(fd)


def remove_empty(folders: Iterable[str]) -> None:
    """Remove each folder that is empty; leave the others, and those that are gone."""
    for full in folders:
        try:
            os.rmdir(full)
        except OSError as error:
            if error.errno not in _NO_SUCH_NAME | _NOT_EMPTY:
                raise


def join(root: str, path: str) -> str:
    """The full name of ``path`` (forward slashes) below ``root``."""
    return os.path.join(root, *path.split("/"))
