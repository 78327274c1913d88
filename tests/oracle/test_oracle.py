"""The compiler against an independent reading of the sources: nothing is emitted unwritten, nothing is lost."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from .compare import AS_OF, Texts, compile_texts, differences, observe
from .generate import Plan, plan
from .meaning import Peer, World
from .packets import packets, permitted_by_output, permitted_by_source
from .source import read
from .targets import targets

ROOT = Path(__file__).parents[2]
SEEDS, CHUNK = 300, 50
plans = st.builds(plan, st.randoms(use_true_random=False))
UNHURRIED: dict[str, Any] = {
    "deadline": None,
    "database": None,
    "derandomize": True,
    "suppress_health_check": list(HealthCheck),
}


def workspace(root: Path) -> Texts:
    """A workspace of the repository."""
    files = {
        path.relative_to(root).as_posix(): path.read_text("utf-8")
        for path in sorted((root / "strategies").rglob("*.yaml"))
    }
    given = root / "sgstrat.yaml"
    return Texts(files, given.read_text("utf-8") if given.exists() else None)


def agree(texts: Texts, syntax: str = "yaml") -> dict[str, str]:
    """The files of a workspace, after every output has been found to say what the sources say."""
    built = compile_texts(texts, syntax)
    assert not built.errors, built.errors
    assert differences(texts, built) == []
    return built.files


@pytest.mark.parametrize("start", range(0, SEEDS, CHUNK))
def test_random_workspaces_mean_the_same_in_every_output(start: int) -> None:
    for seed in range(start, start + CHUNK):
        agree(plan(Random(seed)).texts(), ("yaml", "json")[seed % 2])


@settings(max_examples=25, **UNHURRIED)
@given(plans)
def test_workspaces_that_shrink_mean_the_same_in_every_output(made: Plan) -> None:
    agree(made.texts())


@pytest.mark.parametrize("root", [ROOT, ROOT / "tests/examples/forty"], ids=["bundled", "forty"])
@pytest.mark.parametrize("syntax", ["yaml", "json"])
def test_the_bundled_strategies_mean_the_same_in_every_output(root: Path, syntax: str) -> None:
    assert agree(workspace(root), syntax)


def test_the_random_workspaces_hold_what_they_are_meant_to_try() -> None:
    """A generator that stops making some kind of thing would prove nothing about it."""
    seen: set[str] = set()
    for seed in range(80):
        texts = plan(Random(seed)).texts()
        meant = targets(texts.files, texts.settings, AS_OF)
        seen |= {"two strategies"} if len({name[0] for name in meant}) > 1 else set()
        seen |= {"two VPCs"} if len({name[2] for name in meant if name[:2] == min(meant)[:2]}) > 1 else set()
        for name, target in meant.items():
            seen |= {each.origin for each in target.lists.values()}
            seen |= (
                {"workload of another's group"}
                if any("/" in key for each in target.workloads.values() for key in each)
                else set()
            )
            seen |= {"renamed"} if any(group.identity != key for key, group in target.groups.items()) else set()
            for each in target.permissions:
                seen |= {
                    each.direction,
                    each.protocol,
                    each.peer.kind,
                    "self" if each.peer == Peer("group", each.group) else "",
                }
                seen |= {"another's group"} if each.peer.kind == "group" and "/" in each.peer.name else set()
                seen |= {"group of another VPC"} if each.peer.kind == "group" and "@" in each.peer.name else set()
                seen |= {"ipv6"} if each.peer.kind == "cidr" and ":" in each.peer.name else set()
            seen |= {handle for handle, _ in target.handles}
            seen |= {"one written twice"} if any(len(origins) > 1 for origins in target.permissions.values()) else set()
            seen |= {"environment"} if name[1] == "prod" else set()
    wanted = "two strategies|two VPCs|environment|renamed|one written twice|workload of another's group"
    wanted += "|ingress|egress|tcp|udp|icmp|icmpv6|50|-1|cidr|ipv6|group|prefix_list|self|another's group"
    wanted += "|group of another VPC|own|aws|existing|foreign|id|ssm|input|export"
    assert set(wanted.split("|")) - seen == set()


# -- the oracle has to be seen to fail


def _tampered(files: dict[str, str], suffix: str, old: str, new: str) -> dict[str, str]:
    changed = {path: text.replace(old, new, 1) if path.endswith(suffix) else text for path, text in files.items()}
    assert changed != files
    return changed


SMALL = """\
version: 1
strategy: s
groups:
  app:
    a: {description: A, ingress: [{from: 10.0.0.0/8, services: tcp/443, why: One}]}
    b: {description: B, egress: [{to: 10.1.0.0/16, services: udp/53, why: Two}]}
flows:
  - {from: a, to: b, services: [tcp/80, icmp/8], why: Three}
workloads:
  w: {groups: [a, b]}
"""


@pytest.mark.parametrize(
    ("suffix", "old", "new"),
    [
        ("rulebook.json", '"from_port": 443', '"from_port": 442'),
        ("rulebook.json", '"peer": {"group": "b"}', '"peer": {"group": "a"}'),
        ("rulebook.json", '"groups": ["a", "b"]', '"groups": ["b", "a"]'),
        ("template.yaml", "CidrIp: 10.0.0.0/8", "CidrIp: 0.0.0.0/0"),
        ("template.yaml", "FromPort: 53", "FromPort: 0"),
        ("template.yaml", "Description: Three", "Description: Four"),
        ("main.tf.json", '"to_port": 443', '"to_port": 444'),
        ("main.tf.json", '"udp"', '"tcp"'),
        ("main.tf.json", "${aws_security_group.b.id}", "${aws_security_group.a.id}"),
    ],
)
def test_a_changed_output_is_noticed(suffix: str, old: str, new: str) -> None:
    texts = Texts({"strategies/s.yaml": SMALL})
    built = compile_texts(texts)
    assert differences(texts, built) == []
    assert differences(texts, built._replace(files=_tampered(built.files, suffix, old, new))) != []


def test_a_missing_sentinel_is_noticed() -> None:
    texts = Texts({"strategies/s.yaml": SMALL})
    built = compile_texts(texts)
    tampered = _tampered(built.files, "template.yaml", "CidrIp: 127.0.0.1/32", "CidrIp: 0.0.0.0/0")
    assert any("not written in the sources" in line for line in differences(texts, built._replace(files=tampered)))


# -- packet by packet


@pytest.mark.parametrize("seed", range(500, 530))
def test_every_packet_has_the_same_fate_in_the_sources_and_in_the_outputs(seed: int) -> None:
    random = Random(seed)
    texts = plan(random).texts()
    built = compile_texts(texts)
    assert not built.errors
    world = World(read(texts.files, texts.settings), AS_OF)
    for name, target in targets(texts.files, texts.settings, AS_OF).items():
        lists = {
            key: frozenset(cidr for cidr, _ in each.entries)
            for key, each in target.lists.items()
            if each.origin in ("own", "foreign")
        }
        blocks = [each.peer.name for each in target.permissions if each.peer.kind == "cidr"] + [
            "10.0.0.0/8",
            "2001:db8::/32",
        ]
        blocks += [block for entries in lists.values() for block in sorted(entries)]
        opaque: list[tuple[Peer, str | None]] = [(Peer("group", key), None) for key in target.groups]
        opaque += [(each.peer, None) for each in target.permissions if each.peer.kind == "group"]
        opaque += [(Peer("prefix_list", key), each.family) for key, each in target.lists.items() if key not in lists]
        literals = sorted({_literal(each) for each in target.permissions}) or ["tcp/443"]
        seen = observe(built.files, name, target)
        for packet in packets(random, blocks, opaque, literals, 60):
            for group in target.groups:
                for direction in ("ingress", "egress"):
                    allowed = permitted_by_source(world, name, group, direction, packet)
                    for format, output in seen.items():
                        assert permitted_by_output(output.permissions, lists, group, direction, packet) == allowed, (
                            name,
                            format,
                            group,
                            direction,
                            packet,
                        )


def _literal(each: Any) -> str:
    if each.from_port is None or each.from_port == -1:
        return (
            "all"
            if each.protocol == "-1"
            else f"{each.protocol}/any"
            if each.from_port == -1
            else f"proto/{each.protocol}"
        )
    return f"{each.protocol}/{each.from_port}" + (
        f"-{each.to_port}" if each.protocol in ("tcp", "udp") else f"/{each.to_port}" if each.to_port >= 0 else ""
    )
