"""SG428: environments of one strategy whose networks meet, where each says what its own is.

Two that are in one account and region and take the same addresses, or a rule of one with addresses of another's VPC.
What all environments inherit says nothing about any of them: accounts that are apart may well use one CIDR.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sgstrat.checks.context import Context
from sgstrat.diagnostics.finding import Findings, Related
from sgstrat.language.model import Word
from sgstrat.net.interval import Interval
from sgstrat.reach.hosts import block
from sgstrat.rulebook.model import IdSource, Origin, Rule, Rulebook
from sgstrat.rulebook.view import View
from sgstrat.source.span import Span


class _Home(NamedTuple):
    """One CIDR that an environment says of one of its VPCs."""

    addresses: Interval
    view: View
    vpc: str
    id: IdSource
    word: Word

    @property
    def environment(self) -> str:
        return self.view.environment


def check_environments(context: Context, findings: Findings) -> None:
    """Report each environment that overlaps with another, and each rule that reaches into another."""
    by_strategy: dict[str, list[_Home]] = defaultdict(list)
    for (strategy, _), view in context.world.items():
        by_strategy[strategy] += _homes(view)
    apart = {name: homes for name, homes in by_strategy.items() if len({home.environment for home in homes}) > 1}
    for homes in apart.values():
        _check_overlaps(homes, findings)
    found: dict[Span, list[_Trespass]] = defaultdict(list)
    for book in context.rulebooks.values():
        for each in _trespasses(context, book, apart.get(book.strategy, [])):
            found[each.origin.span].append(each)
    for trespasses in found.values():
        _report_rule(trespasses, findings)


def _homes(view: View) -> Iterator[_Home]:
    """What an environment itself says of its VPCs, those that are left out apart."""
    for name, local in view.values.vpcs:
        vpc = view.vpcs.get(name.text)
        for word in (*(local.cidrs or ()), *(local.ipv6_cidrs or ())) if vpc is not None else ():
            if word.text and vpc is not None:
                yield _Home(block(word.text), view, name.text, vpc.id, word)


def _check_overlaps(homes: list[_Home], findings: Findings) -> None:
    """CIDRs are nested or apart, so an overlap is seen from the inner one to those around it."""
    places: dict[tuple[str, str], list[_Home]] = defaultdict(list)
    for home in homes:
        account, region = home.view.values.account, home.view.values.region
        if account is not None and region is not None:
            places[account, region].append(home)
    for together in places.values():
        reported: set[str] = set()
        around: list[_Home] = []
        for home in sorted(together, key=lambda each: (each.addresses[0], -each.addresses[1], each.word.span)):
            while around and around[-1].addresses[1] < home.addresses[0]:
                around.pop()
            other = next((each for each in around if each.view is not home.view and not _is_one_vpc(each, home)), None)
            around.append(home)
            if other is None:
                continue
            first, second = (home, other) if home.word.span < other.word.span else (other, home)
            if second.environment not in reported:
                reported.add(second.environment)
                _report_overlap(first, second, findings)


def _is_one_vpc(home: _Home, other: _Home) -> bool:
    """Whether two environments share a VPC, as they may: the same id, or the same SSM path in their region."""
    return home.id == other.id and not home.id.is_input


def _report_overlap(first: _Home, second: _Home, findings: Findings) -> None:
    account, region = first.view.values.account, first.view.values.region
    findings.add(
        "SG428",
        f"environments {first.environment} and {second.environment} share account {account} and region {region}, "
        f"and their VPCs overlap: {first.word.text} and {second.word.text}",
        second.word.span,
        help="give each environment addresses of its own, so that a rule can tell them apart",
        related=(Related(first.word.span, f"{first.environment} has {first.word.text} here"),),
        paths=(f"environments.{second.environment}",),
    )


class _Elsewhere:
    """The addresses of a strategy's other environments that are not an environment's own."""

    def __init__(self, environment: str, homes: Iterable[_Home]) -> None:
        own: list[Interval] = []
        others: list[_Home] = []
        for home in sorted(homes, key=lambda each: (each.addresses[0], -each.addresses[1])):
            if home.environment == environment:
                own.append(home.addresses)
            elif not others or others[-1].addresses[1] < home.addresses[0]:
                others.append(home)
        self._others = others
        self._starts = [home.addresses[0] for home in others]
        self._own = own

    @property
    def is_known(self) -> bool:
        """Whether the environment says which addresses are its own, and another one does."""
        return bool(self._own and self._others)

    def find(self, addresses: Interval) -> _Home | None:
        """The VPC of another environment in which a block lies, unless it meets this one's own."""
        at = bisect_right(self._starts, addresses[0]) - 1
        if at < 0 or addresses[1] > self._others[at].addresses[1]:
            return None
        low, high = addresses
        return None if any(first <= high and low <= last for first, last in self._own) else self._others[at]


class _Trespass(NamedTuple):
    """A rule of one environment that names addresses of another's VPC."""

    environment: str
    origin: Origin
    text: str
    home: _Home


def _trespasses(context: Context, book: Rulebook, homes: list[_Home]) -> Iterator[_Trespass]:
    elsewhere = _Elsewhere(book.environment, homes)
    if not elsewhere.is_known:
        return
    entries = context.workspace.list_entries(book)
    known: dict[str, tuple[tuple[str, _Home], ...]] = {}
    for rule in _rules(book):
        kind, name = rule.peer
        if kind == "group" or rule.origin is None:
            continue
        if name not in known:
            texts = (name,) if kind == "cidr" else entries[name]
            hits = ((text, elsewhere.find(block(text))) for text in texts)
            known[name] = tuple((text, home) for text, home in hits if home is not None)
        for text, home in known[name]:
            yield _Trespass(book.environment, rule.origin, text, home)


def _rules(book: Rulebook) -> Iterator[Rule]:
    for group in book.groups:
        yield from group.ingress
        yield from group.egress


def _report_rule(trespasses: list[_Trespass], findings: Findings) -> None:
    """One finding for what one rule or flow was written to allow, in all of its environments."""
    environment, origin, text, home = trespasses[0]
    blocks = {(each.environment, each.text) for each in trespasses}
    more = f" (and {len(blocks) - 1} more)" if len(blocks) > 1 else ""
    for each in dict.fromkeys(each.environment for each in trespasses):
        findings.add(
            "SG428",
            f"a rule of environment {environment} names {text}, "
            f"which is in VPC {home.vpc} of environment {home.environment}{more}",
            origin.span,
            help="name addresses of this environment, or limit this with environments:; "
            "if the two are meant to talk, waive it",
            related=(Related(home.word.span, f"{home.environment} has {home.word.text} here"),),
            paths=origin.paths,
            environment=each,
        )
