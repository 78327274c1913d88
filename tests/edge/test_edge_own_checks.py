"""Checks of installed packages, as a command meets them: what is loaded, what they print, and what they cannot do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

STRATEGY = """\
version: 1
strategy: shop
default_group: lock
owner: team-shop
groups:
  app:
    web: {description: Web, ingress: [{from: 10.0.0.0/24, services: https, why: Office}]}
workloads:
  storefront: {groups: [web]}
"""
CODE = 'Code("ACME001", "odd", Severity.ERROR, "Something odd", "Says\\x1b[31m more.")'
MODULE = """\
import sys
from sgstrat.checks.own import OwnCheck
from sgstrat.diagnostics.codes import Code, Severity

print("imported", __name__)

def run(context, findings):
    print("run")
    %s

CHECK = OwnCheck((%s,), run)
"""


class Installation:
    """A folder of packages beside a workspace that names the check ``acme``."""

    def __init__(self, folder: Path) -> None:
        self.site = folder / "site"
        self.site.mkdir()
        self.root = folder / "workspace"
        (self.root / "strategies").mkdir(parents=True)
        (self.root / "strategies" / "shop.yaml").write_text(STRATEGY, "utf-8")
        self.settings("checks: [acme]\n")

    def settings(self, text: str) -> None:
        (self.root / "sgstrat.yaml").write_text(text, "utf-8")

    def add(self, package: str, body: str, name: str = "acme") -> None:
        """Install a package with one check."""
        (self.site / f"{package}.py").write_text(MODULE % (body, CODE), "utf-8")
        info = self.site / f"{package}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n", "utf-8")
        (info / "entry_points.txt").write_text(f"[sgstrat.checks]\n{name} = {package}:CHECK\n", "utf-8")

    def sgstrat(self, *words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join(each for each in (str(self.site), os.environ.get("PYTHONPATH", "")) if each)
        return subprocess.run(
            [sys.executable, "-m", "sgstrat", *words],
            cwd=cwd or self.root,
            env={**os.environ, "NO_COLOR": "1", "PYTHONPATH": f"{path}{os.pathsep}{Path(__file__).parents[2]}"},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    return Installation(tmp_path)


def test_what_a_check_prints_is_no_part_of_a_result(installation: Installation) -> None:
    installation.add("acme_one", 'findings.add("ACME001", "odd")')

    done = installation.sgstrat("validate", "--output-format", "json")

    assert done.returncode == 1
    assert [each["code"] for each in json.loads(done.stdout)["findings"] if each["severity"] == "error"] == ["ACME001"]
    assert "imported acme_one\nrun\n" in done.stderr


def test_nothing_is_written_while_a_check_finds_something(installation: Installation) -> None:
    installation.add("acme_one", 'findings.add("ACME001", "odd")')

    assert installation.sgstrat("build").returncode == 1
    assert not (installation.root / "out").exists()
    installation.settings("checks: [acme]\nguardrails: {severity: {ACME001: warning}}\n")
    assert installation.sgstrat("build").returncode == 0
    assert (installation.root / "out").exists()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('raise ValueError("no\\x1b[31m")', "ValueError: no\\x1b[31m (in acme_one, line 9)"),
        ("sys.exit(0)", "SystemExit: 0 (in acme_one, line 9)"),
        ('findings.add("ACME002", "odd")', "it gave a finding of ACME002, which is none of the codes it declares"),
    ],
    ids=["raises", "leaves", "undeclared"],
)
def test_a_check_that_does_not_work_stops_the_build(installation: Installation, body: str, reason: str) -> None:
    installation.add("acme_one", body)

    done = installation.sgstrat("build")

    assert done.returncode == 1
    assert f"sgstrat.yaml:1:10: error SG128 check acme failed: {reason}" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (installation.root / "out").exists()


def test_two_packages_with_one_name_are_neither_of_them(installation: Installation) -> None:
    installation.add("acme_one", "pass")
    installation.add("acme_two", "pass")

    done = installation.sgstrat("validate")

    assert done.returncode == 1
    assert "several installed packages have a check of this name: acme_one:CHECK, acme_two:CHECK" in done.stdout
    assert "imported" not in done.stderr


@pytest.mark.parametrize("settings", ["tags: {A: b}\n", "checks: []\n", "checks: [acme_one, 'acme_one:CHECK', os]\n"])
def test_what_no_workspace_names_is_not_imported(installation: Installation, settings: str) -> None:
    installation.add("acme_one", "pass")
    installation.settings(settings)

    done = installation.sgstrat("validate")

    assert "imported" not in done.stdout + done.stderr
    assert (done.returncode, done.stdout.count("error SG127")) == ((1, 3) if "acme_one" in settings else (0, 0))


def test_explain_knows_the_codes_of_the_workspace(installation: Installation) -> None:
    installation.add("acme_one", "pass")

    one, all_codes, other = (installation.sgstrat("explain", *words) for words in (("acme001",), (), ("ACME002",)))
    outside = installation.sgstrat("explain", "ACME001", cwd=installation.site)

    assert one.stdout == "ACME001 odd (error, can be waived): Something odd\n\nSays\\x1b[31m more.\n"
    assert all_codes.stdout.splitlines()[-1] == "ACME001  error    Something odd"
    assert (other.returncode, outside.returncode) == (2, 2)
    assert "did you mean ACME001?" in other.stderr


def test_explain_says_why_it_does_not_know_a_code(installation: Installation) -> None:
    done = installation.sgstrat("explain", "ACME001")

    assert done.returncode == 2
    assert "sgstrat.yaml:1:10: no installed package has a check acme" in done.stderr
    assert installation.sgstrat("explain", "SG401").returncode == 0


def test_every_command_that_compiles_knows_them(installation: Installation) -> None:
    installation.add("acme_one", 'findings.add("ACME001", "odd")')

    for words in (("query", "10.0.0.1/32", "web"), ("validate", "--fix"), ("graph",)):
        done = installation.sgstrat(*words)
        assert "SG127" not in done.stdout + done.stderr, words
        assert "Traceback" not in done.stderr, words
