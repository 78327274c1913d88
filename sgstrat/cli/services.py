"""``sgstrat services``: the catalogue of services."""

from __future__ import annotations

import sys

import click

from sgstrat.facts.services import catalogue, search


@click.command(name="services")
@click.argument("word", required=False)
def command(word: str | None) -> None:
    """List the services that every strategy may name; with WORD those whose name, title or port matches it."""
    found = list(catalogue().values()) if word is None else list(search(word))
    if not found:
        click.echo(f"no service matches {word!r}; protocol and port can always be written as tcp/8080", err=True)
        sys.exit(1)
    name_width = max(len(service.name) for service in found)
    for service in sorted(found, key=lambda each: each.name) if word is None else found:
        click.echo(f"{service.name:<{name_width}}  {', '.join(service.parts)}  {service.title}")
