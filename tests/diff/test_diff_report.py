"""What a difference is told as: resources, ranks, and text that stays text in Markdown and on a terminal."""

# ruff: noqa: E501  # a row of a table is a case, and strategies are written as they are
from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import replace
from datetime import date
from html import unescape

import pytest
from hypothesis import given, strategies as st

from sgstrat.pipeline import Options, compile_workspace
from sgstrat.reach.diff import compare
from sgstrat.reach.diff_model import Change, Difference, Evidence, Interface, Interfaces, Outside, ResourceChange
from sgstrat.report.diff_json import diff_json
from sgstrat.report.diff_markdown import LONGEST_COMMENT, diff_markdown
from sgstrat.report.diff_text import MOST_SHOWN, diff_lines
from sgstrat.report.diff_words import Labels, headline
from sgstrat.report.markdown import LONGEST, code
from sgstrat.rulebook.model import Rulebook, TargetName

LABELS = Labels("main", "HEAD")
BASE = """\
version: 1
strategy: web
vpcs: {main: {cidrs: [10.20.0.0/16]}}
prefix_lists:
  partners: {max_entries: 5, entries: [{cidr: 198.51.100.0/25, description: One}]}
  s3: {aws: s3}
existing: {cluster: {id: sg-0123456789abcdef0}}
groups:
  baseline:
    base: {description: Base, egress: [{to: s3, services: https, why: Mirrors}]}
  app:
    front: {description: Front}
    back: {description: Back, ingress: [{from: 10.0.0.0/24, services: ssh, why: Inside}]}
flows:
  - {name: proxied, from: front, to: back, services: tcp/8080, why: Proxied}
workloads:
  one: {groups: [front]}
  two: {groups: [back]}
"""


def books(text: str) -> dict[TargetName, Rulebook]:
    compiled = compile_workspace(None, [("strategies/web.yaml", text.encode())], Options(date(2027, 1, 1)))
    assert compiled.rulebooks, compiled.findings
    return dict(compiled.rulebooks)


def difference(*changes: tuple[str, str]) -> Difference:
    text = BASE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return compare(books(BASE), books(text))


def told(changes: tuple[Change, ...]) -> list[tuple[object, ...]]:
    def names(end: Interfaces | Outside) -> object:
        return [each.name for each in end.names] if isinstance(end, Interfaces) else list(end.names)

    return [(each.risk, names(each.source), names(each.destination), *each.services) for each in changes]


FRONT = "front: {description: Front}"
TRAFFIC = {
    "the internet": ([(FRONT, "front: {description: Front, ingress: [{from: internet, services: https, why: W}]}")], [("internet", ["internet"], ["one"], "tcp/443")]),
    "one family": ([(FRONT, "front: {description: Front, egress: [{to: internet-ipv6, services: https, why: W}]}")], [("internet", ["one"], ["internet-ipv6"], "tcp/443")]),
    "the internet in pieces": (
        [(FRONT, "front: {description: Front, ingress: [{from: [0.0.0.0/1, 128.0.0.0/1], services: https, why: W}]}")],
        [("internet", ["internet-ipv4"], ["one"], "tcp/443")],
    ),
    "a wide network": ([("10.0.0.0/24", "10.0.0.0/15")], [("wide", ["10.0.1.0/24", "10.0.2.0/23", "10.0.4.0/22", "10.0.8.0/21", "10.0.16.0/20", "10.0.32.0/19", "10.0.64.0/18", "10.0.128.0/17", "10.1.0.0/16"], ["two"], "tcp/22")]),
    "a network": ([("10.0.0.0/24", "[10.0.0.0/24, 10.9.0.0/16]")], [("network", ["10.9.0.0/16"], ["two"], "tcp/22")]),
    "an AWS list": ([("to: s3, services: https", "to: s3, services: [https, http]")], [("list", ["one", "two"], ["web/s3"], "tcp/80")]),
    "an own list": (
        [(FRONT, "front: {description: Front, egress: [{to: partners, services: https, why: W}]}")],
        [("network", ["one"], ["198.51.100.0/25"], "tcp/443")],
    ),
    "an existing group": (
        [(FRONT, "front: {description: Front, ingress: [{from: cluster, services: https, why: W}]}")],
        [("group", ["web/cluster"], ["one"], "tcp/443")],
    ),
    "a port of a flow": ([("services: tcp/8080", "services: [tcp/8080, tcp/9090]")], [("group", ["one"], ["two"], "tcp/9090")]),
    "an attachment": ([("two: {groups: [back]}", "two: {groups: [back]}\n  three: {groups: [back]}")], [("network", ["10.0.0.0/24"], ["three"], "tcp/22"), ("list", ["three"], ["web/s3"], "tcp/443"), ("group", ["one"], ["three"], "tcp/8080")]),
    "one side of a pair only": ([(FRONT, "front: {description: Front, egress: [{to: back, services: tcp/1, why: W}]}")], []),
    "a wording": ([("why: Proxied", "why: Proxied requests")], []),
    "a rename": ([("    front:", "    face:"), ("description: Front", "description: Front, formerly: front"), ("from: front", "from: face"), ("[front]", "[face]")], []),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "expected"), TRAFFIC.values(), ids=list(TRAFFIC))
def test_what_becomes_reachable(changes: list[tuple[str, str]], expected: list[tuple[object, ...]]) -> None:
    found = difference(*changes)

    assert sorted(map(repr, told(found.gained))) == sorted(map(repr, expected))
    assert found.lost == ()


def test_a_workload_declared_for_what_is_there_opens_nothing() -> None:
    without = BASE[: BASE.index("workloads:")]

    there, back = compare(books(without), books(BASE)), compare(books(BASE), books(without))

    assert (there.gained, there.lost, back.gained, back.lost) == ((), (), (), ())
    assert {each.effect for each in there.resources} == {"created"}


RESOURCES = {
    "description": ([("description: Back,", "description: Backend,")], ("replaced", "group", "back"), "the description changes from 'Back' to 'Backend', which replaces the group in AWS"),
    "name": ([("description: Back,", "description: Back, aws_name: other,")], ("replaced", "group", "back"), "the name changes from 'web-default-main-back' to 'other'"),
    "new group": ([(FRONT, FRONT + "\n    third: {description: Third}")], ("created", "group", "third"), ""),
    "rename that is kept": (TRAFFIC["a rename"][0], ("renamed", "group", "face"), "front becomes face; the group in AWS is kept"),
    "rename that is not kept": ([("    front:", "    face:"), ("from: front", "from: face"), ("[front]", "[face]")], ("created", "group", "face"), "write formerly: front"),
    "tags": ([("description: Back,", "description: Back, tags: {Tier: two},")], ("changed", "group", "back"), "tags change: Tier"),
    "wording": ([("why: Inside", "why: From inside")], ("changed", "group", "back"), "ingress rules: 1 reworded"),
    "rules": ([("services: ssh", "services: [ssh, https]")], ("changed", "group", "back"), "ingress rules: 1 added"),
    "list": ([("198.51.100.0/25", "198.51.100.0/26")], ("changed", "prefix list", "partners"), "entry 198.51.100.0/26 is added"),
    "family": ([("198.51.100.0/25", "'2001:db8::/32'")], ("replaced", "prefix list", "partners"), "which replaces the list in AWS"),
    "size": ([("max_entries: 5", "max_entries: 6")], ("changed", "prefix list", "partners"), "max_entries 5 becomes 6"),
    "attached": ([("two: {groups: [back]}", "two: {groups: [back, front]}")], ("changed", "workload", "two"), "front is attached"),
    "new workload": ([("two: {groups: [back]}", "two: {groups: [back]}\n  three: {groups: [back]}")], ("created", "workload", "three"), "it carries base, back"),
    "lock": ([("version: 1", "version: 1\nwaivers: [{code: SG403, path: default_group, why: W, until: 2027-06-30}]\ndefault_group: leave")], ("changed", "target", "web/default/main"), "lock becomes leave"),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "expected", "detail"), RESOURCES.values(), ids=list(RESOURCES))
def test_what_becomes_of_resources(changes: list[tuple[str, str]], expected: tuple[str, str, str], detail: str) -> None:
    found = {(each.effect, each.kind, each.key): each for each in difference(*changes).resources}

    assert expected in found
    assert detail in "\n".join(found[expected].details)


def test_many_entries_are_counted() -> None:
    many = ", ".join(f"{{cidr: 203.0.113.{number}/32, description: D}}" for number in range(20))
    found = difference(("{max_entries: 5, entries: [", f"{{max_entries: 50, entries: [{many}, "))

    (resource,) = found.resources
    assert len([detail for detail in resource.details if detail.endswith("/32 is added")]) == 12
    assert "8 more entries are added" in resource.details


def test_who_notices_a_replacement() -> None:
    found = difference(("description: Back,", "description: Backend,"))

    assert found.resources[0].workloads == ("two",)


def test_another_vpc_replaces_everything() -> None:
    (book,) = books(BASE).values()
    ids = [replace(book, vpc=replace(book.vpc, id=book.vpc.id._replace(literal=f"vpc-{number}"))) for number in (1, 2)]

    found = compare({book.target: ids[0]}, {book.target: ids[1]})

    (resource,) = found.resources
    assert (resource.effect, resource.kind, resource.workloads) == ("replaced", "target", ("one", "two"))
    assert "the VPC id vpc-1 becomes vpc-2" in resource.details[0]


def test_the_riskiest_come_first() -> None:
    found = difference(
        (
            FRONT,
            "front: {description: Front, ingress: [{from: internet, services: https, why: W}], egress: [{to: internet, services: https, why: W}]}",
        ),
        ("10.0.0.0/24", "[10.0.0.0/24, 11.0.0.0/8]"),
        ("to: s3, services: https", "to: s3, services: [https, http]"),
        ("services: tcp/8080", "services: [tcp/8080, tcp/9090]"),
    )

    assert [(each.risk, each.way) for each in found.gained[:3]] == [
        ("internet", "ingress"),
        ("internet", "egress"),
        ("wide", "ingress"),
    ]
    assert [each.risk for each in found.gained] == ["internet", "internet", "wide", "list", "group", "group"]
    assert headline(found).startswith("6 broadenings (1 from the internet, 1 to the internet), no narrowings; ")


def test_many_that_carry_one_group_are_called_by_it() -> None:
    more = "\n".join(f"  more{number}: {{groups: [back]}}" for number in range(5))
    text = BASE + more + "\n"
    found = compare(books(text), books(text.replace("10.0.0.0/24", "[10.0.0.0/24, 10.9.0.0/16]")))

    (change,) = found.gained
    assert isinstance(change.destination, Interfaces)
    assert change.destination.carrying == "web/back"
    assert len(change.destination.names) == 6
    assert "web/back on all 6 that carry it" in "\n".join(diff_lines(found, LABELS))


# -- text stays text


NASTY = "`a|b` <img src=x onerror=1> @team #1 [x](http://e) ![i](j) **b** \\| \\` \x1b[31m \u202e </code></details> | x\n| y"


def nasty(text: str, count: int = 1) -> Difference:
    target = TargetName(text, text, text)
    end = Interfaces((Interface("group", text, text, text),), text)
    change = Change(
        "network",
        "ingress",
        Outside("addresses", (text,), ()),
        end,
        ((0, 1),),
        (text,),
        (text,),
        False,
        (Evidence(text, text, text),),
    )
    resource = ResourceChange("replaced", "group", target, text, (text,), (text,))
    return Difference(
        (change,) * count, (change,) * count, tuple(resource._replace(key=f"{text}{number}") for number in range(count))
    )


def shows(text: str) -> bool:
    """Whether a text has no character that moves the cursor, hides, or changes the direction."""
    return not any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") for char in text)


def outside_of_code(markdown: str) -> str:
    """What is left of Markdown when code is taken away: what could be markup, or a mention."""
    return re.sub(r"<code>[^<]*</code>", "", re.sub(r"(?<!`)`[^`\n]+`(?!`)", "", markdown))


OURS = re.compile(
    r"</?details>|</?summary>|<br>|\*\*(Becomes reachable|Replaced in AWS|internet)\*\*|^###? |^> ", re.MULTILINE
)


@given(st.text(max_size=40) | st.text("`|\\<>@#[]()!*_~&\n a1", max_size=40) | st.just(NASTY))
def test_users_text_is_nothing_but_text_in_markdown(text: str) -> None:
    markdown = diff_markdown(nasty(text), Labels(text, text, (text,)))

    left = OURS.sub("", outside_of_code(markdown))
    assert not set(left) & set("<>@`[]#*_~!\\&"), left
    widths = {row.count("|") for row in re.sub(r"`[^`]*`", "", markdown).splitlines() if row.startswith("|")}
    assert widths <= {5, 7}
    assert all(map(shows, markdown.splitlines()))


@given(st.text(max_size=60))
def test_code_shows_the_text(text: str) -> None:
    shown = code(text)
    inner = shown[1:-1] if shown.startswith("`") else unescape(shown.removeprefix("<code>").removesuffix("</code>"))

    assert shows(inner)
    assert inner.strip() == inner or inner == " "


def test_code_is_bounded() -> None:
    assert len(code("x" * 10_000)) == LONGEST + 2


@given(st.text(max_size=60) | st.just(NASTY))
def test_users_text_is_nothing_but_text_on_a_terminal(text: str) -> None:
    for line in diff_lines(nasty(text), Labels(text, text, (text,))):
        assert shows(line)


def test_a_comment_fits() -> None:
    assert len(diff_markdown(nasty("x" * 250, 500), LABELS)) <= LONGEST_COMMENT
    assert "... and " in diff_markdown(nasty("x", 500), LABELS)


def test_a_long_report_is_cut_and_counted() -> None:
    lines = list(diff_lines(nasty("x", MOST_SHOWN + 7), LABELS))

    assert lines.count("  ... and 7 more (--output-format json has them all)") == 3


def test_json_has_everything() -> None:
    data = json.loads(diff_json(nasty(NASTY, 300), Labels(NASTY, "HEAD", ("n",)), (None, "abc")))

    assert data["diff"] == 1
    assert data["old"] == {"name": NASTY, "commit": None}
    assert data["new"] == {"name": "HEAD", "commit": "abc"}
    assert (len(data["gained"]), len(data["lost"]), len(data["resources"])) == (300, 300, 300)
    assert data["gained"][0]["rules"] == [{"group": NASTY, "source": NASTY, "why": NASTY}]
    assert data["gained"][0]["certain"] is False


def test_nothing_differs() -> None:
    empty = Difference((), (), ())

    assert headline(empty) == "no difference"
    assert diff_markdown(empty, LABELS) == "### Security groups: no difference\n\n`main` → `HEAD`\n"
    assert list(diff_lines(empty, LABELS)) == ["main -> HEAD: no difference"]
