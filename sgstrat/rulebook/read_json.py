"""rulebook.json read back into a rulebook. The text may come from anywhere, so nothing in it is trusted.

What the file does not hold has its default: quotas are AWS's own, positions are unknown, and the names of another
target's lists are empty. Knows the form of ``json_form`` and what a rule can be; reads no files.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from sgstrat.facts.limits import limit
from sgstrat.rulebook.json_form import VERSION
from sgstrat.rulebook.model import (
    Existing,
    Group,
    IdSource,
    ListEntry,
    OutsideVpc,
    Packed,
    Peer,
    PeeredVpc,
    PrefixList,
    Quotas,
    Reference,
    Rule,
    Rulebook,
    TargetName,
    Vpc,
    Workload,
)
from sgstrat.rulebook.read_json_content import impossible
from sgstrat.rulebook.schema import rulebook_schema

MAX_CHARACTERS = 64 * 2**20
MOST_PROBLEMS = 20
_REBUILD = "write it anew with: sgstrat build"
_Json = dict[str, Any]


class RulebookFault(ValueError):
    """A text that is no rulebook of this version. ``problems`` say what is wrong where, ``help`` what to do."""

    def __init__(self, problems: tuple[str, ...], help: str = _REBUILD) -> None:
        super().__init__(problems[0])
        self.problems = problems
        self.help = help


def read_rulebook(text: str) -> Rulebook:
    """The rulebook that :func:`~sgstrat.rulebook.json_form.write_rulebook` wrote as ``text``.

    Raises :class:`RulebookFault` for what is no JSON, larger than :data:`MAX_CHARACTERS`, of another version, does not
    fit the schema, or holds a rule, name or CIDR that no rulebook can hold.
    """
    loaded = _load(text)
    _check_version(loaded)
    data = _shaped(loaded)
    problems = tuple(impossible(data))
    if problems:
        raise RulebookFault(_first(problems))
    return _rulebook(data)


def _load(text: str) -> object:
    if len(text) > MAX_CHARACTERS:
        raise RulebookFault((f"it is larger than {MAX_CHARACTERS} characters",), "build with smaller targets")
    if re.search(r"^(<<<<<<< |>>>>>>> )", text, re.MULTILINE):
        raise RulebookFault(("it holds merge conflict markers",))
    try:
        return json.loads(text, object_pairs_hook=_members, parse_constant=_no_constant)
    except RecursionError:
        raise RulebookFault(("it is nested too deeply",)) from None
    except json.JSONDecodeError as error:
        raise RulebookFault((f"it is not JSON: {error.msg} in line {error.lineno}, column {error.colno}",)) from None
    except ValueError as error:  # a number with too many digits, or one of our own hooks
        raise RulebookFault((f"it is not JSON: {str(error)[:200]}",)) from None


def _members(pairs: list[tuple[str, Any]]) -> _Json:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice[:80]!r} stands twice in one object")
    return found


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no number of JSON")


def _check_version(data: object) -> None:
    version = data.get("rulebook") if isinstance(data, dict) else None
    if isinstance(version, int) and not isinstance(version, bool) and version != VERSION:
        newer = "it was written by a newer sgstrat: update this one" if version > VERSION else _REBUILD
        raise RulebookFault(
            (f"it is a rulebook of version {version}, and this sgstrat reads version {VERSION}",), newer
        )
    if version is None:
        raise RulebookFault(
            ("it is no rulebook: a rulebook is an object with the key rulebook",), "name a rulebook.json"
        )


@lru_cache
def _validator() -> Any:  # noqa: ANN401  # the library has no types
    import jsonschema_rs  # a compiled library: loaded when the first rulebook needs it

    return jsonschema_rs.validator_for(rulebook_schema())


def _shaped(data: object) -> _Json:
    validator = _validator()
    if isinstance(data, dict) and validator.is_valid(data):
        return data
    found = (f"{_path(error.instance_path)}: {error.message[:200]}" for error in validator.iter_errors(data))
    raise RulebookFault(_first(tuple(found)))


def _path(steps: Iterable[object]) -> str:
    return ".".join(str(step)[:80] for step in steps) or "the whole"


def _first(problems: tuple[str, ...]) -> tuple[str, ...]:
    if len(problems) <= MOST_PROBLEMS:
        return problems
    return (*problems[:MOST_PROBLEMS], f"... and {len(problems) - MOST_PROBLEMS} more")


def _rulebook(data: _Json) -> Rulebook:
    vpc = data["vpc"]
    lists = tuple(_prefix_list(key, each, data) for key, each in sorted(data["prefix_lists"].items()))
    identify = _identities(data)
    return Rulebook(
        strategy=data["strategy"],
        environment=data["environment"],
        account=data["account"],
        region=data["region"],
        vpc=Vpc(
            vpc["name"],
            _id(vpc["id"]),
            tuple(vpc["cidrs"]),
            tuple(vpc["ipv6_cidrs"]),
            tuple(map(_peered, vpc["peered_with"])),
        ),
        default_group=data["default_group"],
        groups=tuple(_group(key, each, identify) for key, each in sorted(data["groups"].items())),
        prefix_lists=lists,
        existing=tuple(
            Existing(key, _id(each["id"]), each["account"]) for key, each in sorted(data["existing"].items())
        ),
        references=tuple(_reference(key, each) for key, each in sorted(data["references"].items())),
        workloads=tuple(
            Workload(key, tuple(each["groups"]), int(each["reserved_groups"]), tuple(each["networks"]))
            for key, each in sorted(data["workloads"].items())
        ),
        tags=(),
        quotas=Quotas(**{name: limit(name) for name in Quotas._fields if not name.startswith("existing_")}),
        sources=(),
        packed=tuple(Packed(key, tuple(members)) for key, members in sorted(data.get("packed", {}).items())),
    )


def _id(value: str | _Json | None) -> IdSource:
    return IdSource(ssm=value["ssm"]) if isinstance(value, dict) else IdSource(value)


def _peered(each: str | _Json) -> PeeredVpc:
    if isinstance(each, str):
        return PeeredVpc(TargetName(*each.split("/")))
    by_gateway = each.get("transit_gateway", False)
    if "vpc" in each:
        return PeeredVpc(TargetName(*each["vpc"].split("/")), by_gateway)
    return PeeredVpc(OutsideVpc(each["account"], each["region"], each["vpc_id"]), by_gateway)


def _identities(data: _Json) -> Callable[[str, str], str]:
    """The identity of a peer: its oldest key where it is made by a strategy, else its name."""
    groups = {key: each["formerly"][0] for key, each in data["groups"].items() if each.get("formerly")}
    lists = {key: each["formerly"][0] for key, each in data["prefix_lists"].items() if each.get("formerly")}
    foreign = {key: _reference(key, each).renamed(each["key"]) for key, each in data["references"].items()}

    def identity(kind: str, name: str) -> str:
        own = lists if kind == "prefix_list" else groups
        return name if kind == "cidr" else own.get(name) or foreign.get(name) or name

    return identity


def _group(key: str, each: _Json, identify: Callable[[str, str], str]) -> Group:
    former = tuple(each.get("formerly", ()))
    return Group(
        key=key,
        identity=former[0] if former else key,
        formerly=former,
        name=each["name"],
        kind=each["kind"],
        facing=each["facing"],
        description=each["description"],
        tags=tuple(sorted(each["tags"].items())),
        ingress=tuple(_rule(rule, identify) for rule in each["ingress"]),
        egress=tuple(_rule(rule, identify) for rule in each["egress"]),
        enforce=each.get("enforce", False),
        part_of=each.get("part_of"),
    )


def _rule(each: _Json, identify: Callable[[str, str], str]) -> Rule:
    ((kind, name),) = each["peer"].items()
    key, low, high = each["key"], _whole(each["from_port"]), _whole(each["to_port"])
    oldest = identify(kind, name)
    identity = key if oldest == name or not key.endswith(name) else key[: len(key) - len(name)] + oldest
    return Rule(key, each["protocol"], low, high, Peer(kind, name), each["description"], each["source"], identity)


def _whole(number: float | None) -> int | None:
    """JSON does not tell 443 from 443.0, and the schema takes both."""
    return None if number is None else int(number)


def _prefix_list(key: str, each: _Json, data: _Json) -> PrefixList:
    family = each["family"]
    if "aws" in each:
        return PrefixList(
            key, "aws", family, int(each["weight"]), identity=key, aws=each["aws"], id=_id(each.get("id"))
        )
    size = int(each["max_entries"])
    if "name" not in each:
        if key in data["references"]:
            return PrefixList(key, "foreign", family, size, identity=key, max_entries=size)
        return PrefixList(key, "existing", family, size, identity=key, max_entries=size, id=_id(each.get("id")))
    former = tuple(each.get("formerly", ()))
    return PrefixList(
        key,
        "own",
        family,
        size,
        identity=former[0] if former else key,
        formerly=former,
        name=each["name"],
        max_entries=size,
        entries=tuple(ListEntry(entry["cidr"], entry["description"]) for entry in each["entries"]),
        tags=tuple(sorted(each.get("tags", {}).items())),
    )


def _reference(key: str, each: _Json) -> Reference:
    strategy, environment, vpc = each["strategy"], each["environment"], each["vpc"]
    return Reference(key, each["kind"], strategy, environment, vpc, each["key"], account=each.get("account"))
