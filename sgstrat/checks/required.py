"""SG425 and SG426: an owner and tags, where the organisation asks for them.

Where a whole strategy lacks a tag, that is one mistake, and is said once.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sgstrat.checks.context import Context
from sgstrat.diagnostics.finding import Findings
from sgstrat.language.model import Strategy, Word
from sgstrat.language.names import groups_of
from sgstrat.rulebook.view import is_own_list


def check_owner(context: Context, findings: Findings) -> None:
    """SG425: every strategy says who owns it, where the policy asks for that."""
    for unit in context.units if context.policy.required_owner else ():
        strategy = unit.names.strategy
        if not strategy.owner:
            findings.add(
                "SG425",
                f"strategy {unit.names.name} has no owner",
                strategy.strategy.span,
                help="add owner: with the team that answers for it",
                paths=("owner",),
            )


class _Tagged(NamedTuple):
    """A resource of a strategy, the tags that it has, and the path by which a waiver names it."""

    noun: str
    word: Word
    tags: frozenset[str]
    path: str


def check_tags(context: Context, findings: Findings) -> None:
    """SG426: groups and own prefix lists carry the tags that the policy requires."""
    required = tuple(dict.fromkeys(context.policy.required_tags))
    for unit in context.units if required else ():
        resources = list(_tagged(unit.names.strategy))
        nowhere = [tag for tag in required if not any(tag in each.tags for each in resources)]
        if nowhere and len(resources) > 1:
            _report_tags(f"strategy {unit.names.name} has", nowhere, unit.names.strategy.strategy, "tags", findings)
            left = [tag for tag in required if tag not in nowhere]
        else:
            left = list(required)
        for each in resources:
            missing = [tag for tag in left if tag not in each.tags]
            if missing:
                _report_tags(f"{each.noun} {each.word.text} has", missing, each.word, each.path, findings)


def _tagged(strategy: Strategy) -> Iterator[_Tagged]:
    common = {key.text for key, _ in strategy.tags}
    for kind, word, group in groups_of(strategy):
        tags = frozenset(common.union(key.text for key, _ in group.tags))
        yield _Tagged("group", word, tags, f"groups.{kind}.{word.text}")
    for word, value in strategy.prefix_lists:
        if is_own_list(value):
            tags = frozenset(common.union(key.text for key, _ in value.tags))
            yield _Tagged("prefix list", word, tags, f"prefix_lists.{word.text}")


def _report_tags(who: str, missing: list[str], word: Word, path: str, findings: Findings) -> None:
    shown = ", ".join(missing)
    findings.add(
        "SG426",
        f"{who} no tag {shown}",
        word.span,
        help=f"add {'it' if len(missing) == 1 else 'them'} to tags: of the strategy, or of each resource",
        paths=(path,),
    )
