"""Targets, and which of them share a VPC."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Literal, NamedTuple

from sgstrat.diagnostics.finding import Findings
from sgstrat.rulebook.model import TargetName
from sgstrat.rulebook.view import View, VpcView, World


class Target(NamedTuple):
    """One strategy in one environment in one VPC in which it has groups; where it has none at all, its prefix lists."""

    view: View
    vpc: VpcView

    @property
    def name(self) -> TargetName:
        return TargetName(self.view.names.name, self.view.environment, self.vpc.name)

    @property
    def has_groups(self) -> bool:
        return any(self.vpc.name in placed.vpcs for placed in self.view.groups.values())


class Sharer(NamedTuple):
    """A target with groups of a strategy that is not compiled along, as others in its VPC, of that literal id, see it.

    ``default_group`` is what it says of the VPC's default group.
    """

    name: TargetName
    vpc_id: str
    default_group: str | None


Match = Literal["no", "yes", "guessed"]


def same_vpc(left: Target, right: Target) -> Match:
    """Whether two targets are in one VPC (language, section 5); ``guessed`` where only the names say so.

    The same literal id; or the same account, region and SSM path; or, unless both ids are literal, the same
    environment and VPC name. Accounts or regions that are known and differ are never the same by name.
    """
    a, b = left.vpc.id, right.vpc.id
    if a.literal and b.literal:
        return "yes" if a.literal == b.literal else "no"
    places = [(target.view.values.account, target.view.values.region) for target in (left, right)]
    if a.ssm and b.ssm and a.ssm == b.ssm and places[0] == places[1]:
        return "yes"
    if left.vpc.name != right.vpc.name or left.view.environment != right.view.environment:
        return "no"
    if any(x is not None and y is not None and x != y for x, y in zip(*places, strict=True)):
        return "no"
    return "yes" if a.is_input and b.is_input else "guessed"


class Neighbourhood:
    """All targets of the workspace, and each one's neighbours in its VPC.

    ``sharers`` are those of strategies that are not compiled along.
    """

    def __init__(self, world: World, sharers: Iterable[Sharer] = ()) -> None:
        self.targets = tuple(
            Target(view, vpc)
            for view in world.values()
            for vpc in view.vpcs.values()
            if Target(view, vpc).has_groups or (not view.groups and view.has_own_lists)
        )
        self.names = frozenset(target.name for target in self.targets)
        self._by_key: dict[object, list[Target]] = defaultdict(list)
        for target in self.targets:
            for key in vpc_keys(target):
                self._by_key[key].append(target)
        self._by_view: dict[tuple[str, str], list[Target]] = defaultdict(list)
        for target in self.targets:
            self._by_view[target.name[:2]].append(target)
        self._near: dict[TargetName, tuple[Target, ...]] = {}
        self._sharers: dict[str | None, list[Sharer]] = defaultdict(list)
        for sharer in sharers:
            self._sharers[sharer.vpc_id].append(sharer)

    def neighbours(self, target: Target) -> tuple[Target, ...]:
        """The other targets in the same VPC, in order of name."""
        near = self._near.get(target.name)
        if near is None:
            # two targets can only match when they share a literal id, an SSM path or an environment and VPC name
            found = {
                other.name: other
                for key in vpc_keys(target)
                for other in self._by_key[key]
                if other.name != target.name and same_vpc(target, other) != "no"
            }
            near = self._near[target.name] = tuple(found[name] for name in sorted(found))
        return near

    def sharers(self, target: Target) -> tuple[Sharer, ...]:
        """The targets in the same VPC that are not compiled along."""
        return tuple(self._sharers.get(target.vpc.id.literal, ()))

    def at(self, key: object) -> tuple[Target, ...]:
        """The targets whose VPC has one of the keys that :func:`vpc_keys` gives."""
        return tuple(self._by_key.get(key, ()))

    def of_view(self, view: View) -> tuple[Target, ...]:
        """The targets of one strategy in one environment."""
        return tuple(each for each in self._by_view[view.names.name, view.environment])

    def of_strategy(self, target: Target, strategy: str) -> tuple[Target, ...]:
        """The targets of one other strategy in the same VPC, in the environment of the same name."""
        return tuple(
            other
            for other in self.neighbours(target)
            if other.view.names.name == strategy and other.view.environment == target.view.environment
        )

    def report_twins(self, findings: Findings) -> None:
        """Two VPCs of one environment of a strategy may not be one VPC: its groups would not find each other."""
        for target in self.targets:
            for other in self.neighbours(target):
                if other.view is target.view and target.name < other.name and same_vpc(target, other) == "yes":
                    findings.add(
                        "SG231",
                        f"{target.vpc.name} and {other.vpc.name} are one VPC in environment {target.view.environment}: "
                        f"{target.vpc.id.literal or target.vpc.id.ssm}",
                        target.view.strategy.strategy.span,
                        help="give one of them another id, or declare the VPC once and move its groups there",
                        environment=target.view.environment,
                    )

    def report_guesses(self, targets: Iterable[Target], findings: Findings) -> None:
        """Warn where the environment and VPC name alone make two VPCs one."""
        for target in targets:
            for other in self.neighbours(target):
                if target.name < other.name and same_vpc(target, other) == "guessed":
                    findings.add(
                        "SG221",
                        f"{target.name} and {other.name} are taken to be in the same VPC, "
                        "by the environment's and the VPC's name alone",
                        target.view.names.strategy.strategy.span,
                        help="give both the same id",
                        environment=target.view.environment,
                    )


def vpc_keys(target: Target) -> tuple[object, ...]:
    """What two targets in one VPC have in common, one of these at least."""
    vpc_id = target.vpc.id
    return (
        ("literal", vpc_id.literal) if vpc_id.literal else ("ssm", vpc_id.ssm),
        (target.view.environment, target.vpc.name),
    )
