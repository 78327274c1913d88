"""``sgstrat lsp``: the language server, over standard input and output."""

from __future__ import annotations

import gc

import click

from sgstrat.edge.machine import UsageFault


@click.command(name="lsp")
@click.option("--stdio", is_flag=True, help="Talk over standard input and output; the only way, and the default.")
def command(stdio: bool) -> None:
    """Serve an editor: findings as you type, completion of names, hover, definitions, references, rename, fixes."""
    try:
        from sgstrat.editor.server import make_server
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in ("pygls", "lsprotocol"):
            raise
        raise UsageFault("the language server needs pygls", "install it with: pip install 'sgstrat[lsp]'") from None
    # a session lasts for days, so garbage is collected, as it is not in commands that end soon: by the server when
    # nobody types, and else seldom, since a large file makes nodes by the hundred thousand
    gc.enable()
    gc.set_threshold(1_000_000, 5, 5)
    make_server().start_io()
