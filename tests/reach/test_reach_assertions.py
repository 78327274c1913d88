"""Assertions as teams write them: what holds, what fails, with which packet and which rules."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from sgstrat.diagnostics.codes import CODES
from sgstrat.diagnostics.finding import Finding
from sgstrat.edge.workspace_files import read_workspace
from sgstrat.pipeline import Options, compile_workspace

ROOT = Path(__file__).parents[2]
AS_OF = Options(date(2027, 1, 1))
SHOP = "strategies/shop.yaml"
HEAD = """version: 1
strategy: s
vpcs:
  main: {cidrs: [10.20.0.0/16]}
"""
TEMPLATE = HEAD.replace("{", "{{").replace("}", "}}")


def judged(*files: str) -> list[Finding]:
    """What is said of assertions in a workspace of these strategies."""
    named = [(f"strategies/{index}.yaml", text.encode()) for index, text in enumerate(files)]
    found = compile_workspace(None, named, AS_OF).findings
    others = [each for each in found if each.is_error and not each.code.startswith("SG4") and each.code != "SG503"]
    assert not others, others
    return [each for each in found if each.code in ("SG503", "SG504")]


def shop_with(old: str, new: str) -> list[Finding]:
    """What is said of assertions in the bundled workspace with a part of the shop replaced."""
    workspace = read_workspace(ROOT)
    files = {file.path: file.data for file in workspace.files}
    assert old.encode() in files[SHOP]
    files[SHOP] = files[SHOP].replace(old.encode(), new.encode())
    found = compile_workspace(workspace.settings, sorted(files.items()), AS_OF).findings
    return [each for each in found if each.code in ("SG503", "SG504")]


def test_the_shop_holds() -> None:
    assert shop_with("version: 1", "version: 1") == []


def test_removing_a_flow_breaks_the_allowance_for_its_pair() -> None:
    (finding,) = shop_with("  - {from: alb, to: web-servers, services: app-http, why: Proxied requests}\n", "")

    assert finding.code == "SG503"
    assert finding.environments == ("dev", "prod")
    assert finding.message.startswith(
        "alb must reach web-servers on tcp/8080: "
        "tcp port 8080 from shop/entry (10.20.0.0) to shop/storefront (10.20.0.0)"
    )
    assert "no rule of" in finding.message
    assert "alb" in finding.message


@pytest.mark.parametrize(
    ("ingress", "keys"),
    [
        (("[0.0.0.0/1]", "[128.0.0.0/1]"), ("tcp-3306-from-0.0.0.0/1", "tcp-3306-from-128.0.0.0/1")),
        (("[128.0.0.0/2, 0.0.0.0/1]", "[192.0.0.0/2]"), ("tcp-3306-from-0.0.0.0/1", "tcp-3306-from-192.0.0.0/2")),
        (("[internet-ipv6]",), ("tcp-3306-from-::/0",)),
        (("[9.9.9.9/32]",), ("tcp-3306-from-9.9.9.9/32",)),
    ],
)
def test_opening_the_database_in_pieces_breaks_the_denial(ingress: tuple[str, ...], keys: tuple[str, ...]) -> None:
    rules = ", ".join(f"{{from: {each}, services: mysql, why: A supplier}}" for each in ingress)
    found = shop_with(
        "    db-servers: {description: MySQL}\n", f"    db-servers: {{description: MySQL, ingress: [{rules}]}}\n"
    )

    (finding,) = found
    assert finding.message.startswith("internet must not reach db-servers: tcp port 3306 from ")
    assert "to shop/database (" in finding.message
    assert [each.message.split(", ")[1] for each in finding.related] == list(keys)
    assert all(each.span.file == SHOP for each in finding.related)


def test_a_denial_between_groups_shows_the_rules_on_both_sides() -> None:
    (finding,) = judged(
        HEAD
        + """
groups:
  app:
    web: {description: Web}
    db: {description: Data}
flows:
  - {from: web, to: db, services: mysql, why: Orders}
assertions:
  - {deny: {from: web, to: db}, why: Never}
  - {allow: {from: web, to: db, services: mysql}, why: Always}
"""
    )

    assert (
        finding.message
        == "web must not reach db: tcp port 3306 from s/web (10.20.0.0) to s/db (10.20.0.0) passes (in all: tcp/3306)"
    )
    assert [each.message for each in finding.related] == [
        "lets it out: egress of s/web, tcp-3306-to-db",
        "lets it in: ingress of s/db, tcp-3306-from-web",
        "this allow is about the same ends",
    ]
    assert [each.span.line for each in finding.related] == [11, 11, 14]


def test_both_sides_and_all_of_a_workloads_groups_count() -> None:
    """The way out is in one group of the workload and the way in by another that the sender carries."""
    text = (
        HEAD
        + """
groups:
  service:
    agent: {description: Agent, egress: [{to: main, services: tcp/9000, why: Anywhere inside}]}
  app:
    web: {description: Web}
    db: {description: Data, ingress: [{from: agent, services: tcp/9000, why: Agents}]}
workloads:
  front: {groups: [web, agent]}
assertions:
  - {deny: {from: web, to: db}, why: Never}
  - {deny: {from: db, to: web}, why: Holds}
"""
    )
    (finding,) = judged(text)

    assert finding.message.startswith("web must not reach db: tcp port 9000 from s/front (10.20.0.0) to s/db (")


ONLY = (
    TEMPLATE
    + """
networks:
  office: [8.8.8.0/28]
groups:
  app:
    web: {{description: Web}}
    batch: {{description: Batch}}
    db: {{description: Data, ingress: [{ingress}]}}
flows:
  - {{from: web, to: db, services: mysql, why: Orders}}
  {flow}
assertions:
  - {{only: {{from: [{sources}], to: db{services}}}, why: Nobody else}}
"""
)
BATCH = "- {from: batch, to: db, services: mysql, why: Reports}"
OFFICE = "{from: office, services: mysql, why: Administration}"


@pytest.mark.parametrize(
    ("ingress", "flow", "sources", "services", "message"),
    [
        ("", "", "web", "", None),
        ("", "", "web", ", services: mysql", None),
        ("", "", "web", ", services: tcp/1-3305", "only web may reach db on tcp/1-3305: tcp port 3306 from s/web"),
        ("", BATCH, "web", "", "only web may reach db: tcp port 3306 from s/batch"),
        ("", BATCH, "web, batch", "", None),
        (OFFICE, "", "web", "", "only web may reach db: tcp port 3306 from 8.8.8.0 to s/db"),
        (OFFICE, "", "web, office", "", None),
        (OFFICE, "", "web, 8.8.8.0/29", "", "tcp port 3306 from 8.8.8.8 to s/db"),
        ("{from: main, services: mysql, why: Everybody}", "", "web", "", "tcp port 3306 from 10.20.0.0 to s/db"),
    ],
)
def test_only(ingress: str, flow: str, sources: str, services: str, message: str | None) -> None:
    found = judged(ONLY.format(ingress=ingress, flow=flow, sources=sources, services=services))

    assert [each.code for each in found] == ([] if message is None else ["SG503"])
    assert message is None or message in found[0].message


NETWORKS = (
    TEMPLATE
    + """
networks:
  corporate: [192.168.0.0/16]
  tier: [10.20.3.0/24]
  world: [0.0.0.0/1, 128.0.0.0/1]
  partner: [8.8.0.0/16]
  wide: [8.0.0.0/8]
groups:
  app:
    web: {{description: Web, egress: [{{to: tier, services: tcp/1, why: x}}]}}
    db: {{description: Data, ingress: [{{from: {source}, services: tcp/1, why: x}}]}}
workloads:
  front: {{groups: [web]{networks}}}
assertions:
  - {{{assertion}, why: Because}}
"""
)


@pytest.mark.parametrize(
    ("source", "networks", "assertion", "codes"),
    [
        # what is declared and narrow is a party of its own, what is wide is the internet
        ("partner", "", "deny: {from: internet, to: db}", []),
        ("wide", "", "deny: {from: internet, to: db}", ["SG503"]),
        ("world", "", "deny: {from: internet, to: db}", ["SG503"]),
        ("world", "", "allow: {from: internet-ipv4, to: db, services: tcp/1}", []),
        ("world", "", "allow: {from: internet, to: db, services: tcp/1}", []),  # nobody stated any IPv6 address of db
        ("wide", "", "allow: {from: internet, to: db, services: tcp/1}", ["SG503"]),
        ("corporate", "", "allow: {from: corporate, to: db, services: tcp/1}", []),
        ("corporate", "", "allow: {from: 192.168.0.0/15, to: db, services: tcp/1}", ["SG503"]),
        ("corporate", "", "deny: {from: 192.168.4.0/24, to: db}", ["SG503"]),
        ("corporate", "", "deny: {from: 192.169.0.0/16, to: db}", []),
        ("corporate", "", "allow: {from: 192.168.4.0/24, to: db}", ["SG503"]),  # all of it, on every service
        # the whole VPC lies in the network: db is open to somebody there
        ("corporate", "", "deny: {from: corporate, to: main}", ["SG503"]),
        ("corporate", "", "deny: {from: internet, to: main}", []),
        # front may be in the tier, or surely is, or surely is not
        ("web", "", "deny: {from: tier, to: db}", ["SG504"]),
        ("web", ", networks: [tier]", "deny: {from: tier, to: db}", ["SG503"]),
        ("web", ", networks: [10.20.4.0/24]", "deny: {from: tier, to: db}", []),
        # db is somewhere in the VPC, of which the rule reaches a part
        ("web", "", "allow: {from: web, to: db, services: tcp/1}", ["SG503"]),
        ("web", "", "deny: {from: web, to: db}", ["SG503"]),
        ("web", "", "deny: {from: front, to: db, services: tcp/2}", []),
    ],
)
def test_addresses(source: str, networks: str, assertion: str, codes: list[str]) -> None:
    assert [
        each.code for each in judged(NETWORKS.format(source=source, networks=networks, assertion=assertion))
    ] == codes


EXISTING = (
    TEMPLATE
    + """
existing:
  cluster: {{id: sg-0123456789abcdef0}}
prefix_lists:
  theirs: {{id: pl-0123456789abcdef0, family: ipv4, max_entries: 4}}
  s3: {{aws: s3}}
groups:
  app:
    nodes: {{description: Nodes, egress: [{{to: s3, services: https, why: x}}]}}
    db: {{description: Data, ingress: [{{from: {source}, services: mysql, why: x}}]}}
workloads:
  pods: {{groups: [nodes, cluster]}}
assertions:
  - {{{assertion}, why: Because}}
"""
)


@pytest.mark.parametrize(
    ("source", "assertion", "codes"),
    [
        ("cluster", "deny: {from: cluster, to: db}", ["SG503"]),  # what an existing group sends counts as permitted
        ("cluster", "deny: {from: nodes, to: db}", ["SG503"]),
        ("cluster", "allow: {from: cluster, to: db, services: mysql}", ["SG504"]),
        ("cluster", "allow: {from: cluster, to: db, services: ssh}", ["SG503"]),
        ("cluster", "deny: {from: internet, to: pods}", ["SG504"]),
        ("cluster", "deny: {from: internet, to: db}", []),
        ("theirs", "deny: {from: internet, to: db}", ["SG504"]),
        ("theirs", "deny: {from: theirs, to: db}", ["SG503"]),
        ("theirs", "allow: {from: theirs, to: db, services: mysql}", []),
        ("s3", "deny: {from: internet, to: db}", []),  # addresses of AWS's service are no part of the internet
        ("s3", "only: {from: s3, to: db}", []),
        ("s3", "only: {from: theirs, to: db}", ["SG503"]),
        ("0.0.0.0/1", "deny: {from: s3, to: db}", ["SG504"]),
        ("internet", "deny: {from: s3, to: db}", ["SG503"]),
    ],
)
def test_what_is_not_known_here(source: str, assertion: str, codes: list[str]) -> None:
    assert [each.code for each in judged(EXISTING.format(source=source, assertion=assertion))] == codes


def test_strategies_in_one_vpc_count_together() -> None:
    mine = (
        HEAD.replace("strategy: s", "strategy: mine\nuses: [theirs]")
        + """
groups:
  app:
    db: {description: Data, ingress: [{from: theirs/web, services: mysql, why: x}]}
assertions:
  - {deny: {from: theirs/front, to: db}, why: Never}
  - {allow: {from: theirs/web, to: db, services: mysql}, why: Always}
"""
    )
    theirs = (
        HEAD.replace("strategy: s", "strategy: theirs\ndefault_group: lock\nuses: [mine]")
        + """
groups:
  app:
    web: {description: Web, egress: [{to: mine/db, services: mysql, why: x}]}
workloads:
  front: {groups: [web]}
"""
    )
    (finding,) = judged(mine, theirs)

    assert finding.code == "SG503"
    assert [each.span.file for each in finding.related] == ["strategies/1.yaml", "strategies/0.yaml"]


VPCS = """version: 1
strategy: s
vpcs:
  a: {cidrs: [10.1.0.0/16]}
  b: {cidrs: [%s]}
groups:
  app:
    web: {description: Web, vpc: a, egress: [{to: 10.0.0.0/8, services: https, why: x}]}
    api: {description: Interface, vpc: b, ingress: [{from: 10.0.0.0/8, services: https, why: x}]}
    both: {description: Both, vpcs: [a, b]}
    peer: {description: Peer, vpcs: [a, b]}
flows:
  - {from: both, to: peer, services: ssh, why: x}
assertions:
  - {deny: {from: web, to: api}, why: Never}
  - {allow: {from: both, to: peer, services: ssh}, why: Within each VPC}
"""


@pytest.mark.parametrize(("cidr", "codes"), [("10.2.0.0/16", ["SG503"]), ("10.1.128.0/17", [])])
def test_vpcs_meet_by_address_unless_they_overlap(cidr: str, codes: list[str]) -> None:
    assert [each.code for each in judged(VPCS % cidr)] == codes


def test_a_vpc_without_cidrs_has_private_addresses() -> None:
    text = """version: 1
strategy: s
groups:
  app:
    web: {description: Web, egress: [{to: 0.0.0.0/0, services: https, why: x}]}
    api: {description: Interface, ingress: [{from: %s, services: https, why: x}]}
assertions:
  - {deny: {from: web, to: api}, why: Never}
"""
    assert [each.code for each in judged(text % "10.9.0.0/16")] == ["SG503"]
    assert judged(text % "9.9.0.0/16") == []


def test_environments_are_judged_one_by_one() -> None:
    text = (
        HEAD
        + """
environments: {dev: {}, prod: {}}
groups:
  app:
    web: {description: Web}
    db: {description: Data}
    tool: {description: Tool, environments: [dev]}
flows:
  - {from: web, to: db, services: mysql, why: x, environments: [dev]}
assertions:
  - {deny: {from: [web, tool], to: db}, why: Never}
  - {deny: {from: web, to: db}, why: Not in prod, environments: [prod]}
"""
    )
    (finding,) = judged(text)

    assert finding.environments == ("dev",)
    notes = [
        each
        for each in compile_workspace(None, [("strategies/0.yaml", text.encode())], AS_OF).findings
        if each.code == "SG207"
    ]
    assert [(each.environments, each.message) for each in notes] == [
        (("prod",), "tool is absent here and falls out of the assertion")
    ]


def test_an_end_that_is_absent_alone_is_an_error() -> None:
    text = (
        HEAD
        + """
environments: {dev: {}, prod: {}}
groups:
  app:
    db: {description: Data}
    tool: {description: Tool, environments: [dev]}
assertions:
  - {deny: {from: tool, to: db}, why: Never}
"""
    )
    found = compile_workspace(None, [("strategies/0.yaml", text.encode())], AS_OF).findings

    assert [(each.code, each.environments) for each in found if each.is_error] == [("SG208", ("prod",))]


def test_a_failed_assertion_cannot_be_waived_and_an_unproven_one_can() -> None:
    waiver = "waivers:\n  - {code: %s, path: assertions.closed, why: Seen, until: 2027-06-30}\n"
    unproven = EXISTING.format(source="cluster", assertion="deny: {from: internet, to: pods}, name: closed")

    assert not CODES["SG503"].waivable
    found = compile_workspace(
        None,
        [("strategies/0.yaml", (HEAD + "groups: {app: {a: {description: A}}}\n" + waiver % "SG503").encode())],
        AS_OF,
    ).findings
    assert "SG228" in [each.code for each in found]
    assert [each.severity.value for each in judged(unproven)] == ["warning"]
    assert [each.severity.value for each in judged(unproven + waiver % "SG504")] == ["note"]


def test_packets_that_do_not_exist_are_not_asked_for() -> None:
    """ping is icmp and icmpv6; in a VPC of IPv4 the second does not travel."""
    text = (
        HEAD
        + """
groups:
  app:
    web: {description: Web, egress: [{to: main, services: ping, why: x}]}
    db: {description: Data, ingress: [{from: main, services: ping, why: x}]}
assertions:
  - {allow: {from: web, to: db, services: ping}, why: Monitoring}
"""
    )
    assert judged(text) == []
