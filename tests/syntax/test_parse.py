"""Positioned nodes from good YAML, by either parser."""

from __future__ import annotations

import gc

import pytest
import yaml
from hypothesis import given, strategies as st
from outline import read, spans, values

from sgstrat.syntax import events
from sgstrat.syntax.nodes import Mapping, Scalar

BOTH = pytest.mark.parametrize("pure", [False, True], ids=["libyaml", "pure"])

GOOD = [
    ("a: b\n", [("a", "b")]),
    ("---\na: b\n...\n", [("a", "b")]),
    ("--- # x\na: b\n...\n# y\n...\n", [("a", "b")]),
    ("# comment\n\na: b", [("a", "b")]),
    ("%YAML 1.1\n---\na: b\n", [("a", "b")]),
    ("# x\n%YAML 1.2 # y\n---\na: 100%\n", [("a", "100%")]),
    ("a: [b, c]\nd: {e: f, g: [h]}\n", [("a", ["b", "c"]), ("d", [("e", "f"), ("g", ["h"])])]),
    ("a:\n- b\n- c: d\n  e: f\n-\n  - g\n", [("a", ["b", [("c", "d"), ("e", "f")], ["g"]])]),
    ("a: ::/0\nb:\n  - ::/0\n  - fe80::/10\n", [("a", "::/0"), ("b", ["::/0", "fe80::/10"])]),
    ("a: [x::/0, 2001:db8::/32, b::c]\n", [("a", ["x::/0", "2001:db8::/32", "b::c"])]),
    ("a: [\"::/0\", '::']\n", [("a", ["::/0", "::"])]),
    ('{"a":b, c: d:e, "f::": g}', [("a", "b"), ("c", "d:e"), ("f::", "g")]),
    ("a: {b, c: }\n", [("a", [("b", ""), ("c", "")])]),
    ("a:\nb: ~\nc: null\n", [("a", ""), ("b", "~"), ("c", "null")]),
    ("a: \"x\\ty\\u00e9\\x41\"\nb: 'it''s'\n", [("a", "x\tyéA"), ("b", "it's")]),
    ("a: |\n  x\n   y\n\n\nb: >-\n  p\n  q\n", [("a", "x\n y\n"), ("b", "p q")]),
    ("a: |2-\n    x\nb: >+1 # c\n  y\n\nc: |-1\n z\n", [("a", "  x"), ("b", " y\n\n"), ("c", "z")]),
    ("a: | \t# c\n  x\n", [("a", "x\n")]),
    ("a: x\n  y\n\n  z\nb: c", [("a", "x y\nz"), ("b", "c")]),
    ("a: \tb\nc: [\n\td,\te\n]\n", [("a", "b"), ("c", ["d", "e"])]),
    ("a: {b: what? yes, c: d}\n", [("a", [("b", "what? yes"), ("c", "d")])]),
    ("a: &x [b]\nc: *x\nd: &x e\nf: [*x, *x]\n", [("a", ["b"]), ("c", ["b"]), ("d", "e"), ("f", ["e", "e"])]),
    ("&k a: b\nc: *k\n&l d: e\n", [("a", "b"), ("c", "a"), ("d", "e")]),
    ("a: &k b\n*k : c\n", [("a", "b"), ("b", "c")]),
    ('a: {"<<": b}\n"<<": c\n', [("a", [("<<", "b")]), ("<<", "c")]),
    ("? a\n: b\n? c\n", [("a", "b"), ("c", "")]),
    ("a: b # c\nd: e#f\n", [("a", "b"), ("d", "e#f")]),
    ("a: b\r\nc: d\re: f", [("a", "b"), ("c", "d"), ("e", "f")]),
    ("x: " + "[" * 63 + "]" * 63, [("x", eval("[" * 63 + "]" * 63))]),
    ("größe: 😀\n", [("größe", "😀")]),
    ("a: b!\nc: d&e *f\n", [("a", "b!"), ("c", "d&e *f")]),
]


@BOTH
@pytest.mark.parametrize(("text", "expected"), GOOD)
def test_good(text: str, expected: object, pure: bool) -> None:
    node, findings = read(text, pure)
    assert findings == ()
    assert isinstance(node, Mapping)
    assert values(node) == expected


PLACES = [
    ("a: b\n", "1:1-1:5 1:1-1:2 1:4-1:5"),
    ("a:  'b' # c\n\n\n", "1:1-1:8 1:1-1:2 1:5-1:8"),
    # A block ends with its last child, not with the blank lines and comments after it.
    (
        "a:\n  - b\n  - c\n\n# x\nd: e\n",
        "1:1-6:5 1:1-1:2 2:3-3:6 2:5-2:6 3:5-3:6 6:1-6:2 6:4-6:5",
    ),
    ("a:\n  b: c\n\n\n", "1:1-2:7 1:1-1:2 2:3-2:7 2:3-2:4 2:6-2:7"),
    ("a: [b, c ]\nd: {\n  }\n", "1:1-3:4 1:1-1:2 1:4-1:11 1:5-1:6 1:8-1:9 2:1-2:2 2:4-3:4"),
    ("a: |\n  x\n  yz\n\n\nb: c\n", "1:1-6:5 1:1-1:2 1:4-3:5 6:1-6:2 6:4-6:5"),
    ("a: >\n  x\n  yz", "1:1-3:5 1:1-1:2 1:4-3:5"),
    ("a: |\n\nb: c\n", "1:1-3:5 1:1-1:2 1:4-1:5 3:1-3:2 3:4-3:5"),
    ("a: x\n  y\nb: c", "1:1-3:5 1:1-1:2 1:4-2:4 3:1-3:2 3:4-3:5"),
    # What is absent stands right after its key, and in a list where it would be.
    ("a:\nb: c\n", "1:1-2:5 1:1-1:2 1:2-1:2 2:1-2:2 2:4-2:5"),
    ("a: {b}\n", "1:1-1:7 1:1-1:2 1:4-1:7 1:5-1:6 1:6-1:6"),
    ("a:\n-\n- b\n", "1:1-3:4 1:1-1:2 2:1-3:4 2:2-2:2 3:3-3:4"),
    # An alias shares its anchor's node; what it ends ends with the alias.
    ("a: &x [b]\nc:\n- *x\n", "1:1-3:5 1:1-1:2 1:4-1:10 1:8-1:9 2:1-2:2 3:1-3:5 1:4-1:10 1:8-1:9"),
    ("é: 😀x\r\nb: c", "1:1-2:5 1:1-1:2 1:4-1:6 2:1-2:2 2:4-2:5"),
    ("# \u2028\x85a: b", "3:1-3:5 3:1-3:2 3:4-3:5"),
]


@BOTH
@pytest.mark.parametrize(("text", "expected"), PLACES)
def test_places(text: str, expected: str, pure: bool) -> None:
    node, findings = read(text, pure)
    assert findings == ()
    assert node is not None
    assert spans(node) == expected.split()


def test_an_alias_as_a_key_stands_where_it_is_written() -> None:
    node, _ = read("a: &k b\n*k : c\n")
    assert isinstance(node, Mapping)
    assert node.entries[1].key.span[1:] == (2, 1, 2, 3)


@BOTH
@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("b", True),
        ("b c", True),
        ("", True),
        ("'b'", False),
        ('"b"', False),
        ("''", False),
        ("|\n b", False),
        (">\n b", False),
    ],
)
def test_plain(written: str, plain: bool, pure: bool) -> None:
    node, _ = read(f"a: {written}\n", pure)
    assert isinstance(node, Mapping)
    assert isinstance(node.entries[0].value, Scalar)
    assert node.entries[0].value.plain is plain


def test_an_alias_shares_the_node() -> None:
    node, _ = read("a: &x [b]\nc: *x\n")
    assert isinstance(node, Mapping)
    assert node.entries[0].value is node.entries[1].value


def test_the_pure_parser_stands_in_where_libyaml_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "HAS_LIBYAML", False)
    get_event = events.next_event("a: b", pure=False)
    assert isinstance(getattr(get_event, "__self__", None), events.PureParser)
    assert values(read("a: b")[0]) == [("a", "b")]


def test_libyaml_is_asked_where_it_is_there() -> None:
    get_event = events.next_event("a: b", pure=False)
    assert isinstance(getattr(get_event, "__self__", None), events.PureParser) is not events.HAS_LIBYAML


@pytest.mark.parametrize("enabled", [True, False])
def test_the_collector_is_left_as_it_was(enabled: bool) -> None:
    was_enabled = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        read("a: b")
        read("a: [")
        assert gc.isenabled() is enabled
    finally:
        (gc.enable if was_enabled else gc.disable)()


_TEXTS = st.text(alphabet="ab1 :-#'\"\\{}[],&*!|>%@`?~=é\n\t", max_size=8)
_DOCUMENTS = st.dictionaries(
    _TEXTS,
    st.recursive(_TEXTS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3)),
    max_size=4,
)


def _pairs(value: object) -> object:
    if isinstance(value, dict):
        return [(key, _pairs(item)) for key, item in value.items()]
    return [_pairs(item) for item in value] if isinstance(value, list) else value


@given(_DOCUMENTS, st.sampled_from([None, '"', "'", "|", ">"]), st.sampled_from([None, False, True]))
def test_what_pyyaml_writes_is_read_back(document: dict[str, object], style: str | None, flow: bool | None) -> None:
    text = yaml.safe_dump(document, default_style=style, default_flow_style=flow, sort_keys=False, allow_unicode=True)
    expected = (_pairs(document), ())
    for pure in (False, True):
        node, findings = read(text, pure)
        assert (values(node), findings) == expected
