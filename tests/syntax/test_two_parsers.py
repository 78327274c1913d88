"""Whatever the text, the parsers agree, and nothing but findings comes out."""

from __future__ import annotations

from hypothesis import example, given, settings, strategies as st
from outline import read

from sgstrat.diagnostics.finding import Findings
from sgstrat.syntax.decode_text import decode
from sgstrat.syntax.nodes import Mapping, Node, Scalar
from sgstrat.syntax.parse import parse

_INDENTED = ["\n", "\n  ", "\n    ", "\n- ", "\n  - "]
_MARKS = [*"#|'\"\\%@,[]{}:?-&", "- ", "? ", ": ", " # c", ">-", "---", "..."]
_WORDS = ["a", "b: ", "key: ", "x y", "::/0", "fe80::", "&a ", "*a", "!t ", "<<: ", "~", "=", "é", "\\x41"]
_GARBAGE = st.lists(st.sampled_from(_INDENTED + _MARKS + _WORDS), max_size=14).map("".join)


@settings(max_examples=400)
@given(_GARBAGE)
@example("a: [b ?c]")
@example("a: \tb")
@example("a: {b\n  :c}")
@example("a: b\n  - c: d")
@example("k:\n  ?")
def test_the_parsers_agree_on_garbage(text: str) -> None:
    by_libyaml, by_python = read(text), read(text, pure=True)
    # Broken text is broken to both, though they need not stumble at the same place.
    assert bool(by_libyaml[1]) == bool(by_python[1])
    assert by_libyaml[1] or by_libyaml == by_python


@given(st.binary(max_size=40) | _GARBAGE.map(str.encode))
def test_nothing_but_findings_comes_out(data: bytes) -> None:
    for pure in (False, True):
        findings = Findings()
        text = decode(data, "f.yaml", findings)
        node = None if text is None else parse(text, "f.yaml", findings, pure=pure)
        assert node is not None or findings.has_errors
        for finding in findings.result():
            assert finding.span is not None
            assert finding.message.isprintable()
            assert finding.span.line >= 1
            assert finding.span.column >= 1


@settings(max_examples=200)
@given(_GARBAGE)
@example("\n  ?")
def test_children_lie_inside_their_parents(text: str) -> None:
    node, findings = read("k: " + text)
    if node is not None and not findings and "*" not in text:  # an alias's node lies at its anchor
        _lies_inside(node)


def _lies_inside(node: Node) -> None:
    assert node.span[1:3] <= node.span[3:5]
    if isinstance(node, Scalar):
        return
    children = [part for entry in node.entries for part in entry] if isinstance(node, Mapping) else list(node.items)
    last = node.span[1:3]
    for child in children:
        assert last <= child.span[1:3]
        assert child.span[3:5] <= node.span[3:5]
        last = child.span[3:5]
        _lies_inside(child)
