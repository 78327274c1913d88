"""A rulebook depends on what is written, not on the order of files, groups, flows or lists."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given, settings, strategies as st

from sgstrat.pipeline import SETTINGS_FILE, Options, compile_workspace
from sgstrat.rulebook.json_form import write_rulebook

ROOT = Path(__file__).parent.parent.parent
FILES = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in sorted((ROOT / "strategies").rglob("*.yaml"))}
SETTINGS = (ROOT / SETTINGS_FILE).read_bytes()
# Waivers and assertions name flows by place as well, and of equal rules the first by line gives the description.
ORDERED = frozenset(("flows", "waivers", "assertions", "include", "ingress", "egress", "formerly"))


def compiled(files: dict[str, bytes], order: list[str]) -> dict[str, str]:
    """The rulebooks' texts by target."""
    compilation = compile_workspace(
        SETTINGS, [(path, files[path]) for path in order], Options(date(2027, 1, 1), ("rulebook",))
    )
    assert not compilation.has_errors, [
        str(finding.span) + finding.message for finding in compilation.findings if finding.is_error
    ]
    return {str(name): write_rulebook(book) for name, book in compilation.rulebooks.items()}


def shuffled(rng: random.Random, node: Any, key: str = "") -> Any:
    """A node with the entries of mappings, and the items of lists without an order, in another order."""
    if isinstance(node, dict):
        keys = sorted(node, key=lambda _: rng.random())
        return {each: shuffled(rng, node[each], str(each)) for each in keys}
    if isinstance(node, list):
        items = [shuffled(rng, item) for item in node]
        return items if key in ORDERED else sorted(items, key=lambda _: rng.random())
    return node


BEFORE = compiled(FILES, sorted(FILES))


@settings(max_examples=10, deadline=None)
@given(st.permutations(sorted(FILES)))
def test_order_of_files(order: list[str]) -> None:
    assert compiled(FILES, order) == BEFORE


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32))
def test_order_inside_files(seed: int) -> None:
    rng = random.Random(seed)
    files = {
        path: yaml.dump(shuffled(rng, yaml.safe_load(data)), sort_keys=False).encode() for path, data in FILES.items()
    }
    assert compiled(files, sorted(files)) == BEFORE
