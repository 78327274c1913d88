"""From a peer's text to the peers of rules, in one target.

What is absent in the environment falls out of a list with a note; what lies in another VPC is refused.
"""

from __future__ import annotations

from functools import cached_property
from typing import Literal, NamedTuple

from sgstrat.diagnostics.finding import Findings
from sgstrat.facts.prefix_lists import managed_lists
from sgstrat.language.model import Names, Word
from sgstrat.language.names import Meaning
from sgstrat.net.cidr import Family
from sgstrat.rulebook.model import Peer, Reference
from sgstrat.rulebook.naming import Namer
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

    def __init__(self, target: Target, neighbourhood: Neighbourhood, findings: Findings) -> None:
        self.target = target
        self.view = target.view
        self.names = target.view.names
        self._neighbourhood = neighbourhood
        self._findings = findings
        self._environment = target.view.environment
        self._cache: dict[str, Expansion] = {}
        self.references: dict[str, Reference] = {}
        self.lists: dict[str, tuple[View, str]] = {}
        self.existing: set[str] = set()

    def expand(self, words: Names, owner: Placed) -> Expansion:
        """The peers of a rule of ``owner``. Empty after a finding, or where all of it belongs to other targets."""
        if len(words) == 1 and (known := self._cache.get(words[0].text)) is not None:
            return known
        found: list[Reached] = []
        absent: list[Word] = []
        for word in words:
            expansion = self.one(word, owner)
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

    def one(self, word: Word, owner: Placed) -> Expansion | None:
        """One peer; None where it is absent in this environment."""
        known = self._cache.get(word.text)
        if known is not None:
            return known
        meaning = self.names.peer(word, Findings())
        if meaning is None:
            return ()
        expansion = self._mean(meaning, word, owner)
        if expansion and meaning.kind != "self":
            self._cache[word.text] = expansion
        return expansion

    def _mean(self, meaning: Meaning, word: Word, owner: Placed) -> Expansion | None:
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
            return self._list(view, meaning.name, word, owner)
        if meaning.kind == "existing":
            return self._existing(meaning.name, word, owner)
        return (
            self._own_group(meaning.name, word, owner)
            if view is self.view
            else self._other_group(view, meaning.name, word, owner)
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

    def _list(self, view: View, name: str, word: Word, owner: Placed) -> Expansion | None:
        found = view.lists.get(name)
        if found is None:
            return None
        value = found[1]
        if view is not self.view and is_own_list(value):
            near = self._neighbourhood.of_strategy(self.target, view.names.name)
            if len(near) != 1:
                return self._elsewhere(word, view, tuple(vpc for vpc in view.vpcs), owner, "list")
            identity = value.formerly[0].text if value.formerly else name
            aws_name = Namer(near[0], Findings()).prefix_list(value.aws_name, identity, found[0])
            self.refer(word.text, "prefix_list", near[0], value.formerly, aws_name)
        handle = _list_handle(view, name)
        key = word.text if handle is None else self._list_keys[handle]
        if key != word.text:  # two names of one list, which EC2 would call a duplicate rule
            view, name = self._owner(key)
        self.lists[key] = (view, name)
        former = value.formerly[0].text if value.formerly else name
        prefix = key[: len(key) - len(name)]
        return (Reached(Peer("prefix_list", key), list_family(view, name), prefix + former),)

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

    def _existing(self, name: str, word: Word, owner: Placed) -> Expansion | None:
        existing = self.view.existing.get(name)
        if existing is None:
            return None
        if not existing.vpcs:
            return self._left_out(word)
        if self.target.vpc.name not in existing.vpcs:
            return self._other_vpc(word, existing.vpcs, owner)
        # of two names of one group the first in order stands for both, lest EC2 call their rules duplicates
        name = min(
            key
            for key, other in self.view.existing.items()
            if key == name or (other.id == existing.id and not other.id.is_input)
        )
        self.existing.add(name)
        return (Reached(Peer("group", name), None, name),)

    def _own_group(self, name: str, word: Word, owner: Placed) -> Expansion | None:
        placed = self.view.groups.get(name)
        if placed is None:
            return None
        if not placed.vpcs:
            return self._left_out(word)
        if self.target.vpc.name not in placed.vpcs:
            return self._other_vpc(word, placed.vpcs, owner)
        return (Reached(Peer("group", name), None, placed.identity),)

    def _left_out(self, word: Word) -> Expansion:
        """A group of a VPC with ``enabled: false`` is left out with it, and so are rules that name it."""
        self._findings.add(
            "SG207", f"{word.text} is left out here with its VPC", word.span, environment=self._environment
        )
        return ()

    def _other_vpc(self, word: Word, homes: tuple[str, ...], owner: Placed) -> Expansion:
        """Groups connect within each VPC that they share; where they share none, only peering could help."""
        if not set(homes) & set(owner.vpcs):
            self._findings.add(
                "SG118",
                f"not yet: {word.text} lives in VPC {', '.join(homes)} "
                f"and {owner.word.text} in {', '.join(owner.vpcs)}; "
                "references across VPCs are not compiled by this version",
                word.span,
                help="name a network, a prefix list or the VPC with its CIDRs instead",
                environment=self._environment,
            )
        return ()

    def _other_group(self, view: View, name: str, word: Word, owner: Placed) -> Expansion | None:
        placed = view.groups.get(name)
        if placed is None:
            return None
        if not placed.vpcs:
            return self._left_out(word)
        near = [
            target
            for target in self._neighbourhood.of_strategy(self.target, view.names.name)
            if target.vpc.name in placed.vpcs
        ]
        if len(near) != 1:
            return self._elsewhere(word, view, placed.vpcs, owner, "group")
        self.refer(word.text, "group", near[0], placed.group.formerly)
        return (Reached(Peer("group", word.text), None, f"{view.names.name}/{placed.identity}"),)

    def _elsewhere(self, word: Word, view: View, homes: tuple[str, ...], owner: Placed, what: str) -> Expansion:
        """Another strategy's name is not in this VPC, or in several; fine where another VPC of the owner has it."""
        near = {
            vpc: [
                each.vpc.name
                for each in self._neighbourhood.of_strategy(Target(self.view, self.view.vpcs[vpc]), view.names.name)
                if each.vpc.name in homes
            ]
            for vpc in owner.vpcs
        }
        here = near.get(self.target.vpc.name, [])
        if here:
            message, code = (
                f"{what} {word.text} is in several VPCs of {view.names.name} that are this one: {', '.join(here)}",
                "SG214",
            )
        elif any(near.values()):
            return ()
        else:
            message = (
                f"not yet: {what} {word.text} is not in the VPC of {self.target.name}; "
                "references across VPCs are not compiled by this version"
            )
            code = "SG118"
        self._findings.add(
            code,
            message,
            word.span,
            help="name a network, or give both strategies' VPCs the same id",
            environment=self._environment,
        )
        return ()

    def refer(
        self, key: str, kind: Literal["group", "prefix_list"], target: Target, formerly: Names, name: str = ""
    ) -> None:
        """Note that something here names a group or list of another target; ``formerly`` are its former keys there."""
        strategy, environment, vpc = target.name
        former = tuple(f"{strategy}/{word.text}" for word in formerly)
        identity = formerly[0].text if formerly else key.partition("/")[2]
        self.references[key] = Reference(key, kind, strategy, environment, vpc, identity, name, former)

    def carried(self, word: Word) -> str | None:
        """The key of a group that a workload names: None where it is absent here, empty after a finding."""
        meaning = self.names.peer(word, Findings())
        if meaning is None or meaning.kind not in ("group", "existing"):
            return ""
        placed = Placed("app", word, None, (self.target.vpc.name,))  # type: ignore[arg-type]
        expansion = self._mean(meaning, word, placed)
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
