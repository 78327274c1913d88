"""What a rule says of itself that stands for several: their reasons and their sources, within AWS's bounds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sgstrat.facts.limits import limit
from sgstrat.rulebook.model import Origin, Rule

_BETWEEN = "; "


def standing_for(rule: Rule, written: Iterable[Rule]) -> Rule:
    """``rule`` with the reasons and sources of all ``written`` ones, which it stands for, in order of place.

    Its origin is the first of their places, so that a finding has one to point at, with the paths of all.
    """
    ordered = sorted(written, key=_place)
    reasons = list(dict.fromkeys(each.description for each in ordered))
    sources = dict.fromkeys(each.source for each in ordered)
    origins = [each.origin for each in ordered if each.origin is not None]
    paths = dict.fromkeys(path for origin in origins for path in origin.paths)
    origin = Origin(origins[0].span, tuple(paths)) if origins else None
    return replace(rule, description=joined(reasons), source=_BETWEEN.join(sources), origin=origin)


def _place(rule: Rule) -> tuple[bool, object, str]:
    return (rule.origin is None, rule.origin.span if rule.origin is not None else (), rule.key)


def joined(reasons: Sequence[str]) -> str:
    """All reasons in one rule description of at most 255 characters, the first ones whole, then ``... and N more``.

    Where not even the first fits beside that, it is cut. Source of the bound: Amazon EC2 API reference, IpRange.
    """
    most = limit("rule_description_length")
    text = _BETWEEN.join(reasons)
    if len(text) <= most:
        return text
    for count in range(len(reasons) - 1, 0, -1):
        rest = f" ... and {len(reasons) - count} more"
        head = _BETWEEN.join(reasons[:count])
        if len(head) + len(rest) <= most:
            return head + rest
    rest = f" ... and {len(reasons) - 1} more"
    return reasons[0][: most - len(rest)].rstrip() + rest
