"""Runs the scanners of the field, where they are installed, and reads what they say.

checkov: an executable on the PATH or in ``SGSTRAT_TEST_CHECKOV``. cfn-guard: the folder of the npm package
``@cdklabs/cdk-validator-cfnguard``, which holds the program and the rules of AWS Control Tower, in
``SGSTRAT_TEST_CFN_GUARD``.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

_GUARD_FOLDERS = {"linux": "ubuntu", "darwin": "macos"}
_MACHINES = {"x86_64": "x86_64", "amd64": "x86_64", "arm64": "aarch64", "aarch64": "aarch64"}
_RULES = "rules/control-tower/cfn-guard/ec2"
_SECURITY_GROUP_RULES = ("ct-ec2-pr-3", "ct-ec2-pr-4")


class Alarm(NamedTuple):
    """What a scanner says of one resource of one file; ``file`` is relative to what was scanned."""

    scanner: str
    check: str
    file: str
    resource: str


class Report(NamedTuple):
    """A run of checkov: what failed, what was skipped with which comment, how much passed, what could not be read."""

    failed: tuple[Alarm, ...]
    skipped: dict[Alarm, str]
    passed: int
    unread: int


def checkov() -> str | None:
    """The program, or None where it is not installed."""
    return os.environ.get("SGSTRAT_TEST_CHECKOV") or shutil.which("checkov")


def guard() -> Path | None:
    """The folder of the npm package, or None where the variable does not name one for this machine."""
    folder = Path(os.environ.get("SGSTRAT_TEST_CFN_GUARD") or "/nonexistent")
    return folder if _guard_program(folder).is_file() else None


def _guard_program(folder: Path) -> Path:
    system, machine = _GUARD_FOLDERS.get(sys.platform, "none"), _MACHINES.get(platform.machine().lower(), "none")
    return folder / "bin" / system / machine / "cfn-guard"


def run_checkov(folder: Path, framework: str) -> Report:
    """Scan everything in a folder, offline."""
    program = checkov()
    assert program is not None
    command = [program, "-d", ".", "--framework", framework, "--skip-download", "--compact", "-o", "json"]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, env={**os.environ, "LOG_LEVEL": "CRITICAL"}
    )
    assert done.returncode in (0, 1), done.stderr
    data = json.loads(done.stdout)
    results = data.get("results", {})
    return Report(
        tuple(sorted(map(_alarm, results.get("failed_checks", ())))),
        {_alarm(each): each["check_result"]["suppress_comment"] for each in results.get("skipped_checks", ())},
        data.get("summary", data)["passed"],
        data.get("summary", data)["parsing_errors"],
    )


def _alarm(record: dict[str, Any]) -> Alarm:
    return Alarm("checkov", record["check_id"], record["file_path"].lstrip("/"), _resource(record["resource"]))


def _resource(written: str) -> str:
    """The name alone of ``AWS::EC2::SecurityGroup.Alb``, ``aws_security_group.alb`` and ``resource.alb_tcp-443``."""
    return written.partition(".")[2]


def run_guard(folder: Path, rules: Iterable[Path] = ()) -> tuple[Alarm, ...]:
    """Hold every template of a folder to rules; by default to what Control Tower has for security groups."""
    package = guard()
    assert package is not None
    program = _guard_program(package)
    program.chmod(0o755)  # what installs packages may not keep the bit
    files = sorted(folder.rglob("cloudformation/*.yaml"))
    given = list(rules) or [package / _RULES / f"{name}.guard" for name in _SECURITY_GROUP_RULES]
    options = [*(f"-d{file}" for file in files), *(f"-r{rule}" for rule in given)]
    done = subprocess.run(
        [program, "validate", "--structured", "-o", "json", "--show-summary", "none", *options],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 19), done.stderr
    found = set()
    for each in json.loads(done.stdout):
        name = Path(each["name"]).resolve().relative_to(folder.resolve()).as_posix()
        for rule in each["not_compliant"]:
            check = _guard_check(rule)
            found |= {Alarm("cfn-guard", check, name, resource) for resource in _guard_resources(rule)}
    return tuple(sorted(found))


def _guard_check(rule: dict[str, Any]) -> str:
    """The control's name from the message (``[CT.EC2.PR.3]``), else the rule's own."""
    named = re.search(r"\[(CT\.[A-Z0-9.]+)\]", json.dumps(rule))
    return named.group(1) if named else rule["Rule"]["name"]


def _guard_resources(node: Any) -> Iterator[str]:
    yield from re.findall(r"/Resources/([A-Za-z0-9]+)", json.dumps(node))


def readable_by_checkov(folder: Path, into: Path) -> None:
    """Copies of Terraform modules without what checkov's reader of JSON syntax stumbles over.

    It takes the members of ``terraform`` and ``moved`` for blocks, and gives up on a file where one is a text.
    """
    for path in folder.rglob("*.tf.json"):
        data = json.loads(path.read_text("utf-8"))
        data["terraform"].pop("required_version")
        data.pop("moved", None)
        copy = into / path.relative_to(folder)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(json.dumps(data, indent=2), "utf-8")
