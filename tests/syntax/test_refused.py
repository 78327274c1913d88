"""YAML that is broken, or that strategies do not use: code, place and words, the same from either parser."""

from __future__ import annotations

import pytest
from outline import read, values
from yaml.error import MarkedYAMLError, YAMLError

from sgstrat.diagnostics.finding import Findings
from sgstrat.source.text import SourceText
from sgstrat.syntax import parse as parsing, refusals
from sgstrat.syntax.faults import report_fault

BOTH = pytest.mark.parametrize("pure", [False, True], ids=["libyaml", "pure"])

# (text, the findings: code, line, column, words of the message or the help)
REFUSED: list[tuple[str, list[tuple[str, int, int, str]]]] = [
    # Nothing there, or not a mapping.
    ("", [("SG102", 1, 1, "the file is empty")]),
    ("\n# only\n  # comments\n", [("SG102", 1, 1, "the file is empty")]),
    ("---\n", [("SG102", 1, 1, "the file is empty")]),
    ("~\n", [("SG102", 1, 1, "the file is empty")]),
    ("--- null\n...\n", [("SG102", 1, 1, "the file is empty")]),
    ("- a\n- b\n", [("SG102", 1, 1, "the file is a list")]),
    ("# x\n[]\n", [("SG102", 2, 1, "the file is an empty list")]),
    ("a:b\n", [("SG102", 1, 1, "write a space after the colon")]),
    ("'a: b'\n", [("SG102", 1, 1, 'the file is the text "a: b"')]),
    ("443\n", [("SG102", 1, 1, "the file is the number 443")]),
    # Duplicate keys: all of them.
    ("a: 1\nb: 2\na: 3\n", [("SG103", 3, 1, "the key a stands twice")]),
    (
        "a:\n  b: {c: 1, c: 2}\n  'b': 3\n  \"b\": 4\n",
        [("SG103", 2, 13, "c"), ("SG103", 3, 3, "b"), ("SG103", 4, 3, "b")],
    ),
    ("a: &k b\nb: 1\n*k : 2\n", [("SG103", 3, 1, "the key b stands twice")]),
    # Several documents.
    ("a: b\n---\nc: d\n", [("SG104", 2, 1, "a second YAML document")]),
    ("a: b\n...\n---\n", [("SG104", 3, 1, "a second YAML document")]),
    ("---\n---\n", [("SG102", 1, 1, "empty"), ("SG104", 2, 1, "a second YAML document")]),
    ("a: b\n%TAG ! x\n", [("SG104", 2, 1, "a second YAML document")]),
    ("a: b\n...\n# c\n...\n%YAML 1.1\n---\nc: d\n", [("SG104", 5, 1, "a second YAML document")]),
    ("a: b\n...\nc: d\n", [("SG101", 3, 1, "expected the end of the file, but found c")]),
    # Tags.
    ("a: !!str b\n", [("SG105", 1, 4, "!!str is a tag")]),
    ("a: !Ref b\nc: !Sub [d]\n", [("SG105", 1, 4, "!Ref is a tag"), ("SG105", 2, 4, "!Sub is a tag")]),
    ("a: &x ! 'b'\n", [("SG105", 1, 7, "! is a tag")]),
    ("!<tag:yaml.org,2002:map> {a: b}\n", [("SG105", 1, 1, "!<tag:yaml.org,2002:map> is a tag")]),
    ("!!set {a, b}: c\n", [("SG105", 1, 1, "!!set is a tag"), ("SG105", 1, 1, "a mapping is a key here")]),
    ("a: !x!y b\n", [("SG105", 1, 4, "!x!y is a tag")]),
    ("a: !<x\n", [("SG105", 1, 4, "!<x is a tag")]),
    # Merge keys.
    ("a: &x {b: c}\nd:\n  <<: *x\n  e: f\n", [("SG105", 3, 3, "<< (a merge key)")]),
    ("a: {<<: {b: c}}\n", [("SG105", 1, 5, "<< (a merge key)")]),
    # Directives.
    ("%TAG ! tag:x,2000:\n---\na: b\n", [("SG105", 1, 1, "%TAG ! tag:x,2000: is a YAML directive")]),
    ("%YAML 1.1\n%TAG ! x\n---\na: b\n", [("SG105", 2, 1, "%TAG ! x is a YAML directive")]),
    ("# c\n%YAML 3.0\n---\na: b\n", [("SG105", 2, 1, "%YAML 3.0 is a YAML directive")]),
    ("%FOO\n---\na: b\n", [("SG105", 1, 1, "%FOO is a YAML directive")]),
    ("%x: y\n", [("SG105", 1, 1, "%x: y is a YAML directive")]),
    # Keys that are no texts.
    ("? [a, b]\n: c\n", [("SG105", 1, 3, "a list is a key here")]),
    ("[a]: b\n{}: c\n", [("SG105", 1, 1, "a list is a key here"), ("SG105", 2, 1, "an empty mapping is a key here")]),
    ("a: {{ name }}\n", [("SG105", 1, 5, "quote the text if it begins with [ or {")]),
    ("a: &x [b]\n*x : c\n", [("SG105", 2, 1, "a list is a key here")]),
    # Aliases.
    ("a: *b\n", [("SG101", 1, 4, "nothing before it is marked &b")]),
    ("a: *b\nc: &b d\n", [("SG101", 1, 4, 'quote the text: "*b"')]),
    ("a: &x [b, *x]\n", [("SG105", 1, 11, "*x stands inside the value that it repeats")]),
    ("&x a:\n  b: &y {c: *y}\n", [("SG105", 2, 13, "*y stands inside")]),
    # A mapping without braces in a list.
    ("a: [b: c]\n", [("SG105", 1, 5, "b: begins a mapping without braces")]),
    ("a: [b, c: d, e]\n", [("SG105", 1, 8, "c: begins a mapping without braces")]),
    ("a: ['b':c]\n", [("SG105", 1, 5, "'b':c begins a mapping without braces")]),
    ("a: [? b : c]\n", [("SG105", 1, 5, "? begins a mapping without braces")]),
    # Colons in flow style.
    ("a: [::/0]\n", [("SG108", 1, 5, 'quote it: "::/0"')]),
    ("a: [ ::/0 ]\n", [("SG108", 1, 6, "::/0 begins with a colon")]),
    ("a: [b, ::/0]\n", [("SG108", 1, 8, 'quote it: "::/0"')]),
    ("a: [b,::/0,c]\n", [("SG108", 1, 7, 'quote it: "::/0"')]),
    ("a: {cidr: ::/0}\n", [("SG108", 1, 11, 'quote it: "::/0"')]),
    ("- [\n  b,\n  ::/0]\n", [("SG108", 3, 3, "::/0 begins with a colon")]),
    ("a: {::/0: b}\n", [("SG108", 1, 5, 'quote it: "::/0"')]),
    ("a: [::]\n", [("SG108", 1, 5, 'quote it: "::"')]),
    ("a: [:b]\n", [("SG108", 1, 5, 'quote it: ":b"')]),
    ("a: [2001:db8::]\n", [("SG108", 1, 5, "2001:db8:: ends with a colon")]),
    ("a: [2001:db8::, b]\n", [("SG108", 1, 5, 'quote it: "2001:db8::"')]),
    ("a: [2001:db8:: ]\n", [("SG108", 1, 5, "2001:db8:: ends with a colon")]),
    ("a: [b, 2001:db8:: , c]\n", [("SG108", 1, 8, "2001:db8:: ends with a colon")]),
    ("a: {b: 2001:db8::}\n", [("SG108", 1, 8, "2001:db8:: ends with a colon")]),
    ("a: {b: 2001:db8:: }\n", [("SG108", 1, 8, "2001:db8:: ends with a colon")]),
    ("a: {fe80::: b}\n", [("SG108", 1, 5, 'quote it: "fe80::"')]),
    ("a: {b:}\n", [("SG108", 1, 5, "write a space after the colon if b is a key")]),
    ("a: {b:, c: d}\n", [("SG108", 1, 5, "b: ends with a colon")]),
    ("a: {b:[c]}\n", [("SG108", 1, 5, "b: ends with a colon")]),
    ("a: [b\n  c:]\n", [("SG108", 2, 3, "c: ends with a colon")]),
    ("a: {b c:}\n", [("SG108", 1, 7, "c: ends with a colon")]),
    ("a: [b, :, c]\n", [("SG101", 1, 8, "a key is missing before the colon")]),
    ("a: {: b}\n", [("SG101", 1, 5, "a key is missing before the colon")]),
    # Tabs.
    ("a:\n\tb: c\n", [("SG101", 2, 1, "indent with spaces")]),
    ("\ta: b\n", [("SG101", 1, 1, "indent with spaces")]),
    ("a:\n  b: c\n\td: e\n", [("SG101", 3, 1, "indent with spaces")]),
    ("a:\n  - \tb: c\n", [("SG101", 2, 5, "indent with spaces")]),
    ("a: |\n\tb\n", [("SG101", 2, 1, "indent with spaces")]),
    # What is opened and not closed.
    ('a: "b\n', [("SG101", 2, 1, 'close it with "')]),
    ("a: 'it\nb: c\n", [("SG101", 3, 1, "close it with '")]),
    ("a: 'b", [("SG101", 1, 6, "a quoted text is never closed")]),
    ('a: "b\n---\nc"\n', [("SG101", 2, 1, "a document marker stands inside a quoted text")]),
    ("a: [b\nc: d\n", [("SG101", 2, 2, 'expected "," or "]" here')]),
    ("a: {b: c\nd: e\n", [("SG101", 2, 2, 'expected "," or "}" here')]),
    ("a: [b,\n   c\n", [("SG101", 3, 1, "a list in flow style is never closed")]),
    ("a: {b: c", [("SG101", 1, 9, "a mapping in flow style is never closed")]),
    ("a: [b, c}\n", [("SG101", 1, 9, 'expected "," or "]" here, but found }')]),
    # Indentation and colons.
    ("a: b: c\n", [("SG101", 1, 5, "a key cannot stand here")]),
    ("a: b\n c: d\n", [("SG101", 2, 3, "a key cannot stand here")]),
    ("a: b\nc\n", [("SG101", 2, 1, 'expected ":" after c')]),
    ("a: b\n- c\n", [("SG101", 2, 1, "expected a key here, but found -")]),
    ("a:\n    b: c\n  d: e\n", [("SG101", 3, 3, "expected a key here, but found d:")]),
    ("a:\n- b\nc\n", [("SG101", 3, 1, 'expected ":" after c')]),
    ("- b\nc: d\n", [("SG101", 2, 1, 'expected a list item ("- ") here, but found c:')]),
    ("a: -\n", [("SG101", 1, 4, 'a list item ("- ") cannot begin here')]),
    (": b\n", [("SG101", 1, 1, "expected a key here, but found :")]),
    ("a b\n: c\n", [("SG101", 2, 1, "expected the end of the file, but found :")]),
    ("a: [b]x", [("SG101", 1, 7, "x stands after the end of a value")]),
    ("a: b\n? [\n", [("SG101", 3, 1, "expected a value here, but the file ends")]),
    # Texts that have to be quoted.
    ("a: 'b' c\n", [("SG101", 1, 8, "c stands after the end of a value")]),
    ("a: 'it's'\n", [("SG101", 1, 8, "quote the whole text")]),
    ("a: @b\n", [("SG101", 1, 4, "a plain text cannot begin with @")]),
    ("a: `b`\n", [("SG101", 1, 4, "a plain text cannot begin with `")]),
    ("a: %b\n", [("SG101", 1, 4, "a plain text cannot begin with %")]),
    ("a: [\n%b]\n", [("SG101", 2, 3, "a line cannot begin with % here")]),
    ("a: ]\n", [("SG101", 1, 4, "expected a value here, but found ]")]),
    ("a: , b\n", [("SG101", 1, 4, "expected a value here, but found ,")]),
    ("a: * b\n", [("SG101", 1, 4, "* is not an alias")]),
    ("a: **bold**\n", [("SG101", 1, 4, 'quote the text: "**bold**"')]),
    ("a: & b\n", [("SG101", 1, 4, "& is not an anchor")]),
    ('a: "\\d+"\n', [("SG101", 1, 5, "\\d is not an escape")]),
    ('a: "\\x4"\n', [("SG101", 1, 4, "is no character")]),
    ('a: "\\ud800"\n', [("SG101", 1, 4, "is no character")]),
    ('a: "\\UFFFFFFFF"\n', [("SG101", 1, 4, "is no character")]),
    ("a: |b\n c\n", [("SG101", 1, 5, "after | or > the line must end, but found b")]),
    ("{}[?", [("SG101", 1, 3, "expected the end of the file")]),
    ("a: [] ? b\n", [("SG101", 1, 7, "? begins a key here, where none can stand")]),
    # Characters that decode() would have refused.
    ("a: b\nc: \x07\n", [("SG101", 2, 4, "U+0007")]),
    ("a: \ud800\n", [("SG101", 1, 4, "U+D800")]),
    # Several at once.
    (
        "a: !t b\na: c\n<<: d\n[e]: f\ng: *h\n---\n",
        [
            ("SG105", 1, 4, "tag"),
            ("SG103", 2, 1, "twice"),
            ("SG105", 3, 1, "merge"),
            ("SG105", 4, 1, "a list is a key"),
            ("SG101", 5, 4, "&h"),
            ("SG104", 6, 1, "second"),
        ],
    ),
    ("a: !t b\nc: [\n", [("SG105", 1, 4, "tag"), ("SG101", 3, 1, "expected a value here, but the file ends")]),
]


@BOTH
@pytest.mark.parametrize(("text", "expected"), REFUSED)
def test_refused(text: str, expected: list[tuple[str, int, int, str]], pure: bool) -> None:
    _, findings = read(text, pure)
    found = [(item.code, item.span.line, item.span.column) for item in findings if item.span is not None]
    assert found == [(code, line, column) for code, line, column, _ in expected]
    for finding, (_, _, _, words) in zip(findings, expected, strict=True):
        assert words in f"{finding.message} / {finding.help}"
        assert finding.message.isprintable()
        assert finding.help
        assert finding.is_error


@pytest.mark.parametrize("text", [text for text, _ in REFUSED])
def test_both_parsers_give_the_same(text: str) -> None:
    assert read(text) == read(text, pure=True)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (YAMLError("a riddle\x1b[31m"), "not valid YAML: a riddle\\x1b[31m"),
        (MarkedYAMLError(None, None, "a riddle"), "not valid YAML: a riddle"),
    ],
)
def test_a_complaint_that_nobody_knows_is_passed_on(error: YAMLError, words: str) -> None:
    findings = Findings()
    report_fault(error, SourceText("f.yaml", "a: b"), findings)
    (finding,) = findings.result()
    assert (finding.code, str(finding.span), finding.message) == ("SG101", "f.yaml:1:1", words)


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("a: 1\n\na: 2\n", 1, 1, "it stands here first"),
        ('a: "b\n', 1, 4, "it was opened here"),
        ("a: [b\nc: d\n", 1, 4, "the list was opened here"),
        ("a:\n  b: {c: d\ne: f\n", 2, 6, "the mapping was opened here"),
        ("a:\n    b: c\n  d: e\n", 1, 1, "the mapping began here"),
        ("- b\nc: d\n", 1, 1, "the list began here"),
    ],
)
@BOTH
def test_related_places(text: str, line: int, column: int, words: str, pure: bool) -> None:
    _, (finding,) = read(text, pure)
    assert [(item.span.line, item.span.column, item.message) for item in finding.related] == [(line, column, words)]


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("a: [b, ::/0]\n", (1, 8, 1, 12)),
        ("a: [2001:db8::]\n", (1, 5, 1, 15)),
        ("a: !Ref b\n", (1, 4, 1, 8)),
        ("a: [b: c]\n", (1, 5, 1, 7)),
        ("a: *bcd\n", (1, 4, 1, 8)),
        ("a: b\n--- # c\n", (2, 1, 2, 4)),
        ("%FOO x\n", (1, 1, 1, 7)),
        ("a: 1\na: 2\n", (2, 1, 2, 2)),
    ],
)
@BOTH
def test_the_whole_of_what_is_wrong_is_marked(text: str, span: tuple[int, int, int, int], pure: bool) -> None:
    _, (finding,) = read(text, pure)
    assert finding.span is not None
    assert finding.span[1:] == span


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a: 1\na: 2\nb: 3\n", [("a", "1"), ("b", "3")]),
        ("<<: x\nb: 3\n", [("b", "3")]),
        ("[a]: x\nb: 3\n", [("b", "3")]),
        ("a: !t x\nb: 3\n", [("a", "x"), ("b", "3")]),
        ("a: {b::: c, d: e}\n", [("a", [("d", "e")])]),
        ("a: [b: c]\n", [("a", [[("b", "c")]])]),
        ("a: b\n---\nc: d\n", [("a", "b")]),
        ("a: b\n...\n%TAG ! x\n---\nc: d\n", [("a", "b")]),
        ("a: *b\nc: d\n", None),
        ("a: &x [*x]\n", None),
        ("a: b\nc: [", None),
        ("- a\n", None),
    ],
)
@BOTH
def test_what_is_left(text: str, left: object, pure: bool) -> None:
    node, findings = read(text, pure)
    assert values(node) == left
    assert findings


def _aliased(levels: int, width: int) -> str:
    lines = ["a0: &a0 [" + ",".join("x" * width) + "]"]
    lines += [f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * width)}]" for i in range(1, levels)]
    return "\n".join(lines)


MANY_TAGS = "".join(f"%TAG !a{i}! x\n" for i in range(20_000))

# Each of these would take minutes, gigabytes or the stack if it were read as it stands.
HOSTILE = [
    ("[" * 100_000, "SG106", 1, 65),
    ("{" * 100_000, "SG106", 1, 65),
    ("[\n" * 100_000, "SG106", 65, 1),
    ("{a: " * 100_000, "SG106", 1, 257),
    ("- " * 100_000, "SG106", 1, 129),
    ("? " * 100_000, "SG106", 1, 129),
    ("".join(" " * i + "a:\n" for i in range(1000)), "SG106", 65, 65),
    ("x: " + "[" * 64 + "]" * 64, "SG106", 1, 67),
    (_aliased(20, 10), "SG106", 5, 38),
    (_aliased(100, 1), "SG106", 64, 12),
    ("a: &x\n" + "  - b\n" * 60_000 + "c: *x\nd: *x\n", "SG106", 60_003, 4),
    ("a: " * 100_000, "SG101", 1, 5),
    ("a: '" + "x" * 1_000_000, "SG101", 1, 1_000_005),
    ("x" * 1_000_000 + ": y", "SG101", 1, 1_000_001),
    ("[" + ":" * 100_000, "SG108", 1, 2),
    ("\t" * 100_000, "SG101", 1, 1),
    (MANY_TAGS + "---\na: b\n", "SG105", 1, 1),
    ("a: b\n" + MANY_TAGS, "SG104", 2, 1),
    ("a: b\n...\n" + MANY_TAGS, "SG104", 3, 1),
]


@pytest.mark.parametrize(("text", "code", "line", "column"), HOSTILE, ids=range(len(HOSTILE)))
def test_hostile(text: str, code: str, line: int, column: int) -> None:
    _, (finding,) = read(text)
    assert finding.span is not None
    assert (finding.code, finding.span.line, finding.span.column) == (code, line, column)
    assert len(finding.message) + len(finding.help) < 500


@BOTH
def test_the_number_of_parts_is_bounded(pure: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "_MAX_EVENTS", 10 + 4)
    assert read("a: [b, c, d, e, f]\n", pure)[1] == ()  # two collections and six texts
    node, (finding,) = read("a: [b, c, d, e, f, g]\n", pure)
    assert node is None
    assert (finding.code, str(finding.span)) == ("SG106", "f.yaml:2:1")


@BOTH
def test_the_number_of_findings_is_bounded(pure: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "MAX_REPORTED", 3)
    node, findings = read("a: [!t b, !t c, !t d, !t e]\n", pure)
    assert node is None
    assert sorted((item.code, str(item.span)) for item in findings) == [
        ("SG105", "f.yaml:1:11"),
        ("SG105", "f.yaml:1:17"),
        ("SG105", "f.yaml:1:5"),
        ("SG106", "f.yaml:1:17"),
    ]
