"""Faults that are not in the text of a strategy: wrong usage, and a machine that refuses.

The command line turns both into exit status 2 and prints ``message`` and ``help``; nothing else may end a command
that way. Knows neither the language nor what is being read or written.
"""

from __future__ import annotations

import errno
import os

from sgstrat.report.inert import without_orders


class Fault(Exception):
    """What went wrong outside the input's text; ``message`` names the path, ``help`` says what to do (may be empty)."""

    def __init__(self, message: str, help: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.help = help


class UsageFault(Fault):
    """The command was asked for something it cannot take: a path that is missing, forbidden, or elsewhere."""


class MachineFault(Fault):
    """The machine or what stands on it is in the way: no space, no permission, a damaged manifest, a second build."""


_SPACE = "free some space, then run the command again"
_PERMISSION = "give this user access to it, or name another folder"
_HELP: dict[int, str] = {
    errno.ENOSPC: _SPACE,
    errno.EDQUOT: _SPACE,
    errno.EFBIG: "the file is larger than this machine lets a process write",
    errno.EACCES: _PERMISSION,
    errno.EPERM: _PERMISSION,
    errno.EROFS: "the file system is read-only: name a folder elsewhere",
    errno.ENAMETOOLONG: "the path is longer than the file system takes: name a folder with a shorter path",
    errno.ENOTDIR: "a file stands where a folder is needed",
    errno.ELOOP: "symbolic links lead in a circle: remove one",
    errno.EMFILE: "too many files are open: raise the limit (ulimit -n)",
}


def os_fault(doing: str, path: str | os.PathLike[str], error: OSError) -> MachineFault:
    """The fault for ``error``, met while ``doing`` (a verb: ``read``, ``write``) something to ``path``."""
    reason = os.strerror(error.errno) if error.errno is not None else str(error)
    return MachineFault(f"cannot {doing} {shown(path)}: {reason}", _HELP.get(error.errno or 0, ""))


def shown(path: str | os.PathLike[str]) -> str:
    """A path for people: relative where it lies below the current folder, on one line whatever is in the name."""
    text = os.fspath(path)
    try:
        relative = os.path.relpath(text)
    except (OSError, ValueError):  # the current folder is gone, or (Windows) on another drive
        return printable(text)
    return printable(text if relative.split(os.sep)[0] == os.pardir else relative)


def printable(text: str) -> str:
    """``text`` with a backslash escape for everything that would not show: control characters, bad bytes, marks.

    So has what a CI system would take for an order where it is printed (``report.inert``).
    Injective: a backslash is doubled. Separators on Windows are made forward slashes first.
    """
    text = text.replace("\\", "/") if os.sep == "\\" else text.replace("\\", "\\\\")
    if not text.isprintable():
        text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
    return without_orders(text, "\\x5b") if "##" in text else text
