"""Writes a starter workspace: new files only, never over what is there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sgstrat.edge.machine import os_fault


def has_strategies(folder: Path) -> bool:
    """Whether there are files that an example would only be in the way of."""
    strategies = folder / "strategies"
    return any(path.suffix in (".yaml", ".yml") for path in strategies.rglob("*")) if strategies.is_dir() else False


def write_starter(folder: Path, texts: Mapping[str, str]) -> tuple[list[Path], list[Path]]:
    """Create each file that is missing. Gives those created and those kept. Raises :class:`MachineFault`."""
    created, kept = [], []
    for name, text in texts.items():
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
            created.append(path)
        except FileExistsError:
            kept.append(path)
        except OSError as error:
            raise os_fault("write", path, error) from error
    return created, kept
