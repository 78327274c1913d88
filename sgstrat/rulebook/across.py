"""Groups and lists of other VPCs: where a target's rules may name them, and what to write instead where not.

A rule may name a group of a peered VPC in the same region; over a transit gateway, an ingress rule alone may.
Sources: Amazon VPC peering guide, security groups of peer VPCs; AWS transit gateway guide, security group referencing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple, TypeAlias

from sgstrat.diagnostics.finding import Findings
from sgstrat.language.model import Word
from sgstrat.net.cidr import parse_cidr
from sgstrat.net.interval import Intervals, covers, union
from sgstrat.net.traffic import on_line
from sgstrat.rulebook.model import OutsideVpc, TargetName
from sgstrat.rulebook.peerings import Peerings, is_same_region
from sgstrat.rulebook.targets import Neighbourhood, Target
from sgstrat.rulebook.view import Placed, View, VpcView

Use = Literal["ingress", "egress", "flow to", "flow from"]
"""What names a peer: a rule of its owner, or a flow of which the owner is the source (``flow to``) or destination."""
Home: TypeAlias = Target | OutsideVpc
_MOST_STAND_INS = 2


class Named(NamedTuple):
    """A peer as a rule of ``owner`` names it; ``noun`` is ``group``, ``existing group`` or ``list``."""

    word: Word
    noun: str
    owner: Placed
    use: Use


class Across:
    """What one target may name of other VPCs."""

    def __init__(self, target: Target, neighbourhood: Neighbourhood, peerings: Peerings, findings: Findings) -> None:
        self._target = target
        self._neighbourhood = neighbourhood
        self._peerings = peerings
        self._findings = findings

    def meet(self, named: Named, homes: tuple[Home, ...], *, is_said: bool = False) -> tuple[Home, ...]:
        """Those homes of a group whose groups a rule here may name.

        Empty after a finding, or where another VPC of the owner meets one: groups connect across each peered pair.
        With ``is_said`` the other side of a flow has had the finding.
        """
        met = self.connected(self._target, homes)
        gateways = [each for each in met if named.use != "ingress" and self._is_gateway(each)]
        if met and not gateways:
            return met
        if is_said:
            return ()
        if gateways:
            self._refuse_gateway(named, gateways[0])
        elif not any(self.connected(each, homes) for each in self._homes_of(named.owner)):
            self._refuse(named, homes)
        return ()

    def connected(self, target: Target, homes: Iterable[Home]) -> tuple[Home, ...]:
        """Those of some VPCs that are connected with a target's, and in its region."""
        return tuple(
            each
            for each in homes
            if self._peerings.find(target, _name(each)) is not None and is_same_region(target, each)
        )

    def _is_gateway(self, home: Home) -> bool:
        found = self._peerings.find(self._target, _name(home))
        return found is not None and found.transit_gateway

    def _homes_of(self, owner: Placed) -> tuple[Target, ...]:
        view = self._target.view
        return tuple(Target(view, view.vpcs[name]) for name in owner.vpcs)

    # -- findings

    def several(self, named: Named, homes: Iterable[Home], relation: str) -> None:
        """Another strategy's name is in several VPCs, and nobody says in which of them is meant."""
        where = sorted(each.name for each in homes if isinstance(each, Target))
        self._add(
            named,
            f"{named.noun} {named.word.text} is in several VPCs of {where[0].strategy} that are {relation}: "
            + ", ".join(name.vpc for name in where),
            "name a network instead, or have that strategy make a group for each VPC",
        )

    def _refuse(self, named: Named, homes: tuple[Home, ...]) -> None:
        """SG214: no VPC of the owner is connected with one in which the peer lives."""
        here, word = self._target, named.word
        if not homes:
            self._add(named, f"{named.noun} {word.text} is made in no VPC here", "name a network instead")
            return
        mine = self._homes_of(named.owner)
        linked = [each for each in homes if any(self._peerings.find(own, _name(each)) for own in mine)]
        near, far = ", ".join(named.owner.vpcs), ", ".join(self._shown(each) for each in homes)
        place = f"{named.noun} {word.text} lives in VPC {far} and {named.owner.word.text} in {near}"
        if linked:
            regions = f"{self._shown(linked[0])} is in {_region(linked[0])} and {here.vpc.name} in {_region(here)}"
            reason = f"rules name groups of their own region only, and {regions}"
            self._add(named, f"{place}: {reason}", self._instead(linked[0]))
            return
        other = self._shown(homes[0])
        peering = f"{{vpc_id: {other}}}" if isinstance(homes[0], OutsideVpc) else other
        advice = f"if they are, say so: vpcs.{here.vpc.name}.peered_with: [{peering}]; else {self._instead(homes[0])}"
        self._add(named, f"{place}, which are not peered", advice)

    def _refuse_gateway(self, named: Named, home: Home) -> None:
        """SG214: over a transit gateway ingress rules alone can name groups."""
        word, owner, here = named.word.text, named.owner.word.text, self._target
        place = f"VPC {self._shown(home)}, which a transit gateway connects with {here.vpc.name}"
        limit = "over a transit gateway only ingress rules can name groups"
        if named.use == "egress":
            self._add(named, f"{word} lives in {place}: {limit}", self._instead(home))
        elif named.use == "flow to":
            ingress = "" if named.noun == "existing group" else f"an ingress rule of {word} from {owner} and "
            advice = f"write {ingress}an egress rule of {owner} to addresses: {self._instead(home)}"
            self._add(named, f"this flow goes to {word} in {place}: {limit}", advice)
        else:
            egress = "" if named.noun == "existing group" else f", and an egress rule of {word} to the CIDRs of "
            mine = egress and f"{here.name.strategy}/{here.vpc.name}"
            advice = f"write an ingress rule of {owner} from {word}{egress}{mine}"
            self._add(named, f"this flow comes from {word} in {place}: {limit}", advice)

    def _add(self, named: Named, message: str, advice: str) -> None:
        environment = self._target.view.environment
        self._findings.add("SG214", message, named.word.span, help=advice, environment=environment)

    def _shown(self, home: Home) -> str:
        if isinstance(home, OutsideVpc):
            return home.vpc_id
        own = home.view is self._target.view
        return home.vpc.name if own else f"{home.name.strategy}/{home.vpc.name}"

    def _instead(self, home: Home) -> str:
        """What a rule could name to mean a VPC by its addresses."""
        if isinstance(home, OutsideVpc):
            return "name a network or a prefix list with its addresses"
        found = [*stand_ins(self._target.view, home.vpc)]
        if home.vpc.blocks:
            found.append(f"VPC {self._shown(home)}")
        if found:
            return f"name {' or '.join(found)}"
        return f"name a network with the addresses of VPC {self._shown(home)}"


def _name(home: Home) -> TargetName | OutsideVpc:
    return home if isinstance(home, OutsideVpc) else home.name


def _region(home: Home) -> str | None:
    return home.region if isinstance(home, OutsideVpc) else home.view.values.region


def stand_ins(view: View, vpc: VpcView) -> tuple[str, ...]:
    """The networks and own prefix lists of a strategy that hold all addresses of a VPC, the narrowest first."""
    wanted = _line(vpc.blocks)
    if not wanted:
        return ()
    named = [(f"network {name}", cidrs) for name, cidrs in view.networks.items()]
    named += [
        (f"prefix list {name}", tuple(entry.cidr.text for entry in view.entries(value.entries or ())))
        for name, (_, value) in view.lists.items()
    ]
    lines = [(name, _line(cidrs)) for name, cidrs in named]
    found = sorted((_size(line), name) for name, line in lines if covers(line, wanted))
    return tuple(name for _, name in found[:_MOST_STAND_INS])


def _line(cidrs: Iterable[str]) -> Intervals:
    return union(on_line(parse_cidr(each)) for each in cidrs)


def _size(line: Intervals) -> int:
    return sum(high - low + 1 for low, high in line)
