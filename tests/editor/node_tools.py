"""Packages of Node that tests use: in ``.node/`` of the checkout, or where SGSTRAT_TEST_NODE says."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def node_package(name: str) -> Path:
    """The folder of an installed package; skips the test where there is none."""
    folder = Path(os.environ.get("SGSTRAT_TEST_NODE") or ROOT / ".node") / "node_modules" / name
    if shutil.which("node") is None or not folder.is_dir():
        pytest.skip(f"the Node package {name} is not installed (npm install --prefix .node {name})")
    return folder
