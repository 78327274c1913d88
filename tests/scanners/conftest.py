"""Fixtures for tests against scanners; each says why it skips."""

from __future__ import annotations

import pytest
import scanner_tools


@pytest.fixture(scope="session")
def checkov() -> None:
    if scanner_tools.checkov() is None:
        pytest.skip("checkov is not installed, nor named by SGSTRAT_TEST_CHECKOV")


@pytest.fixture(scope="session")
def guard() -> None:
    if scanner_tools.guard() is None:
        pytest.skip("SGSTRAT_TEST_CFN_GUARD names no folder of @cdklabs/cdk-validator-cfnguard for this machine")
