"""From rules and flows as written to the single-source rules of groups, in one target."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from itertools import product
from typing import NamedTuple

from sgstrat.diagnostics.finding import Findings
from sgstrat.language.model import Flow, Names, Rule as WrittenRule, Word
from sgstrat.language.services import ServicePart
from sgstrat.net.cidr import Family
from sgstrat.rulebook.across import Use
from sgstrat.rulebook.model import Direction, Origin, Peer, Repeat, Rule
from sgstrat.rulebook.peers import Expansion, Peers
from sgstrat.rulebook.view import Placed

EXPIRY_WARNING = timedelta(days=30)


class Written(NamedTuple):
    """What every rule that comes out of one written rule or flow has in common."""

    why: str
    source: str
    origin: Origin


class RuleBuilder:
    """Collects the rules of one target's groups; exact duplicates, whatever their description, become one."""

    def __init__(self, peers: Peers, as_of: date, findings: Findings) -> None:
        self._peers = peers
        self._view = peers.view
        self._as_of = as_of
        self._findings = findings
        self._here = peers.target.vpc.name
        self._groups = {name: placed for name, placed in self._view.groups.items() if self._here in placed.vpcs}
        self._absence: dict[str, bool] = {}
        self._rules: dict[tuple[str, Direction], dict[str, Rule]] = {}
        self._services: dict[tuple[str, ...], tuple[ServicePart, ...]] = {}
        self.repeats: list[Repeat] = []

    def rules(self, group: str, direction: Direction) -> tuple[Rule, ...]:
        """The rules of a group, in canonical order."""
        return tuple(sorted(self._rules.get((group, direction), {}).values(), key=canonical_order))

    def add_groups(self) -> None:
        """Add the rules that groups write themselves: their own side and nothing else."""
        for placed in self._groups.values():
            base = f"groups.{placed.kind}.{placed.word.text}"
            for index, rule in enumerate(placed.group.ingress):
                self._add_rule(placed, "ingress", rule, f"{base}.ingress", index)
            for index, rule in enumerate(placed.group.egress):
                self._add_rule(placed, "egress", rule, f"{base}.egress", index)

    def _add_rule(self, placed: Placed, direction: Direction, rule: WrittenRule, base: str, index: int) -> None:
        if not self._is_due(rule):
            return
        written = _written(rule, base, index)
        reached = self._peers.expand(rule.peers, placed, direction)
        parts = self._parts(rule.services)
        if reached and parts and not self._write(placed, direction, reached, parts, written):
            self._misfit(rule)

    def add_flows(self) -> None:
        """Add both sides of every flow between groups of this target, and the group's side of every other."""
        for index, flow in enumerate(self._view.strategy.flows):
            if self._is_due(flow):
                self._add_flow(flow, _written(flow, "flows", index))

    def _add_flow(self, flow: Flow, written: Written) -> None:
        parts = self._parts(flow.services)
        sources, destinations = self._present(flow.sources), self._present(flow.destinations)
        tried = wrote = False
        for source in sources:
            for destination in destinations:
                for owner, direction, other, use in _sides(source, destination):
                    placed = self._groups.get(owner.text)
                    if placed is None:
                        continue
                    reached = self._peers.one(other, placed, use) or ()
                    if reached and parts:
                        tried = True
                        wrote = self._write(placed, direction, reached, parts, written) or wrote
        if tried and not wrote:
            self._misfit(flow)

    def _present(self, words: Names) -> Names:
        """The ends of a flow that are present in this environment."""
        absence = self._absence
        for word in words:
            if word.text not in absence:
                absence[word.text] = self._is_absent(word)
        absent = [word for word in words if absence[word.text]]
        if not absent:
            return words
        self._peers.report_absent(words, absent)
        return tuple(word for word in words if word not in absent)

    def _is_absent(self, word: Word) -> bool:
        meaning = self._view.names.peer(word, Findings())
        if meaning is None or meaning.kind in ("cidr", "internet", "self"):
            return False
        view = self._view.other(meaning.strategy)
        if view is None:
            return True
        tables: dict[str, Mapping[str, object]] = {
            "group": view.groups,
            "existing": view.existing,
            "prefix_list": view.lists,
            "network": view.networks,
            "vpc": view.vpcs,
        }
        return meaning.name not in tables[meaning.kind]

    def _parts(self, words: Names) -> tuple[ServicePart, ...]:
        key = tuple([word.text for word in words])
        known = self._services.get(key)
        if known is not None:
            return known
        parts: dict[ServicePart, None] = {}
        absent = []
        for word in words:
            found = self._view.service(word.text)
            if found is None:
                absent.append(word)
            else:
                parts.update(dict.fromkeys(found))
        if absent:
            self._peers.report_absent(words, absent)
        else:
            self._services[key] = tuple(parts)
        return tuple(parts)

    def _is_due(self, written: WrittenRule | Flow) -> bool:
        """Whether a rule is part of this build: present in the environment and not expired."""
        if written.environments is not None and not self._view.has(written.environments):
            return False
        if written.expires is None:
            return True
        last, span = written.expires
        if last < self._as_of:
            self._findings.add(
                "SG222",
                f"this expired on {last} and is left out",
                span,
                help="remove it, or give it a later date",
                environment=self._view.environment,
            )
            return False
        if last - self._as_of <= EXPIRY_WARNING:
            self._findings.add(
                "SG223",
                f"this will be left out after {last}",
                span,
                help="give it a later date if it is still needed",
                environment=self._view.environment,
            )
        return True

    def _misfit(self, written: WrittenRule | Flow) -> None:
        self._findings.add(
            "SG220",
            "none of the peers fits any of the services: icmp meets IPv4 peers, icmpv6 meets IPv6 peers",
            written.span,
            help="use icmp for IPv4, icmpv6 for IPv6, or ping for both",
            environment=self._view.environment,
        )

    def _write(
        self, placed: Placed, direction: Direction, reached: Expansion, parts: tuple[ServicePart, ...], written: Written
    ) -> bool:
        rules = self._rules.setdefault((placed.word.text, direction), {})
        way = "from" if direction == "ingress" else "to"
        wrote = False
        for (peer, family, old_name), part in product(reached, parts):
            if family and not _fits(family, part.protocol):
                continue
            wrote = True
            stem = f"{part.key}-{way}-"
            key = stem + peer.name
            first = rules.get(key)
            if first is not None and self._is_written(first, placed.word.text, direction, written):
                continue
            identity = key if old_name == peer.name else stem + old_name
            protocol, from_port, to_port, _ = part
            rules[key] = Rule(
                key, protocol, from_port, to_port, peer, written.why, written.source, identity, written.origin
            )
        return wrote

    def _is_written(self, first: Rule, group: str, direction: Direction, written: Written) -> bool:
        """Whether a rule stands as it is, since it was written before the same was written again."""
        origin = first.origin
        if origin is None or origin.span == written.origin.span:
            return True
        if origin.span < written.origin.span:
            self.repeats.append(Repeat(group, direction, first.key, written.why, written.origin))
            return True
        self.repeats.append(Repeat(group, direction, first.key, first.description, origin))
        return False


def _sides(source: Word, destination: Word) -> tuple[tuple[Word, Direction, Word, Use], ...]:
    """Both sides of a flow: whose rule, in which direction, and whom it names."""
    return ((source, "egress", destination, "flow to"), (destination, "ingress", source, "flow from"))


def _fits(family: Family, protocol: str) -> bool:
    """Whether a peer of a family meets a protocol: icmp goes with IPv4, icmpv6 with IPv6."""
    return protocol != ("icmp" if family == "ipv6" else "icmpv6")


def _written(rule: WrittenRule | Flow, base: str, index: int) -> Written:
    by_place = f"{base}[{index}]"
    if rule.name is None:
        return Written(rule.why, f"{rule.span.file} {base}", Origin(rule.span, (by_place,)))
    by_name = f"{base}.{rule.name.text}"
    return Written(rule.why, f"{rule.span.file} {by_name}", Origin(rule.span, (by_name, by_place)))


def canonical_order(rule: Rule) -> tuple[str, int, int, str, str]:
    """Where a rule stands among those of its group and direction, as a sort key."""
    peer: Peer = rule.peer
    return (
        rule.protocol,
        -2 if rule.from_port is None else rule.from_port,
        -2 if rule.to_port is None else rule.to_port,
        peer.kind,
        peer.name,
    )
