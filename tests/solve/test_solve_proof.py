"""The proof of the passes has to be seen to fail: every way in which a pass could go wrong is found, SG691."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date

import pytest

from sgstrat.diagnostics.finding import Findings
from sgstrat.pipeline import Options, compile_workspace
from sgstrat.rulebook.model import Group, Peer, Rulebook, TargetName
from sgstrat.solve import solve as module
from sgstrat.solve.proof import prove

TEXT = """\
version: 1
strategy: a
WISH
quotas: {rules_per_group: 3}
groups:
  app:
    web:
      description: Web
      ingress:
        - {from: [10.0.0.0/9, 10.128.0.0/9, 10.1.0.0/16], services: https, why: x}
        - {from: db, services: [tcp/1, tcp/2, tcp/4], why: z}
    db: {description: Db, egress: [{to: web, services: [tcp/1-2, tcp/4], why: z}]}
workloads: {w: {groups: [web]}, d: {groups: [db, web]}}
"""
Books = Mapping[TargetName, Rulebook]
NAME = TargetName("a", "default", "main")


def compiled(wish: str) -> Books:
    found = compile_workspace(
        None, [("strategies/a.yaml", TEXT.replace("WISH", wish).encode())], Options(date(2027, 1, 1))
    )
    assert {each.code for each in found.findings if each.is_error} <= {"SG301"}
    return found.rulebooks


def web(change: Callable[[Group], Group], key: str = "web") -> Callable[[Books], Books]:
    def changed(books: Books) -> Books:
        groups = tuple(change(group) if group.key == key else group for group in books[NAME].groups)
        assert groups != books[NAME].groups
        return {NAME: replace(books[NAME], groups=groups)}

    return changed


def carrying(*keys: str) -> Callable[[Books], Books]:
    def changed(books: Books) -> Books:
        first, *rest = books[NAME].workloads
        return {NAME: replace(books[NAME], workloads=(replace(first, groups=keys), *rest))}

    return changed


def findings(before: Books, after: Books) -> list[str]:
    found = Findings()
    prove(before, after, found)
    assert all(each.code == "SG691" and each.is_error for each in found.raw())
    return [each.message for each in found.raw()]


@pytest.mark.parametrize("wish", ["optimize: true", "overflow: split", "optimize: true\noverflow: split"])
def test_what_the_passes_make_is_proven(wish: str) -> None:
    before, after = compiled(""), compiled(wish)
    assert before != after
    assert not findings(before, after)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (web(lambda group: replace(group, ingress=group.ingress[1:])), "differs for group db"),
        (web(lambda group: replace(group, ingress=()), "web-2"), "web ingress lost: tcp port 443, 10."),
        (
            web(lambda group: replace(group, ingress=(replace(group.ingress[0], to_port=444),)), "web-2"),
            "web ingress added: tcp port 444, 10.",
        ),
        (
            web(lambda group: replace(group, egress=(replace(group.ingress[0], peer=Peer("group", "web")),))),
            "web egress differs for group web",
        ),
        (web(lambda group: replace(group, name="other")), "no longer what it was"),
        (web(lambda group: replace(group, description="other")), "no longer what it was"),
        (web(lambda group: replace(group, part_of=None), "web-2"), "group web-2 was not there before"),
        (carrying("db", "web"), "workload d carried db, web, and carries db, web"),
        (carrying("db", "web", "web-2", "web-2"), "workload d"),
        (carrying("web", "web-2"), "workload d"),
        (lambda _: {}, "it is lost"),
    ],
)
def test_what_a_pass_does_wrong_is_found(change: Callable[[Books], Books], message: str) -> None:
    before, after = compiled(""), compiled("overflow: split")
    assert not findings(before, after)
    assert any(message in each for each in findings(before, change(after)))


def test_a_wrong_pass_stops_the_build(monkeypatch: pytest.MonkeyPatch) -> None:
    def lose(solution: module.Solution, *_: object) -> module.Solution:
        return solution._replace(rulebooks=web(lambda group: replace(group, ingress=()))(solution.rulebooks))

    monkeypatch.setattr(module, "PASSES", (*module.PASSES, lose))
    source = TEXT.replace("WISH", "").replace("rules_per_group: 3", "rules_per_group: 60")
    found = compile_workspace(None, [("strategies/a.yaml", source.encode())], Options(date(2027, 1, 1)))
    assert {each.code for each in found.findings if each.is_error} == {"SG691"}
