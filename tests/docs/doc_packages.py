"""Installs a small pure Python package of a page without an index and without a build tool: its modules, and metadata.

What an installer makes of a project table is a specification; no more of it is done here than the pages need.
Source: https://packaging.python.org/specifications/recording-installed-packages/ and .../entry-points/.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def install(package: Path, site: Path) -> None:
    """Install the package in a folder into a folder for PYTHONPATH."""
    data: dict[str, Any] = tomllib.loads((package / "pyproject.toml").read_text("utf-8"))
    project = data["project"]
    site.mkdir(exist_ok=True)
    for module in data["tool"]["setuptools"]["py-modules"]:
        shutil.copy(package / f"{module}.py", site)
    info = site / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n", "utf-8"
    )
    lines = []
    for group, names in project["entry-points"].items():
        lines += [f"[{group}]", *(f"{name} = {value}" for name, value in names.items()), ""]
    (info / "entry_points.txt").write_text("\n".join(lines), "utf-8")
