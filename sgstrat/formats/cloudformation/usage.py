"""What a target's templates use of CloudFormation's limits, and what would fit. Gives no findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from sgstrat.facts.limits import limit
from sgstrat.formats.artifact import Artifact
from sgstrat.formats.cloudformation.limits import LIMITS, Sizes, measure
from sgstrat.formats.cloudformation.parts import Stack, stacks
from sgstrat.formats.cloudformation.places import ONE_TEMPLATE, Places
from sgstrat.quotas.survey import Counted
from sgstrat.quotas.use import Contributor, Remedy, Use
from sgstrat.rulebook.model import Rulebook
from sgstrat.rulebook.weight import Part
from sgstrat.solve.optimize import optimized

_LIST_ENTRIES = "cloudformation_prefix_list_entries"


def template_uses(
    rulebook: Rulebook, artifacts: Sequence[Artifact], places: Places = ONE_TEMPLATE
) -> Iterator[Counted]:
    """Every limit of each template that ``write`` gave, and of each prefix list in them.

    Where a target has several templates what fills one up goes to another, so that none of them is near a limit.
    """
    by_name = {stack.name: stack for stack in stacks(rulebook, places=places)}
    for sizes in measure(rulebook, artifacts, places):
        stack = by_name.get(sizes.path.rpartition("/")[2].partition(".")[0])
        for what, name in LIMITS.items():
            use = _use(rulebook, name, sizes.path, getattr(sizes, what), what)
            use = use._replace(is_filled=stack is not None and stack.several)
            yield _explained(use, stack, sizes) if stack is not None and what == "resources" else Counted(use)
    for each in rulebook.prefix_lists:
        if each.origin == "own":
            yield Counted(_use(rulebook, _LIST_ENTRIES, each.key, len(each.entries), "entries"))


def _use(rulebook: Rulebook, name: str, about: str, have: int, what: str) -> Use:
    return Use(name, about, have, limit(name), (Part(what, have),), rulebook.target, span=rulebook.span)


def _explained(use: Use, stack: Stack, sizes: Sizes) -> Counted:
    """Resources are groups, lists, and rules that stand alone: those can be merged, or live in Terraform."""
    if not (use.is_over or use.is_near):
        return Counted(use)
    counted = Counter(stack.standalone_count())
    most = tuple(Contributor(f"rules of {key}", count) for key, count in counted.most_common() if count)
    merged = {each.name: each for each in stacks(optimized(stack.rulebook))}.get(stack.name)
    saves = counted.total() - sum(merged.standalone_count().values()) if merged is not None else 0
    remedies = [Remedy("optimize", "optimize: true", sizes.resources - saves, use.most)] if saves else []
    return Counted(use, most, tuple(remedies))
