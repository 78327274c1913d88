"""The cdktf format: its resources are the terraform format's, for every bundled strategy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sgstrat.formats.cdktf.write import unavailable, write_all
from sgstrat.formats.terraform.write import write

from compiled import bundled  # isort: skip

needs_cdktf = pytest.mark.skipif(unavailable() is not None, reason=str(unavailable()))


@needs_cdktf
def test_resources_equal_the_terraform_formats() -> None:
    books = bundled()
    written = write_all(books)
    assert len(books) > 6
    for book in books:
        expected = {Path(each.path).parent.name: json.loads(each.text) for each in write(book)}
        synthesised = {Path(each.path).parent.name.replace("cdktf", "terraform"): json.loads(each.text) for each in written[book.target]}
        assert synthesised == expected


@needs_cdktf
def test_two_syntheses_give_the_same_bytes() -> None:
    books = bundled()[:2]
    assert write_all(books) == write_all(books)
