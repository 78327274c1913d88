"""SG501: a rule towards a group that does not grant the other side."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

from sgstrat.checks.context import Context
from sgstrat.diagnostics.finding import Findings, Related
from sgstrat.diagnostics.remedy import Insertion, Remedy
from sgstrat.language.model import Rule as WrittenRule
from sgstrat.language.services import ServicePart
from sgstrat.net.interval import Interval, Intervals, covers, intersection, union
from sgstrat.net.public import block
from sgstrat.net.service import service_interval
from sgstrat.rulebook.model import DIRECTIONS, Direction, Origin, Rule, Rulebook, TargetName, Workload
from sgstrat.rulebook.view import View
from sgstrat.rulebook.workspace import Workspace
from sgstrat.source.span import Span

Place = tuple[TargetName, str]
_OPPOSITE: dict[Direction, Direction] = {"ingress": "egress", "egress": "ingress"}


def check_half_open(context: Context, findings: Findings) -> None:
    """Every rule that names a group of the workspace is granted by that group, or by what its workloads carry."""
    workspace = context.workspace
    sides, counterparts = _Sides(workspace), _Counterparts(context)
    for book in workspace.rulebooks.values():
        for group in book.groups:
            for direction in DIRECTIONS:
                half: dict[tuple[Origin | None, Place], list[Rule]] = defaultdict(list)
                for rule in group.rules(direction):
                    if rule.peer.kind != "group":
                        continue
                    other = workspace.locate(book, rule.peer.name)
                    if other is not None and not sides.grants(other, direction, (book.target, group.key), rule):
                        half[rule.origin, other].append(rule)
                for (_, other), rules in half.items():
                    _report(workspace, counterparts, book, group.key, direction, rules, other, findings)


class _Sides:
    """What each group grants, with the workloads that carry it."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._mirrors: dict[tuple[Place, Direction], set[tuple[str, int | None, int | None, Place]]] = defaultdict(set)
        self._carriers: dict[Place, list[tuple[Rulebook, Workload]]] = defaultdict(list)
        for book in workspace.rulebooks.values():
            for group in book.groups:
                for direction in DIRECTIONS:
                    mirror = self._mirrors[(book.target, group.key), direction]
                    for rule in group.rules(direction):
                        if rule.peer.kind == "group" and (peer := workspace.locate(book, rule.peer.name)) is not None:
                            mirror.add((rule.protocol, rule.from_port, rule.to_port, peer))
            for workload in book.workloads:
                for key in workload.groups:
                    if (place := workspace.locate(book, key)) is not None:
                        self._carriers[place].append((book, workload))

    def grants(self, other: Place, direction: Direction, this: Place, rule: Rule) -> bool:
        """Whether ``other`` lets through what ``rule`` of ``this`` lets through. True where nobody can tell."""
        opposite = _OPPOSITE[direction]
        if (rule.protocol, rule.from_port, rule.to_port, this) in self._mirrors[other, opposite]:
            return True
        needed = (service_interval(rule.protocol, rule.from_port, rule.to_port),)
        carriers = self._carriers[other]
        if any(self._workspace.locate(book, key) is None for book, workload in carriers for key in workload.groups):
            return True
        sets = [[self._workspace.locate(book, key) for key in workload.groups] for book, workload in carriers] or [
            [other]
        ]
        return all(
            covers(self._granted([place for place in places if place], opposite, this, rule), needed) for places in sets
        )

    def _granted(self, places: list[Place], direction: Direction, this: Place, rule: Rule) -> Intervals:
        """The packets that these groups together let through to or from every address of ``this``."""
        names = self._travelling_with(this)
        by_reference = []
        by_address: list[tuple[str, tuple[int, int]]] = []
        for place in places:
            book = self._workspace.rulebooks[place[0]]
            entries = self._workspace.list_entries(book)
            for each in self._workspace.groups[place].rules(direction):
                packets = service_interval(each.protocol, each.from_port, each.to_port)
                if each.peer.kind == "group":
                    if self._workspace.locate(book, each.peer.name) in names:
                        by_reference.append(packets)
                elif each.peer.kind == "cidr":
                    by_address.append((each.peer.name, packets))
                else:
                    by_address += [(cidr, packets) for cidr in entries[each.peer.name]]
        return union((*by_reference, *self._to_vpc(by_address, this, rule)))

    def _travelling_with(self, this: Place) -> set[Place]:
        """The group itself and those that every workload with it carries too: a reference to one reaches it as well."""
        carried = [
            {place for key in workload.groups if (place := self._workspace.locate(book, key)) is not None}
            for book, workload in self._carriers[this]
        ]
        return {this, *set.intersection(*carried)} if carried else {this}

    def _to_vpc(self, rules: list[tuple[str, tuple[int, int]]], this: Place, rule: Rule) -> Intervals:
        """The packets that address rules let through for the whole VPC of ``this``."""
        vpc = self._workspace.rulebooks[this[0]].vpc
        blocks = [*(vpc.cidrs or ("0.0.0.0/0",)), *vpc.ipv6_cidrs]
        if rule.protocol in ("icmp", "icmpv6"):
            blocks = [block for block in blocks if (":" in block) == (rule.protocol == "icmpv6")]
        granted: Intervals | None = None
        for text in blocks:
            same = [(block(cidr), packets) for cidr, packets in rules if (":" in cidr) == (":" in text)]
            here = _for_all(block(text), same)
            granted = here if granted is None else intersection(granted, here)
        return granted or ()


def _for_all(addresses: Interval, rules: list[tuple[Interval, Interval]]) -> Intervals:
    """The packets that are let through for every one of these addresses, by one rule or by several together.

    ``rules`` are their addresses and packets.
    """
    near = [(cidr, packets) for cidr, packets in rules if cidr[0] <= addresses[1] and addresses[0] <= cidr[1]]
    edges = sorted({edge for _, (low, high) in near for edge in (low, high + 1)})
    found = []
    for low, following in pairwise(edges):
        together = union(cidr for cidr, packets in near if packets[0] <= low and following - 1 <= packets[1])
        if covers(together, (addresses,)):
            found.append((low, following - 1))
    return union(found)


def _report(
    workspace: Workspace,
    counterparts: _Counterparts,
    book: Rulebook,
    key: str,
    direction: Direction,
    rules: list[Rule],
    other: Place,
    findings: Findings,
) -> None:
    """One finding for what one written rule or flow opens towards one group."""
    origin = rules[0].origin
    services = [str(ServicePart(rule.protocol, rule.from_port, rule.to_port, "")) for rule in rules]
    shown = ", ".join(services)
    asked = shown if len(services) == 1 else f"[{shown}]"
    prefix = "" if other[0].strategy == book.strategy else f"{other[0].strategy}/"
    back = key if not prefix else f"{book.strategy}/{key}"
    name = f"{prefix}{other[1]}"
    if direction == "egress":
        message = f"{key} may send {shown} to {name}, but {name} does not let it in"
        advice = f"add to {name} an ingress {{from: {back}, services: {asked}, why: ...}}"
    else:
        message = f"{key} lets in {shown} from {name}, but {name} may not send it"
        advice = f"add to {name} an egress {{to: {back}, services: {asked}, why: ...}}"
    if direction == "ingress" and book.vpc.connects(other[0], only_by_gateway=True):
        advice = (
            f"add to {name} an egress to the addresses of VPC {book.vpc.name} on {shown}: "
            "over a transit gateway only ingress rules can name groups"
        )
    elif not prefix:
        advice += ", or write one flow for both sides"
    group = workspace.groups.get(other)
    findings.add(
        "SG501",
        message,
        origin.span if origin else None,
        help=advice,
        related=(Related(group.span, f"{name} is here"),) if group is not None and group.span else (),
        paths=origin.paths if origin else (),
        services=services,
        environment=book.environment,
        fix=None if prefix else counterparts.remedy(book, rules[0], key, direction, other[1], services),
    )


class _Counterparts:
    """The rules that would close what is half-open. What is asked of a group's rules is looked up once."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._written: dict[tuple[TargetName, str, Direction], dict[Span, WrittenRule]] = {}
        self._views: dict[str, list[View]] = defaultdict(list)
        for (strategy, _), view in context.world.items():
            self._views[strategy].append(view)

    def remedy(
        self, book: Rulebook, rule: Rule, key: str, direction: Direction, other: str, services: list[str]
    ) -> Remedy | None:
        """To write the other side's rule, for as long and in the same environments as this side's.

        None where that might open there what this side does not: it is a flow, or its services vary by environment.
        """
        view = self._context.view(book)
        if view is None or rule.origin is None or other not in view.groups or key not in view.groups:
            return None
        written = self._rules(view, book, key, direction).get(rule.origin.span)
        if written is None or not self._is_constant(book.strategy, written):
            return None
        opposite = _OPPOSITE[direction]
        item: list[tuple[str, str | tuple[str, ...]]] = [
            ("from" if opposite == "ingress" else "to", key),
            ("services", services[0] if len(services) == 1 else tuple(services)),
            ("why", written.why),
        ]
        if written.expires is not None:
            item.append(("expires", written.expires.value.isoformat()))
        if written.environments is not None:
            item.append(("environments", tuple(word.text for word in written.environments)))
        insertion = Insertion(view.groups[other].group.span, opposite, tuple(item))
        return Remedy(f"let {other} do so, by a rule of its own", (insertion,), is_safe=False)

    def _rules(self, view: View, book: Rulebook, key: str, direction: Direction) -> dict[Span, WrittenRule]:
        place = (book.target, key, direction)
        if place not in self._written:
            self._written[place] = {rule.span: rule for rule in getattr(view.groups[key].group, direction)}
        return self._written[place]

    def _is_constant(self, strategy: str, rule: WrittenRule) -> bool:
        """Whether a rule's services are the same in every environment of its strategy that it is in."""
        views = [view for view in self._views[strategy] if view.has(rule.environments)]
        return len({tuple(view.service(word.text) for word in rule.services) for view in views}) == 1
