"""What a part of a divided group is: the first keeps everything that the group was, the others are groups of their own.

AWS can change neither name nor description of a security group, so a part's depend on the group and the number alone.
Source: EC2 API, CreateSecurityGroup.
"""

from __future__ import annotations

from dataclasses import replace

from sgstrat.diagnostics.finding import Findings
from sgstrat.facts.limits import limit
from sgstrat.language.model import Word
from sgstrat.rulebook.model import Group, Reference, Rule, Rulebook
from sgstrat.rulebook.naming import Namer
from sgstrat.rulebook.targets import Target
from sgstrat.rulebook.view import World


def numbered(name: str, number: int) -> str:
    """The name of a part: the first part has the group's own."""
    return name if number == 1 else f"{name}-{number}"


class PartMaker:
    """Makes the parts of one target's groups."""

    def __init__(self, book: Rulebook, world: World, findings: Findings) -> None:
        view = world[book.strategy, book.environment]
        self._groups = view.groups
        self._naming = view.strategy.naming
        self._namer = Namer(Target(view, view.vpcs[book.vpc.name]), findings)

    def part(self, group: Group, number: int, ingress: tuple[Rule, ...], egress: tuple[Rule, ...]) -> Group:
        """Part ``number`` of a group, with these of its rules."""
        if number == 1:
            return replace(group, ingress=ingress, egress=egress)
        return replace(
            group,
            key=numbered(group.key, number),
            identity=numbered(group.identity, number),
            formerly=tuple(numbered(each, number) for each in group.formerly),
            name=self._name(group, number),
            description=_description(group.description, number),
            ingress=ingress,
            egress=egress,
            part_of=group.key,
        )

    def _name(self, group: Group, number: int) -> str:
        """The AWS name, by the pattern of the group's; one without ``{name}`` gets the number at its end."""
        placed = self._groups[group.key]
        pattern = placed.group.aws_name or (self._naming.group if self._naming is not None else None)
        if pattern is not None and "{name}" not in pattern.text:
            pattern = Word(f"{pattern.text}-{number}", pattern.span)
        subject = Word(numbered(group.key, number), placed.word.span)
        return self._namer.group(pattern, numbered(group.identity, number), group.kind, group.facing, subject)


def _description(description: str, number: int) -> str:
    end = f" (part {number})"
    return description[: limit("group_description_length") - len(end)] + end


def part_reference(reference: Reference, number: int) -> Reference:
    """How another target names a part of a group that it refers to."""
    return replace(
        reference,
        key=numbered(reference.key, number),
        identity=numbered(reference.identity, number),
        formerly=tuple(numbered(each, number) for each in reference.formerly),
    )
