"""A bar on the terminal for work that takes more than about a second. Elsewhere, and before that, nothing is shown."""

from __future__ import annotations

import sys
import time

import click

PATIENCE_SECONDS = 1.0
_WIDTH = 24
_start = time.monotonic()
_shown = False


def progress(what: str, share: float) -> None:
    """Show what is being done and which share of the whole is done (0 to 1)."""
    global _shown  # noqa: PLW0603  # one process, one terminal, one bar
    if not sys.stderr.isatty() or time.monotonic() - _start < PATIENCE_SECONDS:
        return
    done = round(share * _WIDTH)
    click.echo(f"\r\033[K[{'#' * done}{'.' * (_WIDTH - done)}] {what}", err=True, nl=False)
    _shown = True


def clear_progress() -> None:
    """Take the bar away before anything else is printed."""
    global _shown  # noqa: PLW0603
    if _shown:
        click.echo("\r\033[K", err=True, nl=False)
        _shown = False
