"""The bundled strategies and the forty-group one: applied by Terraform, and read back equal to the rulebook."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from estate import assert_equal_to, assert_in_step, prepare
from moto_server import Moto
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
    (ROOT, tuple(f"shared-services/prod/{vpc}" for vpc in ("apps", "legacy", "shared"))),
    (FORTY, ("sap/prod/sap",)),
]


class Site(NamedTuple):
    """A scratch copy of a workspace, built with ids that exist in moto."""

    folder: Path
    out: Path


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
        [sys.executable, "-m", "sgstrat", "build", "-f", "terraform", "--as-of", "2027-01-01"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return Site(folder, folder / "out")


@pytest.mark.parametrize(
    ("workspace", "targets"),
    CASES,
    ids=lambda value: value[-1].split("/")[0] if isinstance(value, tuple) else value.name,
)
def test_applied_equals_rulebook(
    workspace: Path, targets: tuple[str, ...], tmp_path: Path, moto: Moto, terraform: None
) -> None:
    site = build_site(workspace, tmp_path, moto)
    books = {target: json.loads((site.out / target / "rulebook.json").read_text()) for target in targets}
    variables = {target: prepare(moto, book) for target, book in books.items()}
    units = [(target, site.out / target / "terraform") for target in targets]
    units += [(target, folder / "links") for target, folder in units if (folder / "links").is_dir()]
    modules = [Module(folder, tmp_path, moto, variables[target]) for target, folder in units]
    for module in modules:  # first units before links
        module.init()
        module.apply()
    for module in modules:
        assert_in_step(module)
    for target, book in books.items():
        assert_equal_to(moto, book, variables[target])
