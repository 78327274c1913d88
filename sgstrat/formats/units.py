"""The split of a target into its first unit and its links (language, section 9).

Two strategies may name each other, so what names another target is deployed apart, after every first unit. The first
unit holds all groups and own prefix lists and every rule that stays within the target; ``links`` holds the rules to or
from another target's group or prefix list, and the workload lists that hold another target's group. Every format
splits alike, so this must not know any of them.
"""

from __future__ import annotations

from typing import NamedTuple

from sgstrat.rulebook.model import Group, Peer, Rule, Rulebook, Workload


class GroupRules(NamedTuple):
    """A group and those of its rules that a unit holds, in rulebook order."""

    group: Group
    ingress: tuple[Rule, ...]
    egress: tuple[Rule, ...]


class Unit(NamedTuple):
    """What one stack or one root module holds: rules by group, and workload lists. Order is the rulebook's."""

    groups: tuple[GroupRules, ...]
    workloads: tuple[Workload, ...]


class Units(NamedTuple):
    """Both units. ``main`` has every group, with rules or without; ``links`` only groups with a rule there.

    ``links`` is None where nothing of the target names another.
    """

    main: Unit
    links: Unit | None


def link_peers(rulebook: Rulebook) -> frozenset[Peer]:
    """The peers that belong to another target: referenced groups and foreign prefix lists."""
    groups = (Peer("group", item.key) for item in rulebook.references if item.kind == "group")
    lists = (Peer("prefix_list", item.key) for item in rulebook.prefix_lists if item.origin == "foreign")
    return frozenset((*groups, *lists))


def is_link(rulebook: Rulebook, rule: Rule) -> bool:
    """Whether ``rule`` belongs in ``links``. For many rules take :func:`split`, or :func:`link_peers` once."""
    return rule.peer in link_peers(rulebook)


def is_link_workload(rulebook: Rulebook, workload: Workload) -> bool:
    """Whether the list of ``workload`` belongs in ``links``: one of its groups is another target's."""
    return not link_peers(rulebook).isdisjoint(Peer("group", name) for name in workload.groups)


def split(rulebook: Rulebook) -> Units:
    """Both units of a target. Every rule and every workload is in exactly one of them."""
    foreign = link_peers(rulebook)
    main: list[GroupRules] = []
    links: list[GroupRules] = []
    for group in rulebook.groups:
        main.append(_part(group, foreign, linked=False))
        part = _part(group, foreign, linked=True)
        if part.ingress or part.egress:
            links.append(part)
    theirs = {peer.name for peer in foreign if peer.kind == "group"}
    inside = tuple(item for item in rulebook.workloads if theirs.isdisjoint(item.groups))
    across = tuple(item for item in rulebook.workloads if not theirs.isdisjoint(item.groups))
    second = Unit(tuple(links), across) if links or across else None
    return Units(Unit(tuple(main), inside), second)


def _part(group: Group, foreign: frozenset[Peer], *, linked: bool) -> GroupRules:
    return GroupRules(
        group,
        tuple(rule for rule in group.ingress if (rule.peer in foreign) is linked),
        tuple(rule for rule in group.egress if (rule.peer in foreign) is linked),
    )
