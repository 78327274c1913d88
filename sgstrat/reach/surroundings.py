"""What the strategies declare beside what is compiled: networks, VPCs, lists and existing groups, by name.

Rulebooks hold addresses without the names of networks; ends of statements and questions go by name.
"""

from __future__ import annotations

from typing import NamedTuple

from sgstrat.facts.prefix_lists import managed_lists
from sgstrat.net.cidr import Family
from sgstrat.reach.hosts import End, Token, id_token
from sgstrat.rulebook.model import IdSource
from sgstrat.rulebook.peers import list_family
from sgstrat.rulebook.view import View, World, id_source, is_own_list


class ListedAt(NamedTuple):
    """A prefix list: its family, and its CIDRs or, where nobody here knows them, what it is known by."""

    family: Family
    cidrs: tuple[str, ...] | None
    token: Token | None


class Surroundings(NamedTuple):
    """What the strategies declare in one environment, by end.

    ``homes`` are the VPCs of an existing group: names of its strategy's, or the id of one that is no strategy's.
    """

    networks: dict[End, tuple[str, ...]]
    vpcs: dict[End, tuple[str, ...]]
    lists: dict[End, ListedAt]
    existing: dict[End, Token]
    homes: dict[End, tuple[str, ...]]


EMPTY = Surroundings({}, {}, {}, {}, {})


def surroundings(world: World, environment: str) -> Surroundings:
    """Everything that any strategy declares in its environment of this name."""
    found = Surroundings({}, {}, {}, {}, {})
    for (strategy, name), view in sorted(world.items(), key=lambda item: item[0]):
        if name != environment:
            continue
        for network, cidrs in view.networks.items():
            found.networks[End("network", strategy, network)] = cidrs
        for vpc in view.vpcs.values():
            found.vpcs[End("vpc", strategy, vpc.name)] = vpc.blocks
        for key in view.lists:
            found.lists[End("prefix_list", strategy, key)] = _list(view, key)
        for key, existing in view.existing.items():
            end = End("existing", strategy, key)
            found.existing[end] = _token("group", view, key, existing.id)
            found.homes[end] = existing.vpcs if existing.outside is None else (existing.outside,)
    return found


def _list(view: View, key: str) -> ListedAt:
    value = view.lists[key][1]
    family = list_family(view, key)
    if is_own_list(value):
        return ListedAt(family, tuple(entry.cidr.text for entry in view.entries(value.entries or ())), None)
    if value.aws is not None:
        name = managed_lists()[value.aws.text].name
        full = name.replace("{region}", view.values.region) if view.values.region else name
        return ListedAt(family, None, ("prefix-list", full))
    return ListedAt(family, None, _token("prefix-list", view, key, id_source(value.id)))


def _token(what: str, view: View, key: str, source: IdSource) -> Token:
    return id_token(what, view.names.name, view.environment, view.values.account, view.values.region, key, source)
