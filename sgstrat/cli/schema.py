"""``sgstrat schema``: the JSON Schemas, as committed under schemas/."""

from __future__ import annotations

import json

import click

from sgstrat.language.schema import NAMES, published_schema
from sgstrat.report.findings_schema import findings_schema
from sgstrat.report.quotas_schema import quotas_schema
from sgstrat.rulebook.schema import rulebook_schema


def schema_text(name: str) -> str:
    """The text of a schema file: what is printed is what is committed."""
    made = {"rulebook": rulebook_schema, "findings": findings_schema, "quotas": quotas_schema}.get(name)
    data = made() if made is not None else published_schema(name)
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


@click.command(name="schema")
@click.argument("name", default="strategy", type=click.Choice((*NAMES, "rulebook", "findings", "quotas")))
def command(name: str) -> None:
    """Print the JSON Schema (draft-07) of a file or of what is printed as JSON; `workspace` is sgstrat.yaml."""
    click.echo(schema_text(name), nl=False)
