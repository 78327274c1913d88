"""One format's documents of a target beside its rulebook: every difference, in words. Must not know any format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from sgstrat.formats.observed import (
    Expected,
    ExpectedOutput,
    Handle,
    Observed,
    ObservedGroup,
    ObservedPeer,
    ObservedRule,
)
from sgstrat.formats.verify_rules import PlainRule, rule_differences, shown
from sgstrat.rulebook.model import DIRECTIONS, Direction, Group, PrefixList, Rule, Rulebook

SENTINEL = ObservedPeer("cidr", "127.0.0.1/32")
"""The loopback address never leaves a host: what stands where a group has no egress (AWS CDK's own idiom)."""

Found = Iterator[tuple[str, str]]


class Comparison:
    """A rulebook beside what the documents of one format say of it, all handles made equal."""

    def __init__(self, book: Rulebook, expected: Expected, documents: Sequence[tuple[str, Observed]]) -> None:
        self._book = book
        self._expected = expected
        self._documents = documents
        place = {
            "sgstrat:strategy": book.strategy,
            "sgstrat:environment": book.environment,
            "sgstrat:vpc": book.vpc.name,
        }
        self._place = place.items()
        self._own: dict[tuple[str, Handle], Handle] = {}
        self._exports: dict[str, tuple[int, Handle]] = {}
        self._order = {path: index for index, (path, _) in enumerate(documents)}
        self._tagged: dict[tuple[tuple[str, str], ...], Handle] = {}
        self._peers: dict[tuple[str, ObservedPeer], ObservedPeer] = {}
        for path, document in documents:
            self._know(path, document)

    def _know(self, path: str, document: Observed) -> None:
        """Which of its resources are the target's, by their tags, and under which exports and tags they are found."""
        for group in document.groups:
            if group.created and not group.default:
                tags = dict(group.tags)
                if tags.items() >= self._place and "sgstrat:group" in tags:
                    own = self._own[path, group.handle] = Handle("own", tags["sgstrat:group"])
                    mark = [(key, value) for key, value in tags.items() if key.startswith("sgstrat:")]
                    self._tagged[tuple(sorted(mark))] = own
        for each in document.lists:
            tags = dict(each.tags)
            if tags.items() >= self._place and "sgstrat:prefix-list" in tags:
                self._own[path, each.handle] = Handle("own", tags["sgstrat:prefix-list"])
        for output in document.outputs:
            if output.export is not None and len(output.members) == 1 and isinstance(output.members[0], Handle):
                own = self._own.get((path, output.members[0]), output.members[0])
                self._exports[output.export] = (self._order[path], own)

    def _handle(self, path: str, handle: Handle) -> Handle:
        """A handle in the form that the rulebook's have."""
        if handle.kind == "resource":
            return self._own.get((path, handle), handle)
        if handle.kind == "export":
            found = self._exports.get(handle.name)
            # what a later document exports is not there yet when this one is deployed
            return found[1] if found is not None and found[0] < self._order[path] else handle
        return self._tagged.get(handle.tags, handle) if handle.kind == "tags" else handle

    def differences(self) -> Found:
        """All of them, as what they are about and what they are."""
        yield from self._groups()
        yield from self._lists()
        yield from self._outputs()

    def _groups(self) -> Found:
        wanted = {Handle("own", group.identity): group for group in self._book.groups}
        rules: dict[tuple[Handle, Direction], list[PlainRule]] = {}
        created: Counter[Handle] = Counter()
        for path, document in self._documents:
            for group in document.groups:
                handle = self._handle(path, group.handle)
                if group.default or handle not in wanted:
                    yield from self._unwanted(group, path)
                    continue
                if group.created:
                    created[handle] += 1
                    yield from self._head(wanted[handle], group, path)
                for direction in DIRECTIONS:
                    rules.setdefault((handle, direction), []).extend(self._plain(path, group.rules(direction)))
        for handle, own in wanted.items():
            if created[handle] != 1:
                yield f"group {own.key}", f"it is created {created[handle]} times"
            for direction in DIRECTIONS:
                yield from self._rules(own, direction, rules.get((handle, direction), []))
        if self._expected.locks and not any(each.default for _, seen in self._documents for each in seen.groups):
            yield "the VPC's default group", "it is not locked"

    def _unwanted(self, group: ObservedGroup, path: str) -> Found:
        if group.default:
            yield from self._default_group(group, path)
        else:
            yield f"{path} {group.path}", f"rules or a group ({group.handle}) that the rulebook does not have"

    def _default_group(self, group: ObservedGroup, path: str) -> Found:
        if not self._expected.locks:
            yield f"{path} {group.path}", "the VPC's default group is touched, and the rulebook does not lock it"
        if group.ingress or group.egress:
            yield f"{path} {group.path}", "the VPC's default group is locked and has rules"
        yield from self._vpc("the VPC's default group", group, path)

    def _vpc(self, what: str, group: ObservedGroup, path: str) -> Found:
        vpc = None if group.vpc is None else self._handle(path, group.vpc)
        if vpc != self._expected.vpc:
            yield what, f"its VPC is {vpc} and should be {self._expected.vpc}"

    def _head(self, want: Group, group: ObservedGroup, path: str) -> Found:
        what = f"group {want.key}"
        for field, meant, written in (
            ("name", want.name, group.name),
            ("description", want.description, group.description),
        ):
            if meant != written:
                yield what, f"its {field} is {written!r} and should be {meant!r}"
        yield from self._vpc(what, group, path)
        yield from _tags(what, want.name, want.tags, group.tags)

    def _plain(self, path: str, rules: Iterable[ObservedRule]) -> Iterator[PlainRule]:
        peers = self._peers
        for protocol, low, high, peer, description, _ in rules:
            known = peers.get((path, peer))
            if known is None:
                handle = None if peer.handle is None else self._handle(path, peer.handle)
                known = peers[path, peer] = peer._replace(handle=handle)
            yield (protocol, low, high, known, description)

    def _rules(self, group: Group, direction: Direction, written: list[PlainRule]) -> Found:
        what = f"group {group.key} {direction}"
        if direction == "egress" and group.key in self._expected.sentinels:
            sentinels = [rule for rule in written if rule[:4] == ("-1", None, None, SENTINEL)]
            if len(sentinels) != 1:
                yield what, f"{len(sentinels)} rules to 127.0.0.1/32 where one keeps AWS from allowing everything"
            written = [rule for rule in written if rule not in sentinels]
        peer_of = self._expected_peers(direction)
        meant = [
            (rule.protocol, rule.from_port, rule.to_port, peer_of(rule), rule.description)
            for rule in group.rules(direction)
        ]
        if meant != written and not _same(meant, written):  # most formats have them in the rulebook's order
            yield from rule_differences(what, meant, written)

    def _expected_peers(self, direction: Direction) -> Callable[[Rule], ObservedPeer]:
        known: dict[tuple[str, str], ObservedPeer] = {}
        expected = self._expected

        def peer_of(rule: Rule) -> ObservedPeer:
            found = known.get(rule.peer)
            if found is None:
                kind, name = rule.peer
                if kind == "cidr":
                    found = ObservedPeer(kind, name)
                elif kind == "group":
                    found = ObservedPeer(kind, "", expected.groups[name], expected.owners.get((direction, name)))
                else:
                    found = ObservedPeer(kind, "", expected.lists[name])
                known[rule.peer] = found
            return found

        return peer_of

    def _lists(self) -> Found:
        wanted = {Handle("own", each.identity): each for each in self._book.prefix_lists if each.origin == "own"}
        seen: set[Handle] = set()
        for path, document in self._documents:
            for each in document.lists:
                handle = self._handle(path, each.handle)
                if handle not in wanted or handle in seen:
                    yield f"{path} {each.path}", "a prefix list that the rulebook does not have, or has once"
                    continue
                seen.add(handle)
                want = wanted[handle]
                what = f"prefix list {want.key}"
                for field, meant, written in _list_fields(want, each.name, each.family, each.max_entries):
                    if meant != written:
                        yield what, f"its {field} is {written!r} and should be {meant!r}"
                entries = [(entry.cidr, entry.description) for entry in want.entries]
                if Counter(entries) != Counter(each.entries):
                    lost, added = Counter(entries) - Counter(each.entries), Counter(each.entries) - Counter(entries)
                    yield what, f"entries lost: {shown(lost)}; entries added: {shown(added)}"
                yield from _tags(what, want.name or want.key, want.tags, each.tags)
        for handle, want in wanted.items():
            if handle not in seen:
                yield f"prefix list {want.key}", "it is not created"

    def _outputs(self) -> Found:
        written: dict[str, ExpectedOutput] = {}
        for path, document in self._documents:
            for output in document.outputs:
                members = tuple(
                    self._handle(path, each) if isinstance(each, Handle) else Handle("id", each)
                    for each in output.members
                )
                if output.name in written:
                    yield f"output {output.name}", "it stands twice"
                written[output.name] = ExpectedOutput(members, output.export)
        for name, (members, _) in written.items():
            may = self._expected.may.get(name)
            if may is not None and written[name] == may:
                continue
            if name not in self._expected.outputs and any(each.kind == "own" for each in members):
                yield f"output {name}", f"it gives {shown(members)}, and the rulebook has no such output"
        for name, want in self._expected.outputs.items():
            if name not in written:
                yield f"output {name}", "it is missing"
            elif written[name] != want:
                members, export = written[name]
                yield (
                    f"output {name}",
                    f"it gives {shown(members)} ({export}) and should give {shown(want.members)} ({want.export})",
                )


def _same(meant: list[PlainRule], written: list[PlainRule]) -> bool:
    """Whether two lists hold the same rules, each as often. As plain dictionaries, since counters compare slowly."""
    return len(meant) == len(written) and dict(Counter(meant)) == dict(Counter(written))


def _tags(what: str, name: str, meant: Iterable[tuple[str, str]], written: Iterable[tuple[str, str]]) -> Found:
    """The strategy's tags, and the name that the console shows unless the strategy sets it."""
    there = dict(written)
    for key, value in {"Name": name, **dict(meant)}.items():
        if there.get(key) != value:
            yield what, f"its tag {key} is {there.get(key)!r} and should be {value!r}"


def _list_fields(want: PrefixList, *written: object) -> Iterator[tuple[str, object, object]]:
    most = len(want.entries) if want.max_entries is None else want.max_entries
    return zip(("name", "family", "number of entries"), (want.name, want.family, most), written, strict=True)
