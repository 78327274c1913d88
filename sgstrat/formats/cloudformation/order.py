"""``deploy.json``: the templates of a target in the order in which they are deployed, where there are several.

Removing goes the other way, since CloudFormation keeps what another stack imports. Must not know what is in them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from sgstrat.formats.cloudformation.parts import Stack

FILE = "deploy.json"
VERSION = 1


def order(made: Sequence[Stack], suffix: str) -> str:
    """The text for these templates. ``links`` come after the first units of all strategies that they name."""
    book = made[0].rulebook
    data = {
        "deploy": VERSION,
        "strategy": book.strategy,
        "environment": book.environment,
        "vpc": book.vpc.name,
        "main": [f"{stack.name}.{suffix}" for stack in made if not stack.linked],
        "links": [f"{stack.name}.{suffix}" for stack in made if stack.linked],
    }
    return json.dumps(data, indent=2) + "\n"
