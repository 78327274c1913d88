"""Programs that compare tools: on a tiny landscape, each that needs no Node makes the rules that are wanted."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
sys.path.append(str(BENCHMARKS))

from landscape import NETWORKS, landscape, single_rules  # noqa: E402  # found by the line above
from plot import plot  # noqa: E402
from tally import tally  # noqa: E402


def test_every_tool_makes_the_same_rules(tmp_path: Path) -> None:
    given = ("--rounds", "1", "--sizes", "6x12", "8x12", "--node", str(tmp_path), "--scratch", str(tmp_path))
    done = subprocess.run(
        (sys.executable, BENCHMARKS / "compare.py", *given, "--only", "sgstrat", "floor", "troposphere", "AWS CDK L2"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr  # it holds what each tool wrote against the landscape
    measured = {line.split(" s, ")[0].rpartition(":")[0] for line in done.stdout.splitlines() if line[1:4] == "x12"}
    names = ("sgstrat, Terraform JSON", "sgstrat, CloudFormation JSON", "floor, Terraform", "floor, CloudFormation")
    assert measured == {f"{size} {name}" for size in ("6x12", "8x12") for name in (*names, "troposphere, by hand")}
    assert "skipped: AWS CDK L2: npm install aws-cdk-lib" in done.stdout
    assert "| AWS CDK L2 | not installed | not installed |" in done.stdout
    assert "sgstrat, Terraform JSON takes" in done.stdout


def test_a_rebuild_is_measured_beside_a_build_of_one() -> None:
    given = ("--strategies", "3", "--groups", "3", "--rules", "12", "--rounds", "2")
    done = subprocess.run(
        (sys.executable, BENCHMARKS / "rebuild.py", *given), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "\nratio " in done.stdout


def test_a_lost_rule_is_seen() -> None:
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "10.0.0.0/8"}
    group = {"GroupName": "a", "SecurityGroupIngress": [rule]}
    wanted = {"groups": [{"name": "a", "aws_name": "a", "rules": [[False, 22, 22, "cidr", "10.0.0.0/8", "why"]]}]}
    template = {"Resources": {"A": {"Type": "AWS::EC2::SecurityGroup", "Properties": group}}}
    assert tally("cloudformation", [template]) == tally("rules", [wanted])
    for key, other in (("FromPort", 21), ("CidrIp", "10.0.0.0/9")):
        group["SecurityGroupIngress"] = [{**rule, key: other}]
        assert tally("cloudformation", [template]) != tally("rules", [wanted])


@pytest.mark.parametrize("shape", ["tiers", "plain"])
@pytest.mark.parametrize(("groups", "rules"), [(7, 60), (50, 60), (13, 24), (60, 120)])
def test_a_landscape_has_so_many_rules_and_none_twice(shape: str, groups: int, rules: int) -> None:
    found = single_rules(landscape(groups, rules, shape))
    assert len(found) == groups
    if groups > rules // 4:
        assert {len(each) for each in found.values()} == {rules}
    for each in found.values():
        assert len({rule._replace(why="") for rule in each}) == len(each)
    assert shape == "plain" or any(rule.peer in NETWORKS["offices"] for rule in found["tier-0000"])


def test_the_plot_is_the_same_each_time_and_places_what_it_is_given() -> None:
    lines = {"one <tool>": [(10.0, 0.1), (1000.0, 10.0)], "none": [None], "other": [(10.0, 1.0), None, (1000.0, 10.0)]}
    picture = plot("Title", "rules", "seconds", lines)
    assert picture == plot("Title", "rules", "seconds", lines)
    assert "one &lt;tool&gt;" in picture
    assert "none</text>" not in picture
    assert picture.count("<circle") == 2 + 2 + 2  # points, and a mark beside each name
    assert picture.count("<polyline") == 1  # the other has a gap
