"""Which strategies of a workspace have to do with each other: no result for one hangs on another cluster's text.

What may join two strategies: a name of the other that ``uses`` allows, a file of both, one VPC whose baseline or
peerings they share, or of which only names or SSM say that it is one, and assertions, which are about all that is in an
environment. One VPC by its id alone joins nobody: all that is shared there is the default group, and a part is told who
else is there (``targets.Sharer``). Nor does what is counted or has to be unique in an account, a region or a VPC:
``recall`` adds that up.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from sgstrat.language.decode import Unit
from sgstrat.rulebook.peerings import far_side
from sgstrat.rulebook.targets import Target
from sgstrat.rulebook.view import View, VpcView, look

_Token = tuple[object, ...]


def clusters(units: Iterable[Unit]) -> tuple[frozenset[str], ...]:
    """The names of the strategies of each cluster, in order of their first."""
    units = tuple(units)
    parents = {unit.names.name: unit.names.name for unit in units}

    def root(name: str) -> str:
        while parents[name] != name:
            parents[name] = name = parents[parents[name]]
        return name

    first: dict[_Token, str] = {}
    for strategy, token in _tokens(units):
        other = first.setdefault(token, strategy)
        parents[root(strategy)] = root(other)
    found: dict[str, set[str]] = defaultdict(set)
    for name in parents:
        found[root(name)].add(name)
    return tuple(sorted(map(frozenset, found.values()), key=min))


def _tokens(units: tuple[Unit, ...]) -> Iterator[tuple[str, _Token]]:
    """Strategies with the same token are of one cluster."""
    for unit in units:
        name = unit.names.name
        yield name, ("strategy", name)
        yield from ((name, ("strategy", word.text)) for word in unit.names.strategy.uses)
        yield from ((name, ("file", path)) for path in unit.files)
    views = tuple(look(unit.names for unit in units).values())
    asserted = {view.environment for view in views if view.strategy.assertions}
    by_name = {_place(view, vpc) for view in views for vpc in view.vpcs.values() if vpc.id.literal is None}
    shared = {vpc_id for view in views for vpc_id in _shared(view)}
    for view in views:
        if view.environment in asserted:
            yield view.names.name, ("environment", view.environment)
        for vpc in view.vpcs.values():
            yield from ((view.names.name, token) for token in _tokens_of(view, vpc, by_name, shared))


def _shared(view: View) -> Iterator[str | None]:
    """The ids of VPCs of which a strategy says what holds for all in them: a baseline for everyone, or a peering."""
    for vpc in view.vpcs.values():
        if any(placed.group.enforce and vpc.name in placed.vpcs for placed in view.groups.values()):
            yield vpc.id.literal
        for peering in vpc.peered_with:
            yield vpc.id.literal
            far = far_side(view, peering)
            yield far.vpc.id.literal if isinstance(far, Target) else peering.vpc_id and peering.vpc_id.text


def _tokens_of(view: View, vpc: VpcView, by_name: set[_Token], shared: set[str | None]) -> Iterator[_Token]:
    """What two VPCs that are one, or connected, have in common: ``targets.same_vpc`` says which may be one."""
    if vpc.id.literal is not None:
        if vpc.id.literal in shared:
            yield ("id", vpc.id.literal)
    elif vpc.id.ssm is not None:
        yield ("ssm", vpc.id.ssm)
    if _place(view, vpc) in by_name:
        yield _place(view, vpc)
    for peering in vpc.peered_with:
        if peering.vpc_id is not None:
            yield ("id", peering.vpc_id.text)  # that of another strategy in ``uses`` joins them anyway


def _place(view: View, vpc: VpcView) -> _Token:
    return ("vpc", view.environment, vpc.name)
