"""How much of one limit is used in one place, and the words for it.

What counts (``counting``, ``regions``, a format's own limits) gives these; checks, tables and JSON read them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sgstrat.net.cidr import FAMILY_NAMES, Family
from sgstrat.rulebook.model import Direction, TargetName
from sgstrat.rulebook.weight import Part, spelled
from sgstrat.source.span import Span

RULES_PER_GROUP = "rules_per_group"
GROUPS_PER_ENI = "groups_per_eni"
RULES_PER_ENI = "rules_per_eni"
GROUPS_PER_REGION = "groups_per_region"
LISTS_PER_REGION = "prefix_lists_per_region"
ENTRIES_PER_LIST = "entries_per_prefix_list"

# A limit is near from 5 of 6 on: prowler's check ec2_securitygroup_with_many_ingress_egress_rules reports more than 50
# rules where AWS allows 60.
NEAR = (5, 6)
_PRECISION = 10**9


class Use(NamedTuple):
    """``used`` of at most ``most``, both counted in the limit's own unit.

    ``limit`` is its name among ``quotas`` and in ``facts.limits``. ``name`` is the group, workload, prefix list or
    file that it is about, or the account and region where ``target`` is None. ``direction`` and ``family`` are given
    for rules. ``unknown`` are groups whose rules nobody here knows, so that ``used`` is the least it can be.
    ``is_filled``: a part of a divided group, a composite, or a template of several; they are filled on purpose, so a
    full one is no matter.
    """

    limit: str
    name: str
    used: int
    most: int
    parts: tuple[Part, ...] = ()
    target: TargetName | None = None
    account: str | None = None
    region: str | None = None
    direction: Direction | None = None
    family: Family | None = None
    unknown: int = 0
    is_filled: bool = False
    span: Span | None = None

    @property
    def headroom(self) -> int:
        """How many more fit; below zero: how many are too many."""
        return self.most - self.used

    @property
    def is_over(self) -> bool:
        return self.used > self.most

    @property
    def is_near(self) -> bool:
        """Whether it is within the limit and has little room left."""
        return not self.is_over and not self.is_filled and is_near(self.used, self.most)

    @property
    def way(self) -> str:
        """``ingress IPv4``, or an empty text."""
        return "" if self.family is None else f"{self.direction} {FAMILY_NAMES[self.family]}"

    @property
    def spelled(self) -> str:
        """The sum in words."""
        return spelled(self.parts)


def is_near(used: int, most: int) -> bool:
    """Whether little room is left."""
    return used * NEAR[1] > most * NEAR[0]


def tightest_first(uses: Iterable[Use]) -> list[Use]:
    """By the share that is used, then by how many more fit, then by place."""
    return sorted(uses, key=_tightness)


def _tightness(use: Use) -> tuple[object, ...]:
    return (
        -(use.used * _PRECISION // use.most),
        use.headroom,
        use.limit,
        use.target or (),
        use.account or "",
        use.region or "",
        use.name,
        use.direction or "",
        use.family or "",
    )


class Contributor(NamedTuple):
    """Something that uses a limit, and how much of it."""

    name: str
    weight: int


class Remedy(NamedTuple):
    """What would change a use: then it is ``used`` of ``most``.

    ``kind`` is a word for programs. ``text`` says what to write and what comes of it. ``holds`` is False where another
    limit would be over.
    """

    kind: str
    text: str
    used: int
    most: int
    holds: bool = True

    @property
    def fits(self) -> bool:
        """Whether everything is within its limits then."""
        return self.holds and self.used <= self.most


def raised(quota: str, used: int, most: int, ceiling: int | None, bound: str = "") -> Remedy:
    """A quota that AWS raises when it is asked to, up to ``ceiling`` (None: nobody knows), which ``bound`` explains."""
    if ceiling is not None and used > ceiling:
        return Remedy("raise", f"AWS raises {quota} to {bound.removeprefix('at most ')}", used, ceiling)
    wanted = max(used, most + 1)
    text = f"quotas.{quota}: {wanted} once AWS has raised it" + (f" ({bound})" if bound else "")
    return Remedy("raise", text, used, ceiling or wanted)


def advice(remedies: Iterable[Remedy]) -> str:
    """What makes it fit, and what helps without being enough, in words."""
    known = tuple(remedies)
    fitting = "; ".join(_outcome(each) for each in known if each.fits)
    rest = "; ".join(_outcome(each) for each in known if not each.fits)
    said = [f"Makes it fit: {fitting}"] if fitting else []
    said += [f"Not enough by itself: {rest}"] if rest else []
    return ". ".join(said)


def _outcome(remedy: Remedy) -> str:
    return remedy.text if remedy.kind == "raise" else f"{remedy.text} (then {remedy.used} of {remedy.most})"
