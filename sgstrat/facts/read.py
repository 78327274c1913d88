"""Reads the data files of this room, which lie beside the code in the installed package."""

from __future__ import annotations

from importlib.resources import files


def data_text(name: str) -> str:
    """The text of a data file; nothing is read before it is asked for."""
    return (files("sgstrat.facts") / "data" / name).read_text("utf-8")
