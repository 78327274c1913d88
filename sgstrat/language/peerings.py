"""The peerings of a strategy's VPCs as written: what they name, and what no peering can be.

What depends on the environment (absent there, the same VPC there) is found when targets are lowered.
"""

from __future__ import annotations

from collections.abc import Iterator

from sgstrat.diagnostics.finding import Findings, Related
from sgstrat.diagnostics.suggest import did_you_mean, listed
from sgstrat.language.model import Peering, Strategy, Vpc, Word
from sgstrat.language.names import Namespace
from sgstrat.syntax.scalars import show


def check_peerings(names: Namespace, findings: Findings) -> None:
    """Report peerings that name no VPC, the VPC itself, or one VPC twice."""
    for word, vpc in _vpcs(names.strategy):
        seen: dict[str, Word] = {}
        for peering in vpc.peered_with or ():
            named = peering.vpc or peering.vpc_id
            if named is None:
                continue  # it has had its finding
            if peering.vpc is not None:
                _check_name(names, word, peering, peering.vpc, findings)
            first = seen.setdefault(named.text, named)
            if first is not named:
                findings.add(
                    "SG204",
                    f"{named.text} stands twice among the peerings of {word.text}",
                    named.span,
                    help="remove one",
                    related=(Related(first.span, "the first is here"),),
                )


def outside_ids(strategy: Strategy) -> frozenset[str]:
    """The ids of VPCs that are no strategy's, as the peerings of any environment give them."""
    return frozenset(
        peering.vpc_id.text for _, vpc in _vpcs(strategy) for peering in vpc.peered_with or () if peering.vpc_id
    )


def _vpcs(strategy: Strategy) -> Iterator[tuple[Word, Vpc]]:
    yield from strategy.vpcs
    for _, environment in strategy.environments:
        yield from environment.vpcs


def _check_name(names: Namespace, home: Word, peering: Peering, word: Word, findings: Findings) -> None:
    for extra in (peering.account, peering.region):
        if extra is not None:
            findings.add(
                "SG113",
                f"{show(extra.text)} goes with vpc_id: account and region of {show(word.text)} are known",
                extra.span,
                help="remove it; the VPC's strategy and environment say where it is",
            )
    if word.text == home.text:
        findings.add("SG113", f"VPC {home.text} is peered with itself", word.span, help="name another VPC")
    elif "/" in word.text:
        meaning = names.peer(word, findings)
        if meaning is not None and meaning.kind != "vpc":
            findings.add(
                "SG211", f"{show(word.text)} is {meaning.noun}: VPCs are peered", word.span, help="name its VPC"
            )
    elif names.is_whole and word.text not in (known := [each.text for each, _ in names.strategy.vpcs]):
        findings.add(
            "SG206",
            f"no VPC {show(word.text)}",
            word.span,
            help=did_you_mean(word.text, known) or f"declared: {listed(known)}",
        )
