"""What tells one program from another, so that neither believes what the other remembers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml

import sgstrat
from sgstrat.edge.cache import program


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program of two files, beside one installed package."""
    for name in ("site/yaml/__init__.py", "sgstrat/__init__.py", "sgstrat/facts/limits.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1", "utf-8")
    monkeypatch.setattr(sgstrat, "__file__", str(tmp_path / "sgstrat/__init__.py"))
    monkeypatch.setattr(yaml, "__file__", str(tmp_path / "site/yaml/__init__.py"))
    return tmp_path


def _set_back(path: Path) -> None:
    """As with an archive whose files are older than what they replace."""
    os.utime(path, ns=(0, path.stat().st_mtime_ns - 10**9))


def test_a_program_is_itself(home: Path) -> None:
    assert program() == program() is not None


@pytest.mark.parametrize("name", ["sgstrat/__init__.py", "sgstrat/facts/limits.json"])
def test_any_other_file_is_another_program(home: Path, name: str) -> None:
    before = program()
    _set_back(home / name)
    assert program() != before


def test_a_new_file_and_a_new_package_are_another_program(home: Path) -> None:
    before = program()
    (home / "sgstrat/more.py").write_text("", "utf-8")
    after = program()
    assert after != before
    (home / "site/troposphere").mkdir()
    _set_back(home / "site")
    assert program() != after


def test_a_program_without_files_is_none_to_go_by(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sgstrat, "__file__", str(home / "archive.pyz/sgstrat/__init__.py"))
    assert program() is None
