"""``sgstrat init``: a starter workspace."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import click

from sgstrat.edge.machine import shown
from sgstrat.edge.starter import write_starter


@click.command(name="init")
@click.argument("folder", default=".", metavar="[DIR]")
def command(folder: str) -> None:
    """Write a commented starter workspace into DIR (default: here). Files that are there are left alone."""
    source = files("sgstrat.cli") / "starter"
    texts = {name: (source / name).read_text("utf-8") for name in ("sgstrat.yaml", "strategies/starter.yaml")}
    created, kept = write_starter(Path(folder), texts)
    for path in created:
        click.echo(f"created {shown(path)}")
    for path in kept:
        click.echo(f"kept {shown(path)}, which was there")
    click.echo("next: sgstrat build" if folder == "." else f"next: cd {folder} && sgstrat build")
