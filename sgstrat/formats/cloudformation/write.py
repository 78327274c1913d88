"""A rulebook as CloudFormation templates: ``cloudformation/template.yaml`` and, for the second unit, ``links.yaml``.

Writes everything: whether CloudFormation takes it is for ``limits``. troposphere is imported on the first call.
"""

from __future__ import annotations

from typing import Literal

from sgstrat.formats.artifact import Artifact
from sgstrat.formats.cloudformation.header import about
from sgstrat.formats.cloudformation.parts import Stack, stacks
from sgstrat.formats.suppress import NO_SUPPRESSIONS, Suppressions
from sgstrat.rulebook.model import Rulebook

Syntax = Literal["yaml", "json"]
FOLDER = "cloudformation"


def write(
    rulebook: Rulebook, syntax: Syntax = "yaml", suppressions: Suppressions = NO_SUPPRESSIONS
) -> tuple[Artifact, ...]:
    """The templates of a target. Both syntaxes hold the same data, but for the comment, which JSON has in Metadata."""
    made = stacks(rulebook, suppressions)
    return tuple(Artifact(f"{FOLDER}/{stack.name}.{syntax}", _text(stack, syntax)) for stack in made)


def _text(stack: Stack, syntax: Syntax) -> str:
    from sgstrat.formats.cloudformation.dump import json_text, yaml_text
    from sgstrat.formats.cloudformation.template import template

    if syntax == "json":
        return json_text(template(stack, about=True))
    comment = "".join(f"# {line}\n" for line in about(stack))
    return comment + yaml_text(template(stack, about=False))
