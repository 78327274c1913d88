"""What plain scalars mean to YAML, and how a user's text is shown."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import example, given, strategies as st

from sgstrat.source.span import Span
from sgstrat.syntax.nodes import Entry, Mapping, Node, Scalar, Sequence
from sgstrat.syntax.scalars import describe, reads_as, show

PLACE = Span("f.yaml", 1, 1, 1, 2)
KEY = Scalar("k", True, PLACE)

READINGS = {
    "null": ["", "~", "null", "Null", "NULL"],
    "boolean": [
        form(word)
        for word in ("y", "n", "yes", "no", "on", "off", "true", "false")
        for form in (str.lower, str.capitalize, str.upper)
    ],
    "number": [
        *("0", "3", "-3", "+3", "443", "4711", "012345670123", "00", "089", "1_000", "0b101", "0o17", "0x1F", "-0x1f"),
        *("22:30", "1:2", "190:20:30", "190:20:30.15", "1:59", "0.5", ".5", "-.5", "5.", "1e3", "1E-3", "6.8523015e+5"),
        *(".inf", "-.INF", "+.Inf", ".nan", ".NaN", ".NAN", "1_0.0_1", "1e+3"),
    ],
    "date": [
        *("2027-06-30", "2001-12-14t21:59:43.10-05:00", "2001-12-14 21:59:43.10 -5", "2001-12-15 2:59:43.10"),
        *("2001-12-14T21:59:43Z", "2001-1-1 1:00:00"),
    ],
    "default key": ["="],
    "merge key": ["<<"],
}
TEXTS = [
    *("alb", "web-servers", "tcp/443", "icmp/3/4", "10.0.0.0/8", "10.0.0.1", "::/0", "2001:db8::/32", "1.2.3"),
    *("nO", "yEs", "none", "nil", "tRue", "ye", "nul", "~a", "-", "+", ".", "..", "_", "+-1", "0x", "0b", "0o", "0o8"),
    *("0xg", "1:60", "08:30", "1:2:", "12:34:56:78:9a", "-.nan-", "inf", "nan", ".infinity", "1e", "e3", "1 2", "3 "),
    *("2027-6-30", "2027-06-30T", "12-06-2027", "vpc-0d1", "sg-1", "1st", "=a", "<", "<<<", "٣"),
]


@pytest.mark.parametrize(("text", "kind"), [(text, kind) for kind, texts in READINGS.items() for text in texts])
def test_reads_as_something_else(text: str, kind: str) -> None:
    assert reads_as(text) == kind


@pytest.mark.parametrize("text", TEXTS)
def test_reads_as_text(text: str) -> None:
    assert reads_as(text) is None


def _resolved_by_pyyaml(text: str) -> str:
    loader: Any = yaml.SafeLoader("")
    return str(loader.resolve(yaml.ScalarNode, text, (True, False)))


@pytest.mark.parametrize("text", [text for texts in READINGS.values() for text in texts] + TEXTS)
def test_fixed_texts_against_the_safe_loader(text: str) -> None:
    tag = _resolved_by_pyyaml(text)
    assert tag == "tag:yaml.org,2002:str" or reads_as(text) is not None


@given(st.text(alphabet="+-._:0123456789abefhilnostuxyzABEFINOSTXYZ~=< T", max_size=12))
@example("0_")
@example("0x_")
@example("1:0.")
def test_whatever_the_safe_loader_does_not_read_as_text_is_told(text: str) -> None:
    tag = _resolved_by_pyyaml(text)
    assert tag == "tag:yaml.org,2002:str" or reads_as(text) is not None


_CORE_SCHEMA = st.one_of(
    st.from_regex(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", fullmatch=True),
    st.from_regex(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", fullmatch=True),
    st.from_regex(r"[-+]?(\.inf|\.Inf|\.INF)|\.nan|\.NaN|\.NAN", fullmatch=True),
)


@given(_CORE_SCHEMA.filter(str.isascii))
def test_numbers_of_the_core_schema_are_numbers(text: str) -> None:
    assert reads_as(text) == "number"


@pytest.mark.parametrize(
    ("node", "words"),
    [
        (Sequence((KEY,), PLACE), "a list"),
        (Sequence((), PLACE), "an empty list"),
        (Mapping((Entry(KEY, KEY),), PLACE), "a mapping"),
        (Mapping((), PLACE), "an empty mapping"),
        (Scalar("", True, PLACE), "an empty value"),
        (Scalar("~", True, PLACE), "an empty value"),
        (Scalar("3", True, PLACE), "the number 3"),
        (Scalar("no", True, PLACE), "the boolean no"),
        (Scalar("2027-06-30", True, PLACE), "the date 2027-06-30"),
        (Scalar("=", True, PLACE), "the ="),
        (Scalar("3", False, PLACE), 'the text "3"'),
        (Scalar("", False, PLACE), "an empty text"),
        (Scalar("alb", True, PLACE), 'the text "alb"'),
        (Scalar("a\x1b[31m", False, PLACE), 'the text "a\\x1b[31m"'),
        (Scalar("x" * 100, True, PLACE), f'the text "{"x" * 60}..."'),
    ],
)
def test_describe(node: Node, words: str) -> None:
    assert describe(node) == words


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", '""'),
        ("alb", "alb"),
        ("two words", "two words"),
        ("Größe 😀", "Größe 😀"),
        ("a\nb\tc\rd", "a\\nb\\tc\\rd"),
        ("\x1b[31mred\x07", "\\x1b[31mred\\x07"),
        ("\x9b31m", "\\x9b31m"),
        ("user\u202enimda", "user\\u202enimda"),
        ("\u2066x\u2069\u200b\ufeff", "\\u2066x\\u2069\\u200b\\ufeff"),
        ("\u2028\xa0", "\\u2028\\xa0"),
        ("\ud800\U000e0041", "\\ud800\\U000e0041"),
        ("x" * 60, "x" * 60),
        ("x" * 61, "x" * 60 + "..."),
        ("\n" * 61, "\\n" * 60 + "..."),
    ],
)
def test_show(text: str, shown: str) -> None:
    assert show(text) == shown


def test_show_takes_a_limit() -> None:
    assert show("abcdef", 3) == "abc..."


@given(st.text(alphabet=st.characters()))
def test_what_is_shown_is_printable_and_short(text: str) -> None:
    shown = show(text)
    assert shown.isprintable()
    assert len(shown) <= 60 * len("\\U0010ffff") + 3
