"""``sgstrat ci``: pipeline files for a team's repository."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import click

from sgstrat import __version__
from sgstrat.edge.machine import shown
from sgstrat.edge.starter import write_starter

# system: the files it needs, by where they stand in the repository
_FILES = {
    "github": {".github/workflows/security-groups.yml": "github.yml", ".gitattributes": "gitattributes"},
    "gitlab": {".gitlab/sgstrat.gitlab-ci.yml": "gitlab.yml", ".gitattributes": "gitattributes"},
    "codebuild": {"buildspec-sgstrat.yml": "codebuild.yml", ".gitattributes": "gitattributes"},
}
_NEXT = {
    "github": "commit them; the workflow runs on the next pull request",
    "gitlab": "add to .gitlab-ci.yml: include: [{local: .gitlab/sgstrat.gitlab-ci.yml}]",
    "codebuild": "name buildspec-sgstrat.yml as the buildspec of the CodeBuild project",
}


@click.command(name="ci")
@click.argument("system", type=click.Choice(tuple(_FILES)))
@click.option("--dir", "folder", default=".", metavar="DIR", help="The repository's root. Default: here.")
@click.option("--print", "only_print", is_flag=True, help="Print the pipeline file instead of writing anything.")
def command(system: str, folder: str, only_print: bool) -> None:
    """Write files for GitHub Actions, GitLab CI/CD or AWS CodeBuild that validate strategies and check out/.

    Files that are there are left alone.
    """
    source = files("sgstrat.cli") / "pipelines"
    texts = {
        path: (source / name).read_text("utf-8").replace("{version}", __version__)
        for path, name in _FILES[system].items()
    }
    if only_print:
        click.echo(next(iter(texts.values())), nl=False)
        return
    created, kept = write_starter(Path(folder), texts)
    for path in created:
        click.echo(f"created {shown(path)}")
    for path in kept:
        click.echo(f"kept {shown(path)}, which was there; `sgstrat ci {system} --print` shows what it would hold")
    click.echo(f"next: {_NEXT[system]}")
