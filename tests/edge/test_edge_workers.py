"""Work on several processes: the same results in the same order, and nothing left running."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sgstrat.edge.machine import MachineFault
from sgstrat.edge.workers import Workers, chosen


def _square(number: int) -> tuple[int, int]:
    return number * number, os.getpid()


def _fail(number: int) -> int:
    if number == 3:
        raise ValueError(f"not {number}")
    return number


def _vanish(number: int) -> int:
    if number == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_results_come_in_order(jobs: int) -> None:
    found = list(Workers(jobs)(_square, range(20)))
    assert [value for value, _ in found] == [number * number for number in range(20)]
    assert (os.getpid() in {process for _, process in found}) is (jobs == 1)


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_fault_of_the_work_is_raised(jobs: int) -> None:
    with pytest.raises(ValueError, match="not 3"):
        list(Workers(jobs)(_fail, range(9)))


def test_a_process_that_is_gone_is_a_fault_of_the_machine() -> None:
    with pytest.raises(MachineFault, match="ended before its work was done"):
        list(Workers(2)(_vanish, range(4)))


def test_more_processes_are_for_much_work() -> None:
    assert chosen(3, 1) == 3
    assert chosen(None, 100) == 1
    assert 1 <= chosen(None, 10**6) <= 8


HEAD = """\
version: 1
strategy: s{number}
vpcs: {{main: {{cidrs: [10.{number}.0.0/16]}}}}
environments: {{prod: {{account: "111111111111", region: eu-west-1, vpcs: {{main: {{id: vpc-000000{number:02}}}}}}}}}
groups:
  app:
"""
GROUP = "    web-{number}:\n      description: Servers\n      ingress:\n"
RULE = "        - {{from: 10.1.{number}.0/24, services: tcp/{number}, why: Calls}}\n"


def test_an_interruption_leaves_no_process_and_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "strategies").mkdir()
    rules = "".join(RULE.format(number=number) for number in range(1, 60))
    groups = "".join(GROUP.format(number=number) + rules for number in range(50))
    for number in range(4):
        (tmp_path / "strategies" / f"s{number}.yaml").write_text(HEAD.format(number=number) + groups, "utf-8")
    environment = {**os.environ, "SGSTRAT_CACHE_DIR": str(tmp_path / "cache")}
    command = [sys.executable, "-m", "sgstrat", "build", "-f", "terraform", "--jobs", "2"]
    process = subprocess.Popen(
        command,
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while not _children(process.pid) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    children = _children(process.pid)
    os.killpg(process.pid, signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, "Traceback" in errors) in ((130, False), (0, False)), errors + output
    assert not any(Path(f"/proc/{child}").exists() for child in children)


def _children(process: int) -> list[int]:
    try:
        return [int(each) for each in Path(f"/proc/{process}/task/{process}/children").read_text("ascii").split()]
    except OSError:
        return []
