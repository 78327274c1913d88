"""The record by which an interrupted build is undone: what was about to change, in a form that is checked on reading.

A journal stands in the staging folder of a build while files are being moved into place. Whoever finds one puts back
what was there before. Knows the record only; the moving is the transaction's.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import NamedTuple

from sgstrat.edge.machine import MachineFault
from sgstrat.edge.manifest import is_output_path

VERSION = 1
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)


class Step(NamedTuple):
    """One file: ``new`` is the digest of what is written (None: it is deleted), ``had`` whether a file was there.

    In the staging folder the new content is ``new/I`` and the old one ``old/I``, where I is the step's index.
    """

    path: str
    new: str | None
    had: bool


@dataclass(frozen=True, slots=True)
class Journal:
    """The steps in order. ``made`` are folders that the build makes, parents first; ``emptied`` may become empty."""

    steps: tuple[Step, ...]
    made: tuple[str, ...]
    emptied: tuple[str, ...]


def render_journal(journal: Journal) -> bytes:
    """The journal's bytes."""
    document = {
        "journal": VERSION,
        "steps": [list(step) for step in journal.steps],
        "made": journal.made,
        "emptied": journal.emptied,
    }
    return (json.dumps(document) + "\n").encode("ascii")


def parse_journal(data: bytes, name: str) -> Journal:
    """Read a journal back. ``name`` is what messages call its folder.

    Raises :class:`MachineFault` for anything that :func:`render_journal` would not write: it may have come with a
    repository, and must not be able to name a file outside the output folder.
    """
    try:
        document = json.loads(data)
        if document["journal"] != VERSION:
            raise ValueError("another version")
        steps = tuple(_step(*item) for item in document["steps"])
        journal = Journal(steps, _folders(document["made"]), _folders(document["emptied"]))
    except (ValueError, TypeError, KeyError, RecursionError):
        raise MachineFault(
            f"{name} was left by an interrupted build and cannot be read",
            "delete it and restore the output folder from version control, then run `sgstrat build`",
        ) from None
    return journal


def _step(path: object, new: object, had: object) -> Step:
    is_new = new is None or (isinstance(new, str) and _DIGEST.fullmatch(new) is not None)
    if not isinstance(path, str) or not is_output_path(path) or not is_new or not isinstance(had, bool):
        raise ValueError("not a step")
    return Step(path, new if isinstance(new, str) else None, had)


def _folders(items: object) -> tuple[str, ...]:
    if not isinstance(items, list):
        raise TypeError("not a list of folders")
    for item in items:
        if not isinstance(item, str) or not is_output_path(item):
            raise ValueError("not a folder of the output")
    return tuple(items)
