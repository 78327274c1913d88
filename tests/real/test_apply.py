"""The bundled strategies and the forty-group one: applied by Terraform, read back, and equal to the rulebook, rule by rule."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from moto_server import Moto
from readback import expected, observed
from terraform_cli import Module

ROOT = Path(__file__).parents[2]
FORTY = ROOT / "tests/examples/forty"

# One environment of each target is enough here: the other differs in ids only.
CASES = [
    (ROOT, ("platform/prod/main", "shop/prod/main")),
    (ROOT, ("eks/prod/containers",)),
    (ROOT, ("windows/prod/windows",)),
    (ROOT, ("intranet/default/main",)),
    (ROOT, ("data-platform/prod/data",)),
    (FORTY, ("sap/prod/sap",)),
]


class Site(NamedTuple):
    """A scratch copy of a workspace, built with ids that exist in moto."""

    folder: Path
    out: Path
    moto: Moto


def build_site(workspace: Path, scratch: Path, moto: Moto) -> Site:
    """Copy a workspace, put VPCs of moto in place of its literal ids, create what it expects to exist, and build it."""
    moto.reset()
    folder = scratch / "workspace"
    shutil.copytree(workspace / "strategies", folder / "strategies")
    if (workspace / "sgstrat.yaml").exists():
        shutil.copy(workspace / "sgstrat.yaml", folder)
    ec2 = moto.client("ec2")
    vpcs: dict[str, str] = {}

    def replace(match: re.Match[str]) -> str:
        if match.group() not in vpcs:
            vpcs[match.group()] = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        return vpcs[match.group()]

    for path in sorted(folder.rglob("*.yaml")):
        path.write_text(re.sub(r"vpc-[0-9a-f]{8,17}", replace, path.read_text("utf-8")), "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "sgstrat", "build", "-f", "terraform", "--as-of", "2027-01-01"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return Site(folder, folder / "out", moto)


def prepare(site: Site, book: dict[str, Any]) -> dict[str, str]:
    """Make what a target takes as given (VPC, existing groups, parameters, AWS lists) and give its input variables."""
    ec2, ssm = site.moto.client("ec2"), site.moto.client("ssm")
    variables: dict[str, str] = {}

    def give(source: Any, variable: str, value: str) -> None:
        if isinstance(source, dict):
            ssm.put_parameter(Name=source["ssm"], Value=value, Type="String", Overwrite=True)
        elif source is None:
            variables[variable] = value

    vpc_id = book["vpc"]["id"]
    if not isinstance(vpc_id, str):
        created = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        give(vpc_id, "vpc_id", created)
        vpc_id = created
    for name, existing in book["existing"].items():
        group = ec2.create_security_group(GroupName=f"existing-{name}", Description="managed elsewhere", VpcId=vpc_id)
        give(existing["id"], f"{name}_group_id", group["GroupId"])
    known = {each["PrefixListName"] for each in ec2.describe_managed_prefix_lists()["PrefixLists"]}
    for name, each in book["prefix_lists"].items():
        if "aws" in each and "id" not in each and each["aws"] not in known:
            ec2.create_managed_prefix_list(PrefixListName=each["aws"], MaxEntries=1, AddressFamily="IPv4")
        elif "name" not in each and "aws" not in each and not isinstance(each["id"], str):
            made = ec2.create_managed_prefix_list(PrefixListName=f"existing-{name}", MaxEntries=1, AddressFamily="IPv4")
            give(each["id"], f"{name}_list_id", made["PrefixList"]["PrefixListId"])
    return variables


def resolve_ids(site: Site, book: dict[str, Any], variables: dict[str, str]) -> dict[str, str]:
    """The id behind every name that a rulebook's rules use."""
    ec2, ssm = site.moto.client("ec2"), site.moto.client("ssm")

    def given(source: Any, variable: str) -> str:
        if isinstance(source, dict):
            return str(ssm.get_parameter(Name=source["ssm"])["Parameter"]["Value"])
        return source if isinstance(source, str) else variables[variable]

    def groups(strategy: str, environment: str, vpc: str) -> dict[str, str]:
        return {key: group["GroupId"] for key, group in observed(ec2, strategy, environment, vpc)[0].items()}

    own = groups(book["strategy"], book["environment"], book["vpc"]["name"])
    ids = {key: own[group.get("formerly", [key])[0]] for key, group in book["groups"].items()}
    for key, reference in book["references"].items():
        ids[key] = groups(reference["strategy"], reference["environment"], reference["vpc"])[reference["key"]]
    for key, existing in book["existing"].items():
        ids[key] = given(existing["id"], f"{key}_group_id")
    by_name = {each["PrefixListName"]: each["PrefixListId"] for each in ec2.describe_managed_prefix_lists()["PrefixLists"]}
    for key, each in book["prefix_lists"].items():
        name = each.get("name") or each.get("aws")
        ids[key] = each["id"] if isinstance(each.get("id"), str) else by_name[name] if name else given(each["id"], f"{key}_list_id")
    return ids


def is_moto_fault(change: dict[str, Any]) -> bool:
    """moto drops descriptions of rules that refer to a group or a list, which shows as an update of just that."""
    before, after = change["change"]["before"], change["change"]["after"]
    if change["change"]["actions"] != ["update"] or not (after.get("referenced_security_group_id") or after.get("prefix_list_id")):
        return False
    return {key for key in after if before.get(key) != after[key]} == {"description"} and not before.get("description")


@pytest.mark.parametrize(("workspace", "targets"), CASES, ids=lambda value: value[-1].split("/")[0] if isinstance(value, tuple) else value.name)
def test_applied_equals_rulebook(workspace: Path, targets: tuple[str, ...], tmp_path: Path, moto: Moto, terraform: None) -> None:
    site = build_site(workspace, tmp_path, moto)
    books = {target: json.loads((site.out / target / "rulebook.json").read_text()) for target in targets}
    variables = {target: prepare(site, book) for target, book in books.items()}
    units = [(target, site.out / target / "terraform") for target in targets]
    units += [(target, folder / "links") for target, folder in units if (folder / "links").is_dir()]
    modules = [Module(folder, tmp_path, moto, variables[target] if folder.name != "links" else {}) for target, folder in units]
    for module in modules:  # first units before links
        module.init()
        module.validate()
        module.apply()
    for module in modules:
        changes = [change for change in module.plan() if not is_moto_fault(change)]
        assert changes == [], f"{module.folder}: the second plan changes {[change['address'] for change in changes]}"
    ec2 = moto.client("ec2")
    for target, book in books.items():
        groups, rules, descriptions = observed(ec2, *target.split("/"))
        wanted, reasons = expected(book, resolve_ids(site, book, variables[target]))
        assert rules == wanted, target
        assert {group["GroupName"] for group in groups.values()} == {group["name"] for group in book["groups"].values()}
        for rule, description in descriptions.items():
            assert description == reasons[rule] or rule[5].startswith(("sg-", "pl-")), rule
