"""sgstrat.lock as text: what is written is read back, and whatever else stands there is said, at its line."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from sgstrat.diagnostics.finding import Finding, Findings
from sgstrat.solve import lock as module
from sgstrat.solve.lock import Lock, read_lock, write_lock

names = st.text("ab1-/.:@", min_size=1, max_size=6)
locks = st.dictionaries(names, st.dictionaries(names, st.integers(1, 9999), max_size=5), max_size=5)
GOOD = "version 1\nrule a/b/c/web/ingress tcp-1-from-10.0.0.0/8 2\nend\n"


def read(text: str) -> tuple[Lock, tuple[Finding, ...]]:
    findings = Findings()
    return read_lock(text, findings), findings.result()


@settings(deadline=None, derandomize=True, database=None)
@given(locks)
def test_what_is_written_is_read_back(content: dict[str, dict[str, int]]) -> None:
    lock = Lock().with_kind("rule", content)
    text = write_lock(lock)
    if not any(content.values()):
        assert text is None
        return
    assert text is not None
    again, findings = read(text)
    assert not findings
    assert write_lock(again) == text
    assert all(again.numbers("rule", scope) == numbers for scope, numbers in content.items())
    entries = [line for line in text.splitlines() if line.startswith("rule ")]
    assert entries == sorted(entries)


@settings(deadline=None, derandomize=True, database=None)
@given(st.text(max_size=200))
def test_any_text_is_a_lock_or_a_finding(text: str) -> None:
    lock, findings = read(text)
    assert findings or not list(lock.lines()) or write_lock(lock)
    assert all(each.code == "SG312" and each.span is not None and each.help for each in findings)


@settings(deadline=None, derandomize=True, database=None)
@given(locks, st.integers(0, 400))
def test_a_lock_that_was_cut_off_is_known_for_one(content: dict[str, dict[str, int]], length: int) -> None:
    text = write_lock(Lock().with_kind("rule", {**content, "s": {"i": 1}})) or ""
    cut = text[: min(length, len(text) - 2)]
    assert read(cut)[1]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", 1, "the file is empty"),
        ("# only remarks\n\n", 3, "the file is empty"),
        ("version 1\n", 2, "cut off"),
        ("rule a b 1\nend\n", 1, "expected `version 1`"),
        ("version 2\nnews\n", 1, "version 2 is not known"),
        ("version 0\n", 1, "version 0 is not known"),
        ("version 1\n<<<<<<< HEAD\nrule a b 1\n=======\nrule a c 1\n>>>>>>> other\nend\n", 2, "a merge conflict"),
        ("<<<<<<< HEAD\nversion 1\n", 1, "a merge conflict"),
        ("version 1\nrule a b 0\nend\n", 2, "numbers are 1 to 9999"),
        ("version 1\nrule a b 10000\nend\n", 2, "numbers are 1 to 9999"),
        ("version 1\nrule a b\nend\n", 2, "expected KIND SCOPE ITEM NUMBER"),
        ("version 1\nrule  a b 1\nend\n", 2, "expected KIND SCOPE ITEM NUMBER"),
        ("version 1\nother a b 1\nend\n", 2, "expected KIND SCOPE ITEM NUMBER"),
        ("version 1\n\x1b[31mrule a b 1\nend\n", 2, "\\x1b"),
        ("version 1\nrule a b 1\nrule a b 2\nend\n", 3, "b of a has number 2 here and 1 in line 2"),
        ("version 1\nend\nrule a b 1\n", 3, "something follows after end"),
    ],
)
def test_what_is_wrong_is_said_at_its_line(text: str, line: int, message: str) -> None:
    _, (first, *_) = read(text)
    assert first.span is not None
    assert (first.span.file, first.span.line) == ("sgstrat.lock", line)
    assert message in first.message


def test_every_bad_line_is_reported_up_to_a_bound() -> None:
    assert len(read("version 1\nbad\nrule a b 1\nworse\nend\n")[1]) == 2
    assert len(read("version 1\n" + "bad\n" * 100 + "end\n")[1]) <= module.MAX_FINDINGS


def test_there_is_a_bound_on_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_ENTRIES", 3)
    lines = [f"rule a i{number} 1" for number in range(4)]
    assert "more than 3" in read("\n".join(("version 1", *lines, "end", "")))[1][0].message


def test_merged_by_hand_it_is_read_as_it_is_meant() -> None:
    first = "rule a/b/c/web/ingress tcp-1-from-10.0.0.0/8 2"
    lock, findings = read(f"# mine\r\nversion 1\r\n\r\nrule z y 3\r\n{first}\r\n{first}\r\nend\r\n")
    assert not findings
    assert list(lock.lines()) == [first, "rule z y 3"]
    assert read(GOOD)[0].numbers("rule", "a/b/c/web/ingress") == {"tcp-1-from-10.0.0.0/8": 2}


def test_a_build_of_a_part_leaves_the_other_entries() -> None:
    old = Lock().with_kind("rule", {"a/x": {"i": 1}, "b/x": {"i": 1}, "c/x": {"i": 1}})
    new = Lock().with_kind("rule", {"a/x": {"i": 2}, "b/x": {"i": 2}})
    kept = old.replaced(new, lambda scope: scope[0] in "ac")
    assert list(kept.lines()) == ["rule a/x i 2", "rule b/x i 1"]
