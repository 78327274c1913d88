"""sgstrat.lock changes with the output folder or not at all, and never over what somebody else wrote meanwhile."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Protocol

import pytest

from sgstrat.edge.lock_file import LockChange
from sgstrat.edge.machine import Fault, MachineFault
from sgstrat.edge.out_folder import write_out
from sgstrat.edge.workspace_files import Bounds, read_workspace

OLD, NEW = b"version 1\nold\nend\n", b"version 1\nnew\nend\n"
FILES = {"s/d/m/rulebook.json": "{}\n"}


class Failing(Protocol):
    def __call__(
        self, at: int, make: Callable[[], BaseException], *, for_ever: bool
    ) -> AbstractContextManager[list[int]]: ...


def everything(_: str) -> bool:
    return True


def scene(folder: Path, before: bytes | None) -> Path:
    """A workspace's folder with that lock, and the path of the lock."""
    folder.mkdir()
    path = folder / "sgstrat.lock"
    if before is not None:
        path.write_bytes(before)
    return path


def content(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


@pytest.mark.parametrize(("before", "after"), [(None, NEW), (OLD, NEW), (OLD, None)])
def test_it_is_written_and_removed_with_the_output(tmp_path: Path, before: bytes | None, after: bytes | None) -> None:
    path = scene(tmp_path / "w", before)
    written = write_out(tmp_path / "out", FILES, everything, lock=LockChange(path, before, after))
    assert content(path) == after
    assert len(written.created) == 1
    assert os.listdir(tmp_path / "w") == (["sgstrat.lock"] if after else [])
    again = write_out(tmp_path / "out", FILES, everything, lock=LockChange(path, after, before))
    assert again.unchanged == 1, "the lock alone is changed too"
    assert content(path) == before


@pytest.mark.parametrize("same", [None, OLD, OLD.replace(b"\n", b"\r\n")])
def test_what_stays_as_it_is_is_not_touched(tmp_path: Path, same: bytes | None) -> None:
    path = scene(tmp_path / "w", same)
    if same is not None:
        os.utime(path, (7, 7))
    change = LockChange(path, same, None if same is None else OLD)
    assert change.is_empty
    write_out(tmp_path / "out", FILES, everything, lock=change)
    assert content(path) == same
    assert same is None or path.stat().st_mtime == 7


@pytest.mark.parametrize("meanwhile", [None, b"something else\n", NEW])
def test_another_build_was_quicker(tmp_path: Path, meanwhile: bytes | None) -> None:
    path = scene(tmp_path / "w", meanwhile)
    with pytest.raises(MachineFault, match="has changed while this build compiled"):
        write_out(tmp_path / "out", FILES, everything, lock=LockChange(path, OLD, b"version 1\nmine\nend\n"))
    assert content(path) == meanwhile
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("before", "after"), [(None, NEW), (OLD, NEW), (OLD, None)])
def test_one_operation_fails(
    tmp_path: Path, failing: Failing, no_space: Callable[[], OSError], before: bytes | None, after: bytes | None
) -> None:
    outcomes = set()
    for number in range(200):
        path = scene(tmp_path / f"w{number}", before)
        out = tmp_path / f"out{number}"
        failed = False
        with failing(number, no_space, for_ever=False) as count:
            try:
                write_out(out, FILES, everything, lock=LockChange(path, before, after))
            except MachineFault:
                failed = True
        assert content(path) == (before if failed else after), number
        assert (out / "manifest.json").exists() is not failed, number
        outcomes.add(failed)
        write_out(out, FILES, everything, lock=LockChange(path, content(path), after))
        assert os.listdir(path.parent) == (["sgstrat.lock"] if after else []), number
        if count[0] <= number:
            break
    assert outcomes == {True, False}


def test_a_build_that_is_killed_leaves_a_whole_lock_that_the_next_one_reads(
    tmp_path: Path, failing: Failing, crash: type[BaseException]
) -> None:
    states = set()
    for number in range(200):
        path = scene(tmp_path / f"w{number}", OLD)
        out = tmp_path / f"out{number}"
        with failing(number, crash, for_ever=True) as count, suppress(crash):
            write_out(out, FILES, everything, lock=LockChange(path, OLD, NEW))
        now = content(path)
        assert now in (OLD, NEW), number
        if (out / "manifest.json").exists():
            assert now == NEW, "what is in the output was decided by a lock that is there"
        states.add(now)
        write_out(out, FILES, everything, lock=LockChange(path, now, NEW))
        assert content(path) == NEW
        assert os.listdir(path.parent) == ["sgstrat.lock"]
        if count[0] <= number:
            break
    assert states == {OLD, NEW}


def test_it_is_read_with_the_workspace(tmp_path: Path) -> None:
    (tmp_path / "strategies").mkdir()
    (tmp_path / "strategies/a.yaml").write_text("strategy: a\n")
    assert read_workspace(tmp_path).lock is None
    (tmp_path / "sgstrat.lock").write_bytes(OLD)
    assert read_workspace(tmp_path).lock == OLD
    with pytest.raises(MachineFault, match="larger than 12 bytes"):
        read_workspace(tmp_path, Bounds(file_bytes=12))


def test_a_link_or_a_folder_in_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "strategies").mkdir()
    (tmp_path / "strategies/a.yaml").write_text("strategy: a\n")
    (tmp_path / "sgstrat.lock").symlink_to(tmp_path / "strategies/a.yaml")
    with pytest.raises(Fault, match="is a symbolic link"):
        read_workspace(tmp_path)
    (tmp_path / "sgstrat.lock").unlink()
    (tmp_path / "sgstrat.lock").mkdir()
    with pytest.raises(Fault, match="not a regular file"):
        read_workspace(tmp_path)
