"""rulebook.json read back: what was written comes back whole, and everything else is refused with a reason."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from sgstrat.edge.workspace_files import read_workspace
from sgstrat.pipeline import Options, compile_workspace
from sgstrat.rulebook import read_json
from sgstrat.rulebook.json_form import write_rulebook
from sgstrat.rulebook.model import Rulebook
from sgstrat.rulebook.read_json import MOST_PROBLEMS, RulebookFault, read_rulebook

ROOT = Path(__file__).parents[2]


def compiled() -> dict[str, Rulebook]:
    workspace = read_workspace(ROOT)
    files = ((file.path, file.data) for file in workspace.files)
    books = compile_workspace(workspace.settings, files, Options(date(2027, 1, 1))).rulebooks
    return {str(name): book for name, book in books.items()}


BOOKS = compiled()
SHOP = json.loads(write_rulebook(BOOKS["shop/prod/main"]))
REFERENCE = {"kind": "group", "strategy": "shop", "environment": "prod", "vpc": "main", "key": "db"}
ICMP = {"protocol": "icmp"}


def shop(change: Any) -> str:
    data = json.loads(json.dumps(SHOP))
    change(data)
    return json.dumps(data)


def rule(**fields: Any) -> Any:
    def change(data: dict[str, Any]) -> None:
        data["groups"]["alb"]["ingress"][0].update(fields)

    return change


@pytest.mark.parametrize("name", BOOKS)
def test_what_is_written_comes_back(name: str) -> None:
    book = BOOKS[name]
    text = write_rulebook(book)

    back = read_rulebook(text)

    # what else is known of another target's lists and groups is not in the file
    references = tuple(replace(each, name="", formerly=()) for each in book.references)
    assert back == replace(book, references=references, tags=(), quotas=back.quotas, sources=())
    assert write_rulebook(back) == text


BROKEN = {
    "nothing": ("", "not JSON"),
    "half": (json.dumps(SHOP)[:500], "not JSON"),
    "a list": ("[]", "no rulebook"),
    "another object": ('{"manifest": 1}', "no rulebook"),
    "merge conflict": ("{\n<<<<<<< HEAD\n}", "merge conflict"),
    "deep": ("[" * 200_000, "nested too deeply"),
    "deep objects": ('{"a":' * 100_000, "nested too deeply"),
    "a key twice": ('{"rulebook": 1, "rulebook": 1}', "'rulebook' stands twice"),
    "NaN": ('{"rulebook": NaN}', "NaN is no number"),
    "long number": ('{"rulebook": ' + "9" * 5000 + "}", "not JSON"),
    "version 2": ('{"rulebook": 2}', "version 2, and this sgstrat reads version 1"),
    "version 0": ('{"rulebook": 0}', "version 0"),
    "version true": ('{"rulebook": true}', "true"),
    "version text": ('{"rulebook": "1"}', "1"),
    "missing keys": ('{"rulebook": 1}', "strategy"),
    "no groups": (shop(lambda data: data.pop("groups")), "groups"),
    "unknown key": (shop(lambda data: data.update(extra=1)), "extra"),
    "group is text": (shop(lambda data: data["groups"].update(alb="x")), "groups.alb"),
    "bad name": (shop(lambda data: data.update(strategy="Shop!")), "'Shop!' is no name"),
    "bad environment": (shop(lambda data: data.update(environment="")), "'' is no name"),
    "bad group name": (shop(lambda data: data["groups"].update({"a/b": SHOP["groups"]["alb"]})), "'a/b' is no name"),
    "host bits": (shop(rule(peer={"cidr": "10.0.0.1/8"})), "host bits"),
    "no CIDR": (shop(rule(peer={"cidr": "here"})), "not an IP address block"),
    "long form of a CIDR": (shop(rule(peer={"cidr": "2001:DB8::/32"})), "2001:db8::/32"),
    "unknown group": (shop(rule(peer={"group": "nobody"})), "'nobody' is no group"),
    "unknown list": (shop(rule(peer={"prefix_list": "nobody"})), "'nobody' is no prefix list"),
    "two peers": (shop(rule(peer={"group": "alb", "cidr": "10.0.0.0/8"})), "ingress.0.peer"),
    "reversed ports": (shop(rule(from_port=2, to_port=1)), "ports 2 to 1"),
    "tcp without ports": (shop(rule(from_port=None, to_port=None)), "tcp does not go with"),
    "all with ports": (shop(rule(protocol="-1")), "-1 does not go with"),
    "tcp by number": (shop(rule(protocol="6", from_port=None, to_port=None)), "6 does not go with"),
    "protocol 300": (shop(rule(protocol="300", from_port=None, to_port=None)), "300 does not go with"),
    "negative port": (shop(rule(from_port=-1)), "ports -1 to"),
    "icmp type 300": (shop(rule(**ICMP, from_port=300, to_port=0)), "icmp does not go with"),
    "icmp any type, one code": (shop(rule(**ICMP, from_port=-1, to_port=0)), "icmp does not go with"),
    "half a port": (shop(rule(from_port=1.5)), "from_port"),
    "a rule's key twice": (
        shop(lambda data: data["groups"]["alb"]["ingress"].append(data["groups"]["alb"]["ingress"][0])),
        "stands twice",
    ),
    "no target": (shop(lambda data: data["vpc"]["peered_with"].append("shop/main")), "no STRATEGY/ENVIRONMENT/VPC"),
    "no names": (shop(lambda data: data["vpc"]["peered_with"].append("a/b/C")), "'C' is no name"),
    "a gateway that is none": (
        shop(lambda data: data["vpc"]["peered_with"].append({"vpc": "a/b/c", "transit_gateway": False})),
        "peered_with",
    ),
    "a group of no VPC": (shop(lambda data: data["references"].update({"db@": REFERENCE})), "'' is no name"),
    "a group of another VPC": (shop(lambda data: data["references"].update({"db@two": REFERENCE})), "another strategy"),
    "workload with a stranger": (
        shop(lambda data: data["workloads"]["entry"]["groups"].append("nobody")),
        "'nobody' is no group",
    ),
}


@pytest.mark.parametrize(("text", "said"), BROKEN.values(), ids=list(BROKEN))
def test_what_is_refused(text: str, said: str) -> None:
    with pytest.raises(RulebookFault) as fault:
        read_rulebook(text)

    assert any(said in problem for problem in fault.value.problems), fault.value.problems
    assert fault.value.help


def test_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_json, "MAX_CHARACTERS", 100)

    with pytest.raises(RulebookFault, match="larger than 100 characters"):
        read_rulebook(" " * 101)


def test_many_problems_are_counted() -> None:
    names = [f"N{number}" for number in range(100)]

    with pytest.raises(RulebookFault) as fault:
        read_rulebook(
            shop(lambda data: data["existing"].update({name: {"id": None, "account": None} for name in names}))
        )

    assert len(fault.value.problems) == MOST_PROBLEMS + 1
    assert fault.value.problems[-1] == f"... and {100 - MOST_PROBLEMS} more"


def test_whole_numbers_may_be_written_in_any_way() -> None:
    text = shop(rule(from_port=float(443), to_port=443))

    assert write_rulebook(read_rulebook(text)) == write_rulebook(read_rulebook(json.dumps(SHOP)))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(sorted(SHOP)), inner),
    max_leaves=20,
)


@given(st.sampled_from(sorted(SHOP)), JSON)
def test_no_value_brings_the_reader_down(key: str, value: Any) -> None:
    text = json.dumps({**SHOP, key: value})
    try:
        read = write_rulebook(read_rulebook(text))
    except RulebookFault as fault:
        read = fault.problems[0]

    assert read


@given(st.text())
def test_no_text_brings_the_reader_down(text: str) -> None:
    with pytest.raises(RulebookFault):
        read_rulebook(text)
