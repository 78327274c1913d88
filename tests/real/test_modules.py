"""Hand-made rulebooks through the real Terraform: every kind of peer and id, links, renamed groups, the default group."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from estate import assert_equal_to, assert_in_step, list_place, prepare
from moto_server import REGION, Moto
from readback import observed
from terraform_cli import Module

from sgstrat.formats.terraform.write import write
from sgstrat.rulebook.json_form import write_rulebook
from sgstrat.rulebook.model import IdSource, Peer, PrefixList, Rulebook, Vpc

sys.path.insert(0, str(Path(__file__).parents[1] / "formats"))
from factory import make_group, make_list, make_rule, make_rulebook  # noqa: E402


@pytest.fixture
def ec2(moto: Moto, terraform: None) -> Iterator[Any]:
    """A client of an empty moto."""
    moto.reset()
    yield moto.client("ec2")


def make_vpc(ec2: Any) -> str:
    return str(ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"])


def at(vpc_id: str, **overrides: Any) -> Rulebook:
    """The rich rulebook in a VPC, or another in its place."""
    return make_rulebook(vpc=Vpc("main", IdSource(literal=vpc_id), ("10.20.0.0/16",), ()), **overrides)


def small(**overrides: Any) -> Rulebook:
    """One rulebook with nothing that something else provides."""
    empty: dict[str, Any] = {"groups": (), "prefix_lists": (), "existing": (), "references": (), "workloads": ()}
    return make_rulebook(**{**empty, **overrides})


def modules(rulebook: Rulebook, folder: Path, moto: Moto, variables: dict[str, str]) -> dict[str, Module]:
    """The root modules of a target as the build lays them out: ``main`` and, where there is one, ``links``."""
    found = {}
    for artifact in write(rulebook):
        path = folder / artifact.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(artifact.text, "utf-8")
        name = "links" if path.parent.name == "links" else "main"
        found[name] = Module(path.parent, folder, moto, variables)
        found[name].init()
    return found


def as_json(rulebook: Rulebook) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(write_rulebook(rulebook))
    return data


def create_list(ec2: Any, name: str) -> str:
    made = ec2.create_managed_prefix_list(PrefixListName=name, MaxEntries=1, AddressFamily="IPv4")
    return str(made["PrefixList"]["PrefixListId"])


def rich(ec2: Any, vpc_id: str) -> Rulebook:
    """The factory's rulebook, its literal ids replaced by those of things that are there."""
    group = ec2.create_security_group(GroupName="eks-cluster", Description="managed elsewhere", VpcId=vpc_id)
    book = at(vpc_id)
    literal = {"dynamodb": "com.amazonaws.eu-west-1.dynamodb-by-id", "shared": "shared-by-id"}

    def placed(each: PrefixList) -> PrefixList:
        return replace(each, id=IdSource(create_list(ec2, literal[each.key]))) if each.key in literal else each

    existing = tuple(replace(each, id=IdSource(group["GroupId"])) if each.key == "cluster" else each for each in book.existing)
    return replace(book, prefix_lists=tuple(map(placed, book.prefix_lists)), existing=existing)


def platform(vpc_id: str) -> Rulebook:
    """The other strategy that the rich rulebook names."""
    monitoring = make_group("monitoring", identity="metrics", formerly=("metrics",), name="prod-main-app-monitoring")
    offices = make_list("offices", name="platform-prod-main-offices")
    return replace(small(groups=(monitoring,), prefix_lists=(offices,)), strategy="platform", vpc=at(vpc_id).vpc)


def test_every_kind_of_peer_and_id(ec2: Any, moto: Moto, tmp_path: Path) -> None:
    vpc_id = make_vpc(ec2)
    theirs = modules(platform(vpc_id), tmp_path / "platform", moto, {})
    theirs["main"].apply()
    book = rich(ec2, vpc_id)
    variables = prepare(moto, as_json(book))
    ours = modules(book, tmp_path / "shop", moto, variables)
    assert list(ours) == ["main", "links"]
    for module in ours.values():
        module.validate()
        module.apply()
    for module in ours.values():
        assert_in_step(module)
    assert_equal_to(moto, as_json(book), variables)
