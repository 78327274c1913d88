"""Ends as people name them in a question: ``STRATEGY/NAME``, ``NAME`` where it is unique, a CIDR, ``internet``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sgstrat.diagnostics.suggest import did_you_mean, listed
from sgstrat.net.cidr import CidrError, canonical
from sgstrat.reach.hosts import End
from sgstrat.rulebook.view import View, World

INTERNETS = ("internet", "internet-ipv4", "internet-ipv6")


class UnknownEnd(NamedTuple):
    """Why a text is no end, and what to write instead."""

    message: str
    advice: str


def find_end(world: World, text: str) -> End | UnknownEnd:
    """The end that a text means anywhere in the workspace. A peer's name goes before a workload's."""
    if text in INTERNETS:
        return End("internet", "", text)
    if (text[:1].isdigit() and "." in text) or ":" in text:
        try:
            return End("cidr", "", canonical(text))
        except CidrError as error:
            advice = f"did you mean {error.meant}?" if error.meant else "write it as 10.0.0.0/8 or 2001:db8::/32"
            return UnknownEnd(f"{text!r}: {error.reason}", advice)
    strategy, slash, name = text.rpartition("/")
    named = list(dict.fromkeys(end for end in _all_ends(world) if end.name == name and strategy in ("", end.strategy)))
    owners = sorted({end.strategy for end in named})
    if len(owners) > 1:
        choices = " or ".join(f"{owner}/{name}" for owner in owners)
        return UnknownEnd(f"{text!r} is a name in several strategies", f"write {choices}")
    if named:
        return next((end for end in named if end.kind != "workload"), named[0])
    options = {str(end) if slash else end.name for end in _all_ends(world)}
    where = f" in strategy {strategy}" if slash else ""
    return UnknownEnd(
        f"nothing named {name!r} is declared{where}", did_you_mean(text, options) or f"declared: {listed(options)}"
    )


def _all_ends(world: World) -> Iterator[End]:
    for (strategy, _), view in sorted(world.items(), key=lambda item: item[0]):
        yield from _ends(strategy, view)


def _ends(strategy: str, view: View) -> Iterator[End]:
    for declared in view.names.peers.values():
        yield End(declared.kind, strategy, declared.word.text)
    for workload in sorted(view.names.workloads):
        yield End("workload", strategy, workload)
