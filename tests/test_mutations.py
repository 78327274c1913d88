"""Whatever a file becomes by mistake, the compiler says so at a place in it, or gives a clean result; it never raises.

The bundled strategies and the files of all cases are mutated as texts (lines, words, indentation, the end cut off)
and as nodes (a value replaced by one of another kind, a key taken away or written twice).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from case_format import read_cases
from hypothesis import HealthCheck, given, settings, strategies as st

from sgstrat.pipeline import SETTINGS_FILE, Options, build, compile_workspace
from sgstrat.report.text import TextReport
from sgstrat.solve.lock import LOCK_FILE
from sgstrat.source.text import SourceText

ROOT = Path(__file__).parent.parent
WORDS = (
    # what YAML reads as something other than text, and its punctuation
    *("{}", "[]", "null", "~", "true", "no", "0", "-1", "7", "012345670123", "22:30", "1e9", "2027-02-30", '""', '" "'),
    *("&a", "*a", "<<", "!!str x", "? x", "- - -", "|", ">", "{a: [b, {c: d}]}", "[[[[]]]]", "key: value", "[a, b, a]"),
    *("\t", "\u2028", '"\\u202e\\u0000"', "ünïcödé", '"' + "x" * 300 + '"', "x" * 70),
    # words of the language, in the wrong places
    *("a", "self", "internet", "all", "OTHER/NAME", "b/db", "split", "default", "prod", "main", "include", "strategy"),
    *("tcp/443", "tcp/99999", "tcp/9-1", "icmp", "proto/6", "10.0.0.1/8", "10.0.0.0/8", "::/0", '"::/0"', "version"),
    *("example.com", "sg-1", "vpc-0a0000000000000a1", "{name}", "{nothing}", '"{{resolve:ssm:x}}"', "*.yaml"),
    *("{cidr: 10.0.0.0/8}", "{ssm: /x/y}", "../../../x", "SG401", "flows[0]", "lock", "leave", "none"),
)

Files = dict[str, bytes]
Edit = Callable[[random.Random, str], str]


@cache
def workspaces() -> tuple[Files, ...]:
    """The bundled workspace, each of its strategies alone with what it uses left out, and every case's."""
    bundled = {
        path.relative_to(ROOT).as_posix(): path.read_bytes() for path in sorted((ROOT / "strategies").rglob("*.yaml"))
    }
    bundled[SETTINGS_FILE] = (ROOT / SETTINGS_FILE).read_bytes()
    found = [bundled]
    for file in sorted((Path(__file__).parent / "cases").glob("*.test")):
        # those with hundreds of generated lines take their time and show nothing more
        found += [case.files() for case in read_cases(file) if "<REPEAT" not in str(case.sections)]
    return tuple(files for files in found if any(files.values()))


def _lines(rng: random.Random, text: str) -> str:
    """Take a line away, write it twice, move it, or change its indentation."""
    lines = text.splitlines(keepends=True) or [text]
    at = rng.randrange(len(lines))
    kind = rng.randrange(5)
    if kind == 0:
        del lines[at]
    elif kind == 1:
        lines.insert(at, lines[at])
    elif kind == 2:
        lines.insert(rng.randrange(len(lines)), lines.pop(at))
    elif kind == 3:
        lines[at] = " " * rng.randrange(1, 4) + lines[at]
    else:
        lines[at] = lines[at].removeprefix("  ")
    return "".join(lines)


def _cut(rng: random.Random, text: str) -> str:
    return text[: rng.randrange(len(text) + 1)]


def _word(rng: random.Random, text: str) -> str:
    """Put something else in place of one word."""
    words = [(at, word) for at, word in _words(text) if word]
    if not words:
        return rng.choice(WORDS)
    at, word = rng.choice(words)
    return text[:at] + rng.choice((*WORDS, rng.choice(words)[1])) + text[at + len(word) :]


def _words(text: str) -> list[tuple[int, str]]:
    at, found = 0, []
    for word in (
        text.replace(",", " ").replace("]", " ").replace("}", " ").replace("[", " ").replace("{", " ").split(" ")
    ):
        stripped = word.strip("\n:")
        found.append((at + word.find(stripped) if stripped else at, stripped))
        at += len(word) + 1
    return found


def _character(rng: random.Random, text: str) -> str:
    at = rng.randrange(len(text) + 1)
    return text[:at] + rng.choice("{}[]:,-#&*!|>'\"%@`\t\n \u00e9\u202e\ufeff\x07a/.") + text[at + rng.randrange(2) :]


def _node(rng: random.Random, text: str) -> str:
    """Change one node of the parsed file: its kind, its key, or whether it is there at all."""
    try:
        data = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError):
        return text
    places: list[tuple[Any, Any]] = []
    stack = [data]
    while stack and len(places) < 5000:
        node = stack.pop()
        keys = list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
        for key in keys:
            places.append((node, key))
            stack.append(node[key])
    if not places:
        return text
    holder, key = rng.choice(places)
    kind = rng.randrange(5)
    if kind == 0:
        del holder[key]
    elif kind == 1 and isinstance(holder, dict):
        holder[rng.choice(("web", "x_Y", "all", "internet", "7", "", "x" * 70, "b/db"))] = holder.pop(key)
    elif kind == 2:
        holder[key] = rng.choice(([], {}, [holder[key]], {"x": holder[key]}, 7, True, None, "x" * 300, "\u202e\x85"))
    elif kind == 3:
        other, there = rng.choice(places)
        holder[key] = other[there]
    else:
        holder[key] = rng.choice(WORDS)
    try:
        return yaml.dump(data, sort_keys=False, allow_unicode=True)
    except RecursionError:
        return text


EDITS: tuple[Edit, ...] = (_lines, _cut, _word, _word, _word, _character, _node, _node, _node)


def mutate(rng: random.Random, files: Files) -> Files:
    """One to three changes in one or more files of a workspace."""
    changed = dict(files)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        path = rng.choice(sorted(changed))
        text = changed[path].decode("utf-8", "replace")
        changed[path] = rng.choice(EDITS)(rng, text).encode("utf-8", "surrogatepass")
    if rng.random() < 0.02:
        path = rng.choice(sorted(changed))
        changed[path] = rng.choice((b"", b"\xff\xfe", b"\x00", changed[path].replace(b"e", b"\xe9", 1)))
    return changed


def check(files: Files, *, optimize: bool = False) -> None:
    """Compile and build: findings stand where the text is, and without errors there are files."""
    formats = ("cloudformation", "terraform")
    strategies = {path: data for path, data in files.items() if path not in (SETTINGS_FILE, LOCK_FILE)}
    compilation = compile_workspace(
        files.get(SETTINGS_FILE),
        sorted(strategies.items()),
        Options(date(2027, 1, 1), formats, optimize=optimize),
        lock=files.get(LOCK_FILE),
    )
    findings = compilation.findings
    if not compilation.has_errors:
        texts, findings = build(compilation, compilation.rulebooks, formats)
        assert all(texts.values())
    for finding in findings:
        assert finding.span is not None, finding
        assert finding.message
        for span in (finding.span, *(related.span for related in finding.related)):
            assert span.file in files, finding
            if span.file in compilation.texts:  # else it is no text
                source = SourceText(span.file, compilation.texts[span.file])
                assert 1 <= span.line <= source.line_count, finding
                assert 1 <= span.column <= len(source.line(span.line)) + 1, finding
        assert finding.code not in ("SG119", "SG690", "SG691"), finding
    assert list(TextReport(compilation.texts).lines(findings)) or not findings


def run(seed: int) -> None:
    """One mutation by its number; a failure is repeated with ``run(seed)``."""
    rng = random.Random(seed)
    check(mutate(rng, workspaces()[0] if rng.random() < 0.2 else rng.choice(workspaces())), optimize=seed % 3 == 0)


@settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.integers(min_value=0, max_value=2**32))
def test_no_mistake_raises(seed: int) -> None:
    run(seed)


def test_what_is_mutated_is_sound() -> None:
    """Without a change nothing raises either, and the bundled workspace has no error."""
    for files in workspaces():
        check(files)
    assert SETTINGS_FILE in workspaces()[0]
