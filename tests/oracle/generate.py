"""Random workspaces that are valid, and use every part of the language that decides what is allowed.

One generator for both uses: with ``random.Random(seed)`` it is quick, with hypothesis's ``randoms()`` it shrinks.
A plan is plain data by file, so that tests can shuffle or extend it before it becomes text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

import yaml

from .compare import Texts
from .rules import Rules
from .things import Things, limited

STRATEGIES = ("shop", "platform", "x", "x-1", "9lives")
KINDS = ("baseline", "os", "service", "app")
ACCOUNT, REGION = "111111111111", "eu-west-1"
NAMES = (
    "web web-1 web1 x-alb xalb alb 1st a-b-c abc db x1 vpc-id x i-o 0 e2 no to from s3-x default null "
    + " ".join(("n" * 63, "a-" * 31 + "a", "z-9-" * 15 + "z"))
).split()


@dataclass
class Plan:
    """A workspace as data: documents by path, and the settings."""

    documents: dict[str, dict[str, Any]]
    settings: dict[str, Any] | None = None
    styles: dict[str, bool | None] = field(default_factory=dict)

    def texts(self) -> Texts:
        files = {path: dump(document, self.styles.get(path)) for path, document in self.documents.items()}
        return Texts(files, None if self.settings is None else dump(self.settings, None))


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML passes what it asks about
        return True

    def text(self, value: str) -> yaml.ScalarNode:
        """PyYAML quotes what YAML 1.1 would misread; ``1e3`` is a number in YAML 1.2 only."""
        return self.represent_scalar(
            "tag:yaml.org,2002:str",
            value,
            '"' if value[:1].isdigit() and "." not in value and "/" not in value else None,
        )


_Dumper.add_representer(str, _Dumper.text)


def dump(document: dict[str, Any], flow: bool | None) -> str:
    """Data as YAML: block style, or with the innermost collections in flow style where ``flow`` is None."""
    return yaml.dump(
        document, Dumper=_Dumper, sort_keys=False, default_flow_style=flow, width=100000, allow_unicode=True
    )


def plan(random: Random) -> Plan:
    """A random workspace of one to three strategies."""
    environments = random.choice(([], ["dev"], ["dev", "prod"], ["dev", "prod"]))
    places = _places(random, environments)
    names = random.sample(STRATEGIES, random.choice((1, 1, 2, 2, 3)))
    every = {name: Things(name, environments or ["default"]) for name in names}
    settings = None
    if random.random() < 0.3:
        settings = {"networks": {"lent": ["192.0.2.0/24"]}, "services": {"lent-service": ["tcp/7000-7009", "udp/7000"]}}
    for name, things in every.items():
        if settings is not None:
            things.borrow()
        _declare(random, things, environments, places, [each for each in names if each != name])
    _enforce(random, every)
    if len(places) > 1 and random.random() < 0.7:
        _peer(random, every)
    for things in every.values():
        Rules(random, things, every).write()
    made = _files(random, every)
    made.settings = settings
    return made


def _places(random: Random, environments: list[str]) -> list[dict[str, Any]]:
    """The VPCs there really are: an id in every environment, in one of the three forms."""
    places = []
    for index in range(random.choice((1, 1, 2))):
        form = random.choice(("literal", "literal", "ssm", "input")) if environments else "input"
        ids = {}
        for number, environment in enumerate(environments):
            ids[environment] = {
                "literal": f"vpc-0{index}{number}00000000000aaa",
                "ssm": {"ssm": f"/net/{environment}/{index}"},
                "input": None,
            }[form]
        places.append({"form": form, "ids": ids, "name": ("main", "edge")[index], "number": index})
    return places


def _declare(
    random: Random, things: Things, environments: list[str], places: list[dict[str, Any]], others: list[str]
) -> None:
    document = things.document
    document.update({"version": 1, "strategy": things.name, "owner": "team"})
    if others and random.random() < 0.8:
        document["uses"] = things.uses = random.sample(others, random.randint(1, len(others)))
    document["quotas"] = {"rules_per_group": 200, "groups_per_eni": 5}
    chosen = [place for place in places if random.random() < 0.8] or places[:1]
    pool = random.sample(NAMES, len(NAMES))
    _vpcs(random, things, environments, chosen)
    _groups(random, things, pool)
    things.networks(random, pool)
    things.lists(random, pool)
    things.existing(random, pool)
    things.services(random)
    if random.random() < 0.3:
        document["naming"] = {
            "group": random.choice(
                (
                    "{strategy}-{environment}-{vpc}-{kind}-{name}",
                    "{name}.{environment}.{strategy}.{vpc} ${x}".replace("{x}", "{stage}"),
                )
            )
        }
        document["vars"] = {"stage": "test"}
    if random.random() < 0.2:
        document["default_group"] = "lock" if things.name == "platform" else "leave"
        if document["default_group"] == "leave":
            things.waive("SG403", "default_group")


def _vpcs(random: Random, things: Things, environments: list[str], places: list[dict[str, Any]]) -> None:
    """The strategy's VPCs. Where ids are literal they alone say which VPC is meant, so the name may be its own."""
    document = things.document
    document["environments"] = {environment: {"account": ACCOUNT, "region": REGION} for environment in environments}
    tops: dict[str, Any] = {}
    for place in places:
        index = place["number"]  # addresses are the VPC's, whoever speaks of it
        name = f"{things.name}-{index}" if place["form"] == "literal" and random.random() < 0.3 else place["name"]
        cidrs = {"cidrs": [f"10.{index}.0.0/16"]} | (
            {"ipv6_cidrs": [f"2001:DB8:{index}::/56"]} if random.random() < 0.3 else {}
        )
        tops[name] = dict(cidrs)
        off = environments[-1] if len(environments) > 1 and len(places) > 1 and random.random() < 0.15 else None
        for environment in environments:
            local: dict[str, Any] = {"id": place["ids"][environment]} if place["ids"][environment] else {}
            if random.random() < 0.2:
                local["cidrs"] = [f"10.{100 + index}.0.0/16", f"172.{16 + index}.0.0/20"]
            if environment == off:
                local["enabled"] = False
            if local:
                document["environments"][environment].setdefault("vpcs", {})[name] = local
        things.add_vpc(name, place["name"], off)
    if not environments:
        del document["environments"]
    document["vpcs"] = tops
    if not environments and len(tops) == 1 and "main" in tops and random.random() < 0.3:
        del document["vpcs"]
        things.forget_vpc_peer("main")


def _peer(random: Random, every: dict[str, Things]) -> None:
    """Connect the two VPCs: some strategy says so of one of its own, with another of its own or of one it uses."""
    possible = [
        (things, vpc, far if owner is things else f"{owner.name}/{far}", owner, far)
        for things in every.values()
        for vpc, place in things.homes.items()
        for owner in (things, *(every[name] for name in things.uses))
        for far, other in owner.homes.items()
        if other != place and "vpcs" in things.document
    ]
    chosen = random.sample(possible, min(len(possible), random.choice((1, 1, 2))))
    for things, vpc, named, _, _ in chosen:
        written = things.document["vpcs"][vpc].setdefault("peered_with", [])
        if named not in written and {"vpc": named} not in written:
            written.append(random.choice((named, {"vpc": named})))
        for environment in things.environments:
            there = _vpc_here(things, environment, vpc)
            if there and random.random() < 0.2:
                there["peered_with"] = []
    connected = frozenset(
        environment
        for things, vpc, _, owner, far in chosen
        for environment in things.environments
        if "peered_with" not in _vpc_here(things, environment, vpc)
        and environment not in (things.off[vpc], owner.off[far])
    )
    for things in every.values():
        things.peered = connected


def _vpc_here(things: Things, environment: str, vpc: str) -> dict[str, Any]:
    """What an environment says of a VPC."""
    found: dict[str, Any] = things.document.get("environments", {}).get(environment, {}).get("vpcs", {}).get(vpc, {})
    return found


def _groups(random: Random, things: Things, pool: list[str]) -> None:
    groups: dict[str, dict[str, Any]] = {}
    for index in range(random.randint(2, 6)):
        kind = "baseline" if index == 1 and random.random() < 0.5 else random.choice(KINDS[1:])
        group: dict[str, Any] = {
            "description": random.choice(("Tier", "no", "${not} a template", "1e3", "key: value #x", "[a] {b}"))
        }
        group |= limited(random, things.environments, 0.12 if index else 0)
        vpcs = list(things.homes)
        if len(vpcs) > 1:
            group |= (
                random.choice(({"vpc": vpcs[0]}, {"vpc": vpcs[1]}, {"vpc": vpcs[1]}, {"vpcs": vpcs}))
                if index
                else {"vpcs": vpcs}
            )
        if kind == "app" and random.random() < 0.3:
            group["facing"] = "internal"
        name = pool.pop()
        if random.random() < 0.1:
            group["aws_name"] = f"Pinned {index} {{strategy}}/{{environment}}/{{vpc}}"
        if random.random() < 0.15:
            group["formerly"] = random.choice((f"old-{index}", [f"oldest-{index}", f"old-{index}"]))
        groups.setdefault(kind, {})[name] = group
        things.add_group(name, kind, group)
    things.document["groups"] = groups


def _enforce(random: Random, every: dict[str, Things]) -> None:
    """At most one enforced baseline group, so that interfaces keep room."""
    baselines = [
        things.group(name) for things in every.values() for name, kind in things.kinds.items() if kind == "baseline"
    ]
    if baselines and random.random() < 0.5:
        random.choice(baselines)["enforce"] = True


def _files(random: Random, every: dict[str, Things]) -> Plan:
    """Each strategy as one file, or as a file and fragments."""
    made = Plan({})
    for name, things in every.items():
        path = f"strategies/{name}.yaml"
        document = made.documents[path] = things.document
        if random.random() < 0.25:
            for key in random.sample(("flows", "workloads", "waivers", "networks", "services"), 2):
                if document.get(key):
                    document["include"] = [f"{name}/*.yml"]
                    made.documents[f"strategies/{name}/{key}.yml"] = {key: document.pop(key)}
    made.styles = {path: random.choice((None, False)) for path in made.documents}
    return made
