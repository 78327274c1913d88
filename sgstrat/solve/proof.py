"""SG691: what the passes made allows exactly what was written, and everything that carried a group carries all of it.

By its own means: traffic as sets, group by group and direction by direction; by address, and by peer for references and
prefix lists. Must not know how the passes work.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from sgstrat.diagnostics.finding import Findings
from sgstrat.net.cidr import parse_cidr
from sgstrat.net.interval import Interval, Intervals, union
from sgstrat.net.kinds import address_text, kind_text
from sgstrat.net.service import service_interval
from sgstrat.net.traffic import Rectangle, Traffic, on_line
from sgstrat.rulebook.model import DIRECTIONS, Direction, Group, Peer, Rule, Rulebook, TargetName
from sgstrat.rulebook.workspace import Workspace

MAX_FINDINGS = 20
"""How many differences are shown; one is enough to stop a build."""


def prove(before: Mapping[TargetName, Rulebook], after: Mapping[TargetName, Rulebook], findings: Findings) -> None:
    """Report every group whose traffic, and every workload whose groups, are not what they were."""
    carried = _Carried(before, after)
    for name, book in before.items():
        made = after.get(name)
        differences = ["it is lost"] if made is None else [*_groups(book, made), *carried.differences(book, made)]
        report_differences(book, differences, "optimize and overflow", findings)


def report_differences(book: Rulebook, differences: Sequence[str], passes: str, findings: Findings) -> None:
    """SG691 for a target. ``passes`` is what its strategy can leave out."""
    for each in differences[:MAX_FINDINGS]:
        findings.add(
            "SG691",
            f"{book.target}: {each}",
            book.span,
            help="this is a bug in sgstrat, not in the strategy: nothing was written; please report it, "
            f"and leave out {passes} until then",
            environment=book.environment,
        )


def _groups(before: Rulebook, after: Rulebook) -> Iterator[str]:
    parts: dict[str, list[Group]] = defaultdict(list)
    for group in after.groups:
        parts[group.part_of or group.key].append(group)
    known = {group.key for group in before.groups}
    yield from (f"group {key} was not there before" for key in parts if key not in known)
    for group in before.groups:
        same = [each for each in parts[group.key] if each.key == group.key]
        if len(same) != 1 or (same[0].identity, same[0].name, same[0].description) != (
            group.identity,
            group.name,
            group.description,
        ):
            yield f"group {group.key} is no longer what it was"
            continue
        for direction in DIRECTIONS:
            rules = [rule for each in parts[group.key] for rule in each.rules(direction)]
            yield from _rules(group.key, direction, group.rules(direction), rules)


def _rules(key: str, direction: Direction, before: Iterable[Rule], after: Iterable[Rule]) -> Iterator[str]:
    old, new = sorted(map(_content, before)), sorted(map(_content, after))
    if old == new:
        return
    for verb, rest in (
        ("lost", _addresses(old) - _addresses(new)),
        ("added", _addresses(new) - _addresses(old)),
    ):
        packet = rest.witness()
        if packet is not None:
            yield f"group {key} {direction} {verb}: {kind_text(packet.kind)}, {address_text(packet.place)}"
    was, now = _peers(old), _peers(new)
    yield from (
        f"group {key} {direction} differs for {peer.kind.replace('_', ' ')} {peer.name}"
        for peer in sorted({*was, *now})
        if was.get(peer) != now.get(peer)
    )


def _content(rule: Rule) -> tuple[Peer, Interval]:
    return rule.peer, service_interval(rule.protocol, rule.from_port, rule.to_port)


def _addresses(rules: Iterable[tuple[Peer, Interval]]) -> Traffic:
    return Traffic.of(Rectangle(kinds, on_line(parse_cidr(peer.name))) for peer, kinds in rules if peer.kind == "cidr")


def _peers(rules: Iterable[tuple[Peer, Interval]]) -> dict[Peer, Intervals]:
    found: dict[Peer, list[Interval]] = defaultdict(list)
    for peer, kinds in rules:
        if peer.kind != "cidr":
            found[peer].append(kinds)
    return {peer: union(kinds) for peer, kinds in found.items()}


class _Carried:
    """What workloads carry, before and after."""

    def __init__(self, before: Mapping[TargetName, Rulebook], after: Mapping[TargetName, Rulebook]) -> None:
        self._old, self._new = Workspace(before), Workspace(after)
        self._parts: dict[tuple[TargetName, str], set[tuple[TargetName, str]]] = defaultdict(set)
        for (target, key), group in self._new.groups.items():
            self._parts[target, group.part_of or key].add((target, key))

    def differences(self, before: Rulebook, after: Rulebook) -> Iterator[str]:
        """Whoever carried a group carries all of its parts and nothing else, so that naming the first names all."""
        made = {each.key: each.groups for each in after.workloads}
        for workload in before.workloads:
            there = made.get(workload.key, ())
            wanted = {each for key in workload.groups for each in self._every(before, key)}
            found = [self._new.locate(after, key) or key for key in there]
            if set(found) != wanted or len(found) != len(wanted):
                was, now = (", ".join(keys) or "nothing" for keys in (workload.groups, there))
                yield f"workload {workload.key} carried {was}, and carries {now}"

    def _every(self, book: Rulebook, key: str) -> Iterable[object]:
        place = self._old.locate(book, key)
        return (key,) if place is None else self._parts[place] or (place,)
