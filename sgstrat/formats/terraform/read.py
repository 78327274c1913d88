"""A Terraform configuration in JSON syntax, ours or anybody's, as what it says is to be there.

Reads groups, rules in all three styles (a resource for each, inline, ``aws_security_group_rule``), prefix lists and
outputs; what it cannot evaluate it reports by its path. Must not know the rulebook.
Source of the arguments: documentation of the AWS provider, 5.x and 6.x.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sgstrat.formats.observed import (
    Handle,
    Observed,
    ObservedGroup,
    ObservedList,
    ObservedOutput,
    ObservedPeer,
    ObservedRule,
    Where,
)
from sgstrat.formats.read_json import read_json
from sgstrat.formats.read_value import FAILED, Composite, Failed, Reading, Value
from sgstrat.formats.terraform.read_expressions import Expressions, blocks, labelled, plain_key
from sgstrat.rulebook.model import DIRECTIONS, Direction

_SINGLE: dict[str, Direction] = {
    "aws_vpc_security_group_ingress_rule": "ingress",
    "aws_vpc_security_group_egress_rule": "egress",
}
_GROUPS = frozenset(("aws_security_group", "aws_default_security_group"))
_SINGLE_ENDS = frozenset(("cidr_ipv4", "cidr_ipv6", "prefix_list_id", "referenced_security_group_id"))
_READ = frozenset(
    (*_SINGLE, *_GROUPS, "aws_security_group_rule", "aws_ec2_managed_prefix_list", "aws_ec2_managed_prefix_list_entry")
)
_OPAQUE = {
    "aws_vpc_security_group_rules_exclusive": "which rules it removes is not read",
    "aws_vpc_security_group_vpc_association": "associations of groups with other VPCs are not read",
    "aws_cloudformation_stack": "a stack is a template of its own",
}
# protocol and ports as JSON has them in a rule without expressions; true is no 1
_PLAIN_SERVICES = ([str, int, int], [str, type(None), type(None)])
_REPEATED = frozenset(("count", "for_each", "dynamic"))


def read(text: str, variables: Mapping[str, Any] | None = None) -> Observed:
    """Read a root module's JSON. ``variables`` gives values that win over the variables' defaults.

    Groups come in the order in which they are first named. Nothing raises: a text that is no configuration is one
    report.
    """
    reading = Reading()
    document = read_json(text, reading)
    if isinstance(document, dict):
        return _Module(document, reading, variables or {}).observed()
    if not reading.result():
        reading.fail("(document)", document, "a configuration is an object of blocks")
    return Observed((), (), (), reading.result())


@dataclass(slots=True)
class _Entries:
    """The entries of a list while they are gathered."""

    made: ObservedList
    entries: list[tuple[str, str]]


class _Module:
    def __init__(self, document: dict[str, Any], reading: Reading, variables: Mapping[str, Any]) -> None:
        self._document = document
        self._reading = reading
        self._expressions = Expressions(document, reading, dict(variables))
        self._groups: dict[Handle, ObservedGroup] = {}
        self._rules: dict[tuple[Handle, Direction], list[ObservedRule]] = {}
        self._lists: dict[Handle, _Entries] = {}
        self._entries: list[tuple[Handle, tuple[str, str], str]] = []
        self._peers: dict[tuple[str, str], ObservedPeer] = {}
        self._owners: dict[str, Handle] = {}
        self._services: dict[tuple[Any, ...], tuple[str, int | None, int | None]] = {}

    def observed(self) -> Observed:
        """Everything there is in the module."""
        for (name,), _, where in labelled(self._document.get("module"), 1, Where(None, "module"), self._reading):
            self._reading.fail(where, name, "a module is a configuration of its own")
        self._resources()
        self._place_entries()
        outputs = tuple(self._outputs())
        groups = tuple(
            replace(
                group,
                ingress=tuple(self._rules.get((handle, "ingress"), ())),
                egress=tuple(self._rules.get((handle, "egress"), ())),
            )
            for handle, group in self._groups.items()
        )
        lists = tuple(replace(each.made, entries=tuple(each.entries)) for each in self._lists.values())
        return Observed(groups, lists, outputs, self._reading.result())

    def _resources(self) -> None:
        seen: set[tuple[str, ...]] = set()
        for address, body, where in self._expressions.resources:
            kind, name = address
            if kind in _OPAQUE:
                self._reading.fail(where, kind, _OPAQUE[kind])
            elif kind not in _READ:
                continue
            elif address in seen:
                self._reading.fail(where, name, "two resources have this address")
            elif not _REPEATED.isdisjoint(body):
                repeated = min(_REPEATED.intersection(body))
                self._reading.fail(where, name, f"what {repeated} makes of it is not evaluated")
            else:
                self._resource(kind, name, body, where)
            seen.add(address)

    def _resource(self, kind: str, name: str, body: dict[str, Any], where: Where) -> None:
        if kind in _SINGLE:
            self._single(body, _SINGLE[kind], where)
        elif kind in _GROUPS:
            self._group(Handle("resource", f"{kind}.{name}"), body, where, default=kind == "aws_default_security_group")
        elif kind == "aws_security_group_rule":
            self._classic(body, where)
        elif kind == "aws_ec2_managed_prefix_list":
            self._list(Handle("resource", f"{kind}.{name}"), body, where)
        else:
            handle = self._handle(body, "prefix_list_id", where)
            entry = self._entry(body, None, where)
            if handle is not None and entry is not None:
                self._entries.append((handle, entry, str(where)))

    def _get(self, body: dict[str, Any], key: str, where: Where) -> Value:
        node = body.get(key)
        if node.__class__ is str and "{" in node:
            return self._expressions.value(node, Where(where, key))
        return node

    def _text(self, body: dict[str, Any], key: str, where: Where) -> str:
        """A text; empty where there is none or it is not known."""
        text = self._reading.text(self._get(body, key, where), Where(where, key))
        return text if isinstance(text, str) else ""

    def _handle(self, body: dict[str, Any], key: str, where: Where) -> Handle | None:
        """A handle, or None after a report."""
        handle = self._reading.handle(self._get(body, key, where), Where(where, key))
        if handle is None:
            self._reading.fail(where, "", f"{key} is missing")
        return handle if isinstance(handle, Handle) else None

    def _group(self, handle: Handle, body: dict[str, Any], where: Where, *, default: bool) -> None:
        vpc = self._reading.handle(self._get(body, "vpc_id", where), Where(where, "vpc_id"))
        self._groups[handle] = ObservedGroup(
            handle,
            str(where),
            True,
            (),
            (),
            "default" if default else self._text(body, "name", where),
            self._text(body, "description", where),
            vpc if isinstance(vpc, Handle) else None,
            self._tags(body, where),
            default,
        )
        for direction in DIRECTIONS:
            value = self._get(body, direction, where)
            if isinstance(value, str | Handle | Composite):
                self._reading.fail(Where(where, direction), value, "a list of rules is expected")
            elif value is not FAILED:
                for rule, place in blocks(value, Where(where, direction), self._reading):
                    self._rules.setdefault((handle, direction), []).extend(self._expanded(handle, rule, place))

    def _expanded(self, group: Handle, body: dict[str, Any], where: Where) -> Iterator[ObservedRule]:
        """The single-source rules that an inline rule or an ``aws_security_group_rule`` stands for."""
        service = self._service(body, "protocol", where)
        description = self._reading.text(self._get(body, "description", where), where)
        if service is None or isinstance(description, Failed):
            return
        peers = list(self._ends(group, body, where))
        for peer in peers:
            if peer is not None:
                yield ObservedRule(*service, peer, description or "", where)
        if not peers:
            self._reading.fail(where, body, "a rule without any source or destination")

    def _ends(self, group: Handle, body: dict[str, Any], where: Where) -> Iterator[ObservedPeer | None]:
        """Every peer of such a rule; None stands for one that has been reported."""
        for key, family in (("cidr_blocks", "ipv4"), ("ipv6_cidr_blocks", "ipv6")):
            for value in self._each(body, key, where):
                cidr = self._reading.cidr(value, family, Where(where, key))
                yield ObservedPeer("cidr", cidr) if isinstance(cidr, str) else None
        for value in self._each(body, "prefix_list_ids", where):
            handle = self._reading.handle(value, Where(where, "prefix_list_ids"))
            yield ObservedPeer("prefix_list", "", handle) if isinstance(handle, Handle) else None
        for key in ("security_groups", "source_security_group_id"):
            for value in self._each(body, key, where):
                yield self._group_peer(value, Where(where, key))
        if self._get(body, "self", where) in (True, "true"):
            yield ObservedPeer("group", "", group)

    def _each(self, body: dict[str, Any], key: str, where: Where) -> Iterator[Value]:
        """The members of a list, or the single value that stands instead of one."""
        value = self._get(body, key, where)
        if not isinstance(value, list):
            value = [] if value is None else [value]
        for item in value:
            yield self._expressions.value(item, Where(where, key))

    def _classic(self, body: dict[str, Any], where: Where) -> None:
        """An ``aws_security_group_rule``."""
        group = self._handle(body, "security_group_id", where)
        direction = self._text(body, "type", where)
        if direction not in DIRECTIONS:
            self._reading.fail(Where(where, "type"), direction, "ingress or egress is expected")
        elif group is not None:
            rules = list(self._expanded(group, body, where))
            self._attached(group, str(where))
            self._rules.setdefault((group, "ingress" if direction == "ingress" else "egress"), []).extend(rules)

    def _single(self, body: dict[str, Any], direction: Direction, where: Where) -> None:
        """A rule with a resource of its own."""
        group = self._own_group(body, where)
        service = self._known_service(body, where)
        description = body.get("description")
        if description.__class__ is not str or "{" in description:
            description = self._reading.text(self._get(body, "description", where), where)
        ends = [key for key in body if key in _SINGLE_ENDS and body[key] is not None]
        if len(ends) != 1:
            self._reading.fail(where, ", ".join(ends) or "none", "a rule has exactly one source or destination")
        elif group is not None and service is not None and not isinstance(description, Failed):
            peer = self._end(ends[0], body[ends[0]], where)
            if peer is not None:
                self._attached(group, "")
                rule = ObservedRule(*service, peer, description or "", where)
                self._rules.setdefault((group, direction), []).append(rule)

    def _own_group(self, body: dict[str, Any], where: Where) -> Handle | None:
        """The group of such a rule, evaluated once for all rules that spell it alike."""
        node = body.get("security_group_id")
        known = self._owners.get(node) if node.__class__ is str else None
        if known is None:
            known = self._handle(body, "security_group_id", where)
            if known is not None and isinstance(node, str):
                self._owners[node] = known
        return known

    def _known_service(self, body: dict[str, Any], where: Where) -> tuple[str, int | None, int | None] | None:
        """The service of such a rule, evaluated once for all that spell it alike in texts and whole numbers."""
        spelt = (body.get("ip_protocol"), body.get("from_port"), body.get("to_port"))
        plain = [each.__class__ for each in spelt] in _PLAIN_SERVICES
        known = self._services.get(spelt) if plain else None
        if known is None:
            known = self._service(body, "ip_protocol", where)
            if known is not None and plain:
                self._services[spelt] = known
        return known

    def _end(self, key: str, node: Any, where: Where) -> ObservedPeer | None:
        """The peer of such a rule, or None after a report."""
        known = self._peers.get((key, node)) if isinstance(node, str) else None
        if known is not None:
            return known
        place = Where(where, key)
        value = self._expressions.value(node, place)
        peer: ObservedPeer | None = None
        if key in ("cidr_ipv4", "cidr_ipv6"):
            cidr = self._reading.cidr(value, "ipv6" if key == "cidr_ipv6" else "ipv4", place)
            peer = ObservedPeer("cidr", cidr) if isinstance(cidr, str) else None
        elif key == "prefix_list_id":
            handle = self._reading.handle(value, place)
            peer = ObservedPeer("prefix_list", "", handle) if isinstance(handle, Handle) else None
        else:
            peer = self._group_peer(value, place)
        if peer is not None and isinstance(node, str):
            self._peers[key, node] = peer
        return peer

    def _group_peer(self, value: Value, where: Where) -> ObservedPeer | None:
        """A group, which may be written ``ACCOUNT/ID``; None after a report."""
        account = None
        if isinstance(value, str) and "/" in value:
            account, _, value = value.partition("/")
        elif isinstance(value, Composite) and len(value.parts) == 2:
            first, last = value.parts
            if isinstance(first, str) and first.endswith("/") and isinstance(last, Handle):
                account, value = first[:-1], last
        handle = self._reading.handle(value, where)
        return ObservedPeer("group", "", handle, account) if isinstance(handle, Handle) else None

    def _service(self, body: dict[str, Any], key: str, where: Where) -> tuple[str, int | None, int | None] | None:
        protocol = self._reading.text(self._get(body, key, where), Where(where, key))
        low = self._reading.number(self._get(body, "from_port", where), Where(where, "from_port"))
        high = self._reading.number(self._get(body, "to_port", where), Where(where, "to_port"))
        if protocol is None:
            self._reading.fail(where, "", f"{key} is missing")
        if not isinstance(protocol, str) or isinstance(low, Failed) or isinstance(high, Failed):
            return None
        service = self._reading.service(protocol, low, high, where)
        return None if isinstance(service, Failed) else service

    def _attached(self, group: Handle, path: str) -> None:
        if group not in self._groups:
            self._groups[group] = ObservedGroup(group, path or group.name, False, (), ())

    def _tags(self, body: dict[str, Any], where: Where) -> tuple[tuple[str, str], ...]:
        value = self._get(body, "tags", where)
        place = Where(where, "tags")
        if not isinstance(value, dict):
            if value is not None and value is not FAILED:
                self._reading.fail(place, value, "an object is expected")
            return ()
        tags = {str(key): item for key, item in value.items()}
        return tuple((plain_key(key), self._text(tags, key, place)) for key in tags)

    def _list(self, handle: Handle, body: dict[str, Any], where: Where) -> None:
        family = self._text(body, "address_family", where).lower()
        most = self._reading.number(self._get(body, "max_entries", where), Where(where, "max_entries"))
        limit = most if isinstance(most, int) else None
        made = ObservedList(
            handle, str(where), self._text(body, "name", where), family, limit, (), self._tags(body, where)
        )
        found = [
            self._entry(entry, family, place)
            for entry, place in blocks(body.get("entry"), Where(where, "entry"), self._reading)
        ]
        self._lists[handle] = _Entries(made, [entry for entry in found if entry is not None])

    def _entry(self, body: dict[str, Any], family: str | None, where: Where) -> tuple[str, str] | None:
        value = self._get(body, "cidr", where)
        kind = family or ("ipv6" if isinstance(value, str) and ":" in value else "ipv4")
        cidr = self._reading.cidr(value, kind, Where(where, "cidr"))
        return (cidr, self._text(body, "description", where)) if isinstance(cidr, str) else None

    def _place_entries(self) -> None:
        for handle, entry, path in self._entries:
            if handle in self._lists:
                self._lists[handle].entries.append(entry)
            else:
                self._reading.fail(path, handle, "an entry of a prefix list that is not created here")

    def _outputs(self) -> Iterator[ObservedOutput]:
        for (name,), body, where in labelled(self._document.get("output"), 1, Where(None, "output"), self._reading):
            yield from self._output(name, body.get("value"), Where(where, "value"))

    def _output(self, name: str, node: Any, where: Where) -> Iterator[ObservedOutput]:
        """An output; each member of an object is one of its own, called ``output.member``."""
        value = self._expressions.value(node, where)
        if isinstance(value, dict) and str(name).count(".") < 8:
            for key, item in value.items():
                yield from self._output(f"{name}.{plain_key(str(key))}", item, Where(where, key))
            return
        items = value if isinstance(value, list) else [value]
        members = []
        for index, item in enumerate(items):
            part = self._expressions.value(item, Where(where, index))
            member = part if isinstance(part, Handle) else self._reading.text(part, where)
            if isinstance(member, Failed):
                return
            members += [] if member is None else [member]
        yield ObservedOutput(name, tuple(members), None, str(where))
