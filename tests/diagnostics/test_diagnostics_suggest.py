"""What a user probably meant, and when that is clear enough to be written for them."""

from __future__ import annotations

import pytest

from sgstrat.diagnostics.suggest import closest, only_close


@pytest.mark.parametrize(
    ("word", "options", "near", "clear"),
    [
        ("ingres", ("ingress", "egress", "tags"), "ingress", "ingress"),
        ("Web", ("web", "web-1"), "web", "web"),
        ("web-3", ("web-1", "web-2"), "web-2", None),
        ("web-3", ("web-1",), "web-1", "web-1"),
        ("wbe", ("web",), "web", None),
        ("prd", ("prod", "dev"), "prod", "prod"),
        ("nothing", ("web", "db"), None, None),
        ("x", (), None, None),
    ],
)
def test_what_is_near_and_what_is_clear(
    word: str, options: tuple[str, ...], near: str | None, clear: str | None
) -> None:
    assert closest(word, options) == near
    assert only_close(word, options) == clear
