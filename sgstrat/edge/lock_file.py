"""``sgstrat.lock`` beside the strategies: changed together with the output folder, or not at all.

It is an input that a build keeps. So it is written first and put back where the rest of the build fails: a build that
is killed in between leaves a lock that the next one reads like any other and comes to the same files by. Knows bytes
only, not what they mean.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from sgstrat.edge.difference import SHOWN_LINES, Difference, difference
from sgstrat.edge.disk import read, sync_folder, write_new
from sgstrat.edge.machine import MachineFault, os_fault, shown
from sgstrat.edge.plan import with_plain_ends


class LockChange(NamedTuple):
    """What becomes of the file: ``before`` is what the compilation read, ``after`` what it gave; None: no file."""

    path: Path
    before: bytes | None
    after: bytes | None

    @property
    def is_empty(self) -> bool:
        """Whether the file stays as it is; line ends (a checkout on Windows) are no difference."""
        if self.before is None or self.after is None:
            return self.before is self.after
        return with_plain_ends(self.before) == with_plain_ends(self.after)

    @property
    def difference(self) -> Difference:
        """What a build would change in it, line by line."""
        before, after = ((data or b"").decode("utf-8", "backslashreplace") for data in (self.before, self.after))
        return difference(before, after, SHOWN_LINES)


@contextmanager
def kept(change: LockChange | None) -> Iterator[None]:
    """Make the change, and undo it where what is done meanwhile fails. The caller holds the lock of the folder.

    Raises :class:`MachineFault` where the file is no longer what the compilation read: another build was quicker.
    """
    if change is None or change.is_empty:
        yield
        return
    now = _content(change.path)
    if now != change.before:
        raise MachineFault(
            f"{shown(change.path)} has changed while this build compiled: nothing was written", "run the command again"
        )
    try:
        _put(change.path, change.after)
        yield
    except BaseException:
        if _content(change.path) != change.before:
            _put(change.path, change.before)
        raise


def _content(path: Path) -> bytes | None:
    try:
        return read(os.fspath(path))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise os_fault("read", path, error) from error


def _put(path: Path, data: bytes | None) -> None:
    """The whole file or the one before, whenever somebody looks."""
    new = path.with_name(f".{path.name}.new")
    try:
        new.unlink(missing_ok=True)  # left by a build that was killed
        if data is None:
            path.unlink()
        else:
            write_new(os.fspath(new), data)
            os.replace(new, path)
        sync_folder(os.fspath(path.parent))
    except OSError as error:
        raise os_fault("write", path, error) from error
