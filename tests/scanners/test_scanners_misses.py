"""What scanners pass and we report: each case is one strategy, its findings, and its output under the scanners.

The cases come with what each scanner is expected to say, so that one which gets better is noticed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest
from scanner_tools import Alarm, readable_by_checkov, run_checkov, run_guard

from sgstrat.formats.render import render
from sgstrat.pipeline import Compilation, Options, compile_workspace

ROOT = Path(__file__).parents[2]
STRATEGY = """\
version: 1
strategy: NAME
networks:
  halves: [0.0.0.0/1, 128.0.0.0/1]
  ipv6-halves: ["::/1", "8000::/1"]
prefix_lists:
  everybody: {max_entries: 2, entries: [{cidr: 0.0.0.0/1}, {cidr: 128.0.0.0/1}]}
groups:
  app:
    web:
      description: Web servers
      ingress:
        - {from: PEER, services: SERVICES, why: Work}
"""
# Ingress from the whole internet, under any of its names.
WORLD = frozenset(("SG401", "SG404", "SG405", "SG434"))


class Case(NamedTuple):
    """Who is let in on what, and the checks of each scanner that notice; in Terraform only checkov looks."""

    peer: str
    services: str
    checkov: tuple[str, ...] = ()
    checkov_terraform: tuple[str, ...] = ()
    guard: tuple[str, ...] = ()


CT3, CT4 = "CT.EC2.PR.3", "CT.EC2.PR.4"
MISSED = {
    "all-protocols": Case("internet-ipv4", "all", guard=(CT3, CT4)),
    "ssh-in-halves": Case("halves", "ssh"),
    "ssh-in-ipv6-halves": Case("ipv6-halves", "ssh"),
    "mysql": Case("internet-ipv4", "mysql", guard=(CT3, CT4)),
    "redis": Case("internet-ipv4", "redis", guard=(CT3,)),
    # the rules of Control Tower refuse every list, whatever is on it; checkov takes every list for a closed one, but
    # in Terraform for an open one
    "list-of-everybody": Case("everybody", "ssh", checkov_terraform=("CKV_AWS_24",), guard=(CT3, CT4)),
    # checkov compares the letters of cidr_ipv6 with ::/0
    "ipv6-ssh": Case("internet-ipv6", "ssh", checkov=("CKV_AWS_24",), guard=(CT3, CT4)),
}
SEEN = {
    "plain-ssh": Case("internet-ipv4", "ssh", ("CKV_AWS_24",), ("CKV_AWS_24",), (CT3, CT4)),
    "plain-rdp": Case("internet-ipv4", "rdp", ("CKV_AWS_25",), ("CKV_AWS_25",), (CT3, CT4)),
}
CASES: Mapping[str, Case] = {**MISSED, **SEEN}


def compiled(name: str) -> Compilation:
    text = STRATEGY.replace("NAME", name).replace("PEER", CASES[name].peer).replace("SERVICES", CASES[name].services)
    return compile_workspace(None, [("strategies/page.yaml", text.encode())], Options(date(2027, 1, 1)))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every case as the formats would write it, were it not refused."""
    folder = tmp_path_factory.mktemp("cases")
    for name in CASES:
        books = list(compiled(name).rulebooks.values())
        for path, text in render(books, ("cloudformation", "terraform"), "yaml").items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, "utf-8")
    return folder


def _checks(found: tuple[Alarm, ...], about: str) -> dict[str, tuple[str, ...]]:
    """The checks that noticed, by case; CKV2_AWS_5 and all others that have nothing to do with world access are out."""
    return {
        name: tuple(each.check for each in found if each.file.startswith(f"{name}/") and each.check.startswith(about))
        for name in CASES
    }


@pytest.mark.parametrize("name", CASES)
def test_we_report_it(name: str) -> None:
    errors = [each for each in compiled(name).findings if each.is_error]
    assert {each.code for each in errors} & WORLD
    assert all(each.span is not None and each.span.line == 13 for each in errors)


@pytest.mark.parametrize("name", MISSED)
def test_a_missed_case_is_missed_by_a_scanner(name: str) -> None:
    case = CASES[name]
    assert not case.checkov or not case.checkov_terraform or not case.guard


def test_checkov_on_templates(checkov: None, written: Path) -> None:
    report = run_checkov(written, "cloudformation")
    assert report.unread == 0
    assert _checks(report.failed, "CKV_") == {name: case.checkov for name, case in CASES.items()}


def test_checkov_on_modules(checkov: None, written: Path, tmp_path: Path) -> None:
    readable_by_checkov(written, tmp_path)
    report = run_checkov(tmp_path, "terraform_json")
    assert report.unread == 0
    assert _checks(report.failed, "CKV_") == {name: case.checkov_terraform for name, case in CASES.items()}


def test_guard_on_templates(guard: None, written: Path) -> None:
    assert _checks(run_guard(written), "CT.") == {name: case.guard for name, case in CASES.items()}


@pytest.mark.parametrize("name", MISSED)
def test_the_page_tells_of_it(name: str) -> None:
    assert f"| {name} |" in (ROOT / "docs/scanners.md").read_text("utf-8")
