"""A plan of fusing carried out on a rulebook: composites made, peers renamed, workloads given their new lists.

A composite has the rules of its members. Whoever named a member names whatever stands for it now: the composites, and
the member itself while anything carries it. What a composite is called depends on its members' oldest keys alone, since
AWS can change neither name nor description of a security group. Source: EC2 API, CreateSecurityGroup.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from sgstrat.diagnostics.finding import Findings, Related
from sgstrat.facts.limits import limit
from sgstrat.language.model import Word
from sgstrat.rulebook.model import GROUP_KINDS, Group, Packed, Peer, Rule, Rulebook, Workload
from sgstrat.rulebook.naming import Namer
from sgstrat.rulebook.rules import canonical_order
from sgstrat.rulebook.targets import Target
from sgstrat.solve.reasons import standing_for
from sgstrat.solve.room import Block, Partition, StandIns
from sgstrat.solve.wishes import Wishes
from sgstrat.source.span import Span

_ORDER = {kind: index for index, kind in enumerate(GROUP_KINDS)}
_LONGEST = 63  # characters of a name, as of any in a strategy
_DIGITS = 8
Rank = Callable[[str], int]
"""Where the kind of a group that a workload carries stands in the order of attachment."""


def fused(
    book: Rulebook,
    plan: Mapping[str, Partition],
    stand_ins: StandIns,
    rank: Rank,
    wishes: Wishes,
    findings: Findings,
) -> Rulebook:
    """The rulebook with the blocks of ``plan``, by workload, as composites.

    Members that ``stand_ins`` does not name as their own stand-in are no longer made. SG315 where a composite's name is
    declared for something else; the rulebook then stays as it was.
    """
    maker = _Maker(book, stand_ins, wishes, findings)
    blocks = {block for blocks in plan.values() for block in blocks if len(block) > 1}
    composites = sorted(blocks, key=sorted)
    if maker.has_taken(composites):
        return book
    made = [maker.composite(block) for block in composites]
    gone = {key for key, blocks in stand_ins.items() if frozenset((key,)) not in blocks}
    groups = [*(maker.renamed(group) for group in book.groups if group.key not in gone), *made]
    packed = (Packed(maker.key(block), tuple(sorted(block))) for block in composites)
    return replace(
        book,
        groups=tuple(sorted(groups, key=lambda group: group.key)),
        workloads=tuple(maker.workload(each, plan.get(each.key, ()), rank) for each in book.workloads),
        packed=tuple(sorted(packed)),
    )


def composite_key(identities: Iterable[str]) -> str:
    """The name of the composite of groups with these oldest keys: readable as far as it goes, and injective.

    The digest is over all of them, apart, so that ``a-b`` with ``c`` is another name than ``a`` with ``b-c``.
    """
    names = sorted(identities)
    digest = hashlib.sha256("\n".join(names).encode()).hexdigest()[:_DIGITS]
    readable = "-".join(("pack", *names))[: _LONGEST - _DIGITS - 1].rstrip("-")
    return f"{readable}-{digest}"


def description_of(identities: Iterable[str]) -> str:
    """What AWS shows: the members, as many as fit. Source of the bound: EC2 API, CreateSecurityGroup."""
    names = sorted(identities)
    most = limit("group_description_length")
    for count in range(len(names), 0, -1):
        rest = f" and {len(names) - count} more" if count < len(names) else ""
        text = f"Packed: {', '.join(names[:count])}{rest}"
        if len(text) <= most:
            return text
    return f"Packed: {len(names)} groups"


class _Maker:
    """Makes the composites of one target."""

    def __init__(self, book: Rulebook, stand_ins: StandIns, wishes: Wishes, findings: Findings) -> None:
        view = wishes.world[book.strategy, book.environment]
        self._environment = book.environment
        self._groups = {group.key: group for group in book.groups}
        self._findings = findings
        self._naming = view.strategy.naming
        self._namer = Namer(Target(view, view.vpcs[book.vpc.name]), findings)
        self._home = view.strategy.strategy.span
        self._taken = wishes.taken(book.strategy)
        self._keys: dict[Block, str] = {}
        self._stand_ins = {
            member: tuple((self.key(block), self._identity(block)) for block in blocks)
            for member, blocks in stand_ins.items()
        }

    def key(self, block: Block) -> str:
        """The key of a block: of its composite, or of the group that is alone in it."""
        known = self._keys.get(block)
        if known is None:
            identities = [self._groups[key].identity for key in block]
            known = self._keys[block] = next(iter(block)) if len(block) == 1 else composite_key(identities)
        return known

    def _identity(self, block: Block) -> str:
        return self._groups[next(iter(block))].identity if len(block) == 1 else self.key(block)

    def has_taken(self, composites: Iterable[Block]) -> bool:
        """Whether the key of a composite is that of something else, which is reported."""
        known = dict(self._taken)
        found = False
        for block in composites:
            key = self.key(block)
            span = self._groups[min(block)].span or self._home
            if key in known:
                found = True
                self._findings.add(
                    "SG315",
                    f"groups {', '.join(sorted(block))} are fused into {key}, which is declared",
                    span,
                    help=f"rename {key}",
                    related=(Related(known[key], f"{key} is here"),),
                    environment=self._environment,
                )
            known[key] = span
        return found

    def composite(self, block: Block) -> Group:
        """The group that stands for a block of several."""
        key = self.key(block)
        members = [self._groups[each] for each in sorted(block)]
        span = members[0].span or self._home
        facings = {group.facing for group in members} - {None}
        kind = max((group.kind for group in members), key=lambda each: _ORDER[each])
        facing = "external" if "external" in facings else next(iter(facings), None)
        identities = [group.identity for group in members]
        return Group(
            key=key,
            identity=key,
            formerly=(),
            name=self._name(key, kind, facing, span),
            kind=kind,
            facing=facing,
            description=description_of(identities),
            tags=_common(group.tags for group in members),
            ingress=self._rules(rule for group in members for rule in group.ingress),
            egress=self._rules(rule for group in members for rule in group.egress),
            span=span,
        )

    def _name(self, key: str, kind: str, facing: str | None, span: Span) -> str:
        """The AWS name, by the strategy's pattern; one without ``{name}`` gets the key at its end."""
        pattern = self._naming.group if self._naming is not None else None
        if pattern is not None and "{name}" not in pattern.text:
            pattern = Word(f"{pattern.text}-{key}", pattern.span)
        return self._namer.group(pattern, key, kind, facing, Word(key, span))

    def renamed(self, group: Group) -> Group:
        """A group that stays, with the peers that its rules have now; the very same where none is another."""
        if not any(rule.peer.name in self._stand_ins for rule in (*group.ingress, *group.egress)):
            return group
        return replace(group, ingress=self._rules(group.ingress), egress=self._rules(group.egress))

    def _rules(self, rules: Iterable[Rule]) -> tuple[Rule, ...]:
        """The rules with whatever stands for their peers; those that have become alike are one."""
        found: dict[str, list[Rule]] = defaultdict(list)
        for rule in rules:
            for each in self._with_peers(rule):
                found[each.key].append(each)
        made = (alike[0] if len(alike) == 1 else standing_for(alike[0], alike) for alike in found.values())
        return tuple(sorted(made, key=canonical_order))

    def _with_peers(self, rule: Rule) -> Iterable[Rule]:
        names = self._stand_ins.get(rule.peer.name) if rule.peer.kind == "group" else None
        if names is None:
            return (rule,)
        stem = rule.key[: len(rule.key) - len(rule.peer.name)]
        return [
            replace(rule, key=stem + key, peer=Peer("group", key), identity=stem + identity) for key, identity in names
        ]

    def workload(self, workload: Workload, blocks: Partition, rank: Rank) -> Workload:
        """A workload that carries composites in place of their members, in order of kind and name."""
        large = [block for block in blocks if len(block) > 1]
        if not large:
            return workload
        lost = frozenset[str]().union(*large)
        ranks = {key: rank(key) for key in workload.groups if key not in lost}
        for block in large:
            ranks[self.key(block)] = max(rank(key) for key in block)
        return replace(workload, groups=tuple(sorted(ranks, key=lambda key: (ranks[key], key))))


def _common(tags: Iterable[tuple[tuple[str, str], ...]]) -> tuple[tuple[str, str], ...]:
    """The tags whose keys all members have; where values differ, the first member's."""
    first, *others = (dict(each) for each in tags)
    return tuple(sorted((key, value) for key, value in first.items() if all(key in other for other in others)))
