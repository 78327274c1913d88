"""Every example on the pages is real: strategies compile, commands print what is shown, links lead somewhere.

A block ``yaml file=strategies/NAME.yaml`` is a file of its section's workspace, ``console`` runs there, a block whose
file is in ``out/`` is an excerpt of what was built. A section without files works on a copy of the repository's own
strategies. A YAML block without a file is a strategy that compiles by itself.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

import click
import pytest
from doc_blocks import Block, by_section, is_excerpt, read_blocks, steps
from doc_packages import install

from sgstrat.cli.main import COMMANDS, cli
from sgstrat.diagnostics.codes import CODES, Severity
from sgstrat.language.fields import common, declarations, deployment, files, groups, guardrails, rules, workloads
from sgstrat.language.structures import Record
from sgstrat.pipeline import Options, build, compile_workspace

ROOT = Path(__file__).parents[2]
PAGES = (
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    *sorted(f"docs/{each.name}" for each in (ROOT / "docs").glob("*.md")),
)
SHOWN_ONLY = ("", "text", "sh", "python", "toml")
AS_OF = "2027-01-01"
SITE = ".site"  # where a page's packages are installed
SAID_ANYWAY: frozenset[str] = frozenset()

BLOCKS = {page: list(read_blocks(ROOT / page, page)) for page in PAGES}


def runnable() -> Iterator[object]:
    for blocks in BLOCKS.values():
        for section, found in by_section(blocks):
            if any(block.language == "console" or block.file for block in found):
                yield pytest.param(found, id=f"{found[0].page}: {section}")


def whole_strategies() -> Iterator[object]:
    for blocks in BLOCKS.values():
        for block in blocks:
            if block.language == "yaml" and block.file is None:
                yield pytest.param(block, id=block.place)


class Site:
    """A scratch folder in which a section's blocks happen one after the other."""

    def __init__(self, folder: Path, blocks: list[Block]) -> None:
        self.folder = folder
        self._status = 0
        if not any(block.file and not block.file.startswith("out/") for block in blocks):
            for name in ("strategies", "schemas", "out"):
                if (ROOT / name).is_dir():
                    shutil.copytree(ROOT / name, folder / name)
            shutil.copy(ROOT / "sgstrat.yaml", folder)

    def happen(self, block: Block) -> None:
        if block.language == "console":
            for step in steps(block.text):
                _compare(step.output, self._run(step.command, block), f"{block.place}: $ {step.command}")
        elif block.file is not None and block.file.startswith("out/"):
            real = (self.folder / block.file).read_text("utf-8").splitlines()
            _compare(block.text.splitlines(), real, f"{block.place}: {block.file}")
        elif block.file is not None:
            path = self.folder / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, "utf-8")

    def _run(self, command: str, block: Block) -> list[str]:
        words = shlex.split(command)
        if words[0] == "cd":
            self.folder = self.folder / words[1]
            assert self.folder.is_dir(), f"{block.place}: {command}"
            return []
        if command == "echo $?":
            return [str(self._status)]
        if words[:2] == ["pip", "install"]:
            install(self.folder / words[2], self.folder / SITE)
            return []
        assert words[0] in ("sgstrat", "pytest"), f"{block.place}: the tests do not run {words[0]}"
        dated = words[1] in COMMANDS and "--as-of" in _options(words[1]) and "--as-of" not in words
        path = os.pathsep.join(each for each in (str(self.folder / SITE), os.environ.get("PYTHONPATH", "")) if each)
        environment = {**os.environ, "NO_COLOR": "1", "COLUMNS": "100", "PYTHONPATH": path}
        done = subprocess.run(
            [sys.executable, "-m", *words, *(("--as-of", AS_OF) if dated else ())],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            check=False,
        )
        self._status = done.returncode
        return done.stdout.splitlines()


def _compare(shown: Iterable[str], real: list[str], what: str) -> None:
    if not is_excerpt(shown, real):
        pytest.fail(f"{what} is really\n" + "\n".join(real), pytrace=False)


@pytest.mark.parametrize("blocks", list(runnable()))
def test_what_a_section_shows_happens(blocks: list[Block], tmp_path: Path) -> None:
    site = Site(tmp_path, blocks)
    for block in blocks:
        site.happen(block)


@pytest.mark.parametrize("block", list(whole_strategies()))
def test_a_strategy_on_a_page_compiles(block: Block) -> None:
    options = Options(date.fromisoformat(AS_OF))
    compilation = compile_workspace(None, [("strategies/page.yaml", block.text.encode())], options)
    findings = compilation.findings
    assert compilation.rulebooks or compilation.has_errors, f"{block.place}: nothing was compiled"
    if not compilation.has_errors:
        findings = build(compilation, compilation.rulebooks, compilation.formats)[1]
    said = [
        f"{each.span}: {each.code} {each.message}"
        for each in findings
        if each.severity is not Severity.NOTE and each.code not in SAID_ANYWAY
    ]
    assert not said, f"{block.place}: " + "\n".join(said)


def test_every_block_is_run_compiled_or_of_a_kind_that_is_only_shown() -> None:
    known = {"yaml", "json", "console", *SHOWN_ONLY}
    odd = [
        block.place
        for blocks in BLOCKS.values()
        for block in blocks
        if block.language not in known or (block.language == "json" and not block.file)
    ]
    assert not odd


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    text = re.sub(r"^```.*?^```$", "", (ROOT / page).read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith("https://"):
            continue
        path, _, anchor = target.partition("#")
        file = (ROOT / page).parent / path if path else ROOT / page
        if not file.exists() or (anchor and anchor not in _anchors(file)):
            broken.append(target)
    assert not broken


@pytest.mark.parametrize("page", PAGES)
def test_codes_exist(page: str) -> None:
    assert set(re.findall(r"\bSG\d{3}\b", (ROOT / page).read_text("utf-8"))) <= set(CODES)


# ---------------------------------------------------------------- the command line's page


def _options(command: str) -> set[str]:
    found = cli.get_command(click.Context(cli), command)
    assert found is not None
    return {name for each in found.params if isinstance(each, click.Option) for name in each.opts}


def _command_sections() -> dict[str, str]:
    page = (ROOT / "docs/cli.md").read_text("utf-8")
    parts = re.split(r"^### sgstrat (\w+)$", page, flags=re.MULTILINE)
    return {name: body.partition("\n## ")[0] for name, body in zip(parts[1::2], parts[2::2], strict=True)}


def test_the_page_has_every_command() -> None:
    assert sorted(_command_sections()) == sorted(COMMANDS)


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_the_page_has_every_option_of(command: str) -> None:
    written = set(
        re.findall(
            r"(?<![\w-])--?[a-z][a-z-]*",
            re.sub(r"^```.*?^```$", "", _command_sections()[command], flags=re.MULTILINE | re.DOTALL),
        )
    )
    assert _options(command) - {"--help", "-h"} == written - {"--help", "-h"}


def test_the_first_page_has_every_command() -> None:
    rows = re.findall(r"^\| `sgstrat (\w+)", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(set(rows)) == sorted(COMMANDS)


# ---------------------------------------------------------------- the language's page


def _records() -> dict[str, Record]:
    tables = (common, rules, groups, declarations, deployment, workloads, guardrails, files)
    found = [each for table in tables for each in vars(table).values() if isinstance(each, Record)]
    return {each.definition: each for each in (*found, *groups.GROUP_RECORDS.values())}


@pytest.mark.parametrize("record", _records().values(), ids=list(_records()))
def test_the_page_has_every_key_of(record: Record) -> None:
    page = (ROOT / "docs/language.md").read_text("utf-8")
    written = set(re.findall(r"`([a-z0-9_]+)(?::[^`]*)?`", page))
    shown = {key for block in BLOCKS["docs/language.md"] for key in re.findall(r"\b([a-z0-9_]+):", block.text)}
    assert {each.key for each in record.fields} - written - shown == set()


@pytest.mark.parametrize("record", _records().values(), ids=list(_records()))
def test_the_page_names_what_is_not_compiled_yet_of(record: Record) -> None:
    page = (ROOT / "docs/language.md").read_text("utf-8")
    later = {key for key, trap in record.traps.items() if trap.code == "SG118"}
    assert {key for key in later if f"`{key}`" not in page} == set()
