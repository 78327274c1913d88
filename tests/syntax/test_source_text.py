"""Lines and columns are counted as the YAML parsers count them."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st
from yaml.reader import Reader

from sgstrat.source.text import SourceText


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", [""]),
        ("a", ["a"]),
        ("a\n", ["a", ""]),
        ("a\r\nb\rc\nd", ["a", "b", "c", "d"]),
        ("a\x85b\u2028c\u2029d", ["a", "b", "c", "d"]),
        ("\r\n\n\r", ["", "", "", ""]),
        ("a\x0bb\x0cc\x1cd", ["a\x0bb\x0cc\x1cd"]),
    ],
)
def test_lines(text: str, lines: list[str]) -> None:
    source = SourceText("f.yaml", text)
    assert [source.line(number) for number in range(1, source.line_count + 1)] == lines


@pytest.mark.parametrize("number", [-1, 0, 3, 1000])
def test_a_line_that_the_file_does_not_have_is_empty(number: int) -> None:
    assert SourceText("f.yaml", "a\nb").line(number) == ""


@given(st.text(alphabet="ab \r\n\x85\u2028é"))
def test_position_agrees_with_the_parsers(text: str) -> None:
    source, reader = SourceText("f.yaml", text), Reader(text)
    for offset in range(len(text) + 1):
        if text[max(offset - 1, 0) : offset + 1] != "\r\n":  # inside a break, which nothing points at
            assert source.position(offset) == (reader.line + 1, reader.column + 1)
            assert source.offset(*source.position(offset)) == offset
        reader.forward()


def test_an_offset_stays_inside_the_line_and_the_file() -> None:
    source = SourceText("f.yaml", "ab\ncd")
    assert source.offset(1, 99) == 2
    assert source.offset(99, 1) == 5


def test_the_index_is_no_part_of_what_a_text_is() -> None:
    indexed, fresh = SourceText("f.yaml", "a\nb"), SourceText("f.yaml", "a\nb")
    assert indexed.line(2) == "b"
    assert indexed == fresh
    assert repr(indexed) == repr(fresh)
