"""Work on several processes: results come in order, whatever the number, and nothing is left running.

Processes cost some time to start and to send things to, so that they pay where there is much to do.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from sgstrat.edge.machine import MachineFault

Given = TypeVar("Given")
Made = TypeVar("Made")

_MOST_BY_ITSELF = 8
_WORTH_IT = 20_000
"""Rules from which more processes are quicker than one, by ``benchmarks/run.py``."""


def chosen(jobs: int | None, rules: int) -> int:
    """How many processes: as many as asked for, else one, or for much work one for each processor, eight at most."""
    if jobs is not None:
        return jobs
    return min(_processors(), _MOST_BY_ITSELF) if rules >= _WORTH_IT else 1


class Workers:
    """Applies a function to things, each in one of some processes; with one process in this one."""

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs

    def __call__(self, function: Callable[[Given], Made], given: Iterable[Given]) -> Iterable[Made]:
        """The results in order of what is given.

        An exception of the function is raised here, as is an interruption, once what was begun has ended. Raises
        :class:`MachineFault` where a process is gone, as when memory ran out.
        """
        items = list(given)
        if self._jobs == 1 or len(items) < 2:
            return map(function, items)
        # a hundredth of a second, and needed for many targets only
        from concurrent.futures import ProcessPoolExecutor
        from concurrent.futures.process import BrokenProcessPool

        pool = ProcessPoolExecutor(min(self._jobs, len(items)), initializer=_leave_interruptions)
        try:
            with _interruptions_later():
                results = pool.map(function, items)
            return list(results)  # here, so that whatever interrupts it finds the processes and ends them
        except BrokenProcessPool:
            raise MachineFault(
                f"one of {self._jobs} processes ended before its work was done: nothing was written",
                "where memory ran out, fewer processes (--jobs 1) take less of it",
            ) from None
        finally:
            pool.shutdown(cancel_futures=True)


@contextmanager
def _interruptions_later() -> Iterator[None]:
    """While processes start an interruption waits: the new ones would meet it before they know what to do about it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT,))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _leave_interruptions() -> None:
    """Ctrl-C goes to every process of a terminal; the first one answers it, and these end with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _processors() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
