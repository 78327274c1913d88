"""``validate --compliance`` and ``explain`` as a user meets them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sgstrat.facts.compliance import controls_of, frameworks

ROOT = Path(__file__).parents[2]
OPEN = """\
version: 1
strategy: shop
groups:
  app:
    web:
      description: Web servers
      ingress:
        - {from: internet-ipv4, services: http, why: Visitors}
"""


def sgstrat(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sgstrat", *arguments]
    environment = {**os.environ, "NO_COLOR": "1", "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, encoding="utf-8", check=False, timeout=120
    )


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "strategies").mkdir()
    (tmp_path / "strategies/shop.yaml").write_text(OPEN, "utf-8")
    return tmp_path


def view(workspace: Path, framework: str) -> tuple[dict[str, str], int]:
    done = sgstrat(
        "validate", "--as-of", "2027-01-01", "--compliance", framework, "--output-format", "json", cwd=workspace
    )
    data = json.loads(done.stdout)
    assert data["framework"] == framework
    return {each["id"]: each["status"] for each in data["controls"]}, done.returncode


def test_a_failure_is_an_exit_status(workspace: Path) -> None:
    statuses, status = view(workspace, "checkov")
    assert (statuses["CKV_AWS_260"], statuses["CKV_AWS_23"], status) == ("fail", "pass", 1)


def test_what_the_output_would_show_is_not_known_amid_errors(workspace: Path) -> None:
    # whether a format can lock the default group is seen when it is written
    assert view(workspace, "cis-5.0")[0]["5.5"] == "partly"


def test_a_strategy_that_cannot_be_read_passes_nothing(workspace: Path) -> None:
    (workspace / "strategies/shop.yaml").write_text(OPEN + "nonsense: 1\n", "utf-8")
    statuses, status = view(workspace, "cis-5.0")
    assert status == 1
    assert set(statuses.values()) == {"unknown", "not answered"}


@pytest.mark.parametrize("key", list(frameworks()))
def test_every_framework_can_be_shown(key: str, workspace: Path) -> None:
    (workspace / "strategies/shop.yaml").write_text(OPEN.replace("internet-ipv4", "192.0.2.0/24"), "utf-8")
    done = sgstrat("validate", "--as-of", "2027-01-01", "--compliance", key, cwd=workspace)
    assert done.returncode == 0, done.stdout
    for control in frameworks()[key].controls:
        assert f" {control.id} {control.title}\n" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--compliance", "cis-50"), "did you mean cis-5.0?"),
        (("--compliance", ""), "frameworks: cis-1.4, "),
        (("--compliance", "cis-5.0", "--output-format", "sarif"), "use text or json"),
    ],
)
def test_wrong_usage_is_told(arguments: tuple[str, ...], said: str, workspace: Path) -> None:
    done = sgstrat("validate", *arguments, cwd=workspace)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_explain_lists_the_controls(workspace: Path) -> None:
    said = sgstrat("explain", "SG401", cwd=workspace).stdout
    assert "\n## Controls\n" in said
    for framework, controls in controls_of("SG401"):
        assert f"- `{framework.key}`, {framework.title}: {', '.join(each.id for each in controls)}\n" in said
    assert "## Controls" not in sgstrat("explain", "SG100", cwd=workspace).stdout
