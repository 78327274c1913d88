"""All or nothing, proved by letting every single file operation of a build fail.

For random states before and after, and for each operation k of the build: if it alone fails, the folder is exactly as
before (or the build succeeded all the same); if the process dies there, the next build restores it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

import pytest
from hypothesis import HealthCheck, example, given, settings, strategies as st

from sgstrat.edge import disk, transaction
from sgstrat.edge.compare import compare
from sgstrat.edge.lock import hold
from sgstrat.edge.machine import MachineFault
from sgstrat.edge.out_folder import write_out
from sgstrat.edge.transaction import is_in_between, leftovers, settle

Files = dict[str, str]
Picture = Callable[..., dict[str, tuple[bytes | None, int]]]
Lay = Callable[[Path, Mapping[str, str]], None]

MEMORY = "/dev/shm" if os.path.isdir("/dev/shm") else None  # thousands of builds, each synced to its disk
PATHS = ["a", "s/d/m/x", "s/d/m/t/main", "s/d/n/x", "s/e/x", "z/y"]
FILES = st.dictionaries(st.sampled_from(PATHS), st.sampled_from(["1\n", "2\n", ""]), max_size=5)
SLOW = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
RICH: tuple[Files, Files] = ({"a": "1\n", "s/d/m/x": "1\n", "s/e/x": "1\n"}, {"a": "2\n", "s/e/x": "1\n", "z/y": "2\n"})


class Failing(Protocol):
    def __call__(
        self, at: int, make: Callable[[], BaseException], *, for_ever: bool
    ) -> AbstractContextManager[list[int]]: ...


def everything(_: str) -> bool:
    return True


def contents(picture: dict[str, tuple[bytes | None, int]]) -> dict[str, bytes | None]:
    return {path: data for path, (data, _) in picture.items()}


def files_of(picture: dict[str, tuple[bytes | None, int]]) -> dict[str, bytes]:
    return {path: data for path, (data, _) in picture.items() if data is not None}


def scenes(before: Files, lay: Lay) -> Iterator[Path]:
    """The before-state, again and again: a built folder (none, if nothing was built) with a file of somebody else's."""
    while True:
        with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
            out = Path(folder) / "out"
            if before:
                write_out(out, before, everything)
                lay(out, {"s/own.tf": "own\n"})
                for path in out.rglob("*"):
                    os.utime(path, (7, 7))
            yield out


def after_state(before: Files, after: Files, lay: Lay, picture: Picture) -> dict[str, bytes | None]:
    for out in scenes(before, lay):
        write_out(out, after, everything)
        return contents(picture(out))
    raise AssertionError


@SLOW
@example(*RICH)
@example({}, {"s/d/m/x": "1\n"})
@example({"s/d/m/x": "1\n"}, {})
@given(FILES, FILES)
def test_one_operation_fails(
    failing: Failing, no_space: Callable[[], OSError], lay: Lay, picture: Picture, before: Files, after: Files
) -> None:
    expected = after_state(before, after, lay, picture)
    outcomes = {"failed": 0, "succeeded": 0}
    for number, out in enumerate(scenes(before, lay)):
        was = picture(out)
        message = None
        with failing(number, no_space, for_ever=False) as count:
            try:
                notes = write_out(out, after, everything).notes
            except MachineFault as fault:
                message = fault.message
        failed = message is not None
        if message is not None:
            assert "No space left" in message
            assert picture(out, staging=True) == was, f"operation {number}"
            # whether a lock file is its own cannot be asked where lstat fails: it is left, and does no harm
            assert out.exists() == bool(before) or os.listdir(out) == [".lock"], f"operation {number}"
        elif notes:
            assert files_of(picture(out)) == {path: data for path, data in expected.items() if data is not None}
        else:
            assert contents(picture(out)) == expected, f"operation {number}"
        outcomes["failed" if failed else "succeeded"] += 1
        write_out(out, after, everything)
        assert contents(picture(out, staging=True)) == expected
        if count[0] <= number:
            break
    assert outcomes["failed"] > 0
    assert outcomes["succeeded"] > 0


@SLOW
@example(*RICH)
@example({}, {"s/d/m/x": "1\n"})
@example({"s/d/m/x": "1\n"}, {})
@given(FILES, FILES)
def test_the_process_dies_at_any_operation(
    failing: Failing, crash: type[BaseException], lay: Lay, picture: Picture, before: Files, after: Files
) -> None:
    expected = after_state(before, after, lay, picture)
    for number, out in enumerate(scenes(before, lay)):
        was = picture(out)
        finished = False
        with failing(number, crash, for_ever=True):
            try:
                write_out(out, after, everything)
                finished = True
            except crash:
                pass
        in_between = is_in_between(out)
        with hold(out):
            for staging in leftovers(out):
                assert settle(out, staging) is in_between
        now = picture(out, staging=True)
        assert now == was or contents(now) == expected, f"operation {number}"
        assert not finished or contents(now) == expected
        write_out(out, after, everything)
        assert contents(picture(out, staging=True)) == expected
        if finished:
            break


@SLOW
@example(*RICH)
@given(FILES, FILES)
def test_dying_while_undoing(
    failing: Failing,
    crash: type[BaseException],
    lay: Lay,
    picture: Picture,
    before: Files,
    after: Files,
) -> None:
    """The build dies when all is moved and nothing committed; the next ones die while they restore, ever later."""
    for out in scenes(before, lay):
        was = picture(out)
        with pytest.MonkeyPatch.context() as patch:
            interrupted(out, after, patch, crash)
        for number in range(10_000):
            with failing(number, crash, for_ever=True):
                try:
                    for staging in leftovers(out):
                        settle(out, staging)
                    break
                except crash:
                    pass
        assert picture(out, staging=True) == was
        break


def built(tmp_path: Path, lay: Lay) -> Path:
    out = tmp_path / "out"
    write_out(out, RICH[0], everything)
    lay(out, {"s/own.tf": "own\n"})
    return out


def interrupted(out: Path, after: Files, patch: pytest.MonkeyPatch, crash: type[BaseException]) -> bool:
    """Let a build die when all files are in place, just before the commit. False where it had nothing to do."""
    real = os.replace

    def die(*_: object) -> bool:
        raise crash

    def replace(source: str, target: str) -> None:
        if os.path.basename(target) == "done.json":
            die()
        real(source, target)

    with patch.context() as inner:
        inner.setattr(os, "replace", replace)
        inner.setattr(transaction, "settle", die)
        try:
            write_out(out, after, everything)
        except crash:
            assert is_in_between(out)
            return True
    return False


def test_the_next_build_says_so_and_restores_first(
    tmp_path: Path, lay: Lay, picture: Picture, monkeypatch: pytest.MonkeyPatch, crash: type[BaseException]
) -> None:
    out = built(tmp_path, lay)
    before = picture(out)
    assert interrupted(out, RICH[1], monkeypatch, crash)
    compared = compare(out, RICH[1], everything)
    assert compared.interrupted
    assert not compared.in_step
    written = write_out(out, RICH[0], everything)
    assert "interrupted build" in written.notes[0]
    assert (written.created, written.replaced, written.deleted) == ((), (), ())
    assert picture(out, staging=True) == before


def test_what_someone_changed_since_is_not_undone(
    tmp_path: Path, lay: Lay, picture: Picture, monkeypatch: pytest.MonkeyPatch, crash: type[BaseException]
) -> None:
    out = built(tmp_path, lay)
    assert interrupted(out, RICH[1], monkeypatch, crash)
    lay(out, {"a": "mine\n", "z/y": "mine\n", "s/d/m/x": "mine\n"})
    for staging in leftovers(out):
        settle(out, staging)
    now = contents(picture(out))
    assert (now["a"], now["z/y"], now["s/d/m/x"]) == (b"mine\n", b"mine\n", b"mine\n")


def test_a_folder_removed_since_is_not_made_again(
    tmp_path: Path, lay: Lay, monkeypatch: pytest.MonkeyPatch, crash: type[BaseException]
) -> None:
    out = built(tmp_path, lay)
    assert interrupted(out, RICH[1], monkeypatch, crash)
    (out / "s/d/m").rmdir()
    for staging in leftovers(out):
        settle(out, staging)
    assert not (out / "s/d/m").exists()
    assert (out / "a").read_text() == "1\n"


def test_what_someone_wrote_before_it_was_moved_is_not_undone(
    tmp_path: Path, lay: Lay, picture: Picture, monkeypatch: pytest.MonkeyPatch, crash: type[BaseException]
) -> None:
    out = built(tmp_path, lay)
    was = contents(picture(out))

    def die(*_: object) -> None:
        raise crash

    with monkeypatch.context() as patch:
        patch.setattr(transaction, "_commit", die)
        patch.setattr(transaction, "settle", die)
        with pytest.raises(crash):
            write_out(out, RICH[1], everything)
    lay(out, {"z/y": RICH[1]["z/y"]})
    for staging in leftovers(out):
        settle(out, staging)
    assert contents(picture(out, staging=True)) == {**was, "z": None, "z/y": b"2\n"}


def test_what_has_been_undone_is_not_undone_again(
    tmp_path: Path, lay: Lay, monkeypatch: pytest.MonkeyPatch, crash: type[BaseException]
) -> None:
    out = built(tmp_path, lay)
    assert interrupted(out, RICH[1], monkeypatch, crash)

    def refuse(path: str) -> None:
        raise PermissionError(13, "Permission denied", path)

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", refuse)
        with pytest.raises(MachineFault, match=r"is between two builds.*Permission denied") as caught:
            write_out(out, RICH[0], everything)
    assert "again" in caught.value.help
    assert not is_in_between(out)
    assert len(leftovers(out)) == 1


def test_a_journal_that_cannot_be_read_stops_the_build(tmp_path: Path, lay: Lay, picture: Picture) -> None:
    out = built(tmp_path, lay)
    lay(out, {".sgstrat-abc/journal.json": '{"journal": 1, "steps": [["../../victim", null, true]]}'})
    before = picture(out, staging=True)
    with pytest.raises(MachineFault, match="cannot be read") as caught:
        write_out(out, RICH[1], everything)
    assert "delete it" in caught.value.help
    assert picture(out, staging=True) == before


def test_a_staging_folder_that_is_a_link_is_left_alone(tmp_path: Path, lay: Lay) -> None:
    out = built(tmp_path, lay)
    lay(tmp_path, {"elsewhere/keep": "x"})
    (out / ".sgstrat-abc").symlink_to(tmp_path / "elsewhere")
    write_out(out, RICH[1], everything)
    assert (tmp_path / "elsewhere/keep").exists()


def test_ctrl_c_while_files_are_moved(
    tmp_path: Path, lay: Lay, picture: Picture, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = built(tmp_path, lay)
    before = picture(out)
    calls = []

    def interrupt(source: str, target: str) -> None:
        calls.append(target)
        if len(calls) == 3:
            raise KeyboardInterrupt
        real(source, target)

    real = os.replace
    monkeypatch.setattr(os, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_out(out, RICH[1], everything)
    assert picture(out, staging=True) == before
    assert not (out / ".lock").exists()


def test_a_failure_that_cannot_be_undone_is_said(
    tmp_path: Path, lay: Lay, picture: Picture, failing: Failing, no_space: Callable[[], OSError]
) -> None:
    out = built(tmp_path, lay)
    before = picture(out)
    messages = set()
    for number in range(400):
        with failing(number, no_space, for_ever=True) as count:
            try:
                write_out(out, RICH[1], everything)
            except MachineFault as fault:
                messages.add(fault.message.split(":")[0].replace(str(out), "out"))
        for staging in leftovers(out):
            settle(out, staging)
        if count[0] <= number:
            break
        assert contents(picture(out, staging=True)) in (contents(before), contents(picture(out)))
    assert "out is between two builds" in messages


def test_rubbish_after_the_commit_is_a_note(tmp_path: Path, lay: Lay, monkeypatch: pytest.MonkeyPatch) -> None:
    out = built(tmp_path, lay)

    def refuse(path: str) -> None:
        raise PermissionError(13, "Permission denied", path)

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", refuse)
        written = write_out(out, RICH[1], everything)
    assert "could not be removed (Permission denied)" in written.notes[0]
    compared = compare(out, RICH[1], everything)
    assert compared.in_step
    assert "removed " in write_out(out, RICH[1], everything).notes[0]
    assert leftovers(out) == []


def test_without_hard_links(
    tmp_path: Path,
    lay: Lay,
    picture: Picture,
    crash: type[BaseException],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    out = built(tmp_path, lay)
    for path in out.rglob("*"):
        os.utime(path, (7, 7))
    before = picture(out)
    assert interrupted(out, RICH[1], monkeypatch, crash)
    assert write_out(out, RICH[0], everything).notes
    assert picture(out, staging=True) == before


def test_writing_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: real(fd, data[:3]))
    disk.write_new(str(tmp_path / "x"), b"0123456789")
    assert (tmp_path / "x").read_bytes() == b"0123456789"
    with pytest.raises(FileExistsError):
        disk.write_new(str(tmp_path / "x"), b"")
