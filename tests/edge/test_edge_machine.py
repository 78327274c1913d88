"""Faults and how paths are shown."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from sgstrat.edge.machine import os_fault, printable, shown


@given(st.text(), st.text())
def test_printable_is_injective_and_on_one_line(left: str, right: str) -> None:
    assert printable(left).isprintable()
    assert (printable(left) == printable(right)) == (left == right)


def test_paths_are_relative_below_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert shown(tmp_path / "out" / "a\x1bb") == os.path.join("out", "a\\x1bb")
    assert shown(tmp_path.parent) == str(tmp_path.parent)
    assert shown("..a") == "..a"


def test_paths_without_a_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert shown("out") == "out"


@pytest.mark.parametrize(
    ("number", "message", "help_part"),
    [
        (errno.ENOSPC, "cannot write /x/out: No space left on device", "free some space"),
        (errno.EROFS, "cannot write /x/out: Read-only file system", "read-only"),
        (errno.ENAMETOOLONG, "cannot write /x/out: File name too long", "shorter path"),
        (errno.EIO, "cannot write /x/out: Input/output error", ""),
    ],
)
def test_system_errors(number: int, message: str, help_part: str) -> None:
    fault = os_fault("write", "/x/out", OSError(number, "ignored"))
    assert fault.message == str(fault) == message
    assert help_part in fault.help


def test_an_error_without_a_number_keeps_its_text() -> None:
    assert os_fault("read", "/x", OSError("odd")).message == "cannot read /x: odd"
