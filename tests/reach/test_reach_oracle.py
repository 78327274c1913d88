"""Verdicts and assertions agree with a packet-by-packet interpretation of random rulebooks."""

from __future__ import annotations

import ipaddress
from random import Random

import pytest
from packet_oracle import KINDS, NUMBER, STRANGERS, Kind, Machine, exists, judgements, lets, machines, stranger
from random_books import FOUR, SIX, make_books

from sgstrat.net.interval import Intervals, union
from sgstrat.reach.claims import allowed, denied, only
from sgstrat.reach.ends import Party
from sgstrat.reach.estate import Atlas, Estate
from sgstrat.reach.hosts import End, Host, blocks, outside
from sgstrat.reach.matrix import all_pairs
from sgstrat.reach.relation import Relation, Verdict
from sgstrat.reach.witness import passing
from sgstrat.rulebook.model import Rulebook, TargetName
from sgstrat.rulebook.workspace import Workspace

SEEDS = range(240)
Books = dict[TargetName, Rulebook]
BATCH = 12


def value(kind: Kind) -> int:
    return NUMBER[kind[0]] * 65536 + kind[1]


def holds(kinds: Intervals, kind: Kind) -> bool:
    return any(low <= value(kind) <= high for low, high in kinds)


def named(hosts: tuple[Host, ...], everybody: list[Machine]) -> list[tuple[Host, Machine]]:
    by_name = {each.name: each for each in everybody}
    return [(host, by_name[str(host.end)]) for host in hosts]


def outsiders(random: Random) -> list[tuple[Host, Machine]]:
    """Networks of strangers."""
    found = []
    for text in random.sample(["20.0.0.0/30", "20.0.0.0/31", "30.0.0.9/32", "2600::4/126"], 2):
        host = outside(End("cidr", "", text), blocks((text,)))
        found.append((host, stranger(text, tuple(ipaddress.ip_network(text)))))
    return found


def expected(books: Books, source: Machine, destination: Machine, kind: Kind) -> tuple[bool, bool, bool]:
    """Whether a kind is certain, possible, and unknown at most."""
    packets = list(judgements(books, source, destination, kind))
    sure = [each[0] for each in packets if each[3]] or [each[0] for each in packets]
    possible = any(each[1] for each in packets)
    return bool(sure) and all(sure), possible, not possible and any(each[2] for each in packets)


def check_pair(books: Books, verdict: Verdict, source: Machine, destination: Machine) -> None:
    for kind in KINDS:
        stated = (holds(verdict.certain, kind), holds(verdict.possible, kind), holds(verdict.unknown, kind))
        if holds(verdict.needed, kind):
            assert stated == expected(books, source, destination, kind), (source.name, destination.name, kind)
        else:
            assert stated[1:] == expected(books, source, destination, kind)[1:], (source.name, destination.name, kind)


@pytest.mark.parametrize("first", SEEDS[::BATCH])
def test_reachability(first: int) -> None:
    cases = 0
    for seed in range(first, first + BATCH):
        random = Random(seed)
        books = make_books(random)
        relation = Relation(Atlas(Workspace(books)).estate("default"))
        inside = named(relation.estate.hosts, machines(books))
        everybody = [*inside, *outsiders(random)]
        edges = {(edge.source, edge.destination): edge.verdict for edge in all_pairs(relation)}
        for source, left in everybody:
            for destination, right in everybody:
                if left.target is None and right.target is None:
                    continue
                verdict = relation.verdict(source, destination)
                check_pair(books, verdict, left, right)
                check_witness(books, relation, source, destination, left, right)
                if left.target is not None and right.target is not None:
                    found = edges.get((source.end, destination.end), Verdict())
                    assert (found.possible, found.unknown) == (verdict.possible, verdict.unknown)
                cases += 1
    assert cases > 20 * BATCH


def check_witness(
    books: Books, relation: Relation, source: Host, destination: Host, left: Machine, right: Machine
) -> None:
    """The packet shown passes, and the rules shown are those that let it through."""
    verdict = relation.verdict(source, destination)
    witness = passing(relation, source, destination, verdict.possible)

    assert (witness is None) == (not verdict.possible)
    if witness is None:
        return
    protocol, port = divmod(witness.kind, 65536)
    kind = (next((name for name, number in NUMBER.items() if number == protocol), str(protocol)), port)
    four = witness.sender < 1 << 128
    make = ipaddress.IPv4Address if four else ipaddress.IPv6Address
    sender, receiver = (make(place - (0 if four else 1 << 128)) for place in (witness.sender, witness.receiver))
    assert lets(books, left, "egress", right, receiver, kind) in ("yes", "presumably")
    assert lets(books, right, "ingress", left, sender, kind) == "yes"
    assert left.target is None or left.is_riddle or witness.egress
    assert right.target is None or witness.ingress


ASKED: tuple[tuple[Kind, ...], ...] = (
    (("tcp", 1),),
    (("tcp", 1), ("tcp", 2)),
    (("udp", 1), ("icmp", 8 * 256)),
    (("50", 0),),
)


@pytest.mark.parametrize("first", SEEDS[::BATCH])
def test_assertions(first: int) -> None:
    cases = 0
    for seed in range(first, first + BATCH):
        random = Random(seed)
        books = make_books(random)
        estate = Atlas(Workspace(books)).estate("default")
        relation = Relation(estate)
        inside = named(estate.hosts, machines(books))
        for _ in range(10):
            (source, left), (destination, right) = random.choice([*inside, *outsiders(random)]), random.choice(inside)
            kinds = random.choice(ASKED)
            asked = union((value(kind), value(kind)) for kind in kinds)
            parties = Party(source.end, (source,)), Party(destination.end, (destination,))
            check_deny(books, relation, parties, (left, right), kinds, asked)
            check_allow(books, relation, parties, (left, right), kinds, asked)
            check_only(books, estate, relation, parties, (left, right), kinds, asked)
            cases += 3
    assert cases == 30 * BATCH


def check_deny(
    books: Books,
    relation: Relation,
    parties: tuple[Party, Party],
    ends: tuple[Machine, Machine],
    kinds: tuple[Kind, ...],
    asked: Intervals,
) -> None:
    breaches = list(denied(relation, *parties, asked))
    judged = [expected(books, *ends, kind) for kind in kinds]

    assert any(each.is_proven for each in breaches) == any(possible for _, possible, _ in judged)
    assert bool(breaches) == any(possible or unknown for _, possible, unknown in judged)


def check_allow(
    books: Books,
    relation: Relation,
    parties: tuple[Party, Party],
    ends: tuple[Machine, Machine],
    kinds: tuple[Kind, ...],
    asked: Intervals,
) -> None:
    breaches = list(allowed(relation, *parties, asked))
    packets = {kind: list(judgements(books, *ends, kind)) for kind in kinds}
    needed = {kind: [each for each in found if each[3]] for kind, found in packets.items()}
    if not any(needed.values()):
        needed = packets
    if not any(needed.values()):  # there is no such packet at all
        assert [each.is_proven for each in breaches] == [True]
        return
    asked_for = [each for found in needed.values() for each in found]
    assert (not breaches) == all(each[0] for each in asked_for)
    assert any(each.is_proven for each in breaches) == (not all(each[2] for each in asked_for))


def check_only(
    books: Books,
    estate: Estate,
    relation: Relation,
    parties: tuple[Party, Party],
    ends: tuple[Machine, Machine],
    kinds: tuple[Kind, ...],
    asked: Intervals,
) -> None:
    source, target = ends
    breaches = list(only(relation, [parties[0]], [parties[1]], asked))
    named_addresses = set(source.addresses) if parties[0].proper[0].is_exact else set()

    def is_stray(who: Machine, kind: Kind) -> bool:
        return who.name != source.name or kind not in kinds

    by_reference = any(
        is_stray(who, kind) and any(each[1] for each in judgements(books, who, only_machine(target), kind))
        for who in machines(books)
        for kind in KINDS
    )
    corners = {
        each for text in (*FOUR, *SIX) for each in (ipaddress.ip_network(text)[0], ipaddress.ip_network(text)[-1])
    }
    unicast = [
        each
        for each in (*corners, *STRANGERS, *map(ipaddress.ip_address, ("1.1.1.1", "200.0.0.1", "2600::9")))
        if not each.is_multicast
        and each not in map(ipaddress.ip_address, ("0.0.0.0", "255.255.255.255", "127.255.255.255", "::"))
    ]
    by_address = any(
        lets(books, known_only(target), "ingress", stranger("", (address,)), address, kind) == "yes"
        and (address not in named_addresses or kind not in kinds)
        for address in unicast
        for kind in KINDS
        if exists(kind, address.version)
        and (target.at(address.version) or (address.version == 6 and target.unstated_six))
    )
    by_list = any(
        rule.peer.kind == "prefix_list"
        and next(each.origin for each in book.prefix_lists if each.key == rule.peer.name) != "own"
        for book, rule in target.rules["ingress"]
    )
    assert any(each.is_proven for each in breaches) == (by_reference or by_address or by_list)
    assert bool(breaches) == (by_reference or by_address or by_list or target.is_riddle)


def only_machine(target: Machine) -> Machine:
    """The target with its rules by reference alone, and nothing that nobody knows."""
    rules = {"ingress": tuple(each for each in target.rules["ingress"] if each[1].peer.kind == "group"), "egress": ()}
    return Machine(target.name, target.target, target.carries, rules, target.addresses, target.unstated_six)


def known_only(target: Machine) -> Machine:
    return Machine(target.name, target.target, target.carries, target.rules, target.addresses, target.unstated_six)


def test_the_universe_has_every_answer() -> None:
    """The random rulebooks are worth something: certain, possible, unknown and nothing all occur often."""
    counts = [0, 0, 0, 0]
    for seed in SEEDS[:60]:
        books = make_books(Random(seed))
        relation = Relation(Atlas(Workspace(books)).estate("default"))
        for source in relation.estate.hosts:
            for destination in relation.estate.hosts:
                verdict = relation.verdict(source, destination).limited(((6 * 65536 + 1, 6 * 65536 + 1),))
                counts[0 if verdict.certain else 1 if verdict.possible else 2 if verdict.unknown else 3] += 1
    assert min(counts) > 30, counts
