"""From a peer's text to the peers of rules, in one target.

What is absent in the environment falls out of a list with a note; what may be named of other VPCs says ``across``.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Literal, NamedTuple

from sgstrat.diagnostics.finding import Findings
from sgstrat.facts.prefix_lists import managed_lists
from sgstrat.language.model import Names, Word
from sgstrat.language.names import Meaning
from sgstrat.net.cidr import Family
from sgstrat.rulebook.across import Across, Home, Named, Use
from sgstrat.rulebook.model import Peer, Reference
from sgstrat.rulebook.naming import Namer
from sgstrat.rulebook.peerings import Peerings, outside_vpc
from sgstrat.rulebook.targets import Neighbourhood, Target
from sgstrat.rulebook.view import Placed, View, id_source, is_own_list


class Reached(NamedTuple):
    """A peer of a rule, the address family it is limited to (None: both), and its name as of its oldest key."""

    peer: Peer
    family: Family | None
    identity: str


Expansion = tuple[Reached, ...]
_WORLD = {"internet": ("0.0.0.0/0", "::/0"), "internet-ipv4": ("0.0.0.0/0",), "internet-ipv6": ("::/0",)}


class Peers:
    """Expands the peers of one target; remembers which other targets' groups and which lists were named."""

    def __init__(self, target: Target, neighbourhood: Neighbourhood, peerings: Peerings, findings: Findings) -> None:
        self.target = target
        self.view = target.view
        self.names = target.view.names
        self._neighbourhood = neighbourhood
        self._across = Across(target, neighbourhood, peerings, findings)
        self._findings = findings
        self._environment = target.view.environment
        self._cache: dict[tuple[str, tuple[str, ...], Use], Expansion] = {}
        self.references: dict[str, Reference] = {}
        self.lists: dict[str, tuple[View, str]] = {}
        self.existing: set[str] = set()
        self.peered_with = peerings.of(target)

    def expand(self, words: Names, owner: Placed, use: Use) -> Expansion:
        """The peers of a rule of ``owner``. Empty after a finding, or where all of it belongs to other targets."""
        if len(words) == 1 and (known := self._cache.get((words[0].text, owner.vpcs, use))) is not None:
            return known
        found: list[Reached] = []
        absent: list[Word] = []
        for word in words:
            expansion = self.one(word, owner, use)
            if expansion is None:
                absent.append(word)
            else:
                found.extend(expansion)
        self.report_absent(words, absent)
        return tuple(found)

    def report_absent(self, words: Names, absent: list[Word]) -> None:
        """A note for each name that falls out of a list; an error where nothing is left."""
        for word in absent:
            owner, slash, _ = word.text.partition("/")
            reason = (
                f": strategy {owner} has no environment {self._environment}"
                if slash and self.view.other(owner) is None
                else ""
            )
            if len(absent) < len(words):
                self._findings.add(
                    "SG207",
                    f"{word.text} is absent here and falls out of the list{reason}",
                    word.span,
                    environment=self._environment,
                )
            else:
                self._findings.add(
                    "SG208",
                    f"{word.text} is absent here"
                    + (" and nothing is left of the list" if len(words) > 1 else "")
                    + reason,
                    word.span,
                    help="limit this with environments: too, or name something that is present",
                    environment=self._environment,
                )

    def one(self, word: Word, owner: Placed, use: Use) -> Expansion | None:
        """One peer; None where it is absent in this environment."""
        key = (word.text, owner.vpcs, use)
        known = self._cache.get(key)
        if known is not None:
            return known
        meaning = self.names.peer(word, Findings())
        if meaning is None:
            return ()
        expansion = self._mean(meaning, word, owner, use)
        if expansion and meaning.kind != "self":
            self._cache[key] = expansion
        return expansion

    def _mean(self, meaning: Meaning, word: Word, owner: Placed, use: Use) -> Expansion | None:
        if meaning.kind == "cidr":
            return _blocks((meaning.name,))
        if meaning.kind == "internet":
            return _blocks(_WORLD[meaning.name])
        if meaning.kind == "self":
            return (Reached(Peer("group", owner.word.text), None, owner.identity),)
        view = self.view.other(meaning.strategy)
        if view is None:
            return None
        if meaning.kind == "network":
            return self._network(view, meaning.name, word)
        if meaning.kind == "vpc":
            return self._vpc(view, meaning.name, word)
        if meaning.kind == "prefix_list":
            return self._list(view, meaning.name, Named(word, "list", owner, use))
        if meaning.kind == "existing":
            return self._existing(meaning.name, Named(word, "existing group", owner, use))
        named = Named(word, "group", owner, use)
        return (
            self._own_group(meaning.name, named) if view is self.view else self._other_group(view, meaning.name, named)
        )

    def _network(self, view: View, name: str, word: Word) -> Expansion:
        blocks = view.networks[name]
        if not blocks:
            self._findings.add(
                "SG229",
                f"network {word.text} is empty here; its rules fall out",
                word.span,
                environment=self._environment,
            )
        return _blocks(blocks)

    def _vpc(self, view: View, name: str, word: Word) -> Expansion | None:
        vpc = view.vpcs.get(name)
        if vpc is None:
            return None
        blocks = vpc.cidrs + vpc.ipv6_cidrs
        if not blocks:
            self._findings.add(
                "SG212",
                f"VPC {word.text} is used as a peer and has no CIDRs here",
                word.span,
                help=f"add vpcs.{name}.cidrs",
                environment=self._environment,
            )
        return _blocks(blocks)

    def _list(self, view: View, name: str, named: Named) -> Expansion | None:
        found = view.lists.get(name)
        if found is None:
            return None
        value, word = found[1], named.word
        if view is not self.view and is_own_list(value):
            home = self._list_home(view, named)
            if home is None:
                return ()
            identity = value.formerly[0].text if value.formerly else name
            aws_name = Namer(home, Findings()).prefix_list(value.aws_name, identity, found[0])
            self.refer(word.text, "prefix_list", home, value.formerly, aws_name)
        handle = _list_handle(view, name)
        key = word.text if handle is None else self._list_keys[handle]
        if key != word.text:  # two names of one list, which EC2 would call a duplicate rule
            view, name = self._owner(key)
        self.lists[key] = (view, name)
        former = value.formerly[0].text if value.formerly else name
        prefix = key[: len(key) - len(name)]
        return (Reached(Peer("prefix_list", key), list_family(view, name), prefix + former),)

    def _list_home(self, view: View, named: Named) -> Target | None:
        """The target of another strategy whose list is meant: in this VPC, else in the single one peered with it.

        A list has no VPC in AWS, so a transit gateway is as good as a peering here.
        """
        homes = self._neighbourhood.of_view(view)
        met, relation = self._near(homes, self.target), "this one"
        if not met:
            met, relation = self._across.connected(self.target, homes), "peered with this one"
        if not met:
            if not any(self._near(homes, self._beside(vpc)) for vpc in named.owner.vpcs):
                met = self._across.meet(named._replace(use="ingress"), homes)
            return None
        if len(met) > 1:
            self._across.several(named, met, relation)
            return None
        return met[0] if isinstance(met[0], Target) else None

    @cached_property
    def _list_keys(self) -> dict[str, str]:
        """One name for each list that exists apart from any strategy: an own one first, then in order of name."""
        views = [("", self.view)]
        for word in self.names.strategy.uses:
            other = self.view.other(word.text)
            if other is not None:
                views.append((f"{word.text}/", other))
        named = [
            (prefix != "", prefix + name, _list_handle(view, name)) for prefix, view in views for name in view.lists
        ]
        return {
            handle: key
            for _, key, handle in sorted(named, reverse=True, key=lambda each: each[:2])
            if handle is not None
        }

    def _owner(self, key: str) -> tuple[View, str]:
        if key in self.view.lists:  # a name of its own may have a slash, after a finding
            return self.view, key
        strategy, slash, name = key.partition("/")
        view = self.view.other(strategy) if slash else self.view
        return (view or self.view), (name if slash else key)

    def _existing(self, name: str, named: Named) -> Expansion | None:
        existing = self.view.existing.get(name)
        if existing is None:
            return None
        if existing.is_left_out:
            return self._left_out(named.word)
        if self.target.vpc.name not in existing.vpcs:
            homes: tuple[Home, ...] = tuple(map(self._beside, existing.vpcs))
            if existing.outside is not None:
                homes = (outside_vpc(self.view, existing.outside),)
            if set(existing.vpcs) & set(named.owner.vpcs) or not self._across.meet(named, homes):
                return ()
        # of two names of one group the first in order stands for both, lest EC2 call their rules duplicates
        name = min(
            key
            for key, other in self.view.existing.items()
            if key == name or (other.id == existing.id and not other.id.is_input)
        )
        self.existing.add(name)
        return (Reached(Peer("group", name), None, name),)

    def _own_group(self, name: str, named: Named) -> Expansion | None:
        placed = self.view.groups.get(name)
        if placed is None:
            return None
        if not placed.vpcs:
            return self._left_out(named.word)
        if self.target.vpc.name in placed.vpcs:
            return (Reached(Peer("group", name), None, placed.identity),)
        if set(placed.vpcs) & set(named.owner.vpcs):
            return ()  # groups connect within each VPC that they share
        homes = tuple(map(self._beside, placed.vpcs))
        # of a flow between two own groups the source's side has the finding
        met = self._across.meet(named, homes, is_said=named.use == "flow from")
        return tuple(self._reach(f"{name}@{home.vpc.name}", home, placed) for home in met if isinstance(home, Target))

    def _reach(self, key: str, home: Target, placed: Placed) -> Reached:
        """Another target's group by reference."""
        reference = self.refer(key, "group", home, placed.group.formerly)
        return Reached(Peer("group", key), None, reference.renamed(placed.identity))

    def _left_out(self, word: Word) -> Expansion:
        """A group of a VPC with ``enabled: false`` is left out with it, and so are rules that name it."""
        self._findings.add(
            "SG207", f"{word.text} is left out here with its VPC", word.span, environment=self._environment
        )
        return ()

    def _other_group(self, view: View, name: str, named: Named) -> Expansion | None:
        placed = view.groups.get(name)
        if placed is None:
            return None
        if not placed.vpcs:
            return self._left_out(named.word)
        homes: tuple[Home, ...] = tuple(Target(view, view.vpcs[vpc]) for vpc in placed.vpcs)
        met, relation = self._near(homes, self.target), "this one"
        if not met:
            if any(self._near(homes, self._beside(vpc)) for vpc in named.owner.vpcs):
                return ()
            met, relation = self._across.meet(named, homes), "peered with this one"
        if len(met) > 1:
            self._across.several(named, met, relation)
            return ()
        return tuple(self._reach(named.word.text, home, placed) for home in met if isinstance(home, Target))

    def _near(self, homes: tuple[Home, ...], target: Target) -> tuple[Home, ...]:
        """Those of another strategy's VPCs that are a target's own."""
        names = {each.name for each in homes if isinstance(each, Target)}
        return tuple(each for each in self._neighbourhood.neighbours(target) if each.name in names)

    def _beside(self, vpc: str) -> Target:
        """Another VPC of the strategy."""
        return Target(self.view, self.view.vpcs[vpc])

    def refer(
        self, key: str, kind: Literal["group", "prefix_list"], target: Target, formerly: Names, name: str = ""
    ) -> Reference:
        """Note that something here names a group or list of another target; ``formerly`` are its former keys there."""
        strategy, environment, vpc = target.name
        mine, theirs = self.view.values.account, target.view.values.account
        owner = theirs if mine is not None and theirs != mine else None
        reference = Reference(key, kind, strategy, environment, vpc, key, name, (), owner)
        former = tuple(reference.renamed(word.text) for word in formerly)
        identity = formerly[0].text if formerly else reference.own_key
        reference = self.references[key] = replace(reference, identity=identity, formerly=former)
        return reference

    def carried(self, word: Word) -> str | None:
        """The key of a group that a workload names: None where it is absent here, empty after a finding."""
        meaning = self.names.peer(word, Findings())
        if meaning is None or meaning.kind not in ("group", "existing"):
            return ""
        placed = Placed("app", word, None, (self.target.vpc.name,))  # type: ignore[arg-type]
        expansion = self._mean(meaning, word, placed, "ingress")
        if expansion is None:
            return None
        return expansion[0].peer.name if expansion else ""


def _blocks(blocks: tuple[str, ...]) -> Expansion:
    return tuple(Reached(Peer("cidr", block), "ipv6" if ":" in block else "ipv4", block) for block in blocks)


def _list_handle(view: View, name: str) -> str | None:
    """What a list that no strategy makes is known by in AWS; None for own lists and for inputs."""
    value = view.lists[name][1]
    if value.aws is not None:
        return f"aws {value.aws.text} {view.values.region}"
    source = id_source(value.id)
    return None if source.is_input else f"id {source.literal or source.ssm}"


def list_family(view: View, name: str) -> Family:
    """The family of a prefix list, from what declares it."""
    value = view.lists[name][1]
    if value.aws is not None:
        return managed_lists()[value.aws.text].family
    if value.family is not None:
        return "ipv6" if value.family.text == "ipv6" else "ipv4"
    return "ipv6" if value.entries and ":" in value.entries[0].cidr.text else "ipv4"
