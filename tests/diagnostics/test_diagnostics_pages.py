"""docs/checks is what docs/generate.py writes, and a text that does not hold together is refused."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from sgstrat.diagnostics import texts
from sgstrat.diagnostics.texts import DEFAULT_FILE, File, load

GENERATOR = Path(__file__).parents[2] / "docs" / "generate.py"
WHOLE = """\
## What it means

A

## Why it matters

B

## Bad

```yaml
x: 1
```

## Good

```yaml
x: 2
```

## Source

C
"""


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_docs", GENERATOR)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_pages_are_fresh(generator: ModuleType) -> None:
    assert generator.stale() == [], "run: python docs/generate.py"


def test_pages_link_to_pages_that_are_there(generator: ModuleType) -> None:
    pages = generator.pages()

    for code in pages.keys() - {"README.md"}:
        assert f"]({code})" in pages["README.md"]
        assert "](README.md)" in pages[code]


def test_a_page_that_is_missing_changed_or_orphaned_is_stale(
    generator: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generator, "FOLDER", tmp_path)
    generator.write()
    assert generator.stale() == []

    (tmp_path / "SG101.md").unlink()
    (tmp_path / "SG102.md").write_text("edited", encoding="utf-8")
    (tmp_path / "SG999.md").write_text("of old", encoding="utf-8")
    assert generator.stale() == ["SG101.md", "SG102.md", "SG999.md"]

    generator.write()
    assert generator.stale() == []
    assert not (tmp_path / "SG999.md").exists()


def _text(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, written: str) -> texts.Text:
    (tmp_path / "SG101.md").write_text(written, encoding="utf-8")
    monkeypatch.setattr(texts, "files", lambda _: tmp_path)
    return load("SG101")


def test_a_text_is_read_into_its_parts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    text = _text(monkeypatch, tmp_path, "---\nbytes: latin-1\n---\n" + WHOLE)

    assert (text.code, text.meaning, text.why, text.source) == ("SG101", "A", "B", "C")
    assert text.bad == ((File(DEFAULT_FILE, "x: 1\n"),), "latin-1")
    assert text.good == ((File(DEFAULT_FILE, "x: 2\n"),), "utf-8")
    assert text.body == WHOLE


def test_a_fence_names_its_file_and_may_hold_headings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    several = "```yaml file=sgstrat.yaml\n## a comment\n```\n\nand\n\n```json file=out/a/b/c/rulebook.json\n{}\n```"
    text = _text(monkeypatch, tmp_path, WHOLE.replace("```yaml\nx: 1\n```", several))

    assert text.bad is not None
    assert text.bad.files == (File("sgstrat.yaml", "## a comment\n"), File("out/a/b/c/rulebook.json", "{}\n"))


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("## Source\n\nC\n", "", "sections have to be"),
        ("## Bad", "## Wrong", "sections have to be"),
        ("\nB\n", "\n", "sections have to be"),
        ("x: 2\n```\n", "x: 2\n", "sections have to be"),
        ("```yaml\nx: 1", "```toml\nx: 1", "a fence is"),
        ("```yaml\nx: 1\n```", "no file", "without a fenced file"),
        ("```yaml\nx: 1\n```", "```yaml\nx: 1\n```\n\n```yaml\nx: 3\n```", "stands twice"),
        ("## What", "---\nexample: none\n---\n## What", "front matter"),
        ("## What", "---\ncolour: red\n---\n## What", "front matter"),
    ],
)
def test_a_text_that_does_not_hold_together_is_a_bug(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, old: str, new: str, reason: str
) -> None:
    with pytest.raises(ValueError, match=f"SG101.md: .*{reason}"):
        _text(monkeypatch, tmp_path, WHOLE.replace(old, new, 1))


def test_a_code_without_a_text_is_a_bug() -> None:
    with pytest.raises(KeyError):
        load("SG999")
