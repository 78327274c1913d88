"""Hand-made rulebooks through the real Terraform: every kind of peer and id, links, renames, the default group."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from estate import assert_equal_to, assert_in_step, list_place, prepare
from moto_server import Moto
from readback import observed
from terraform_cli import Module

from sgstrat.formats.terraform.write import write
from sgstrat.rulebook.json_form import write_rulebook
from sgstrat.rulebook.model import Group, IdSource, PrefixList, Rulebook, Vpc

sys.path.insert(0, str(Path(__file__).parents[1] / "formats"))
from factory import make_group, make_list, make_rule, make_rulebook


@pytest.fixture
def ec2(moto: Moto, terraform: None) -> Any:
    """A client of an empty moto."""
    moto.reset()
    return moto.client("ec2")


def make_vpc(ec2: Any) -> str:
    return str(ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"])


def at(vpc: IdSource, **overrides: Any) -> Rulebook:
    """The rich rulebook in a VPC, or what replaces its parts."""
    return make_rulebook(vpc=Vpc("main", vpc, ("10.20.0.0/16",), ()), **overrides)


def small(vpc: IdSource, **overrides: Any) -> Rulebook:
    """A rulebook with nothing in it but what is given."""
    empty: dict[str, Any] = {"groups": (), "prefix_lists": (), "existing": (), "references": (), "workloads": ()}
    return at(vpc, **{**empty, **overrides})


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
    """The factory's rulebook in a VPC that is an input, its literal ids replaced by those of things that are there."""
    group = ec2.create_security_group(GroupName="eks-cluster", Description="managed elsewhere", VpcId=vpc_id)
    book = at(IdSource())
    literal = {"dynamodb": "com.amazonaws.eu-west-1.dynamodb-by-id", "shared": "shared-by-id"}

    def placed(each: PrefixList) -> PrefixList:
        return replace(each, id=IdSource(create_list(ec2, literal[each.key]))) if each.key in literal else each

    existing = tuple(
        replace(each, id=IdSource(group["GroupId"])) if each.key == "cluster" else each for each in book.existing
    )
    return replace(book, prefix_lists=tuple(map(placed, book.prefix_lists)), existing=existing)


def platform() -> Rulebook:
    """The other strategy that the rich rulebook names, its VPC by a parameter."""
    monitoring = make_group("monitoring", identity="metrics", formerly=("metrics",), name="prod-main-app-monitoring")
    offices = make_list("offices", name="platform-prod-main-offices")
    return small(
        IdSource(ssm="/net/vpc"), strategy="platform", groups=(monitoring,), prefix_lists=(offices,), region=None
    )


def entries_of(ec2: Any, place: tuple[str, ...]) -> tuple[dict[str, Any], set[tuple[str, str]]]:
    """A prefix list by its tags, and its entries."""
    (found,) = [each for each in ec2.describe_managed_prefix_lists()["PrefixLists"] if list_place(each) == place]
    entries = ec2.get_managed_prefix_list_entries(PrefixListId=found["PrefixListId"])["Entries"]
    return found, {(entry["Cidr"], entry.get("Description", "")) for entry in entries}


def test_every_kind_of_peer_and_id(ec2: Any, moto: Moto, tmp_path: Path) -> None:
    theirs = platform()
    vpc_id = make_vpc(ec2)
    moto.client("ssm").put_parameter(Name="/net/vpc", Value=vpc_id, Type="String")
    first = modules(theirs, tmp_path / "platform", moto, {})
    assert list(first) == ["main"]
    first["main"].apply()
    book = rich(ec2, vpc_id)
    variables = prepare(moto, as_json(book), vpc_id)
    ours = modules(book, tmp_path / "shop", moto, variables)
    assert list(ours) == ["main", "links"]
    for module in ours.values():
        module.apply()
    for module in ours.values():
        assert_in_step(module)
    assert_equal_to(moto, as_json(book), variables)
    groups, rules, _ = observed(ec2, "shop", "prod", "main")
    assert {group["VpcId"] for group in groups.values()} == {vpc_id}
    assert not [rule for rule in rules if rule[0] == "quiet"], "a group without rules has no egress either"
    for each in book.prefix_lists:
        if each.origin == "own":
            found, entries = entries_of(ec2, ("shop", "prod", "main", each.identity))
            assert (found["PrefixListName"], found["MaxEntries"], found["AddressFamily"].lower()) == (
                each.name,
                each.max_entries,
                each.family,
            )
            assert entries == {(entry.cidr, entry.description) for entry in each.entries}
    given = ours["main"].outputs()
    ids = {
        **{key: groups[key]["GroupId"] for key in groups},
        "cluster": book.existing[0].id.literal,
        "shared-services": variables["shared-services_group_id"],
    }
    storefront = [ids[key] for key in ("vpc-default", "web-servers", "cluster", "shared-services")]
    assert given["workloads"] == {"database": [ids["vpc-default"], ids["mysql"]], "storefront": storefront}
    assert given["group_ids"]["db-servers"] == ids["mysql"]
    watched = ours["links"].outputs()["workloads"]["watched"]
    assert watched[:2] == [ids["vpc-default"], first["main"].outputs()["group_ids"]["monitoring"]]


def renamed(vpc: IdSource, own: tuple[str, ...], peer: tuple[str, ...], blocks: tuple[str, ...]) -> Rulebook:
    """Two groups and a list, each by its keys from the oldest to the current one; their names in AWS stay."""

    def group(keys: tuple[str, ...], **rules: Any) -> Group:
        return make_group(
            keys[-1], identity=keys[0], formerly=keys[:-1], name=f"shop-{keys[0]}", description="Renamed", **rules
        )

    first = group(
        own,
        ingress=(
            make_rule("cidr", "10.0.0.0/8"),
            make_rule("group", own[-1], "tcp-1"),
            make_rule("group", peer[-1], "tcp-2"),
            make_rule("prefix_list", blocks[-1], "tcp-3"),
        ),
        egress=(make_rule("group", peer[-1], "icmp-8-any", direction="to"),),
    )
    second = group(peer, ingress=(make_rule("group", own[-1], "50"),))
    blocked = make_list(blocks[-1], identity=blocks[0], formerly=blocks[:-1], name="shop-blocks")
    return small(vpc, groups=tuple(sorted((first, second), key=lambda each: each.key)), prefix_lists=(blocked,))


def test_renamed_groups_and_lists_keep_their_resources(ec2: Any, moto: Moto, tmp_path: Path) -> None:
    vpc = IdSource(literal=make_vpc(ec2))
    (oldest,) = modules(renamed(vpc, ("a",), ("x",), ("p",)), tmp_path / "oldest", moto, {}).values()
    oldest.apply()

    ids = {group["GroupId"] for group in observed(ec2, "shop", "prod", "main")[0].values()}

    def take_over(state: Module, book: Rulebook, name: str) -> Module:
        (module,) = modules(book, tmp_path / name, moto, {}).values()
        shutil.copy(state.folder / "terraform.tfstate", module.folder)
        changes = {change["address"]: change["change"] for change in module.plan()}
        assert set(changes) == {"output.group_ids", "output.prefix_list_ids"}, "resources are moved, and nothing else"
        assert set(changes["output.group_ids"]["after"].values()) == ids
        return module

    newest = renamed(vpc, ("a", "b", "c"), ("x", "y"), ("p", "q", "r"))
    take_over(oldest, newest, "all-at-once")
    between = take_over(oldest, renamed(vpc, ("a", "b"), ("x",), ("p", "q")), "between")
    between.apply()
    take_over(between, newest, "one-after-the-other")


HOSTILE = "Costs $5, $${x} and ${var.x} and $$${y} and %{ if x }"


def test_locked_default_group_and_text_that_looks_like_templates(ec2: Any, moto: Moto, tmp_path: Path) -> None:
    vpc_id = make_vpc(ec2)
    group = make_group(
        "web",
        name="web ${x} $${x}",
        description=HOSTILE,
        tags=(("Key ${k}", HOSTILE),),
        ingress=(make_rule("cidr", "10.0.0.0/8", description=HOSTILE),),
    )
    book = small(IdSource(literal=vpc_id), groups=(group,), default_group="lock", tags=(("Owner", HOSTILE),))
    (module,) = modules(book, tmp_path, moto, {}).values()
    module.apply()
    assert_equal_to(moto, as_json(book), {})
    groups, _, _ = observed(ec2, "shop", "prod", "main")
    assert groups["web"]["TagMap"]["Key ${k}"] == HOSTILE
    filters = [{"Name": "vpc-id", "Values": [vpc_id]}, {"Name": "group-name", "Values": ["default"]}]

    def default() -> dict[str, Any]:
        (found,) = ec2.describe_security_groups(Filters=filters)["SecurityGroups"]
        return dict(found)

    assert (default()["IpPermissions"], default()["IpPermissionsEgress"]) == ([], [])
    assert {"Key": "Owner", "Value": HOSTILE} in default()["Tags"]
    opened = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ec2.authorize_security_group_ingress(GroupId=default()["GroupId"], IpPermissions=[opened])
    assert [change["address"] for change in module.plan()] == ["aws_default_security_group.default"], (
        "opened by hand, and seen"
    )
    module.apply()
    assert default()["IpPermissions"] == []
