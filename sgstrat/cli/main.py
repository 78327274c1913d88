"""The command line's entry: names of commands, and how faults become exit statuses.

Each command is a module of its own, imported when it is called, so that ``--help`` stays quick.
"""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module
from typing import NoReturn

import click

from sgstrat import __version__

# command: (module, one line for the list of commands)
COMMANDS: dict[str, tuple[str, str]] = {
    "build": ("sgstrat.cli.build", "Compile strategies into out/; with --check, compare only."),
    "ci": ("sgstrat.cli.ci", "Pipeline files for GitHub, GitLab or CodeBuild."),
    "diff": ("sgstrat.cli.diff", "What becomes reachable and what stops being so between two workspaces or revisions."),
    "explain": ("sgstrat.cli.explain", "What a finding means, with examples."),
    "graph": ("sgstrat.cli.graph", "Who may talk to whom, as Mermaid, DOT or JSON."),
    "init": ("sgstrat.cli.init", "A commented starter workspace that builds as it stands."),
    "lsp": ("sgstrat.cli.lsp", "A language server for editors."),
    "query": ("sgstrat.cli.query", "May one end reach another? The answer, and the rules that say so."),
    "quotas": ("sgstrat.cli.quotas", "Use and headroom of every limit, and what would fit."),
    "schema": (
        "sgstrat.cli.schema",
        "The JSON Schemas of what is read, and of what is printed as JSON.",
    ),
    "services": ("sgstrat.cli.services", "List and search the catalogue of services."),
    "validate": ("sgstrat.cli.validate", "Everything build checks, writing nothing."),
}


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports one only to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        found = COMMANDS.get(cmd_name)
        if found is None:
            return None
        command: click.Command = import_module(found[0]).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from sgstrat.diagnostics.suggest import did_you_mean

            hint = did_you_mean(args[0], COMMANDS)
            ctx.fail(f"no such command {args[0]!r}" + (f"; {hint}" if hint else ""))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in sorted(COMMANDS)])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="sgstrat")
def cli() -> None:
    """Compile declarative security-group strategies for AWS."""


def main() -> None:
    """Run the program. Exit status: 0 fine, 1 findings at error level or stale output, 2 usage or machine."""
    # A compilation allocates much and frees nothing until its end: collecting cycles meanwhile only costs time.
    gc.disable()
    try:
        status = cli.main(prog_name="sgstrat", standalone_mode=False)
    except click.exceptions.Exit as stop:
        status = stop.exit_code
    except click.ClickException as error:
        error.show()
        status = 2
    except (click.Abort, KeyboardInterrupt):
        # a signal may come before the switch of out/ or right after it, never in between
        click.echo("interrupted: the output is whole, as it was before or as this build writes it", err=True)
        status = 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 141
    except Exception as error:
        from sgstrat.edge.machine import Fault

        if not isinstance(error, Fault):
            raise
        click.echo(f"error: {error.message}", err=True)
        if error.help:
            click.echo(f"  help: {error.help}", err=True)
        status = 2
    _leave(status if isinstance(status, int) else 0)


def _leave(status: int) -> NoReturn:
    """End the process at once: taking a large compilation apart, object by object, would take a tenth of its time."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        status = status or 141
    os._exit(status)
