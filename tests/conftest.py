"""What all tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def _cache_of_this_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What builds remember is not that of whoever runs the tests."""
    before = os.environ.get("SGSTRAT_CACHE_DIR")
    os.environ["SGSTRAT_CACHE_DIR"] = str(tmp_path_factory.mktemp("cache"))
    yield
    if before is None:
        del os.environ["SGSTRAT_CACHE_DIR"]
    else:
        os.environ["SGSTRAT_CACHE_DIR"] = before
