"""``sgstrat init``: a starter workspace."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import click

from sgstrat.cli.schema import schema_text
from sgstrat.edge.machine import shown
from sgstrat.edge.starter import has_strategies, write_starter

_EXAMPLE = "strategies/starter.yaml"
# file of the workspace: file of the package, where a name with a dot would be hidden
_FILES = {
    "sgstrat.yaml": "sgstrat.yaml",
    _EXAMPLE: "strategies/starter.yaml",
    ".vscode/settings.json": "vscode/settings.json",
    ".vscode/extensions.json": "vscode/extensions.json",
    ".gitattributes": "../pipelines/gitattributes",
    ".gitignore": "gitignore",
}


@click.command(name="init")
@click.argument("folder", default=".", metavar="[DIR]")
def command(folder: str) -> None:
    """Write a commented starter workspace into DIR (default: here). Files that are there are left alone.

    Where there are strategies the example is left out.
    """
    source = files("sgstrat.cli") / "starter"
    stored = {**_FILES}
    if has_strategies(Path(folder)):
        del stored[_EXAMPLE]
    texts = {name: (source / path).read_text("utf-8") for name, path in stored.items()}
    # the schemas of the version that is installed, for editors: what the first line of each file names
    texts |= {f"schemas/{name}.schema.json": schema_text(name) for name in ("strategy", "workspace")}
    created, kept = write_starter(Path(folder), texts)
    for path in created:
        click.echo(f"created {shown(path)}")
    for path in kept:
        click.echo(f"kept {shown(path)}, which was there")
    click.echo("next: sgstrat build" if folder == "." else f"next: cd {folder} && sgstrat build")
