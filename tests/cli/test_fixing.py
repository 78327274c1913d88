"""``sgstrat validate --fix`` and ``--diff`` as a user meets them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TEXT = """\
version: 1
strategy: a
networks: {office: [10.1.2.3/16]}   # ours
groups:
  app:
    web:
      description: Web
      ingress: [{from: ofice, services: https, why: Users}]
"""


def validate(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sgstrat", "validate", "--as-of", "2027-01-01", *arguments],
        cwd=cwd,
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture
def strategies(tmp_path: Path) -> Path:
    folder = tmp_path / "strategies"
    folder.mkdir()
    (folder / "a.yaml").write_text(TEXT, "utf-8")
    return folder


def test_fix_writes_what_is_certain_and_validates_the_rest(strategies: Path) -> None:
    done = validate("--fix", cwd=strategies)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "fixed strategies/a.yaml:3:21 SG116: write 10.1.0.0/16",
        "fixed 1 finding in 1 file",
    ]
    assert done.stdout.startswith("strategies/a.yaml:8:24: error SG201 nothing named ofice is declared\n")
    assert (strategies / "a.yaml").read_text("utf-8") == TEXT.replace("10.1.2.3", "10.1.0.0")
    again = validate("--fix", cwd=strategies)
    assert (again.returncode, again.stderr) == (1, "")


def test_fix_with_unsafe_fixes_mends_what_a_person_has_looked_at(strategies: Path) -> None:
    done = validate("--fix", "--unsafe-fixes", cwd=strategies)
    assert done.returncode == 0, done.stdout
    assert done.stderr.splitlines()[-1] == "fixed 2 findings in 1 file"
    assert done.stdout.endswith("valid: 1 target\n")
    assert (strategies / "a.yaml").read_text("utf-8") == TEXT.replace("10.1.2.3", "10.1.0.0").replace("ofice", "office")


def test_diff_writes_nothing(strategies: Path) -> None:
    done = validate("--diff", "--unsafe-fixes", cwd=strategies)
    assert done.returncode == 1
    assert (strategies / "a.yaml").read_text("utf-8") == TEXT
    assert done.stdout.splitlines()[:2] == ["--- a/strategies/a.yaml", "+++ b/strategies/a.yaml"]
    assert "would fix 2 findings in 1 file" in done.stderr


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
@pytest.mark.parametrize(
    "text", [TEXT, TEXT.removesuffix("\n"), TEXT.replace("\n", "\r\n"), TEXT + "\n# é😀\x85# x\u2028# end"]
)
def test_the_diff_is_a_patch_that_git_applies(strategies: Path, text: str) -> None:
    (strategies / "a.yaml").write_bytes(text.encode())
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-m", "sgstrat", "validate", "--as-of", "2027-01-01", "--diff", "--unsafe-fixes"]
    patch = subprocess.run(command, cwd=strategies, env=environment, capture_output=True, check=False, timeout=120)
    subprocess.run(["git", "apply", "-"], cwd=strategies.parent, input=patch.stdout, check=True)
    patched = (strategies / "a.yaml").read_bytes()
    assert patched != text.encode()
    (strategies / "a.yaml").write_bytes(text.encode())
    assert validate("--fix", "--unsafe-fixes", cwd=strategies).returncode == 0
    assert patched == (strategies / "a.yaml").read_bytes()
    assert validate("--diff", cwd=strategies).stdout == ""


def test_diff_says_what_is_left(strategies: Path) -> None:
    done = validate("--diff", cwd=strategies)
    assert done.returncode == 1
    assert "error SG201 nothing named ofice is declared" in done.stderr
    assert done.stderr.splitlines()[-1] == "left: 1 error"


def test_only_the_files_that_are_named_change(strategies: Path) -> None:
    other = TEXT.replace("strategy: a", "strategy: b").replace("ofice", "office")
    (strategies / "b.yaml").write_text(other, "utf-8")
    assert validate("--fix", "b.yaml", cwd=strategies).returncode == 1
    assert (strategies / "a.yaml").read_text("utf-8") == TEXT
    assert (strategies / "b.yaml").read_text("utf-8") == other.replace("10.1.2.3", "10.1.0.0")
    assert "fixed 1 finding" in validate("--fix", "--strategy", "a", cwd=strategies).stderr


@pytest.mark.parametrize("line_break", [b"\n", b"\r\n"])
def test_line_ends_and_the_byte_order_mark_stay(strategies: Path, line_break: bytes) -> None:
    data = b"\xef\xbb\xbf" + TEXT.encode().replace(b"\n", line_break).removesuffix(line_break)
    (strategies / "a.yaml").write_bytes(data)
    validate("--fix", cwd=strategies)
    assert (strategies / "a.yaml").read_bytes() == data.replace(b"10.1.2.3", b"10.1.0.0")


def test_unsafe_fixes_alone_is_wrong_usage(strategies: Path) -> None:
    done = validate("--unsafe-fixes", cwd=strategies)
    assert done.returncode == 2
    assert "--fix" in done.stderr


def test_a_fix_that_is_taken_back_is_told(strategies: Path) -> None:
    (strategies / "a.yaml").write_text(TEXT.replace("10.1.2.3/16", "'::', ::").replace("ofice", "office"), "utf-8")
    before = (strategies / "a.yaml").read_bytes()
    done = validate("--fix", cwd=strategies)
    assert done.returncode == 1
    assert done.stderr.startswith("not fixed strategies/a.yaml:3:27 SG108: quote it: it would give SG116: ")
    assert (strategies / "a.yaml").read_bytes() == before
