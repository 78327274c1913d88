"""One environment of the workspace as hosts: every workload, and every group that no workload carries.

Built once and asked often: what a host may send or receive is found by reference and by address, not rule by rule.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property

from sgstrat.net.interval import Intervals, intersection, union
from sgstrat.reach.grants import Grant, GrantIndex, group_token
from sgstrat.reach.hosts import End, Host, Place, Token, blocks, only_family, possible_addresses, vpc_addresses
from sgstrat.reach.surroundings import EMPTY, Surroundings, surroundings
from sgstrat.rulebook.model import Direction, Rulebook, TargetName, Workload
from sgstrat.rulebook.view import World
from sgstrat.rulebook.workspace import Workspace


class Atlas:
    """The estates of a workspace, one for each environment. Without ``world`` ends have no names of networks."""

    def __init__(self, workspace: Workspace, world: World | None = None) -> None:
        self._workspace = workspace
        self._world = world
        self._index = GrantIndex(workspace)
        self._made: dict[str, Estate] = {}

    @property
    def environments(self) -> tuple[str, ...]:
        """The names of all environments that have a target, sorted."""
        return tuple(sorted({name.environment for name in self._workspace.rulebooks}))

    def estate(self, environment: str) -> Estate:
        """One environment of all strategies that have it."""
        known = self._made.get(environment)
        if known is None:
            near = EMPTY if self._world is None else surroundings(self._world, environment)
            known = self._made[environment] = Estate(self._workspace, self._index, environment, near)
        return known


class Estate:
    """The hosts of one environment, and what their rules grant."""

    def __init__(self, workspace: Workspace, index: GrantIndex, environment: str, near: Surroundings) -> None:
        self.environment = environment
        self.surroundings = near
        self._workspace = workspace
        self._index = index
        self.books = {name: book for name, book in workspace.rulebooks.items() if name.environment == environment}
        self._grants: dict[tuple[Host, Direction], tuple[Grant, ...]] = {}
        self._references: dict[tuple[Host, Direction], dict[Token, Intervals]] = {}
        self._baselines: dict[TargetName, tuple[Place, ...]] = {}
        self._routed: dict[tuple[TargetName, TargetName], bool] = {}

    @cached_property
    def hosts(self) -> tuple[Host, ...]:
        """Every interface: the workloads, then the groups that none of them carries, in order of target and key."""
        return (*self._workloads, *self._uncarried)

    @cached_property
    def _workloads(self) -> tuple[Host, ...]:
        return tuple(self._workload(book, each) for book in self.books.values() for each in book.workloads)

    def _workload(self, book: Rulebook, workload: Workload) -> Host:
        end = End("workload", book.strategy, workload.key)
        tokens = {key: self._index.token(book, key) for key in workload.groups}
        places = {key: self._workspace.locate(book, key) for key in workload.groups}
        known = {key: place for key, place in places.items() if place is not None and place in self._workspace.groups}
        four, six, assumed = vpc_addresses(book)
        if workload.networks:
            stated = blocks(workload.networks)
            four, six, assumed = only_family(stated, "ipv4"), only_family(stated, "ipv6"), frozenset()
        return Host(
            end,
            book.target,
            groups=tuple(known.values()),
            tokens=frozenset(tokens.values()),
            unknown=tuple(key for key in workload.groups if key not in known),
            ipv4=four,
            ipv6=six,
            is_exact=bool(workload.networks),
            assumed=assumed,
        )

    @cached_property
    def parts(self) -> dict[Place, tuple[Place, ...]]:
        """The further parts of divided groups (``overflow: split``), which whatever carries the group carries too."""
        found: dict[Place, list[Place]] = defaultdict(list)
        for book in self.books.values():
            for group in book.groups:
                if group.part_of is not None:
                    found[book.target, group.part_of].append((book.target, group.key))
        return {place: tuple(parts) for place, parts in found.items()}

    @cached_property
    def _uncarried(self) -> tuple[Host, ...]:
        carried = {place for host in self._workloads for place in host.groups}
        return tuple(
            self._alone(
                book, End("group", book.strategy, group.key), group.key, group_token((book.target, group.key)), True
            )
            for book in self.books.values()
            for group in book.groups
            if group.part_of is None and (book.target, group.key) not in carried
        )

    def _alone(self, book: Rulebook, end: End, key: str, token: Token, is_known: bool) -> Host:
        """An interface with one group and the baseline of its VPC."""
        baseline = dict.fromkeys(self._baseline_of(book))
        if is_known:
            place = (book.target, key)
            baseline.update(dict.fromkeys((place, *self.parts.get(place, ()))))
        four, six, assumed = vpc_addresses(book)
        return Host(
            end,
            book.target,
            groups=tuple(baseline),
            tokens=frozenset((token, *(group_token(place) for place in baseline))),
            unknown=() if is_known else (key,),
            ipv4=four,
            ipv6=six,
            is_exact=False,
            assumed=assumed,
        )

    def _baseline_of(self, book: Rulebook) -> tuple[Place, ...]:
        known = self._baselines.get(book.target)
        if known is None:
            known = self._baselines[book.target] = tuple(self._baseline(book))
        return known

    def _baseline(self, book: Rulebook) -> Iterator[Place]:
        """The groups that every interface in a target's VPC carries: its baseline, and what others enforce there."""
        for other in self._workspace.rulebooks.values():
            composites = {each.composite for each in other.packed}  # what stands for a baseline is not everybody's
            for group in other.groups:
                if group.kind != "baseline" or group.key in composites:
                    continue
                if other.target == book.target or (
                    group.enforce and other.strategy != book.strategy and self.same_vpc(book, other)
                ):
                    yield (other.target, group.key)

    @staticmethod
    def same_vpc(left: Rulebook, right: Rulebook) -> bool:
        """Whether two targets are in one VPC (language, section 5)."""
        a, b = left.vpc.id, right.vpc.id
        if a.literal and b.literal:
            return a.literal == b.literal
        places = ((left.account, left.region), (right.account, right.region))
        if a.ssm and a.ssm == b.ssm and places[0] == places[1]:
            return True
        if (left.vpc.name, left.environment) != (right.vpc.name, right.environment):
            return False
        return not any(x is not None and y is not None and x != y for x, y in zip(*places, strict=True))

    # -- who carries what

    @cached_property
    def by_token(self) -> dict[Token, tuple[Host, ...]]:
        """The interfaces that carry a group, by what it is known by."""
        found: dict[Token, list[Host]] = defaultdict(list)
        for host in self.hosts:
            for token in host.tokens:
                found[token].append(host)
        return {token: tuple(hosts) for token, hosts in found.items()}

    def carriers(self, token: Token) -> tuple[Host, ...]:
        """The interfaces that carry a group."""
        return self.by_token.get(token, ())

    def existing_alone(self, end: End, token: Token) -> tuple[Host, ...]:
        """An existing group that no workload carries, in each VPC in which it lives."""
        return tuple(self._existing(end, home, token) for home in self.surroundings.homes.get(end, ()))

    def _existing(self, end: End, home: str, token: Token) -> Host:
        """An existing group in one VPC; where its strategy makes no groups there, nobody here guards it further."""
        target = TargetName(end.strategy, self.environment, home)
        if target in self.books:
            return self._alone(self.books[target], end, end.name, token, False)
        same = (book for book in self.books.values() if book.vpc.id.literal == home)
        book = next(same, None)
        if book is not None:
            target, (four, six, assumed) = book.target, vpc_addresses(book)
        else:
            stated = blocks(self.surroundings.vpcs.get(End("vpc", end.strategy, home), ()))
            four, six, assumed = possible_addresses(only_family(stated, "ipv4"), only_family(stated, "ipv6"))
        return Host(
            end,
            target,
            tokens=frozenset((token,)),
            unknown=(end.name,),
            ipv4=four,
            ipv6=six,
            is_exact=False,
            assumed=assumed,
        )

    # -- what rules grant

    def grants(self, host: Host, direction: Direction) -> tuple[Grant, ...]:
        """All rules of all groups that an interface carries, as far as they are known."""
        key = (host, direction)
        known = self._grants.get(key)
        if known is None:
            known = self._grants[key] = tuple(
                grant for place in host.groups for grant in self._index.grants(place, direction)
            )
        return known

    def references(self, host: Host, direction: Direction) -> dict[Token, Intervals]:
        """The kinds of packets granted by reference, by the group named."""
        key = (host, direction)
        known = self._references.get(key)
        if known is None:
            parts: dict[Token, list[tuple[int, int]]] = defaultdict(list)
            for grant in self.grants(host, direction):
                if grant.reference is not None:
                    parts[grant.reference].append(grant.kinds)
            known = self._references[key] = {token: union(kinds) for token, kinds in parts.items()}
        return known

    def is_routed(self, left: Host, right: Host) -> bool:
        """Whether addresses of the one can mean the other: one VPC, peered ones, or two that do not overlap.

        VPCs with overlapping addresses cannot be connected (Amazon VPC peering guide, limitations).
        """
        if left.target is None or right.target is None or left.target == right.target:
            return True
        key = (left.target, right.target)
        known = self._routed.get(key)
        if known is None:
            a, b = self.books.get(left.target), self.books.get(right.target)
            apart = a is not None and b is not None and _overlap(a, b) and not self.same_vpc(a, b)
            known = self._routed[key] = not apart or self.is_peered(left, right)
        return known

    def is_near(self, left: Host, right: Host) -> bool:
        """Whether two interfaces are in one VPC."""
        if left.target is None or right.target is None:
            return False
        if left.target == right.target:
            return True
        a, b = self.books.get(left.target), self.books.get(right.target)
        return a is not None and b is not None and self.same_vpc(a, b)

    def is_peered(self, left: Host, right: Host) -> bool:
        """Whether two interfaces are in VPCs that are peered, or that a transit gateway connects."""
        if left.target is None or right.target is None:
            return False
        return self._connects(left.target, right.target) or self._connects(right.target, left.target)

    def _connects(self, left: TargetName, right: TargetName) -> bool:
        """Whether the rulebook of one says that its VPC is connected with that of the other."""
        book = self.books.get(left)
        return book is not None and book.vpc.connects(right)


def _overlap(left: Rulebook, right: Rulebook) -> bool:
    return bool(intersection(vpc_addresses(left)[0], vpc_addresses(right)[0]))
