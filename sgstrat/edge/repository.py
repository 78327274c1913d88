"""Where a folder lies in its repository: what GitHub and code scanning call a file is relative to the repository.

Looks for ``.git`` only and starts no git, so that it works wherever a checkout does.
"""

from __future__ import annotations

import os
from pathlib import Path

from sgstrat.edge.machine import printable


def folder_in_repository(folder: Path) -> str:
    """The path of ``folder`` below the nearest folder upwards with a ``.git``, ending in a slash.

    Empty where the two are one, or where there is no repository. In a worktree or a submodule ``.git`` is a file.
    """
    full = Path(os.path.realpath(folder))
    for above in (full, *full.parents):
        if os.path.lexists(above / ".git"):
            return "".join(f"{printable(part)}/" for part in full.relative_to(above).parts)
    return ""
