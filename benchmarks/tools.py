"""What is compared: each tool as a command that makes the rules of a landscape, and the files that it leaves.

A tool gets a folder with a workspace (``strategies/``, ``sgstrat.yaml``) and with the same rules one by one
(``rules.json``), and writes into a folder of its own. Knows nothing of measuring.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from generate import ACCOUNT, REGION, write_workspace
from landscape import LISTS, MANAGED_LIST, Landscape, single_rules

HERE = Path(__file__).parent
NODE = {
    "NODE_OPTIONS": "--max-old-space-size=8192",
    "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
    "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1",
}


class Tool(NamedTuple):
    """One line of the comparison.

    ``command`` takes the folder of the landscape and an empty one for the output; ``kind`` and ``outputs`` (a glob
    below that one) are for counting rules, empty where there are none. ``missing`` says what has to be installed.
    ``floor_of`` names the tool whose files a floor is made of: it has to have run before.
    """

    name: str
    command: Callable[[Path, Path], Sequence[str]]
    kind: str = ""
    outputs: str = ""
    missing: str | None = None
    floor_of: str = ""
    settings: Mapping[str, str] = MappingProxyType({})


def prepare(folder: Path, whole: Landscape, rules: int) -> None:
    """Write what every tool reads."""
    write_workspace(folder, whole, rules)
    single = single_rules(whole)
    groups = [
        {
            "name": tier.name,
            "aws_name": f"bench-prod-main-{tier.name}",
            "description": tier.description,
            "rules": single[tier.name],
        }
        for tier in whole.tiers
    ]
    place = {"account": ACCOUNT, "region": REGION, "vpc": "vpc-0e0000000000000e1"}
    data = {**place, "managed": MANAGED_LIST, "lists": LISTS, "groups": groups}
    (folder / "rules.json").write_text(json.dumps(data), "utf-8")


def tools(node_modules: Path | None) -> list[Tool]:
    """All of them, in the order of the table. ``node_modules`` is where aws-cdk-lib and constructs are."""
    terraform, cloudformation = "sgstrat, Terraform JSON", "sgstrat, CloudFormation JSON"
    return [
        Tool(terraform, _sgstrat("terraform"), "terraform", "**/main.tf.json"),
        Tool("floor, Terraform", _floor(terraform), floor_of=terraform),
        Tool(
            cloudformation,
            _sgstrat("cloudformation", "--syntax", "json"),
            "cloudformation",
            "**/cloudformation/*.json",
        ),
        Tool("floor, CloudFormation", _floor(cloudformation), floor_of=cloudformation),
        Tool(
            "troposphere, by hand",
            _python("troposphere_objects.py"),
            "cloudformation",
            "template.json",
            None if find_spec("troposphere") else "pip install troposphere",
        ),
        _cdk("L2", "L2", node_modules, is_validated=True),
        _cdk("L1 in stacks of 500", "stacks", node_modules, is_validated=True),
        _cdk("L2", "L2", node_modules, is_validated=False),
        _cdk("L1", "L1", node_modules, is_validated=False),
        Tool(
            "cdktf, a construct a resource",
            _python("cdktf_constructs.py"),
            "terraform",
            "**/cdk.tf.json",
            None if find_spec("cdktf") and shutil.which("node") else "pip install cdktf, and Node.js",
            settings=NODE,
        ),
    ]


def folder_of(tool: str) -> str:
    """The name of the folder for a tool's output."""
    return "out-" + "".join(letter if letter.isalnum() else "-" for letter in tool.lower())


def versions(node_modules: Path | None) -> str:
    """What was compared, with versions, as one line of text."""
    found = [f"Python {sys.version.split()[0]}"]
    for package in ("PyYAML", "troposphere", "cdktf"):
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    if node_modules is not None:
        text = (node_modules / "aws-cdk-lib" / "package.json").read_text("utf-8")
        found.append(f"aws-cdk-lib {json.loads(text)['version']}")
    return ", ".join(found)


def _sgstrat(form: str, *options: str) -> Callable[[Path, Path], Sequence[str]]:
    command_line = (sys.executable, "-m", "sgstrat", "build", "-f", form, *options, "--as-of", "2027-01-01")

    def command(_folder: Path, out: Path) -> Sequence[str]:
        return (*command_line, "-o", str(out))

    return command


def _floor(of: str) -> Callable[[Path, Path], Sequence[str]]:
    def command(folder: Path, _out: Path) -> Sequence[str]:
        sources = sorted(folder.glob("strategies/**/*.yaml"))
        made = [each for each in sorted((folder / folder_of(of)).rglob("*.json")) if each.name != "manifest.json"]
        return sys.executable, str(HERE / "floor.py"), *map(str, sources + made)

    return command


def _python(program: str) -> Callable[[Path, Path], Sequence[str]]:
    return lambda folder, out: (sys.executable, str(HERE / "programs" / program), str(folder / "rules.json"), str(out))


def _cdk(name: str, level: str, node_modules: Path | None, is_validated: bool) -> Tool:
    def command(folder: Path, out: Path) -> Sequence[str]:
        return "node", str(HERE / "programs" / "cdk.js"), str(folder / "rules.json"), str(out), level

    is_there = node_modules is not None and (node_modules / "aws-cdk-lib").is_dir() and shutil.which("node")
    return Tool(
        f"AWS CDK {name}" + ("" if is_validated else ", without its validation"),
        command,
        "cloudformation",
        "*.template.json",
        None if is_there else "npm install aws-cdk-lib constructs, and name that node_modules with --node",
        settings={**NODE, "NODE_PATH": str(node_modules), "CDK_VALIDATION": str(is_validated).lower()},
    )


def node_modules_of(option: str | None) -> Path | None:
    """The folder of the option, else of the environment's SGSTRAT_BENCH_NODE, else ``.node/node_modules``, if any."""
    named = option or os.environ.get("SGSTRAT_BENCH_NODE")
    folder = Path(named) if named else HERE.parent / ".node" / "node_modules"
    return folder.resolve() if (folder / "aws-cdk-lib").is_dir() else None
