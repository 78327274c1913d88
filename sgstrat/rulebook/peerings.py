"""Which VPCs are connected, by a peering or a transit gateway, as either side declares it.

A connection is one of VPCs: whatever target lives in one of the two has it, also where another strategy declares it.
Knows no rules.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from sgstrat.diagnostics.finding import Findings
from sgstrat.language.model import Peering
from sgstrat.net.cidr import parse_cidr
from sgstrat.net.interval import Intervals, intersection, union
from sgstrat.net.traffic import on_line
from sgstrat.rulebook.model import OutsideVpc, PeeredVpc, TargetName
from sgstrat.rulebook.targets import Neighbourhood, Target, same_vpc, vpc_keys
from sgstrat.rulebook.view import View, World

Side = Target | OutsideVpc


class Link(NamedTuple):
    """A peering as declared: by the VPC ``near``, with ``far``. A VPC without groups is a side like any other."""

    near: Target
    far: Side
    peering: Peering


class Peerings:
    """All connections of a workspace's VPCs."""

    def __init__(self, world: World, neighbourhood: Neighbourhood) -> None:
        self._neighbourhood = neighbourhood
        self._links = tuple(
            Link(Target(view, vpc), far, peering)
            for view in world.values()
            for vpc in view.vpcs.values()
            for peering in vpc.peered_with
            if (far := far_side(view, peering)) is not None
        )
        self._by_key: dict[object, list[tuple[Side, Side, Peering]]] = defaultdict(list)
        for near, far, peering in self._links:
            for side, other in ((near, far), (far, near)):
                for key in _keys(side):
                    self._by_key[key].append((side, other, peering))
        self._known: dict[TargetName, dict[TargetName | OutsideVpc, PeeredVpc]] = {}
        self._facing: dict[object, dict[object, tuple[Side, bool]]] = {}
        self._inside: dict[object, tuple[TargetName, ...]] = {}

    def of(self, target: Target) -> tuple[PeeredVpc, ...]:
        """What a target's VPC is connected with, in order of name.

        Every target there, and the strategy's own VPCs without groups; a VPC of no strategy where no target is in it.
        """
        return tuple(self._of(target).values())

    def find(self, target: Target, vpc: TargetName | OutsideVpc) -> PeeredVpc | None:
        """How a target's VPC is connected with another; None where it is not."""
        return self._of(target).get(vpc)

    def _of(self, target: Target) -> dict[TargetName | OutsideVpc, PeeredVpc]:
        known = self._known.get(target.name)
        if known is None:
            gateway: dict[TargetName | OutsideVpc, bool] = {}
            for side, by_gateway in self._sides(target).values():
                for name in self._names(side, target):
                    # where both a peering and a transit gateway connect two VPCs, the peering does not limit rules
                    gateway[name] = gateway.get(name, True) and by_gateway
            found = [PeeredVpc(name, by_gateway) for name, by_gateway in gateway.items()]
            known = self._known[target.name] = {each.vpc: each for each in sorted(found, key=_order)}
        return known

    def _sides(self, target: Target) -> dict[object, tuple[Side, bool]]:
        """The other sides of all links of a VPC, and whether by transit gateways alone: worked out once a VPC."""
        if not self._links:
            return {}
        known = self._facing.get(_identity(target))
        if known is None:
            known = self._facing[_identity(target)] = {}
            for key in _keys(target):
                for side, other, peering in self._by_key.get(key, ()):
                    if _is_in(target, side) and not _is_in(target, other):
                        _, before = known.get(_identity(other), (other, True))
                        known[_identity(other)] = (other, before and peering.transit_gateway)
        return known

    def _names(self, side: Side, target: Target) -> Iterator[TargetName | OutsideVpc]:
        """What stands at a side in a target's environment."""
        inside = self._targets_at(side, target.view.environment)
        yield from inside
        if isinstance(side, OutsideVpc) and not inside:
            yield side
        for vpc in target.view.vpcs.values():
            own = Target(target.view, vpc)
            if vpc.name != target.vpc.name and _is_in(own, side):
                yield own.name

    def _targets_at(self, side: Side, environment: str) -> tuple[TargetName, ...]:
        known = self._inside.get((_identity(side), environment))
        if known is None:
            known = self._inside[_identity(side), environment] = tuple(
                each.name
                for key in _keys(side)
                for each in self._neighbourhood.at(key)
                if each.view.environment == environment and _is_in(each, side)
            )
        return known

    # -- findings

    def report(self, world: World, findings: Findings) -> None:
        """Peerings with what is absent in an environment, of a VPC with itself, and of VPCs whose CIDRs overlap."""
        for view in world.values():
            for vpc in view.vpcs.values():
                for peering in vpc.peered_with:
                    if far_side(view, peering) is None:
                        _report_absent(view, vpc.name, peering, findings)
        self._report_guesses(findings)
        said = set[frozenset[TargetName]]()
        for near, far, peering in sorted(self._links, key=lambda link: link.near.name):
            if isinstance(far, OutsideVpc):
                if near.vpc.id.literal == far.vpc_id:
                    _report_itself(near, far.vpc_id, peering, findings)
            elif near.name != far.name and same_vpc(near, far) != "no":
                _report_itself(near, _shown(near, far), peering, findings)
            elif near.name != far.name and frozenset((near.name, far.name)) not in said:
                said.add(frozenset((near.name, far.name)))
                _report_overlap(near, far, peering, findings)

    def _report_guesses(self, findings: Findings) -> None:
        """SG221 for VPCs without groups, which peerings alone make part of anything; targets have had theirs."""
        for side, opposite, peering in (each for links in self._by_key.values() for each in links):
            if isinstance(side, OutsideVpc) or side.name in self._neighbourhood.names or _is_in(side, opposite):
                continue
            for key in _keys(side):
                for other in self._neighbourhood.at(key):
                    if same_vpc(side, other) == "guessed":
                        findings.add(
                            "SG221",
                            f"{side.name} and {other.name} are taken to be in the same VPC, "
                            "by the environment's and the VPC's name alone",
                            peering.span,
                            help="give both the same id",
                            environment=side.view.environment,
                        )


def is_same_region(target: Target, other: Side) -> bool:
    """Whether rules of one can name groups of the other as far as regions go; where one is not known they may.

    AWS refuses groups of peer VPCs in other regions (Amazon VPC peering guide, security group rules).
    """
    mine = target.view.values.region
    theirs = other.region if isinstance(other, OutsideVpc) else other.view.values.region
    return mine is None or theirs is None or mine == theirs


def outside_vpc(view: View, vpc_id: str) -> OutsideVpc:
    """A VPC of no strategy, as a peering gives it by its id; by default it is where the environment is."""
    peering = view.outside.get(vpc_id)
    account, region = view.values.account, view.values.region
    if peering is not None:
        account = peering.account.text if peering.account is not None else account
        region = peering.region.text if peering.region is not None else region
    return OutsideVpc(account, region, vpc_id)


def far_side(view: View, peering: Peering) -> Side | None:
    """What a peering names; None where that is absent in the environment, or is nothing (which has been said)."""
    if peering.vpc_id is not None:
        return outside_vpc(view, peering.vpc_id.text)
    owner, name = _named(view, peering)
    vpc = owner.vpcs.get(name) if owner is not None else None
    return Target(owner, vpc) if owner is not None and vpc is not None else None


def _named(view: View, peering: Peering) -> tuple[View | None, str]:
    """Whose VPC a peering names, and its name there."""
    text = peering.vpc.text if peering.vpc is not None else ""
    if "/" not in text:
        return view, text
    meaning = view.names.peer(peering.vpc, Findings()) if peering.vpc is not None else None
    return (None, text) if meaning is None else (view.other(meaning.strategy), meaning.name)


def _keys(side: Side) -> tuple[object, ...]:
    return (("literal", side.vpc_id),) if isinstance(side, OutsideVpc) else vpc_keys(side)


def _identity(side: Side) -> object:
    """What decides whether a target is in this VPC (``targets.same_vpc``), so that equal ones are asked once."""
    if isinstance(side, OutsideVpc):
        return side
    values = side.view.values
    return (side.vpc.id, side.view.environment, side.vpc.name, values.account, values.region)


def _is_in(target: Target, side: Side) -> bool:
    if isinstance(side, OutsideVpc):
        return target.vpc.id.literal == side.vpc_id
    return target.name == side.name or same_vpc(target, side) != "no"


def _order(peered: PeeredVpc) -> tuple[bool, str]:
    return (isinstance(peered.vpc, OutsideVpc), "/".join(part or "" for part in peered.vpc))


def _shown(near: Target, far: Target) -> str:
    return far.vpc.name if far.view is near.view else f"{far.name.strategy}/{far.vpc.name}"


def _report_absent(view: View, vpc: str, peering: Peering, findings: Findings) -> None:
    word = peering.vpc
    if word is None or ("/" in word.text and view.names.peer(word, Findings()) is None):
        return
    owner, name = _named(view, peering)
    if owner is not None and name not in {each.text for each, _ in owner.strategy.vpcs}:
        return  # nothing declares it, which has been said
    reason = "" if owner is not None else f": strategy {word.text.partition('/')[0]} has no such environment"
    findings.add(
        "SG207",
        f"{word.text} is absent here and falls out of the peerings of {vpc}{reason}",
        word.span,
        environment=view.environment,
    )


def _report_itself(near: Target, far: str, peering: Peering, findings: Findings) -> None:
    findings.add(
        "SG113",
        f"VPC {near.vpc.name} is peered with itself: {far} is the same VPC",
        peering.span,
        help="remove it; where they are two VPCs, give each its id",
        environment=near.view.environment,
    )


def _report_overlap(near: Target, far: Target, peering: Peering, findings: Findings) -> None:
    """SG232: AWS connects no VPCs that share addresses, nor would a transit gateway know where to send to."""
    for mine in near.vpc.blocks:
        for theirs in far.vpc.blocks:
            if intersection(_line(mine), _line(theirs)):
                reason = (
                    "a transit gateway does not route between them"
                    if peering.transit_gateway
                    else "AWS refuses to peer them"
                )
                findings.add(
                    "SG232",
                    f"{mine} of VPC {near.vpc.name} and {theirs} of VPC {_shown(near, far)} overlap: {reason}",
                    peering.span,
                    help="correct the CIDRs, or leave the peering out",
                    environment=near.view.environment,
                )
                return


def _line(block: str) -> Intervals:
    return union((on_line(parse_cidr(block)),))
