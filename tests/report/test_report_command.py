"""``sgstrat validate --output-format``: what is printed where, paths in a repository, exit statuses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from workflow_commands import commands

from sgstrat.cli.findings_forms import FORMS
from sgstrat.edge.repository import folder_in_repository

GOOD = "version: 1\nstrategy: web\ngroups: {app: {a: {description: A}}}\n"
BAD = GOOD.replace("description: A", "descriptoin: Ä")


def validate(folder: Path, form: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "sgstrat", "validate", "--output-format", form, "--as-of", "2027-01-01"],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        check=False,
    )


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace that lies in a folder of a repository."""
    (tmp_path / ".git").mkdir()
    folder = tmp_path / "infra" / "groups"
    (folder / "strategies").mkdir(parents=True)
    return folder


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("text", "status"), [(GOOD, 0), (BAD, 1)])
def test_findings_go_to_standard_output_and_errors_to_the_exit_status(
    workspace: Path, form: str, text: str, status: int
) -> None:
    (workspace / "strategies/web.yaml").write_text(text, "utf-8")
    done = validate(workspace, form)
    assert (done.returncode, done.stderr) == (status, b"")
    assert (b"descriptoin" in done.stdout) is (status == 1)


def test_paths_are_those_of_the_repository_where_the_form_is_for_one(workspace: Path) -> None:
    (workspace / "strategies/web.yaml").write_text(BAD, "utf-8")
    (result, *_) = json.loads(validate(workspace / "strategies", "sarif").stdout)["runs"][0]["results"]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    (command, *_) = commands(validate(workspace, "github").stdout.decode())
    data = json.loads(validate(workspace, "json").stdout)
    assert uri == command.properties["file"] == "infra/groups/strategies/web.yaml"
    assert data["workspace"] + data["findings"][0]["file"] == uri


@pytest.mark.parametrize("form", [each for each in FORMS if each != "text"])
def test_a_document_is_utf_8_whatever_the_terminal_is(workspace: Path, form: str) -> None:
    (workspace / "strategies/web.yaml").write_text(GOOD.replace("app:", "äpp:"), "utf-8")
    done = validate(workspace, form, PYTHONIOENCODING="ascii")
    assert done.returncode == 1
    assert done.stderr == b""
    assert "äpp" in done.stdout.decode("utf-8")


def test_the_folder_in_a_repository(tmp_path: Path) -> None:
    assert folder_in_repository(tmp_path) == ""
    inner = tmp_path / "a" / "b c"
    inner.mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    assert folder_in_repository(inner) == "a/b c/"
    assert folder_in_repository(tmp_path) == ""
    (tmp_path / "a/.git").write_text("gitdir: ../.git/worktrees/a\n", "utf-8")  # a worktree or a submodule
    assert folder_in_repository(inner) == "b c/"
