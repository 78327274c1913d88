"""A rulebook as CloudFormation templates: ``cloudformation/template.yaml`` and, for the second unit, ``links.yaml``.

Where one does not hold a unit, others beside it: ``template-2.yaml``, ``links-2.yaml``, ``lists-2.yaml``.
Writes everything: whether CloudFormation takes it is for ``limits``. troposphere is imported on the first call.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from sgstrat.formats.artifact import Artifact
from sgstrat.formats.cloudformation import order
from sgstrat.formats.cloudformation.header import about
from sgstrat.formats.cloudformation.parts import Stack, stacks
from sgstrat.formats.cloudformation.places import ONE_TEMPLATE, Places
from sgstrat.formats.suppress import NO_SUPPRESSIONS, Suppressions
from sgstrat.rulebook.model import Rulebook

Syntax = Literal["yaml", "json"]
FOLDER = "cloudformation"


def write(
    rulebook: Rulebook,
    syntax: Syntax = "yaml",
    suppressions: Suppressions = NO_SUPPRESSIONS,
    places: Places = ONE_TEMPLATE,
    *,
    nested: bool = False,
) -> tuple[Artifact, ...]:
    """The templates of a target, in order of deployment, and where there are several the file that states it.

    With ``nested`` each unit has a parent too, with its templates as nested stacks.

    Both syntaxes hold the same data, but for the comment, which JSON has in Metadata.
    """
    made = stacks(rulebook, suppressions, places)
    artifacts = [Artifact(f"{FOLDER}/{stack.name}.{syntax}", _text(stack, syntax)) for stack in made]
    if any(stack.several for stack in made):
        artifacts.append(Artifact(f"{FOLDER}/{order.FILE}", order.order(made, syntax)))
    for linked in (False, True) if nested else ():
        unit = [stack for stack in made if stack.linked is linked]
        artifacts += [_parent(unit, syntax)] if unit else []
    return tuple(artifacts)


def _parent(unit: Sequence[Stack], syntax: Syntax) -> Artifact:
    from sgstrat.formats.cloudformation.dump import json_text, yaml_text
    from sgstrat.formats.cloudformation.nested import parent, parent_about, parent_name

    data = parent(unit, syntax, lines=syntax == "json")
    comment = "".join(f"# {line}\n" for line in parent_about())
    text = json_text(data) if syntax == "json" else comment + yaml_text(data)
    return Artifact(f"{FOLDER}/{parent_name(unit[0])}.{syntax}", text)


def _text(stack: Stack, syntax: Syntax) -> str:
    from sgstrat.formats.cloudformation.dump import json_text, yaml_text
    from sgstrat.formats.cloudformation.template import template

    if syntax == "json":
        return json_text(template(stack, about=True))
    comment = "".join(f"# {line}\n" for line in about(stack))
    return comment + yaml_text(template(stack, about=False))
