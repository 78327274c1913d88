"""The long text of each finding: what it means, why it matters, a bad and a good example, where it is written.

``sgstrat explain``, the pages below docs/checks and the tests all read the one text ``SGxxx.md`` beside this file, so
that an explanation cannot say what the compiler does not do. Knows Markdown headings and fences; must not know the
compiler. A text is read when it is asked for, never at import.
"""

from __future__ import annotations

import re
from importlib.resources import files
from typing import NamedTuple

from sgstrat.diagnostics.codes import CODES, Code

DEFAULT_FILE = "strategies/example.yaml"
"""The file that an example is, where its fence names none."""

_SECTIONS = ("What it means", "Why it matters", "Bad", "Good", "Source")
_FRONT = re.compile(r"\A---\n(.*?)^---\n", re.DOTALL | re.MULTILINE)
_FENCE = re.compile(r"^```(?:yaml|json|text)(?: file=(\S+))?$")


class File(NamedTuple):
    """One file of an example; ``path`` is relative to the workspace."""

    path: str
    text: str


class Example(NamedTuple):
    """A complete workspace: strategies, perhaps sgstrat.yaml, sgstrat.lock, the previous build's files below ``out/``.

    ``encoding`` is how the files are stored: all but one example are UTF-8.
    """

    files: tuple[File, ...]
    encoding: str = "utf-8"


class Text(NamedTuple):
    """What is to be said of one code. ``bad`` and ``good`` are None where no text can give the finding.

    ``body`` is the Markdown of all sections as written, without the front matter.
    """

    code: str
    meaning: str
    why: str
    bad: Example | None
    good: Example | None
    source: str
    body: str


def load(code: str) -> Text:
    """The text of a code. A code without a text, or a text that does not hold together, is a bug: it raises."""
    written = (files(__name__) / f"{CODES[code].code}.md").read_text("utf-8")
    front, body = _front_matter(code, written)
    has_examples = front.get("example") != "none"
    sections = _sections(code, body, _SECTIONS if has_examples else (*_SECTIONS[:2], _SECTIONS[-1]))
    bad = Example(_files(code, sections["Bad"]), front.get("bytes", "utf-8")) if has_examples else None
    good = Example(_files(code, sections["Good"])) if has_examples else None
    meaning, why, source = (sections[name].strip() for name in (*_SECTIONS[:2], _SECTIONS[-1]))
    return Text(code, meaning, why, bad, good, source, body.strip() + "\n")


def explanation(code: str) -> str:
    """The text for a terminal: a line with code, slug, severity and title, then the Markdown as it is."""
    return f"{header(CODES[code])}\n\n{load(code).body}"


def own_explanation(code: Code) -> str:
    """The same for a code that brings its text along, which may be empty."""
    return f"{header(code)}\n" + (f"\n{code.text.strip()}\n" if code.text.strip() else "")


def header(code: Code) -> str:
    """``SG401 internet-ingress (error, can be waived): Ingress from the whole internet``."""
    waivable = ", can be waived" if code.waivable else ""
    return f"{code.code} {code.slug} ({code.severity.value}{waivable}): {code.title}"


def _front_matter(code: str, written: str) -> tuple[dict[str, str], str]:
    """``key: value`` lines between two lines of hyphens, if the text begins so, and what follows them."""
    match = _FRONT.match(written)
    if match is None:
        return {}, written
    pairs = dict(line.split(": ", 1) for line in match.group(1).splitlines())
    if not pairs.keys() <= {"bytes", "example", "reason"} or ("example" in pairs) != ("reason" in pairs):
        raise ValueError(f"{code}.md: front matter is bytes, or example: none with a reason: {pairs}")
    return pairs, written[match.end() :]


def _sections(code: str, body: str, expected: tuple[str, ...]) -> dict[str, str]:
    """The parts under ``## `` headings, which have to be the expected ones in their order."""
    found: dict[str, list[str]] = {}
    current: list[str] = []
    fenced = False
    for line in body.splitlines():
        fenced ^= line.startswith("```")
        if line.startswith("## ") and not fenced:
            current = found[line[3:]] = []
        else:
            current.append(line)
    if tuple(found) != expected or fenced or not all("".join(lines).strip() for lines in found.values()):
        raise ValueError(f"{code}.md: the sections have to be {', '.join(expected)}, each with a text")
    return {name: "\n".join(lines) for name, lines in found.items()}


def _files(code: str, section: str) -> tuple[File, ...]:
    """The fenced files of an example; each path once."""
    found: dict[str, str] = {}
    path: str | None = None
    lines: list[str] = []
    for line in section.splitlines():
        if path is None and line.startswith("```"):
            fence = _FENCE.match(line)
            if fence is None:
                raise ValueError(f"{code}.md: a fence is ```yaml, ```json or ```text, perhaps with file=PATH: {line}")
            path, lines = fence.group(1) or DEFAULT_FILE, []
        elif path is not None and line == "```":
            if path in found:
                raise ValueError(f"{code}.md: {path} stands twice in one example")
            found[path] = "\n".join(lines) + "\n"
            path = None
        else:
            lines.append(line)
    if not found:
        raise ValueError(f"{code}.md: an example without a fenced file")
    return tuple(File(*pair) for pair in found.items())
