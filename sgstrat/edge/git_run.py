"""Runs git's object-reading commands, bounded, and so that nothing of the repository's own choosing is run.

A repository is input like any other: its hooks, filters, pagers, monitors and remotes stay out. Knows no workspaces.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import threading
from typing import NamedTuple

from sgstrat.edge.machine import MachineFault, UsageFault, os_fault, printable

TIMEOUT_SECONDS = 120.0
MAX_LISTING = 64 * 2**20
"""The longest output that is read unless another bound is given, in bytes."""

_SAFE = (
    "--no-pager",
    "--no-replace-objects",
    "--literal-pathspecs",
    *("-c", "core.fsmonitor=false"),
    *("-c", f"core.hooksPath={os.devnull}"),
    *("-c", "protocol.allow=never"),
)
# A partial clone would fetch what is missing by whatever program the repository names; it is told not to, twice.
_ENVIRONMENT = {
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}


class Done(NamedTuple):
    """What a command gave. ``errors`` is its standard error on one printable line."""

    status: int
    output: bytes
    errors: str


def find_git() -> str:
    """The program. Raises :class:`UsageFault` where it is not installed."""
    found = shutil.which("git")
    if found is None:
        raise UsageFault("git is not installed, so no revision can be read", "install git, or compare folders")
    return found


def run_git(git: str, folder: str, *arguments: str, stdin: bytes = b"", limit: int = MAX_LISTING) -> Done:
    """Run one command in ``folder``. Raises :class:`MachineFault` for more than ``limit`` bytes, or too long a run."""
    try:
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as errors:
            given.write(stdin)
            given.seek(0)
            with subprocess.Popen(  # noqa: S603  # no shell, and git itself, found on the PATH
                [git, *_SAFE, *arguments],
                cwd=folder,
                env=_environment(),
                stdin=given,
                stdout=subprocess.PIPE,
                stderr=errors,
            ) as process:
                output = _read(process, limit, arguments[0])
            errors.seek(0)
            said = errors.read(4096).decode("utf-8", "replace")
    except OSError as error:
        raise os_fault("run git in", folder, error) from error
    return Done(process.returncode, output, printable(" ".join(said.split())))


def _read(process: subprocess.Popen[bytes], limit: int, command: str) -> bytes:
    if process.stdout is None:  # pragma: no cover  # it was asked to be a pipe
        return b""
    late = threading.Event()

    def stop() -> None:
        late.set()
        process.kill()

    timer = threading.Timer(TIMEOUT_SECONDS, stop)
    timer.start()
    try:
        output = process.stdout.read(limit + 1)
        if len(output) > limit:
            process.kill()
            raise MachineFault(
                f"git {command} gave more than {limit} bytes", "divide the workspace, or compare folders"
            )
        process.wait()
    finally:
        timer.cancel()
    if late.is_set():
        raise MachineFault(f"git {command} took more than {TIMEOUT_SECONDS:g} seconds", "compare folders instead")
    return output


def _environment() -> dict[str, str]:
    """The user's environment without what would point git at another repository or have it run something.

    Variables that only configure git stay: they are the user's, and CI sets ``safe.directory`` by them.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or name.startswith("GIT_CONFIG")
    }
    return {**kept, **_ENVIRONMENT}
