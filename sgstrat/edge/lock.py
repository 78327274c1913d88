"""One build at a time in an output folder.

The system releases the lock when its process ends, however it ends, so none is ever left behind. Knows nothing of
what is done under it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from sgstrat.edge.disk import remove_empty
from sgstrat.edge.machine import MachineFault, shown

LOCK = ".lock"
WAIT_SECONDS = 10.0
_PAUSE_SECONDS = 0.05
# As Cargo does: where the file system has no locks at all, building unlocked beats not building.
_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EINVAL}

if sys.platform == "win32":
    import msvcrt

    def _try_lock(fd: int) -> None:
        os.lseek(fd, 4096, os.SEEK_SET)  # past the process id, which others read while it is locked
        msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _try_lock(fd: int) -> None:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextlib.contextmanager
def hold(out: Path, wait_seconds: float = WAIT_SECONDS) -> Iterator[None]:
    """Hold the lock of ``out``, made with its parents if missing (and removed again if left empty).

    Waits up to ``wait_seconds`` for another build. Raises :class:`MachineFault` that names its process id, and OSError
    where the folder cannot be written.
    """
    made: list[str] = []
    try:
        fd = _acquire(out, wait_seconds, made)
        try:
            os.ftruncate(fd, 0)
            os.write(fd, f"{os.getpid()}\n".encode("ascii"))
            yield
        finally:
            _release(out, fd)
    finally:
        with contextlib.suppress(OSError):  # an empty folder that stays does no harm either
            remove_empty(reversed(made))


def _acquire(out: Path, wait_seconds: float, made: list[str]) -> int:
    path = os.fspath(out / LOCK)
    deadline = time.monotonic() + wait_seconds
    while True:
        _make_folders(out, made)
        try:
            # O_NOFOLLOW: a link planted there would have some other file opened for writing
            fd = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o644)
        except FileNotFoundError:  # another build has just removed the folder it had made
            if time.monotonic() >= deadline:
                raise
            continue
        try:
            if _lock_or_busy(fd) and _is_current(fd, path):
                return fd
            if time.monotonic() >= deadline:
                raise MachineFault(
                    f"another build{_holder(fd)} is writing {shown(out)}", "wait for it to end, or end it"
                )
        except BaseException:
            os.close(fd)
            raise
        os.close(fd)
        time.sleep(_PAUSE_SECONDS)


def _lock_or_busy(fd: int) -> bool:
    try:
        _try_lock(fd)
    except OSError as error:
        if error.errno in _NO_LOCKS:
            return True
        if error.errno in (errno.EAGAIN, errno.EACCES, errno.EDEADLK):
            return False
        raise
    return True


def _is_current(fd: int, path: str) -> bool:
    """Whether the locked file still has its name: the last holder removes it, and a new one may stand there."""
    try:
        return os.path.samestat(os.fstat(fd), os.lstat(path))
    except FileNotFoundError:
        return False


def _release(out: Path, fd: int) -> None:
    try:
        if sys.platform != "win32":  # there an open file cannot be removed; it stays, empty of meaning
            with contextlib.suppress(OSError):  # left behind it does no harm: the lock is on the file, not its presence
                os.unlink(out / LOCK)
    finally:
        os.close(fd)


def _holder(fd: int) -> str:
    os.lseek(fd, 0, os.SEEK_SET)
    text = os.read(fd, 32).decode("ascii", "replace").strip()
    return f" (process {text})" if text.isdigit() else ""


def _make_folders(out: Path, made: list[str]) -> None:
    missing: list[Path] = []
    at = out
    while at != at.parent and not os.path.lexists(at):
        missing.append(at)
        at = at.parent
    for folder in reversed(missing):
        try:
            os.mkdir(folder)
        except FileExistsError:
            continue
        if os.fspath(folder) not in made:
            made.append(os.fspath(folder))
