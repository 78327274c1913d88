"""A strategy as it is in one environment: what is present there, and with which values."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple

from sgstrat.facts.prefix_lists import managed_lists
from sgstrat.facts.services import catalogue
from sgstrat.language.model import Entry, Environment, Group, IdText, Names, Peering, PrefixList, Word
from sgstrat.language.names import Namespace, groups_of
from sgstrat.language.peerings import outside_ids
from sgstrat.language.services import ServiceError, ServicePart, is_literal, parse_service
from sgstrat.net.cidr import canonical
from sgstrat.rulebook.model import GroupKind, IdSource


class VpcView(NamedTuple):
    """A VPC in one environment. ``cidrs`` and ``ipv6_cidrs`` are canonical."""

    name: str
    id: IdSource
    cidrs: tuple[str, ...]
    ipv6_cidrs: tuple[str, ...]
    default_group: Word | None
    peered_with: tuple[Peering, ...] = ()

    @property
    def blocks(self) -> tuple[str, ...]:
        """The CIDRs of both families."""
        return self.cidrs + self.ipv6_cidrs


class Placed(NamedTuple):
    """A group that is present, and the names of the enabled VPCs in which it lives."""

    kind: GroupKind
    word: Word
    group: Group
    vpcs: tuple[str, ...]

    @property
    def identity(self) -> str:
        """The oldest key: what resources are called by."""
        return self.group.formerly[0].text if self.group.formerly else self.word.text


class ExistingView(NamedTuple):
    """An existing group that is present. ``outside`` is the id of its VPC where that is no strategy's."""

    id: IdSource
    account: str | None
    vpcs: tuple[str, ...]
    outside: str | None = None

    @property
    def is_left_out(self) -> bool:
        """Whether its VPC is not enabled here."""
        return not self.vpcs and self.outside is None


def id_source(text: IdText | None) -> IdSource:
    """Where an id comes from; without a text it is an input."""
    if text is None:
        return IdSource()
    return IdSource(text.literal.text if text.literal else None, text.ssm.text if text.ssm else None)


def is_own_list(value: PrefixList) -> bool:
    """Whether the strategy creates the list."""
    return value.aws is None and value.entries is not None


class View:
    """What one environment of a strategy holds; parts are made when first asked for."""

    def __init__(self, names: Namespace, environment: Word, values: Environment, world: World) -> None:
        self.names = names
        self._world = world
        self.strategy = names.strategy
        self.environment = environment.text
        self.word = environment
        self.values = values
        self._services: dict[str, tuple[ServicePart, ...] | None] = {}

    def __repr__(self) -> str:
        return f"View({self.names.name}/{self.environment})"

    def has(self, environments: Names | None) -> bool:
        """Whether something limited to these environments is present here; None is everywhere."""
        return environments is None or any(word.text == self.environment for word in environments)

    @cached_property
    def vpcs(self) -> dict[str, VpcView]:
        """The enabled VPCs, by name."""
        here = {word.text: vpc for word, vpc in self.values.vpcs}
        found = {}
        for word, vpc in self.strategy.vpcs:
            local = here.get(word.text)
            if not vpc.enabled or (local is not None and not local.enabled):
                continue
            layers = [layer for layer in (local, vpc) if layer is not None]
            found[word.text] = VpcView(
                word.text,
                id_source(next((layer.id for layer in layers if layer.id is not None), None)),
                _cidrs(next((layer.cidrs for layer in layers if layer.cidrs is not None), ())),
                _cidrs(next((layer.ipv6_cidrs for layer in layers if layer.ipv6_cidrs is not None), ())),
                next(
                    (layer.default_group for layer in layers if layer.default_group is not None),
                    self.strategy.default_group,
                ),
                next((layer.peered_with for layer in layers if layer.peered_with is not None), ()),
            )
        return found

    @cached_property
    def outside(self) -> dict[str, Peering]:
        """The VPCs of no strategy that some VPC is peered with here, by id."""
        peerings = (peering for vpc in self.vpcs.values() for peering in vpc.peered_with)
        return {peering.vpc_id.text: peering for peering in peerings if peering.vpc_id is not None}

    def _homes(self, named: Names) -> tuple[str, ...]:
        if named:
            return tuple(sorted({word.text for word in named if word.text in self.vpcs}))
        declared = [word.text for word, _ in self.strategy.vpcs]
        return tuple(name for name in declared if name in self.vpcs) if len(declared) == 1 else ()

    @cached_property
    def _outside_ids(self) -> frozenset[str]:
        return outside_ids(self.strategy) - {word.text for word, _ in self.strategy.vpcs}

    @cached_property
    def groups(self) -> dict[str, Placed]:
        """The groups that are present here, by key."""
        found = {}
        for kind, word, group in groups_of(self.strategy):
            if self.has(group.environments):
                homes = self._homes(group.vpcs or ((group.vpc,) if group.vpc else ()))
                found[word.text] = Placed(kind, word, group, homes)  # type: ignore[arg-type]
        return found

    @cached_property
    def existing(self) -> dict[str, ExistingView]:
        """The existing groups that are present here, with this environment's ids."""
        here = {word.text: value for word, value in self.values.existing}
        found = {}
        for word, existing in self.strategy.existing:
            if not self.has(existing.environments):
                continue
            local = here.get(word.text)
            layers = [layer for layer in (local, existing) if layer is not None]
            vpc = next((layer.vpc for layer in layers if layer.vpc is not None), None)
            outside = vpc.text if vpc is not None and vpc.text in self._outside_ids else None
            owner = self.outside[outside].account if outside in self.outside else None
            found[word.text] = ExistingView(
                id_source(next((layer.id for layer in layers if layer.id is not None), None)),
                next((layer.account for layer in layers if layer.account is not None), owner.text if owner else None),
                self._homes((vpc,) if vpc else ()),
                outside,
            )
        return found

    @cached_property
    def lists(self) -> dict[str, tuple[Word, PrefixList]]:
        """The prefix lists that are present here; an existing one with this environment's id."""
        here = {word.text: value.id for word, value in self.values.prefix_lists}
        found = {}
        for word, value in self.strategy.prefix_lists:
            if value.aws is not None and value.aws.text not in managed_lists():
                continue  # it has had its finding, and nobody knows its family
            if self.has(value.environments):
                local = here.get(word.text)
                found[word.text] = (word, value if local is None else value._replace(id=local))
        return found

    @property
    def has_own_lists(self) -> bool:
        """Whether the strategy creates prefix lists here."""
        return any(is_own_list(value) for _, value in self.lists.values())

    def list_size(self, value: PrefixList) -> int:
        """What a rule with a list that is not AWS's counts.

        Its ``max_entries``, without which it is as large as it must be.
        """
        if value.max_entries is not None:
            return value.max_entries.value
        return max(1, len({canonical(entry.cidr.text) for entry in self.entries(value.entries or ())}))

    def entries(self, entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
        """Those entries of a network or list that are present here."""
        return tuple(entry for entry in entries if entry.cidr.text and self.has(entry.environments))

    @cached_property
    def networks(self) -> dict[str, tuple[str, ...]]:
        """Canonical CIDRs by network name; possibly none."""
        return {
            word.text: tuple(dict.fromkeys(canonical(entry.cidr.text) for entry in self.entries(entries)))
            for word, entries in self.strategy.networks
        }

    def service(self, text: str) -> tuple[ServicePart, ...] | None:
        """All parts of a service, its references followed; None where it is absent in this environment.

        A name means the strategy's own service, else the catalogue's.
        """
        if text not in self._services:
            self._services[text] = None  # a cycle, which has had its finding, ends here
            self._services[text] = self._expand_service(text)
        return self._services[text]

    def _expand_service(self, text: str) -> tuple[ServicePart, ...] | None:
        own = self.names.services.get(text)
        if own is not None:
            return self._expand_own(text)
        known = catalogue().get(text)
        if known is not None:
            return tuple(parse_service(part) for part in known.parts)
        if is_literal(text):
            try:
                return (parse_service(text),)
            except ServiceError:  # it has had its finding; the other rules of the strategy are still worth a look
                return None
        other = self.other(text.partition("/")[0])
        return None if other is None else other.service(text.partition("/")[2])

    def other(self, strategy: str) -> View | None:
        """The environment of the same name of another strategy (or this one); None where it has none."""
        return self._world.get((strategy, self.environment))

    def _expand_own(self, text: str) -> tuple[ServicePart, ...] | None:
        service = self.names.services[text]
        if not self.has(service.environments):
            return None
        parts: dict[ServicePart, None] = {}
        for word in service.parts:
            for part in self.service(word.text) or ():
                parts.setdefault(part)
        return tuple(parts) or None


def _cidrs(words: tuple[Word, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(canonical(word.text) for word in words))


World = dict[tuple[str, str], View]


def look(all_names: Iterable[Namespace]) -> World:
    """Every strategy in every one of its environments, by both names."""
    world: World = {}
    for names in all_names:
        for word, values in names.strategy.environments:
            world[names.name, word.text] = View(names, word, values, world)
    return world
