"""What the tests of rebuilds have in common."""

from __future__ import annotations

from pathlib import Path


def picture(root: Path) -> dict[str, bytes]:
    """Every file of a workspace but the lock of a running build."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }
