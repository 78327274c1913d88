"""An estate in moto: what targets take as given, and the comparison of what was applied with rulebook.json."""

from __future__ import annotations

from typing import Any

from moto_server import REGION, Moto
from readback import expected, observed
from terraform_cli import Module


def prepare(moto: Moto, book: dict[str, Any], vpc: str | None = None) -> dict[str, str]:
    """Make what a target takes as given (VPC, existing groups, parameters, AWS lists) and give its input variables.

    ``vpc`` is the VPC that an id which is not literal means; without it there will be a new one.
    """
    ec2, ssm = moto.client("ec2"), moto.client("ssm")
    variables: dict[str, str] = {}

    def give(source: Any, variable: str, value: str) -> None:
        if isinstance(source, dict):
            ssm.put_parameter(Name=source["ssm"], Value=value, Type="String", Overwrite=True)
        elif source is None:
            variables[variable] = value

    vpc_id = book["vpc"]["id"]
    if not isinstance(vpc_id, str):
        created = vpc or ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        give(vpc_id, "vpc_id", created)
        vpc_id = created
    for name, existing in book["existing"].items():
        group = ec2.create_security_group(GroupName=f"existing-{name}", Description="managed elsewhere", VpcId=vpc_id)
        give(existing["id"], f"{name}_group_id", group["GroupId"])
    known = {each["PrefixListName"] for each in ec2.describe_managed_prefix_lists()["PrefixLists"]}
    for name, each in book["prefix_lists"].items():
        if "aws" in each:
            aws_name = each["aws"].replace("{region}", REGION)
            if "id" not in each and aws_name not in known:
                ec2.create_managed_prefix_list(PrefixListName=aws_name, MaxEntries=1, AddressFamily="IPv4")
        elif "id" in each and not isinstance(each["id"], str):
            made = ec2.create_managed_prefix_list(PrefixListName=f"existing-{name}", MaxEntries=1, AddressFamily="IPv4")
            give(each["id"], f"{name}_list_id", made["PrefixList"]["PrefixListId"])
    return variables


def resolve_ids(moto: Moto, book: dict[str, Any], variables: dict[str, str]) -> dict[str, str]:
    """The id behind every name that a rulebook's rules use."""
    ec2, ssm = moto.client("ec2"), moto.client("ssm")

    def given(source: Any, variable: str) -> str:
        if isinstance(source, dict):
            return str(ssm.get_parameter(Name=source["ssm"])["Parameter"]["Value"])
        return source if isinstance(source, str) else variables[variable]

    def groups(strategy: str, environment: str, vpc: str) -> dict[str, str]:
        return {key: group["GroupId"] for key, group in observed(ec2, strategy, environment, vpc)[0].items()}

    own = groups(book["strategy"], book["environment"], book["vpc"]["name"])
    ids = {key: own[group.get("formerly", [key])[0]] for key, group in book["groups"].items()}
    places = {}
    for key, reference in book["references"].items():
        place = (reference["strategy"], reference["environment"], reference["vpc"])
        if reference["kind"] == "group":
            ids[key] = groups(*place)[reference["key"]]
        else:
            places[key] = (*place, reference["key"])
    for key, existing in book["existing"].items():
        ids[key] = given(existing["id"], f"{key}_group_id")
    lists = ec2.describe_managed_prefix_lists()["PrefixLists"]
    by_name = {each["PrefixListName"]: each["PrefixListId"] for each in lists}
    by_place = {list_place(each): each["PrefixListId"] for each in lists}
    for key, each in book["prefix_lists"].items():
        name = each.get("name") or each.get("aws", "").replace("{region}", REGION)
        if key in places:
            ids[key] = by_place[places[key]]
        elif isinstance(each.get("id"), str):
            ids[key] = each["id"]
        else:
            ids[key] = by_name[name] if name else given(each["id"], f"{key}_list_id")
    return ids


def list_place(each: dict[str, Any]) -> tuple[str | None, ...]:
    """The target and the identity of a prefix list, from its tags."""
    tags = {tag["Key"]: tag["Value"] for tag in each.get("Tags", ())}
    return tuple(tags.get(f"sgstrat:{key}") for key in ("strategy", "environment", "vpc", "prefix-list"))


def assert_in_step(module: Module) -> None:
    """A second plan changes nothing."""
    changed = {change["address"]: change["change"]["actions"] for change in module.plan()}
    assert changed == {}, module.folder


def assert_equal_to(moto: Moto, book: dict[str, Any], variables: dict[str, str]) -> None:
    """What is there equals rulebook.json: the groups, and their rules one by one with their descriptions."""
    ec2 = moto.client("ec2")
    groups, rules, descriptions = observed(ec2, book["strategy"], book["environment"], book["vpc"]["name"])
    wanted, reasons = expected(book, resolve_ids(moto, book, variables))
    assert rules == wanted
    assert descriptions == reasons
    there = {(group["GroupName"], group["Description"]) for group in groups.values()}
    assert there == {(group["name"], group["description"]) for group in book["groups"].values()}
