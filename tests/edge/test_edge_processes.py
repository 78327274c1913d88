"""Builds as real processes: killed, side by side, out of space, without permission."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

import sgstrat
from sgstrat.edge import lock
from sgstrat.edge.compare import compare
from sgstrat.edge.lock import hold
from sgstrat.edge.machine import MachineFault
from sgstrat.edge.out_folder import previous_rulebooks, write_out
from sgstrat.edge.transaction import leftovers

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and resource limits of this kind are POSIX")

Picture = Callable[..., dict[str, tuple[bytes | None, int]]]
Lay = Callable[[Path, Mapping[str, str]], None]

BEFORE = {"a": "1\n", "s/d/m/x": "1\n", "s/e/x": "1\n"}
AFTER = {"a": "2\n", "s/e/x": "1\n", "z/y": "2\n"}

BUILD = """
import json, os, resource, signal, sys
from pathlib import Path
from sgstrat.edge.machine import Fault
from sgstrat.edge.out_folder import write_out

out, kill_at, limit, rounds, files = sys.argv[1:]
count = 0

def wrap(original):
    def called(*args, **options):
        global count
        if count == int(kill_at):
            os.kill(os.getpid(), signal.SIGKILL)
        count += 1
        return original(*args, **options)
    return called

for name in ("write", "mkdir", "link", "replace", "unlink", "rmdir"):
    setattr(os, name, wrap(getattr(os, name)))
if int(limit):
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
try:
    for number in range(int(rounds)):
        texts = {path: text.replace("ROUND", str(number)) for path, text in json.loads(files).items()}
        write_out(Path(out), texts, lambda path: True)
except Fault as fault:
    sys.exit(fault.message)
"""


def everything(_: str) -> bool:
    return True


def start(
    out: Path, files: Mapping[str, str], *, kill_at: int = -1, limit: int = 0, rounds: int = 1
) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(Path(sgstrat.__file__).parent.parent)}
    arguments = [str(out), str(kill_at), str(limit), str(rounds), json.dumps(files)]
    return subprocess.Popen(
        [sys.executable, "-c", BUILD, *arguments], env=environment, stderr=subprocess.PIPE, text=True
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, errors = process.communicate(timeout=120)
    assert "Traceback" not in errors
    return process.returncode, errors


def contents(picture: dict[str, tuple[bytes | None, int]]) -> dict[str, bytes | None]:
    return {path: data for path, (data, _) in picture.items()}


def test_a_killed_build_is_put_right_by_the_next(tmp_path: Path, lay: Lay, picture: Picture) -> None:
    write_out(tmp_path / "expected", BEFORE, everything)
    lay(tmp_path / "expected", {"s/own.tf": "own\n"})
    write_out(tmp_path / "expected", AFTER, everything)
    expected = contents(picture(tmp_path / "expected"))
    left = 0
    for number in range(1000):
        out = tmp_path / str(number)
        write_out(out, BEFORE, everything)
        lay(out, {"s/own.tf": "own\n"})
        was = contents(picture(out))
        code, _ = ended(start(out, AFTER, kill_at=number))
        left += len(leftovers(out))
        again = write_out(out, BEFORE if number % 2 else AFTER, everything)
        assert contents(picture(out, staging=True)) == (was if number % 2 else expected), f"operation {number}"
        if code == 0:
            break
        assert code == -signal.SIGKILL
        assert again.unchanged <= len(BEFORE)
    assert left > 10


def test_builds_at_once_do_not_mix(tmp_path: Path) -> None:
    names = [f"s{n}/d/m/x" for n in range(20)]
    processes = [start(tmp_path / "out", dict.fromkeys(names, f"{who} ROUND\n"), rounds=15) for who in "ABC"]
    assert [ended(process) for process in processes] == [(0, "")] * 3
    texts = {(tmp_path / "out" / name).read_text() for name in names}
    assert texts in ({"A 14\n"}, {"B 14\n"}, {"C 14\n"})
    assert compare(tmp_path / "out", dict.fromkeys(names, texts.pop()), everything).in_step
    assert sorted(os.listdir(tmp_path / "out")) == sorted([*(f"s{n}" for n in range(20)), "manifest.json"])


def test_a_second_build_waits_and_then_names_the_first(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with hold(out):
        with pytest.raises(MachineFault, match=rf"another build \(process {os.getpid()}\) is writing") as caught:
            write_out(out, AFTER, everything, wait_seconds=0.0)
        assert caught.value.help
        assert (out / ".lock").exists()
    write_out(out, AFTER, everything, wait_seconds=0.0)
    with hold(out):  # nothing to write: no lock needed
        assert write_out(out, AFTER, everything, wait_seconds=0.0).unchanged == 3


def test_a_lock_that_comes_free_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken, free = threading.Event(), threading.Event()

    def first() -> None:
        with hold(tmp_path / "out"):
            taken.set()
            free.wait(60)

    thread = threading.Thread(target=first)
    thread.start()
    taken.wait(60)
    sleep = time.sleep

    def sleep_and_free(seconds: float) -> None:
        free.set()
        sleep(seconds)

    monkeypatch.setattr(time, "sleep", sleep_and_free)
    # the first was alone in the folder that it made, and removes it as it leaves
    write_out(tmp_path / "out", AFTER, everything, wait_seconds=60.0)
    thread.join()
    assert compare(tmp_path / "out", AFTER, everything).in_step


def test_a_lock_file_that_its_holder_has_just_removed_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, tried, real = tmp_path / ".lock", [0], lock._try_lock

    def locked_too_late(fd: int) -> None:
        tried[0] += 1
        if tried[0] == 1:
            path.unlink()
        if tried[0] == 2:
            path.unlink()
            path.touch()
        real(fd)

    monkeypatch.setattr(lock, "_try_lock", locked_too_late)
    with hold(tmp_path):
        assert path.read_text() == f"{os.getpid()}\n"
    assert tried == [3]


def test_a_folder_that_is_removed_while_one_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out, calls, real = tmp_path / "out", [0], os.open

    def removed_first(path: str, *arguments: int) -> int:
        calls[0] += 1
        if calls[0] == 1:
            out.rmdir()
        return real(path, *arguments)

    monkeypatch.setattr(os, "open", removed_first)
    with hold(out):
        assert (out / ".lock").exists()
    assert not out.exists()


def test_a_lock_that_fails_otherwise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(lock, "_try_lock", refuse)
    with pytest.raises(MachineFault, match=r"cannot write .*Input/output error; nothing was changed"):
        write_out(tmp_path / "out", AFTER, everything)


def test_previous_rulebooks_without_permission(as_nobody: Callable[[], Path]) -> None:
    out = as_nobody() / "out"
    write_out(out, {"s/d/m/rulebook.json": "{}\n"}, everything)
    (out / "s/d/m/rulebook.json").chmod(0)
    assert "Permission denied" in previous_rulebooks(out).skipped[0][1]
    (out / "manifest.json").chmod(0)
    assert previous_rulebooks(out).skipped[0][0] == "manifest.json"
    (out / "manifest.json").chmod(0o644)
    (out / "s").chmod(0)
    with pytest.raises(MachineFault, match=r"cannot read .*Permission denied"):
        compare(out, {"s/d/m/rulebook.json": "{}\n"}, everything)
    (out / "s").chmod(0o755)


def test_a_lock_file_left_behind_is_no_lock(tmp_path: Path) -> None:
    (tmp_path / ".lock").write_text("1\n")
    write_out(tmp_path, AFTER, everything, wait_seconds=0.0)
    assert not (tmp_path / ".lock").exists()


def test_a_lock_file_that_is_a_link(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("precious")
    (tmp_path / "out").mkdir()
    (tmp_path / "out/.lock").symlink_to("../victim")
    with pytest.raises(MachineFault, match="symbolic links"):
        write_out(tmp_path / "out", AFTER, everything)
    assert (tmp_path / "victim").read_text() == "precious"


def test_a_file_system_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(lock, "_try_lock", refuse)
    write_out(tmp_path / "out", AFTER, everything)
    assert compare(tmp_path / "out", AFTER, everything).in_step


def test_a_limit_on_file_size(tmp_path: Path, picture: Picture) -> None:
    out = tmp_path / "out"
    write_out(out, BEFORE, everything)
    before = picture(out)
    code, errors = ended(start(out, {**AFTER, "big": "x" * 100_000}, limit=50_000))
    assert (code, "File too large" in errors) == (1, True)
    assert picture(out, staging=True) == before


def test_without_permission(as_nobody: Callable[[], Path], picture: Picture) -> None:
    out = as_nobody() / "out"
    write_out(out, BEFORE, everything)
    before = picture(out)
    for locked in (out / "s/d/m", out):
        locked.chmod(0o555)
        with pytest.raises(MachineFault, match="Permission denied; nothing was changed") as caught:
            write_out(out, AFTER, everything)
        assert "give this user access" in caught.value.help
        assert picture(out, staging=True) == before
    assert write_out(out, BEFORE, everything).unchanged == 3
    assert not compare(out, AFTER, everything).in_step
    (out / "a").chmod(0)
    with pytest.raises(MachineFault, match="Permission denied"):
        compare(out, AFTER, everything)
    with pytest.raises(MachineFault, match="Permission denied"):
        write_out(out.parent / "out/new", AFTER, everything)
