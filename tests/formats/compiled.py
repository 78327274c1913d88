"""The bundled strategies, compiled."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from sgstrat.edge.workspace_files import read_workspace
from sgstrat.pipeline import Options, compile_workspace
from sgstrat.rulebook.model import Rulebook

ROOT = Path(__file__).parents[2]


def bundled(root: Path = ROOT) -> list[Rulebook]:
    """Every rulebook of a workspace, in order of target."""
    workspace = read_workspace(root)
    files = ((file.path, file.data) for file in workspace.files)
    compilation = compile_workspace(workspace.settings, files, Options(date(2027, 1, 1)))
    assert not compilation.has_errors, compilation.findings
    return list(compilation.rulebooks.values())
