"""Real git repositories for tests, the same commits every time, whatever the machine's own git configuration is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_FIXED = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.com",
    "GIT_AUTHOR_DATE": "2027-01-01T00:00:00+0000",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.com",
    "GIT_COMMITTER_DATE": "2027-01-01T00:00:00+0000",
    "NO_COLOR": "1",
}


def environment(**extra: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return {**kept, **_FIXED, **extra}


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ("git", *arguments), cwd=folder, env=environment(), capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def new_repository(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "-q", "-b", "main")
    return folder


def commit(folder: Path, files: dict[str, str | None], message: str = "change") -> str:
    """Write files (None deletes) and commit all; the commit's hash."""
    for name, text in files.items():
        path = folder / name
        if text is None:
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "-m", message)
    return git(folder, "rev-parse", "HEAD")


def sgstrat(folder: Path, *arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
    dated = ("--as-of", "2027-01-01") if arguments[0] in ("diff", "graph", "build") else ()
    return subprocess.run(
        (sys.executable, "-m", "sgstrat", *arguments, *dated),
        cwd=folder,
        env=environment(**extra),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
