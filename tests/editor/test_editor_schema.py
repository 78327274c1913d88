"""The published schema in the YAML language server that editors use: messages, completion, hover, a first strategy."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path

import pytest

pytest.importorskip("pygls", reason="pygls is not installed (the extra lsp)")
sys.path.insert(0, str(Path(__file__).parent))

from lsprotocol import types as lsp
from node_tools import node_package
from session import PATIENCE, Session, editor
from yaml_typist import YamlTypist

from sgstrat.pipeline import Options, compile_workspace

REPOSITORY = Path(__file__).parents[2]
SHOP = "strategies/shop.yaml"
MODELINE = "# yaml-language-server: $schema=../schemas/strategy.schema.json\n"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    for name in ("strategies", "schemas"):
        shutil.copytree(REPOSITORY / name, tmp_path / name)
    shutil.copy(REPOSITORY / "sgstrat.yaml", tmp_path)
    return tmp_path


def run(root: Path, body: Callable[[Session], Awaitable[None]]) -> None:
    server = node_package("yaml-language-server") / "bin/yaml-language-server"
    settings = {
        "yaml": {
            "schemaStore": {"enable": False},
            "validate": True,
            "completion": True,
            "hover": True,
        },
        "http": {},
        "[yaml]": {},
        "editor": {},
        "files": {},
    }

    async def main() -> None:
        async with editor(root, command=("node", str(server), "--stdio"), settings=settings) as session:
            await body(session)

    asyncio.run(asyncio.wait_for(main(), 4 * PATIENCE))


async def messages(session: Session, name: str, count: int) -> list[tuple[int, str]]:
    """The diagnostics of a document once there are so many: the server gives them when it is ready."""
    for _ in range(200):
        found = session.diagnostics.get(session.uri(name), [])
        if len(found) == count:
            break
        await asyncio.sleep(0.05)
    return sorted((each.range.start.line + 1, each.message) for each in session.diagnostics.get(session.uri(name), []))


def test_a_mistake_is_marked_with_a_sentence(workspace: Path) -> None:
    text = f"""{MODELINE}version: 1
strategy: My Shop
groups:
  app:
    web:
      description: Web? more
      facing: outer
      colour: red
  service:
    ssh:
      ingress: [{{from: internet, services: ssh}}]
"""

    async def body(session: Session) -> None:
        await session.open(SHOP, text)
        assert await messages(session, SHOP, 6) == [
            (3, "This is not a strategy name: lower-case letters and digits with single hyphens"),
            (7, "AWS takes letters, digits, spaces and some punctuation in a description"),
            (8, 'Value is not accepted. Valid values: "external", "internal".'),
            (9, "Property colour is not allowed."),
            (11, 'Missing property "description".'),
            (12, 'Missing property "why".'),
        ]

    run(workspace, body)


def test_the_bundled_files_have_no_mistakes(workspace: Path) -> None:
    async def body(session: Session) -> None:
        names = [
            "sgstrat.yaml",
            *(f"strategies/{path.name}" for path in sorted((workspace / "strategies").glob("*.yaml"))),
        ]
        for name in names:
            await session.open(name)
            # an answer to a request shows that the server has got to the document
            await session.complete(name)
        await asyncio.sleep(1)
        assert {name: session.diagnostics.get(session.uri(name)) for name in names} == {name: [] for name in names}

    run(workspace, body)


@pytest.mark.parametrize(
    ("before", "wanted"),
    [
        ("version: 1\ns", {"strategy", "services", "first strategy"}),
        ("version: 1\nstrategy: x\ngroups:\n  ", {"baseline", "os", "service", "app"}),
        ("version: 1\nstrategy: x\ngroups:\n  app:\n    ", {"app group"}),
        ("version: 1\nstrategy: x\ngroups:\n  app:\n    web:\n      ", {"description", "ingress", "facing"}),
        ("version: 1\nstrategy: x\nflows:\n  - ", {"flow", "named flow", "from", "to"}),
        ("version: 1\nstrategy: x\nflows:\n  - from: ", {"internet", "internet-ipv4"}),
        (
            "version: 1\nstrategy: x\nflows:\n  - from: internet\n    services: ",
            {"https", "postgresql", "active-directory"},
        ),
        ("version: 1\nstrategy: x\nassertions:\n  - ", {"never", "always", "nothing else"}),
        ("version: 1\nstrategy: x\nwaivers:\n  - ", {"waiver", "code"}),
        ("version: 1\nstrategy: x\nprefix_lists:\n  a:\n    ", {"own prefix list", "AWS-managed prefix list"}),
        ("version: 1\nstrategy: x\nprefix_lists:\n  a:\n    aws: ", {"s3", "cloudfront"}),
    ],
)
def test_completion_offers_what_the_language_has(workspace: Path, before: str, wanted: set[str]) -> None:
    async def body(session: Session) -> None:
        await session.open(SHOP, MODELINE + before)
        assert wanted <= set(await session.complete(SHOP))

    run(workspace, body)


def test_completion_in_the_settings(workspace: Path) -> None:
    async def body(session: Session) -> None:
        await session.open("sgstrat.yaml", "# yaml-language-server: $schema=schemas/workspace.schema.json\nformat: ")
        items = await session.complete("sgstrat.yaml")
        assert {"cloudformation", "terraform"} <= set(items)

    run(workspace, body)


def test_hover_shows_markdown_and_what_words_mean(workspace: Path) -> None:
    async def body(session: Session) -> None:
        await session.open(SHOP)
        found = await session.client.text_document_hover_async(
            lsp.HoverParams(**session.at(SHOP, "facing: external", 2))
        )
        assert found is not None
        text = found.contents.value  # type: ignore[union-attr]
        assert "Whether the group faces the internet (`external`) or not (`internal`)." in text
        assert "`external`: Reached from outside" in text

    run(workspace, body)


def test_a_newcomer_writes_the_shop_with_the_schema_alone(workspace: Path) -> None:
    target = (workspace / SHOP).read_text("utf-8")
    (workspace / SHOP).write_text("", "utf-8")
    files = {
        path.relative_to(workspace).as_posix(): path.read_bytes() for path in workspace.glob("strategies/**/*.yaml")
    }

    async def body(session: Session) -> None:
        await session.open(SHOP, MODELINE)
        typist = YamlTypist(session, SHOP, target, MODELINE)
        await typist.write()
        assert typist.chosen > 80
        settings = (workspace / "sgstrat.yaml").read_bytes()
        before, after = (
            compile_workspace(settings, sorted({**files, SHOP: text.encode()}.items()), Options(date(2026, 11, 1)))
            for text in (target, session.texts[SHOP])
        )
        assert not after.has_errors, [item for item in after.findings if item.is_error]
        assert not before.has_errors
        assert before.rulebooks == after.rulebooks

    run(workspace, body)
