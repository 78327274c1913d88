"""The bounded diff: right where it is whole, short where it must be."""

from __future__ import annotations

from hypothesis import given, strategies as st

from sgstrat.edge.difference import COMPARED_LINES, difference

LINES = st.lists(st.sampled_from(["a", "b", "{", "}", ""]), max_size=40)


def patched(before: list[str], lines: tuple[str, ...]) -> list[str]:
    """Apply a unified diff."""
    result: list[str] = []
    at = 0
    for line in lines:
        if line.startswith("@@"):
            start, _, count = line.split()[1][1:].partition(",")
            first = int(start) - (0 if count == "0" else 1)
            result += before[at:first]
            at = first
        elif line.startswith("+"):
            result.append(line[1:])
        else:
            assert before[at] == line[1:]
            at += 1
            if line.startswith(" "):
                result.append(line[1:])
    return result + before[at:]


@given(LINES, LINES, LINES, LINES)
def test_the_diff_applied_to_the_old_text_gives_the_new_one(
    a: list[str], b: list[str], c: list[str], d: list[str]
) -> None:
    before, after = [*a, *b, *d], [*a, *c, *d]
    shown = difference("".join(x + "\n" for x in before), "".join(x + "\n" for x in after))
    assert not shown.shortened
    assert patched(before, shown.lines) == after


def test_a_small_example() -> None:
    before = "".join(f"{n}\n" for n in range(100))
    assert difference(before, before.replace("50\n", "fifty\n")).lines == (
        *("@@ -48,7 +48,7 @@", " 47", " 48", " 49", "-50", "+fifty", " 51", " 52", " 53"),
    )
    assert difference(before, before).lines == ()


def test_long_texts_are_cut() -> None:
    before = "".join(f"{n}\n" for n in range(300_000))
    far = difference(before, before.replace("\n299998\n", "\nx\n"))
    assert far.lines[0] == "@@ -299996,5 +299996,5 @@"
    assert not far.shortened
    all_new = difference(before, before.replace("\n", "x\n"), limit=50)
    assert (len(all_new.lines), all_new.shortened) == (50, True)
    head_same = difference("same\n" * COMPARED_LINES + "a\n", "b\n" + "same\n" * COMPARED_LINES)
    assert head_same.shortened
