"""Runs a process and says how long it took and how much memory it had at its peak. Knows no tool."""

from __future__ import annotations

import compileall
import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple


class Run(NamedTuple):
    """What a process took: seconds of wall time, and MiB resident at the peak of its largest process.

    ``failure`` is why there is no result, None where there is one; ``output`` is what it printed.
    """

    seconds: float
    peak: float
    output: str
    failure: str | None


def compile_package(folder: Path) -> None:
    """Compile a package's modules, as an installer does: a checkout may have no byte code, or may not write any."""
    compileall.compile_dir(folder, quiet=1)


def run(command: Sequence[str], folder: Path, limit: float, settings: Mapping[str, str]) -> Run:
    """Run a command to its end, or kill it with all that it started after ``limit`` seconds.

    Peak memory comes from ``wait4``. A process inherits its parent's peak at its start, so the caller has to be small.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.perf_counter()
        process = subprocess.Popen(  # waited for with wait4 below, which says more
            command, cwd=folder, stdout=out, stderr=err, env={**os.environ, **settings}, start_new_session=True
        )
        late = threading.Timer(limit, os.killpg, (process.pid, signal.SIGKILL))
        late.start()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        late.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        output, complaint = out.read().decode(), err.read().decode(errors="replace")
    peak = usage.ru_maxrss / 1024
    if seconds >= limit:
        return Run(seconds, peak, output, f"over {limit:.0f} s")
    if process.returncode == 0:
        return Run(seconds, peak, output, None)
    if "heap out of memory" in complaint:
        return Run(seconds, peak, output, "out of memory")
    raise RuntimeError(f"{' '.join(map(str, command))} failed with {process.returncode}:\n{complaint[-4000:]}")
