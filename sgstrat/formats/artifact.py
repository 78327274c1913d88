"""One generated file, as every writer gives it. Knows neither formats nor the file system."""

from __future__ import annotations

from typing import NamedTuple


class Artifact(NamedTuple):
    r"""A file to write.

    ``path`` is relative to the target's folder, with forward slashes (``cloudformation/template.yaml``);
    ``text`` is the whole file, with ``\n`` line ends and one at the end.
    """

    path: str
    text: str
