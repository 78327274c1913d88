"""Ways through several hops: tiers are chained, so what A does not reach directly it may reach through others."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from sgstrat.net.interval import Intervals, intersection
from sgstrat.reach.ends import Party
from sgstrat.reach.hosts import Host
from sgstrat.reach.relation import Relation, Verdict

MOST_PATHS = 20


class Hop(NamedTuple):
    """One step of a path."""

    source: Host
    destination: Host
    verdict: Verdict


Path = tuple[Hop, ...]


def paths(relation: Relation, source: Party, destination: Party, asked: Intervals, most_hops: int) -> list[Path]:
    """The shortest ways from one end to another over at most ``most_hops`` hops, :data:`MOST_PATHS` of them at most.

    Every hop is possible on some service, the last one on ``asked``. No way passes a host twice, nor leaves the
    workspace in between; a longer way is not shown where each of its hosts has been reached in fewer hops.
    """
    goals = destination.proper
    found: list[Path] = []
    depth: dict[Host, int] = {}
    queue: deque[tuple[Host, Path]] = deque((host, ()) for host in source.proper)
    while queue and len(found) < MOST_PATHS:
        host, so_far = queue.popleft()
        been = {hop.source for hop in so_far}
        for goal in goals:
            verdict = relation.verdict(host, goal)
            if goal not in been and (so_far or goal != host) and intersection(verdict.possible, asked):
                found.append((*so_far, Hop(host, goal, verdict.limited(asked))))
        if len(so_far) + 1 >= most_hops:
            continue
        for other in relation.estate.hosts:
            if other in goals or other in been or other == host or depth.get(other, most_hops) < len(so_far) + 1:
                continue
            verdict = relation.verdict(host, other)
            if verdict.possible:
                depth[other] = len(so_far) + 1
                queue.append((other, (*so_far, Hop(host, other, verdict))))
    return found[:MOST_PATHS]
