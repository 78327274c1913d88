"""``sgstrat query``: answers, exit status, both forms of output."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from sgstrat.cli.main import cli
from sgstrat.edge.machine import UsageFault

SHOP = """version: 1
strategy: shop
vpcs:
  main: {cidrs: [10.20.0.0/16]}
environments: {dev: {}, prod: {}}
networks:
  office: [8.8.8.0/28]
existing:
  cluster: {id: sg-0123456789abcdef0}
services:
  app-http: tcp/8080
groups:
  app:
    alb: {description: Entry}
    web: {description: Web}
    db: {description: Data, ingress: [{from: office, services: mysql, why: Administration, environments: [dev]}]}
    tool: {description: Tool, environments: [dev]}
    nodes: {description: Nodes}
flows:
  - {from: internet, to: alb, services: https, why: Public}
  - {from: alb, to: web, services: app-http, why: Requests}
  - {from: web, to: db, services: mysql, why: Orders}
workloads:
  front: {groups: [web]}
  pods: {groups: [nodes, cluster]}
waivers:
  - {code: SG401, path: "flows[0]", why: Public, until: 2099-06-30}
"""


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    (tmp_path / "strategies").mkdir()
    (tmp_path / "strategies/shop.yaml").write_text(SHOP, "utf-8")
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> Result:
        result = CliRunner().invoke(cli, ["query", *words])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


@pytest.mark.parametrize(
    ("words", "status", "first"),
    [
        (("alb", "web"), 0, "dev: yes: shop/alb reaches shop/web"),
        (("shop/alb", "front", "app-http"), 0, "dev: yes: shop/alb reaches shop/front on app-http"),
        (("alb", "web", "tcp/8080,ssh"), 1, "dev: partly: shop/alb reaches in part shop/web on tcp/8080,ssh"),
        (("alb", "db"), 1, "dev: no: shop/alb does not reach shop/db"),
        (("internet", "alb", "https"), 0, "dev: yes: internet reaches shop/alb on https"),
        (("internet", "db"), 1, "dev: no: internet does not reach shop/db"),
        (("office", "db"), 1, "dev: yes: shop/office reaches shop/db"),  # and not in prod
        (("office", "db", "--environment", "dev"), 0, "dev: yes: shop/office reaches shop/db"),
        (("8.8.8.0/24", "db", "--environment", "dev"), 1, "dev: partly: 8.8.8.0/24 reaches in part shop/db"),
        (("tool", "db"), 1, "dev: no: shop/tool does not reach shop/db"),
        (("alb", "pods"), 1, "dev: no: shop/alb does not reach shop/pods"),
        (("internet", "pods"), 1, "dev: partly: internet reaches in part shop/pods"),
        (("cluster", "internet"), 1, "dev: partly: shop/cluster reaches in part internet"),
        (("8.8.8.0/24", "9.9.9.0/24"), 1, "dev: no: 8.8.8.0/24 does not reach 9.9.9.0/24"),
    ],
)
def test_answers(ask: Any, words: tuple[str, ...], status: int, first: str) -> None:
    result = ask(*words)

    assert (result.exit_code, result.stdout.splitlines()[0]) == (status, first)


def test_the_rules_that_say_so(ask: Any) -> None:
    assert ask("web", "db", "--environment", "prod").stdout.splitlines() == [
        "prod: yes: shop/web reaches shop/db",
        "  open: tcp/3306",
        "  out: strategies/shop.yaml:22:5: shop/web tcp-3306-to-db",
        "  in: strategies/shop.yaml:22:5: shop/db tcp-3306-from-web",
    ]
    assert ask("alb", "db", "--environment", "prod").stdout.splitlines()[1:] == [
        "  shop/alb may send there: nothing",
        "  shop/db lets in from there: nothing",
    ]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("wob", "db"), "nothing named 'wob' is declared"),
        (("shopp/web", "db"), "nothing named 'web' is declared in strategy shopp"),
        (("10.0.0.1", "db"), "'10.0.0.1': a CIDR needs a prefix length"),
        (("web", "db", "mysqll"), "no service 'mysqll'"),
        (("web", "db", "tcp/99999"), "99999 is not a port"),
        (("tool", "db", "--environment", "prod"), "shop/tool is absent in environment prod"),
        (("web", "db", "--environment", "test"), "no strategy has an environment 'test'"),
        (("web",), "query needs TO as well"),
        ((), "query takes FROM and TO, or one of --all and --exposed"),
        (("web", "db", "--all"), "query takes FROM and TO, or one of --all and --exposed"),
    ],
)
def test_questions_without_an_answer(ask: Any, words: tuple[str, ...], message: str) -> None:
    with pytest.raises(UsageFault) as fault:
        ask(*words)

    assert message in fault.value.message


def test_as_json(ask: Any) -> None:
    data = json.loads(ask("web", "db", "mysql", "--environment", "prod", "--output-format", "json").stdout)

    (answer,) = data["answers"]
    assert (data["from"], data["to"], data["service"]) == ("shop/web", "shop/db", "mysql")
    assert (answer["environment"], answer["answer"], answer["certain"], answer["possible"]) == (
        "prod",
        "yes",
        ["tcp/3306"],
        [],
    )
    assert [(each["direction"], each["group"], each["file"], each["line"]) for each in answer["rules"]] == [
        ("egress", "web", "strategies/shop.yaml", 22),
        ("ingress", "db", "strategies/shop.yaml", 22),
    ]


def test_ways_through_several_hops(ask: Any) -> None:
    found = ask("internet", "db", "--via", "--environment", "prod")

    assert (found.exit_code, found.stdout) == (
        0,
        "prod: internet -> shop/alb (tcp/443) -> shop/front (tcp/8080) -> shop/db (tcp/3306)\n",
    )
    short = ask("internet", "db", "--via", "--hops", "2", "--environment", "prod")
    assert (short.exit_code, short.stdout) == (1, "prod: no way from internet to db in 2 hops\n")
    routes = json.loads(ask("alb", "db", "--via", "--output-format", "json").stdout)["answers"]
    assert [each["to"] for each in routes[1]["paths"][0]] == ["shop/front", "shop/db"]


def test_the_matrix(ask: Any) -> None:
    lines = ask("--all", "--environment", "dev").stdout.splitlines()

    assert lines[0] == "dev: who reaches whom"
    assert "  shop/alb -> shop/front: tcp/8080" in lines
    assert "  shop/front -> shop/db: tcp/3306" in lines
    assert "  internet -> shop/alb: tcp/443" in lines
    assert "  shop/office -> shop/db: tcp/3306" in lines
    assert "  shop/pods -> internet: possibly all" in lines
    assert not [line for line in lines if "shop/tool" in line]


def test_exposure(ask: Any) -> None:
    assert ask("--exposed", "--environment", "prod").stdout.splitlines() == [
        "prod: what the internet reaches",
        "  internet -> shop/pods: not known here: all",
        "  internet -> shop/alb: tcp/443",
        "prod: what reaches the internet",
        "  shop/pods -> internet: possibly all",
    ]
    data = json.loads(ask("--exposed", "--output-format", "json").stdout)["answers"]
    assert [each["environment"] for each in data] == ["dev", "prod"]


def test_a_failed_assertion_can_still_be_asked_about(ask: Any) -> None:
    with open("strategies/shop.yaml", "a", encoding="utf-8") as file:
        file.write("assertions:\n  - {deny: {from: web, to: db}, why: Never}\n")

    result = ask("web", "db")

    assert result.exit_code == 0
    assert "note: the strategies have 1 error; sgstrat validate shows them" in result.stderr


def test_strategies_that_do_not_compile_are_reported(ask: Any) -> None:
    with open("strategies/shop.yaml", "a", encoding="utf-8") as file:
        file.write("unknown: 1\n")

    result = ask("web", "db")

    assert result.exit_code == 1
    assert "SG110" in result.stderr
