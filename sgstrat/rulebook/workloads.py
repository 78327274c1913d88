"""Workloads of a target: which groups each network interface carries, in attachment order."""

from __future__ import annotations

from typing import NamedTuple

from sgstrat.diagnostics.finding import Findings, Related
from sgstrat.language.model import Word, Workload as WrittenWorkload
from sgstrat.rulebook.model import GROUP_KINDS, Workload
from sgstrat.rulebook.peers import Peers
from sgstrat.rulebook.targets import Neighbourhood, Target
from sgstrat.rulebook.view import Placed, View

_ORDER = {kind: index for index, kind in enumerate((*GROUP_KINDS, "existing"))}


class Enforced(NamedTuple):
    """A baseline group that another target makes every workload of the VPC carry."""

    target: Target
    placed: Placed


def enforced_by_others(target: Target, neighbourhood: Neighbourhood) -> dict[str, Enforced]:
    """Baseline groups of other strategies that every workload in this VPC must carry, as ``OTHER/NAME``."""
    others = [other for other in neighbourhood.neighbours(target) if other.name.strategy != target.name.strategy]
    # several environments may share a VPC: then each is served by the one of its own name, where there is one
    twins = {other.name.strategy for other in others if other.name.environment == target.name.environment}
    return {
        f"{other.name.strategy}/{name}": Enforced(other, placed)
        for other in others
        if other.name.environment == target.name.environment or other.name.strategy not in twins
        for name, placed in other.view.groups.items()
        if placed.group.enforce and other.vpc.name in placed.vpcs
    }


def check_homes(target: Target, neighbourhood: Neighbourhood, findings: Findings) -> None:
    """Report workloads that live in no VPC. Asked of one target of each environment."""
    view = target.view
    for word, workload in view.strategy.workloads:
        if (
            view.has(workload.environments)
            and not _homes(target, workload, neighbourhood)
            and not _is_left_out(target, workload)
        ):
            findings.add(
                "SG213",
                f"workload {word.text} lives in no VPC: its groups share none",
                word.span,
                help="attach groups of one VPC, or make the groups in it with vpcs:",
                environment=view.environment,
            )


def _is_left_out(target: Target, workload: WrittenWorkload) -> bool:
    """Whether a workload lives in a VPC with ``enabled: false``, with which it is left out."""
    view = target.view
    if workload.vpc is not None:
        return True
    groups = (view.groups.get(word.text) for word in workload.groups)
    existing = (view.existing.get(word.text) for word in workload.groups)
    return any(placed is not None and not placed.vpcs for placed in groups) or any(
        each is not None and each.is_left_out for each in existing
    )


def _homes(target: Target, workload: WrittenWorkload, neighbourhood: Neighbourhood) -> set[str]:
    """The VPCs in which a workload lives: its own ``vpc``, else each in which all of its groups live."""
    view = target.view
    if workload.vpc is not None:
        return {workload.vpc.text} & set(view.vpcs)
    homes = set(view.vpcs)
    for word in workload.groups:
        found = _group_homes(view, word.text, neighbourhood)
        if found is not None:
            homes &= found
    return homes


def _group_homes(view: View, key: str, neighbourhood: Neighbourhood) -> set[str] | None:
    """The VPCs of a strategy in which a group lives, own, existing or another strategy's; None where it is absent."""
    placed = view.groups.get(key) or view.existing.get(key)
    if placed is not None:
        return set(placed.vpcs)
    strategy, _, name = key.partition("/")
    other = view.other(strategy)
    theirs = other.groups.get(name) if other is not None else None
    if theirs is None:
        return None
    return {
        vpc.name
        for vpc in view.vpcs.values()
        if any(near.vpc.name in theirs.vpcs for near in neighbourhood.of_strategy(Target(view, vpc), strategy))
    }


class WorkloadBuilder:
    """Makes the workloads of one target."""

    def __init__(self, peers: Peers, neighbourhood: Neighbourhood, findings: Findings) -> None:
        self._peers = peers
        self._target = peers.target
        self._view = peers.view
        self._findings = findings
        here = self._target.vpc.name
        self._own = {
            name: placed
            for name, placed in self._view.groups.items()
            if placed.kind == "baseline" and here in placed.vpcs
        }
        self._neighbourhood = neighbourhood
        self._others = enforced_by_others(self._target, neighbourhood)

    def build(self) -> tuple[Workload, ...]:
        found = []
        for word, workload in self._view.strategy.workloads:
            if self._view.has(workload.environments) and self._target.vpc.name in _homes(
                self._target, workload, self._neighbourhood
            ):
                found.append(self._one(word, workload))
        return tuple(sorted(found, key=lambda each: each.key))

    def _one(self, word: Word, workload: WrittenWorkload) -> Workload:
        groups = set(self._named(workload))
        groups.update(self._baseline(word, workload))
        ordered = sorted(groups, key=lambda key: (_ORDER[self._kind(key)], key))
        return Workload(word.text, tuple(ordered), workload.reserved_groups, self._networks(workload), word.span)

    def _named(self, workload: WrittenWorkload) -> list[str]:
        found, absent = [], []
        here = self._target.vpc.name
        for word in workload.groups:
            homes = _group_homes(self._view, word.text, self._neighbourhood)
            if homes is not None and here not in homes:
                self._findings.add(
                    "SG214",
                    f"{word.text} does not live in VPC {here}",
                    word.span,
                    help="attach groups of the workload's VPC",
                    environment=self._view.environment,
                )
                continue
            key = self._peers.carried(word)
            if key is None:
                absent.append(word)
            elif key:
                found.append(key)
        self._peers.report_absent(workload.groups, absent)
        return found

    def _baseline(self, word: Word, workload: WrittenWorkload) -> list[str]:
        every = [*self._own, *self._others]
        chosen = workload.baseline
        if chosen is None:
            kept = every
        else:
            words = () if chosen == "none" else chosen
            named = [each.text for each in words]
            kept = [key for key in every if key in named]
            self._left_out(word, [key for key in every if key not in named])
            self._peers.report_absent(words, [each for each in words if each.text not in every])
        for key in kept:
            if key in self._others:
                self._peers.refer(key, "group", self._others[key].target, self._others[key].placed.group.formerly)
        return kept

    def _left_out(self, word: Word, keys: list[str]) -> None:
        for key in keys:
            placed = self._others[key].placed if key in self._others else self._own[key]
            if placed.group.enforce:
                self._findings.add(
                    "SG402",
                    f"workload {word.text} leaves out {key}, which is enforced on every workload of the VPC",
                    word.span,
                    help=f"name {key} in baseline:, or waive this with a reason",
                    related=(Related(placed.word.span, "it is enforced here"),),
                    paths=(f"workloads.{word.text}",),
                    environment=self._view.environment,
                )

    def _kind(self, key: str) -> str:
        if key in self._view.existing:
            return "existing"
        strategy, _, name = key.partition("/")
        if key in self._view.groups:  # a name of its own may have a slash, after a finding
            return self._view.groups[key].kind
        other = self._others.get(key)
        if other is not None:
            return other.placed.kind
        view = self._view.other(strategy)
        return view.groups[name].kind if view is not None else "existing"

    def _networks(self, workload: WrittenWorkload) -> tuple[str, ...]:
        owner = Placed("app", Word("", workload.span), None, ())  # type: ignore[arg-type]
        blocks = (reached.peer.name for reached in self._peers.expand(workload.networks, owner, "ingress"))
        return tuple(dict.fromkeys(blocks))
