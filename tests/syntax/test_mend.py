"""Changes of a text: nothing else in it changes, by two readers of YAML that know nothing of how they are made."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from random import Random
from typing import Any

import pytest
import yaml
from hypothesis import given, settings, strategies as st
from yaml_writer import Writer, data

from sgstrat.diagnostics.edits import Taken, apply_edits, place
from sgstrat.diagnostics.finding import Edit, Finding, Findings, Fix
from sgstrat.diagnostics.remedy import Change, Insertion, Remedy, Removal, Rename, Rewrite
from sgstrat.source.span import Span
from sgstrat.source.text import SourceText
from sgstrat.syntax.layout import lay_out
from sgstrat.syntax.mend import Mender
from sgstrat.syntax.nodes import Mapping, Node, Scalar, Sequence
from sgstrat.syntax.parse import parse
from sgstrat.syntax.spelling import spell

FILE = "strategies/a.yaml"
Path = tuple[str | int, ...]


def written(seed: int) -> tuple[dict[str, Any], str]:
    random = Random(seed)
    value = data(random)
    return value, Writer(random).write(value)


def read(text: str) -> Any:
    """What PyYAML's own reader makes of it, all scalars texts."""
    return yaml.load(text, Loader=yaml.BaseLoader)


def nodes(text: str) -> Node:
    node = parse(text, FILE, Findings())
    assert node is not None
    return node


def mend(text: str, *changes: Change) -> str | None:
    finding = Finding("SG112", "", remedy=Remedy("", changes))
    mended = Mender({FILE: text}).mend(finding)
    return None if mended is None else apply_edits(SourceText(FILE, text), mended.fix.edits).text


def members(node: Node, path: Path = ()) -> Iterator[tuple[Path, Node]]:
    """Every item and every key, with its path in the data."""
    if isinstance(node, Mapping):
        for key, value in node.entries:
            yield (*path, key.value), key
            yield from members(value, (*path, key.value))
    elif isinstance(node, Sequence):
        for index, item in enumerate(node.items):
            yield (*path, index), item
            yield from members(item, (*path, index))


def without(value: Any, path: Path) -> Any:
    """The data without one member, and without what would be empty then; None where nothing is left."""
    left = deepcopy(value)
    while path:
        holder = left
        for step in path[:-1]:
            holder = holder[step]
        del holder[path[-1]]
        if holder:
            return left
        path = path[:-1]
    return None


@given(st.integers(0, 2**32))
@settings(max_examples=150, deadline=None)
def test_the_writer_writes_its_data(seed: int) -> None:
    value, text = written(seed)
    assert read(text) == value


@given(st.integers(0, 2**32))
@settings(max_examples=150, deadline=None)
def test_every_node_is_found_by_its_span(seed: int) -> None:
    _, text = written(seed)
    layout = lay_out(SourceText(FILE, text))
    assert layout is not None
    for _, node in members(nodes(text)):
        part = layout.at(node.span)
        assert part is not None
        assert (part.kind, part.value if isinstance(node, Scalar) else None) == (
            type(node).__name__.lower(),
            node.value if isinstance(node, Scalar) else None,
        )


@given(st.integers(0, 2**32), st.integers(0, 2**32))
@settings(max_examples=400, deadline=None)
def test_a_removal_takes_one_member_and_no_comment_of_another(seed: int, which: int) -> None:
    value, text = written(seed)
    every = list(members(nodes(text)))
    path, node = every[which % len(every)]
    expected = without(value, path)
    after = mend(text, Removal(node.span))
    if expected is None:
        assert after is None
    elif after is not None:
        assert read(after) == expected
        inside = _comments(text) - _comments(after)
        first, last = node.span.line, _end_line(nodes(text), path)
        lines = text.replace("\r\n", "\n").split("\n")
        for comment in inside:
            at = next(number for number, line in enumerate(lines, 1) if comment in line)
            own_line = lines[at - 1].strip().startswith(comment)
            assert first <= at <= last or not own_line, f"{comment} is on a line of its own"


def test_most_members_can_be_removed() -> None:
    """What is left alone is what shares its lines with something else."""
    done = tried = 0
    for seed in range(200):
        value, text = written(seed)
        for path, node in members(nodes(text)):
            if without(value, path) is not None:
                tried += 1
                done += mend(text, Removal(node.span)) is not None
    assert done > tried * 0.9 > 500


@given(
    st.integers(0, 2**32), st.integers(0, 2**32), st.sampled_from(("new", "10.1.0.0/16", "no", "22:30", "::/0", "a b"))
)
@settings(max_examples=300, deadline=None)
def test_a_scalar_is_rewritten_in_place(seed: int, which: int, new: str) -> None:
    value, text = written(seed)
    scalars = [
        (path, node) for path, node in members(nodes(text)) if isinstance(node, Scalar) and path[-1] != node.value
    ]
    if not scalars:
        return
    path, node = scalars[which % len(scalars)]
    after = mend(text, Rewrite(node.span, node.value, new))
    if after is None:
        assert node.value == new or _at(text, node.span)[:1] in "|>"
        return
    expected = deepcopy(value)
    holder = expected
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = new
    assert read(after) == expected
    start, end = place(SourceText(FILE, text), Edit(node.span, ""))
    assert after.startswith(text[:start])
    assert after.endswith(text[end:])
    found = next(each for where, each in members(nodes(after)) if where == path and not _is_key(each, where))
    assert isinstance(found, Scalar)
    assert not (found.plain and new in ("no", "22:30")), "it stays a text to every reader"


@given(st.integers(0, 2**32), st.integers(0, 2**32), st.sampled_from(("a", "ingress")))
@settings(max_examples=300, deadline=None)
def test_an_insertion_adds_one_item_and_changes_nothing(seed: int, which: int, key: str) -> None:
    value, text = written(seed)
    mappings = [(path, node) for path, node in _collections(nodes(text), ()) if isinstance(node, Mapping)]
    path, node = mappings[which % len(mappings)]
    item = (("from", "web"), ("services", ("tcp/443", "22:30")), ("why", "a: b, c"))
    after = mend(text, Insertion(node.span, key, item))
    expected = deepcopy(value)
    holder = expected
    for step in path:
        holder = holder[step]
    if after is None:
        return
    assert isinstance(holder.get(key, []), list)
    holder.setdefault(key, []).append({"from": "web", "services": ["tcp/443", "22:30"], "why": "a: b, c"})
    assert read(after) == expected
    assert _comments(after) == _comments(text)


def test_most_mappings_can_be_added_to() -> None:
    """All but those that end in a block scalar, and those with something else at the key."""
    done = tried = 0
    for seed in range(200):
        _, text = written(seed)
        for _, node in _collections(nodes(text), ()):
            if isinstance(node, Mapping):
                tried += 1
                done += mend(text, Insertion(node.span, "ingress", (("from", "web"),))) is not None
    assert done > tried * 0.9 > 400


@pytest.mark.parametrize(
    ("text", "style", "expected"),
    [
        ("web", "", "web"),
        ("10.0.0.0/8", "", "10.0.0.0/8"),
        ("2001:db8::/32", "", "2001:db8::/32"),
        ("::/0", "", '"::/0"'),
        ("fe80::", "", '"fe80::"'),
        ("no", "", '"no"'),
        ("2027-01-01", "", '"2027-01-01"'),
        ("web", "'", "'web'"),
        ("it's", "'", '"it\'s"'),
        ('a "b" \\', '"', '"a \\"b\\" \\\\"'),
        ("web", "|", None),
        ("h\u00f6", "", None),
        ("a\nb", '"', None),
        ("", "", None),
    ],
)
def test_how_a_text_is_written(text: str, style: str, expected: str | None) -> None:
    assert spell(text, style) == expected
    if expected is not None:
        assert read(f"[{expected}]") == [text]


@pytest.mark.parametrize(
    ("text", "change", "after"),
    [
        ("a:\n- x\n- y", lambda node: Removal(node["a"][1]), "a:\n- x\n"),
        ("a: &x [1, 2]\nb: *x\n", lambda node: Removal(node["a"][0]), "a: &x [2]\nb: *x\n"),
        ("a: [&x one, two]\nb: *x\n", lambda node: Removal(node["a"][0]), None),
        ("a: [one, two] # c\n", lambda node: Rewrite(node["a"][0], "other", "new"), None),
        ("a: &x one\nb: *x\n", lambda node: Rewrite(node["a"], "one", "new"), None),
        ("? a\n: 1\n? b\n: 2\n", lambda node: Removal(node.key("b")), None),
        ("a: |\n  text\nb: 1\n\n# c\nc: 2\n", lambda node: Removal(node.key("b")), None),
        ("a: |\n  text\nb: 1\nc: 2\n", lambda node: Removal(node.key("b")), "a: |\n  text\nc: 2\n"),
        ("a: 1\nb:\nc: 2\n", lambda node: Removal(node.key("b")), None),
        ("{a: 1, b: , c: 2}\n", lambda node: Removal(node.key("b")), None),
        ("a: 1\nb: 2\n", lambda node: Rename(node.key("a"), "a", "c"), "c: 1\nb: 2\n"),
        ("a: 1\nb: 2\n", lambda node: Rename(node.key("a"), "a", "b"), None),
        ("a: 1\nb: x.a\n", lambda node: Rename(node.key("a"), "a", "c"), None),
        ("a: 1\nb: of a text\n", lambda node: Rename(node.key("a"), "a", "c"), "c: 1\nb: of a text\n"),
    ],
)
def test_the_odd_cases(text: str, change: Callable[[Any], Change], after: str | None) -> None:
    assert mend(text, change(_Places(nodes(text)))) == after


class _Places:
    """Spans by key and index, for the cases above."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def __getitem__(self, step: str | int) -> Any:
        node = self._node
        if isinstance(node, Mapping):
            found = next(value for key, value in node.entries if key.value == step)
        else:
            assert isinstance(node, Sequence)
            found = node.items[int(step)]
        return _Places(found) if isinstance(found, Mapping | Sequence) else found.span

    def key(self, name: str) -> Span:
        assert isinstance(self._node, Mapping)
        return next(key.span for key, _ in self._node.entries if key.value == name)


def test_edits_are_made_together_and_told_where_they_are() -> None:
    source = SourceText(FILE, "one\r\ntwo 😀 three\n")
    edits = [Edit(Span(FILE, 2, 5, 2, 6), "four"), Edit(Span(FILE, 1, 1, 1, 4), ""), Edit(Span(FILE, 2, 7, 2, 7), "a ")]
    edited = apply_edits(source, [*edits, edits[0]])
    assert edited.text == "\r\ntwo four a three\n"
    assert [edited.text[start:end] for start, end in edited.ranges] == ["", "four", "a "]


def test_edits_in_conflict_are_refused() -> None:
    source = SourceText(FILE, "0123456789")
    with pytest.raises(ValueError, match="in conflict at offset 3"):
        apply_edits(source, [Edit(Span(FILE, 1, 1, 1, 5), ""), Edit(Span(FILE, 1, 4, 1, 6), "")])


@pytest.mark.parametrize(
    ("first", "second", "free"),
    [
        ((0, 3), (3, 5), True),
        ((3, 5), (0, 3), True),
        ((0, 3), (2, 5), False),
        ((0, 9), (2, 5), False),
        ((2, 5), (0, 9), False),
        ((3, 3), (3, 3), False),
        ((3, 3), (0, 3), False),
        ((0, 3), (3, 3), False),
        ((0, 3), (4, 4), True),
    ],
)
def test_which_edits_go_together(first: tuple[int, int], second: tuple[int, int], free: bool) -> None:
    taken = Taken()
    assert taken.take(first, "x")
    assert taken.take(second, "y") is free
    assert taken.take(first, "x"), "the same edit again is the same edit"


def test_a_fix_that_a_finding_has_is_the_one_that_is_taken() -> None:
    fix = Fix("x", (Edit(Span(FILE, 1, 1, 1, 2), "b"),))
    mended = Mender({FILE: "a: 1\n"}).mend(Finding("SG112", "", fix=fix))
    assert mended is not None
    assert mended.fix is fix


def _collections(node: Node, path: Path) -> Iterator[tuple[Path, Node]]:
    if isinstance(node, Scalar):
        return
    yield path, node
    pairs = [(key.value, value) for key, value in node.entries] if isinstance(node, Mapping) else enumerate(node.items)
    for step, child in pairs:
        yield from _collections(child, (*path, step))


def _is_key(node: Node, path: Path) -> bool:
    return isinstance(path[-1], str) and isinstance(node, Scalar) and node.value == path[-1]


def _end_line(node: Node, path: Path) -> int:
    for step in path:
        if isinstance(node, Mapping):
            node = next(value for key, value in node.entries if key.value == step)
        else:
            assert isinstance(node, Sequence)
            node = node.items[int(step)]
    return node.span.end_line


def _at(text: str, span: Span) -> str:
    start, end = place(SourceText(FILE, text), Edit(span, ""))
    return text[start:end]


def _comments(text: str) -> set[str]:
    return set(re.findall(r"# comment \d+:", text))
