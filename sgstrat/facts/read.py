"""Reads the data files of this room, which lie beside the code in the installed package."""

from __future__ import annotations

from pkgutil import get_data


def data_text(name: str) -> str:
    """The text of a data file; nothing is read before it is asked for.

    Raises OSError where the file is missing, which is a broken installation. ``importlib.resources`` would do the same,
    but takes longer to import than all the files to read.
    """
    data = get_data("sgstrat.facts", f"data/{name}")
    if data is None:
        raise FileNotFoundError(f"the package has no data file {name}")
    return data.decode("utf-8")
