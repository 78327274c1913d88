"""What the tests of the edge share: pictures of a folder, and file operations that fail on purpose."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

OPERATIONS = ("open", "write", "fsync", "mkdir", "link", "replace", "unlink", "rmdir", "scandir", "lstat", "ftruncate")
Picture = dict[str, tuple[bytes | None, int]]


class Crash(BaseException):
    """The process is gone: every file operation from here on fails."""


def _picture(root: Path, *, staging: bool = False) -> Picture:
    """Content and modification time of each file, None for a folder, by relative path."""
    found: Picture = {}
    for path in sorted(root.rglob("*")) if root.exists() else []:
        name = path.relative_to(root).as_posix()
        if name == ".lock" or (not staging and name.startswith(".sgstrat-")):
            continue
        is_file = path.is_file() and not path.is_symlink()
        found[name] = (path.read_bytes() if is_file else None, path.stat().st_mtime_ns if is_file else 0)
    return found


def _lay(root: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(text.encode())


@contextmanager
def _failing(at: int, make: Callable[[], BaseException], *, for_ever: bool) -> Iterator[list[int]]:
    """Let the file operation number ``at`` (from 0) raise ``make()``, or every one from it on. Yields the count."""
    count = [0]
    before = {name: getattr(os, name) for name in OPERATIONS}

    def wrap(original: Callable[..., object]) -> Callable[..., object]:
        def called(*args: object, **options: object) -> object:
            number, count[0] = count[0], count[0] + 1
            if number == at or (for_ever and number > at):
                raise make()
            return original(*args, **options)

        return called

    for name, original in before.items():
        setattr(os, name, wrap(original))
    try:
        yield count
    finally:
        for name, original in before.items():
            setattr(os, name, original)


@pytest.fixture
def picture() -> Callable[..., Picture]:
    return _picture


@pytest.fixture
def lay() -> Callable[[Path, Mapping[str, str]], None]:
    return _lay


@pytest.fixture
def failing() -> Callable[..., object]:
    return _failing


@pytest.fixture
def crash() -> type[Crash]:
    return Crash


@pytest.fixture
def no_space() -> Callable[[], OSError]:
    return lambda: OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture
def as_nobody() -> Iterator[Callable[[], Path]]:
    """Gives a folder, and from then on permissions count even where the tests run as root."""
    if not hasattr(os, "geteuid"):
        pytest.skip("permissions of this kind do not exist on Windows")
    root = Path(tempfile.mkdtemp())
    is_root = os.geteuid() == 0

    def become() -> Path:
        if is_root:
            os.chown(root, 65534, 65534)
            os.setegid(65534)
            os.seteuid(65534)
        return root

    yield become
    if is_root:
        os.seteuid(0)
        os.setegid(0)
    for folder, _, _ in os.walk(root):
        os.chmod(folder, 0o755)
    shutil.rmtree(root)
