"""Fixtures for tests against real tools; each says why it skips."""

from __future__ import annotations

from collections.abc import Iterator

import moto_server
import pytest
import terraform_cli


@pytest.fixture(scope="session")
def moto() -> Iterator[moto_server.Moto]:
    pytest.importorskip("moto", reason="moto is not installed")
    pytest.importorskip("boto3", reason="boto3 is not installed")
    with moto_server.running() as server:
        yield server


@pytest.fixture(scope="session")
def terraform() -> None:
    reason = terraform_cli.missing()
    if reason is not None:
        pytest.skip(reason)
