"""What builds leave for later ones: small files in the user's cache folder, and no workspace can put anything there.

A repository that brought such files along could say of firewall rules that they are in place. So they are read only
from a folder that is the user's own and that nobody else can write to. Losing them costs time and nothing else.
"""

from __future__ import annotations

import os
import stat
import sys
import tempfile

import yaml

import sgstrat
from sgstrat.edge.disk import read

_MOST_FILES = 200
_MAX_BYTES = 64 * 2**20


def read_cache(name: str) -> bytes | None:
    """A file of the cache; None where there is none that can be trusted."""
    folder = _folder()
    if folder is None or not _is_private(folder):
        return None
    path = os.path.join(folder, name)
    try:
        return read(path) if os.lstat(path).st_size <= _MAX_BYTES else None
    except OSError:
        return None


def write_cache(name: str, data: bytes) -> None:
    """Keep a file, whole or not at all. Where the folder cannot be used nothing is kept, and a build takes longer."""
    folder = _folder()
    if folder is None or len(data) > _MAX_BYTES:
        return
    try:
        os.makedirs(folder, 0o700, exist_ok=True)
        if not _is_private(folder):
            return
        fd, temporary = tempfile.mkstemp(prefix=".", dir=folder)
        try:
            with os.fdopen(fd, "wb") as file:
                file.write(data)
            os.replace(temporary, os.path.join(folder, name))
        except BaseException:
            os.unlink(temporary)
            raise
        _forget_oldest(folder)
    except OSError:
        return


def program() -> str | None:
    """What tells this program from any other that might build: its version and files, Python, and what is installed.

    None where that cannot be told, as when it runs from an archive.
    """
    home = os.path.dirname(sgstrat.__file__)
    found = []
    for folder, _, names in os.walk(home):
        for name in sorted(names):
            if name.endswith((".py", ".json", ".csv", ".md")):
                status = os.stat(os.path.join(folder, name))
                found.append((os.path.relpath(folder, home), name, status.st_size, status.st_mtime_ns))
    if not found:
        return None
    packages = os.stat(os.path.dirname(os.path.dirname(yaml.__file__))).st_mtime_ns  # changes with every installation
    return repr((sgstrat.__version__, sys.version, home, packages, sorted(found)))


def _folder() -> str | None:
    """``$SGSTRAT_CACHE_DIR``, else ``sgstrat`` in ``$XDG_CACHE_HOME`` or where the system keeps such things."""
    chosen = os.environ.get("SGSTRAT_CACHE_DIR", "")
    if os.path.isabs(chosen):
        return chosen
    home = os.environ.get("LOCALAPPDATA" if os.name == "nt" else "XDG_CACHE_HOME", "")
    if not os.path.isabs(home):
        home = os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(home, "sgstrat") if os.path.isabs(home) else None


def _is_private(folder: str) -> bool:
    try:
        status = os.lstat(folder)
    except OSError:
        return False
    if not stat.S_ISDIR(status.st_mode):
        return False
    return os.name == "nt" or (status.st_uid == os.geteuid() and not status.st_mode & 0o022)


def _forget_oldest(folder: str) -> None:
    with os.scandir(folder) as entries:
        files = sorted((entry.stat(follow_symlinks=False).st_mtime_ns, entry.path) for entry in entries)
    for _, path in files[:-_MOST_FILES]:
        os.unlink(path)
