"""A CloudFormation template, ours or anybody's, as what it says is to be there.

Reads groups with inline and standalone rules, prefix lists and outputs; what it cannot evaluate it reports by its path.
Must not know the rulebook. Source of the properties: CloudFormation template reference, AWS::EC2.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from sgstrat.formats.cloudformation.read_functions import Functions, section
from sgstrat.formats.cloudformation.read_yaml import read_yaml
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
from sgstrat.formats.read_value import FAILED, Composite, Failed, Reading, Service, Value, split_commas
from sgstrat.rulebook.model import Direction

_STANDALONE: dict[str, Direction] = {
    "AWS::EC2::SecurityGroupIngress": "ingress",
    "AWS::EC2::SecurityGroupEgress": "egress",
}
_SIDES: dict[Direction, str] = {"ingress": "Source", "egress": "Destination"}
_INLINE: dict[Direction, str] = {"ingress": "SecurityGroupIngress", "egress": "SecurityGroupEgress"}
_SCALARS = (str, int, type(None))  # no booleans, which are equal to numbers
_PLAIN = frozenset(("IpProtocol", "FromPort", "ToPort", "Description", "GroupId", "SourceSecurityGroupOwnerId"))

# Types that may hold rules, or attach them elsewhere, and that a template alone does not show.
_OPAQUE = {
    "AWS::CloudFormation::Stack": "a nested stack is a template of its own",
    "AWS::CloudFormation::StackSet": "a stack set is a template of its own",
    "AWS::CloudFormation::Macro": "a macro may make resources",
    "AWS::EC2::SecurityGroupVpcAssociation": "associations of groups with other VPCs are not read",
    "AWS::RDS::DBSecurityGroup": "groups of EC2-Classic are not read",
}
_WORLD = (ObservedPeer("cidr", "0.0.0.0/0"), ObservedPeer("cidr", "::/0"))


def read(text: str, *, json: bool | None = None, pseudo: Mapping[str, str] | None = None) -> Observed:
    """Read a template. ``json`` None: JSON where the text begins with a brace, else YAML.

    ``pseudo`` gives pseudo parameters that are known, such as ``AWS::Region``; others are handles. Groups come in the
    order in which they are first named. Nothing raises: a text that is no template is one report.
    """
    reading = Reading()
    is_json = text.lstrip()[:1] == "{" if json is None else json
    template = read_json(text, reading) if is_json else read_yaml(text, reading)
    if isinstance(template, dict):
        return _Template(template, reading, pseudo or {}).observed()
    if not reading.result():
        reading.fail("(document)", template, "a template is a mapping of sections")
    return Observed((), (), (), reading.result())


class _Template:
    def __init__(self, template: dict[str, Any], reading: Reading, pseudo: Mapping[str, str]) -> None:
        self._template = template
        self._reading = reading
        self._functions = Functions(template, reading, pseudo)
        self._groups: dict[Handle, ObservedGroup] = {}
        self._rules: dict[tuple[Handle, Direction], list[ObservedRule]] = {}
        self._lists: list[ObservedList] = []
        self._services: dict[tuple[Any, Any, Any], Service] = {}
        self._peers: dict[tuple[str, Direction, Value], ObservedPeer] = {}

    def observed(self) -> Observed:
        """Everything there is in the template."""
        if self._template.get("Transform") is not None:
            self._reading.fail(
                "Transform", self._template["Transform"], "what a macro makes of the template is not known"
            )
        for name, body in section(self._template, "Resources", self._reading).items():
            self._resource(name, body, Where(Where(None, "Resources"), name))
        outputs = tuple(self._outputs())
        groups = tuple(
            replace(
                group,
                ingress=tuple(self._rules.get((handle, "ingress"), ())),
                egress=tuple(self._rules.get((handle, "egress"), ())),
            )
            for handle, group in self._groups.items()
        )
        return Observed(groups, tuple(self._lists), outputs, self._reading.result())

    def _resource(self, name: Any, body: Any, where: Where) -> None:
        if not isinstance(name, str) or not isinstance(body, dict) or not isinstance(body.get("Type"), str):
            self._reading.fail(where, body, "a resource with a type is expected")
            return
        kind = body["Type"]
        if kind in _OPAQUE or kind.endswith("::MODULE"):
            self._reading.fail(where, kind, _OPAQUE.get(kind, "a module may hold rules"))
            return
        if kind not in _STANDALONE and kind not in ("AWS::EC2::SecurityGroup", "AWS::EC2::PrefixList"):
            return
        if not self._is_there(body, where):
            return
        properties = self._functions.value(body.get("Properties"), Where(where, "Properties"))
        if not isinstance(properties, dict):
            if properties is not FAILED:
                self._reading.fail(where, properties, "a mapping of properties is expected")
        elif kind in _STANDALONE:
            self._standalone(properties, _STANDALONE[kind], Where(where, "Properties"))
        elif kind == "AWS::EC2::SecurityGroup":
            self._group(name, properties, Where(where, "Properties"))
        else:
            self._list(name, properties, Where(where, "Properties"))

    def _is_there(self, body: dict[Any, Any], where: Where) -> bool:
        """Whether a resource or output is made; one of which that is not known is left out, and that is reported."""
        if "Condition" not in body:
            return True
        return self._functions.holds(body["Condition"], Where(where, "Condition")) is True

    def _get(self, body: dict[Any, Any], key: str, where: Where) -> Value:
        node = body.get(key)
        if node.__class__ is dict:  # only that can be a function
            return self._functions.value(node, Where(where, key))
        return node

    def _text(self, body: dict[Any, Any], key: str, where: Where) -> str:
        """A text; empty where there is none or it is not known."""
        text = self._reading.text(self._get(body, key, where), Where(where, key))
        return text if isinstance(text, str) else ""

    def _group(self, name: str, body: dict[Any, Any], where: Where) -> None:
        handle = Handle("resource", name)
        vpc = self._reading.handle(self._get(body, "VpcId", where), Where(where, "VpcId"))
        self._groups[handle] = ObservedGroup(
            handle,
            str(where.outer),
            True,
            (),
            (),
            self._text(body, "GroupName", where),
            self._text(body, "GroupDescription", where),
            vpc if isinstance(vpc, Handle) else None,
            self._tags(body, where),
        )
        for direction, key in _INLINE.items():
            place = Where(where, key)
            value = self._get(body, key, where)
            rules = self._rules.setdefault((handle, direction), [])
            items = list(self._each(value, place))
            for index, item in items:
                if isinstance(item, dict):
                    rule = self._rule(item, direction, Where(place, index))
                    rules += () if rule is None else (rule,)
                elif item is not FAILED:
                    self._reading.fail(Where(place, index), item, "a rule is a mapping")
            if direction == "egress" and value is not FAILED and not items:
                # EC2 gives a group its egress to everywhere, and CloudFormation takes that back only for inline rules
                # (template reference, SecurityGroup and SecurityGroupEgress, "default rule").
                rules += [ObservedRule("-1", None, None, peer, "", place) for peer in _WORLD]

    def _each(self, value: Value, where: Where) -> Iterator[tuple[int, Value]]:
        """The evaluated items of a list, without those that have no value."""
        if isinstance(value, list):
            for index, item in enumerate(value):
                member = self._functions.value(item, Where(where, index))
                if member is not None:
                    yield index, member
        elif value is not None and value is not FAILED:
            self._reading.fail(where, value, "a list is expected")

    def _standalone(self, body: dict[Any, Any], direction: Direction, where: Where) -> None:
        handle = self._reading.handle(self._get(body, "GroupId", where), Where(where, "GroupId"))
        if not isinstance(handle, Handle):
            if handle is None:
                self._reading.fail(where, body, "a rule needs a GroupId")
            return
        rule = self._rule(body, direction, where)
        if rule is not None:
            if handle not in self._groups:
                path = f"Resources.{handle.name}" if handle.kind == "resource" else str(where.outer)
                self._groups[handle] = ObservedGroup(handle, path, False, (), ())
            self._rules.setdefault((handle, direction), []).append(rule)

    def _rule(self, body: dict[Any, Any], direction: Direction, where: Where) -> ObservedRule | None:
        """A rule from its properties, or None after a report."""
        reading = self._reading
        service = self._service(body, where)
        description = reading.text(self._get(body, "Description", where), where)
        peer = self._peer(body, direction, where)
        if isinstance(service, Failed) or isinstance(description, Failed) or peer is None:
            return None
        return ObservedRule(*service, peer, description or "", where)

    def _service(self, body: dict[Any, Any], where: Where) -> Service | Failed:
        """Protocol and ports; most rules have those of another."""
        written = (body.get("IpProtocol"), body.get("FromPort"), body.get("ToPort"))
        protocol, low, high = written
        plain = protocol.__class__ in _SCALARS and low.__class__ in _SCALARS and high.__class__ in _SCALARS
        known = self._services.get(written) if plain else None
        if known is not None:
            return known
        reading = self._reading
        protocol = reading.text(self._get(body, "IpProtocol", where), where)
        low = reading.number(self._get(body, "FromPort", where), where)
        high = reading.number(self._get(body, "ToPort", where), where)
        if not isinstance(protocol, str):
            return FAILED if protocol is FAILED else reading.fail(where, body, "a rule needs an IpProtocol")
        if isinstance(low, Failed) or isinstance(high, Failed):
            return FAILED
        service = reading.service(protocol, low, high, where)
        if plain and isinstance(service, Service):
            self._services[written] = service
        return service

    def _peer(self, body: dict[Any, Any], direction: Direction, where: Where) -> ObservedPeer | None:
        """The single other end of a rule, or None after a report."""
        found: list[tuple[str, Value]] = []
        for key in body:
            if key in _PLAIN:
                continue
            value = self._get(body, key, where)
            if value is FAILED:
                return None
            if value is not None:
                found.append((key, value))
        if len(found) != 1:
            ends = ", ".join(str(key) for key, _ in found) or "none"
            self._reading.fail(where, ends, "a rule has exactly one source or destination")
            return None
        key, value = found[0]
        account = self._get(body, "SourceSecurityGroupOwnerId", where) if "SourceSecurityGroupOwnerId" in body else None
        if account is None and isinstance(value, str | Handle):
            known = self._peers.get((key, direction, value))
            if known is not None:
                return known
        peer = self._made_peer(key, value, direction, Where(where, key))
        if peer is None or account is None:
            if peer is not None and isinstance(value, str | Handle):
                self._peers[key, direction, value] = peer
            return peer
        owner = self._reading.text(account, where)
        return peer._replace(account=owner) if isinstance(owner, str) else None

    def _made_peer(self, key: str, value: Value, direction: Direction, where: Where) -> ObservedPeer | None:
        side = _SIDES[direction]
        if key in ("CidrIp", "CidrIpv6"):
            cidr = self._reading.cidr(value, "ipv6" if key == "CidrIpv6" else "ipv4", where)
            return ObservedPeer("cidr", cidr) if isinstance(cidr, str) else None
        kinds = {f"{side}SecurityGroupId": "group", f"{side}PrefixListId": "prefix_list"}
        if key not in kinds:
            self._reading.fail(where, value, f"not a property that is read of {direction} rules")
            return None
        handle = self._reading.handle(value, where)
        return ObservedPeer(kinds[key], "", handle) if isinstance(handle, Handle) else None  # type: ignore[arg-type]

    def _tags(self, body: dict[Any, Any], where: Where) -> tuple[tuple[str, str], ...]:
        tags = []
        place = Where(where, "Tags")
        for index, item in self._each(self._get(body, "Tags", where), place):
            if isinstance(item, dict) and item.keys() == {"Key", "Value"}:
                tags.append(
                    (self._text(item, "Key", Where(place, index)), self._text(item, "Value", Where(place, index)))
                )
            elif item is not FAILED:
                self._reading.fail(Where(place, index), item, "a tag is a Key and a Value")
        return tuple(tags)

    def _list(self, name: str, body: dict[Any, Any], where: Where) -> None:
        family = self._text(body, "AddressFamily", where).lower()
        entries: list[tuple[str, str]] = []
        place = Where(where, "Entries")
        for index, item in self._each(self._get(body, "Entries", where), place):
            if isinstance(item, dict):
                cidr = self._reading.cidr(self._get(item, "Cidr", Where(place, index)), family, Where(place, index))
                if isinstance(cidr, str):
                    entries.append((cidr, self._text(item, "Description", Where(place, index))))
            elif item is not FAILED:
                self._reading.fail(Where(place, index), item, "an entry is a mapping")
        most = self._reading.number(self._get(body, "MaxEntries", where), Where(where, "MaxEntries"))
        called = self._text(body, "PrefixListName", where)
        limit = most if isinstance(most, int) else None
        tags = self._tags(body, where)
        self._lists.append(
            ObservedList(Handle("resource", name), str(where.outer), called, family, limit, tuple(entries), tags)
        )

    def _outputs(self) -> Iterator[ObservedOutput]:
        for name, body in section(self._template, "Outputs", self._reading).items():
            where = Where(Where(None, "Outputs"), name)
            if not isinstance(body, dict):
                self._reading.fail(where, body, "a mapping is expected")
            elif self._is_there(body, where):
                export = self._get(body, "Export", where)
                shared = self._text(export, "Name", Where(where, "Export")) if isinstance(export, dict) else ""
                members = self._members(self._get(body, "Value", where), Where(where, "Value"))
                if members is not None:
                    yield ObservedOutput(str(name), members, shared or None, str(where))

    def _members(self, value: Value, where: Where) -> tuple[Handle | str, ...] | None:
        """The parts of a value that is one thing, or several with commas between; None after a report."""
        if isinstance(value, Handle):
            return (value,)
        parts = split_commas(value) if isinstance(value, str | Composite) else value
        if not isinstance(parts, list):
            text = self._reading.text(parts, where)
            return (text,) if isinstance(text, str) else None
        found = []
        for index, item in enumerate(parts):
            part = item if isinstance(item, Composite) else self._functions.value(item, Where(where, index))
            member = part if isinstance(part, Handle) else self._reading.text(part, where)
            if not isinstance(member, Handle | str):
                return None
            found.append(member)
        return tuple(found)
