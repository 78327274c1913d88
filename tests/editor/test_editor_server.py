"""The language server over stdio: every feature, hostile input, and a newcomer who writes by completion alone."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pygls", reason="pygls is not installed (the extra lsp)")
sys.path.insert(0, str(Path(__file__).parent))

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException
from session import PATIENCE, Session, editor
from typist import Typist

from sgstrat.pipeline import Options, compile_workspace

REPOSITORY = Path(__file__).parents[2]
SHOP = "strategies/shop.yaml"
SMALL = """\
version: 1
strategy: small
uses: [other]
default_group: lock
networks:
  offices: [203.0.113.0/28]
services:
  app-http: tcp/8080
groups:
  app:
    web-servers:
      description: Web tier
      ingress:
        - {from: offices, services: [http, app-http], why: "Offices 😀"}
        - {from: other/probes, services: http, why: Probes}
    db-servers: {description: Data}
flows:
  - {name: orders, from: web-servers, to: db-servers, services: mysql, why: Orders}
workloads:
  storefront: {groups: [web-servers]}
  database: {groups: [db-servers]}
"""
LONE = """\
version: 1
strategy: new
default_group: lock
vpcs: {main: {id: vpc-0d0000000000000d9}}
groups: {app: {web: {description: Web tier}}}
"""
OTHER = """\
version: 1
strategy: other
uses: [small]
groups:
  app:
    probes:
      description: Probes
      egress:
        - {to: small/web-servers, services: http, why: Probe}
assertions:
  - {allow: {from: probes, to: small/web-servers, services: http}, why: Probes work}
"""


def run(root: Path, body: Callable[[Session], Awaitable[None]], options: dict[str, Any] | None = None) -> None:
    async def main() -> None:
        async with editor(root, options) as session:
            await body(session)

    asyncio.run(asyncio.wait_for(main(), 4 * PATIENCE))


@pytest.fixture
def small(tmp_path: Path) -> Path:
    (tmp_path / "strategies").mkdir()
    (tmp_path / "strategies/small.yaml").write_text(SMALL.replace(" 😀", ""), "utf-8")
    (tmp_path / "strategies/other.yaml").write_text(OTHER, "utf-8")
    return tmp_path


@pytest.fixture
def bundled(tmp_path: Path) -> Path:
    shutil.copytree(REPOSITORY / "strategies", tmp_path / "strategies")
    shutil.copy(REPOSITORY / "sgstrat.yaml", tmp_path)
    return tmp_path


def traffic(root: Path, replaced: dict[str, str]) -> dict[str, Any]:
    """What every target allows, by the identity of its groups: names of groups may differ."""
    settings = root / "sgstrat.yaml"
    files = {path.relative_to(root).as_posix(): path.read_bytes() for path in (root / "strategies").rglob("*.yaml")}
    files |= {name: text.encode() for name, text in replaced.items()}
    compiled = compile_workspace(
        settings.read_bytes() if settings.exists() else None, sorted(files.items()), Options(date(2026, 11, 1))
    )
    assert not compiled.has_errors, [item for item in compiled.findings if item.is_error]
    identities = {
        str(name): {group.key: group.identity for group in book.groups} for name, book in compiled.rulebooks.items()
    }
    return {
        str(name): {
            group.identity: sorted(
                (rule.identity, direction) for direction in ("ingress", "egress") for rule in group.rules(direction)
            )
            for group in book.groups
        }
        | {
            "": sorted(
                (each.key, sorted(identities[str(name)].get(key, key) for key in each.groups))
                for each in book.workloads
            )
        }
        for name, book in compiled.rulebooks.items()
    }


def test_findings_follow_the_text(small: Path) -> None:
    name = "strategies/small.yaml"

    async def body(session: Session) -> None:
        await session.open(name)
        assert await session.codes(name) == []
        await session.write(name, session.texts[name].replace("to: db-servers", "to: db-server"))
        (found,) = await session.settled(name)
        assert (found.code, found.severity, found.source) == ("SG201", lsp.DiagnosticSeverity.Error, "sgstrat")
        assert "did you mean db-servers?" in found.message
        start = session.offset(name, found.range.start)
        assert session.texts[name][start : session.offset(name, found.range.end)] == "db-server"
        await session.write(name, session.texts[name].replace("to: db-server,", "to: db-servers,"))
        assert await session.codes(name) == []

    run(small, body)


def test_unsaved_buffers_of_other_files_count(small: Path) -> None:
    name, other = "strategies/small.yaml", "strategies/other.yaml"

    async def body(session: Session) -> None:
        await session.open(name)
        await session.open(other)
        assert await session.codes(other) == []
        await session.write(name, session.texts[name].replace("web-servers", "front-ends"))
        await session.write(other, session.texts[other] + "# looked at again\n")
        assert set(await session.codes(other)) == {"SG201"}

    run(small, body)


def test_columns_are_counted_as_the_protocol_does(small: Path) -> None:
    name = "strategies/small.yaml"

    async def body(session: Session) -> None:
        text = SMALL.replace("why: Orders}", "why: Orders, ticket: 😀😀, to: x}")
        await session.open(name, text)
        found = await session.settled(name)
        marked = {
            text[session.offset(name, each.range.start) : session.offset(name, each.range.end)]: each.code
            for each in found
        }
        assert marked["to"] == "SG103"  # behind two characters that are two units each
        assert '"Offices 😀"' in marked  # AWS does not take it

    run(small, body)


def test_completion_offers_the_names_of_the_workspace(small: Path) -> None:
    name = "strategies/other.yaml"

    async def body(session: Session) -> None:
        await session.open(name)
        await session.settled(name)
        peers = await session.complete(name, session.texts[name].index("small/web-servers"))
        assert {"probes", "small/web-servers", "small/db-servers", "small/offices", "internet", "self"} <= set(peers)
        assert "small/app-http" not in peers
        services = await session.complete(name, session.texts[name].index("http, why"))
        assert {"https", "mysql", "small/app-http", "all"} <= set(services)
        assert services["mysql"].detail == "tcp/3306"
        ends = await session.complete(name, session.texts[name].index("probes, to: small"))
        assert {"small/storefront", "small/web-servers"} <= set(ends)
        assert "self" not in ends
        assert set(await session.complete(name, session.texts[name].index("[small]") + 1)) == {"small"}

    run(small, body)


@pytest.mark.parametrize(
    ("before", "wanted"),
    [
        ("version: 1\nstrategy: x\ngro", "groups"),
        ("version: 1\nstrategy: x\ngroups:\n  ", "baseline"),
        ("version: 1\nstrategy: x\ngroups:\n  app:\n    web:\n      ", "description"),
        ("version: 1\nstrategy: x\ngroups:\n  app:\n    web:\n      ingress:\n      - ", "from"),
        (
            "version: 1\nstrategy: x\ngroups:\n  app:\n    web:\n      ingress:\n        - from: web\n          ",
            "services",
        ),
        ("version: 1\nstrategy: x\ngroups:\n  app:\n    web: {description: A, fac", "facing"),
        ("version: 1\nstrategy: x\ngroups:\n  app:\n    web: {description: A, facing: ", "external"),
        ("version: 1\nstrategy: x\ngroups:\n  app:\n    web: {description: 'A, [", None),
        ("version: 1\nstrategy: x # ", None),
        ("version: 1\nstrategy: x\nflows:\n  - {from: [small/web-servers,\n           ", "small/db-servers"),
        ("version: 1\nstrategy: x\ngroups:\n  app:\n    web: {description: A}\nflows:\n  - {from: web, to: we", "web"),
        ("version: 1\nstrategy: x\nwaivers:\n  - {code: SG4", "SG401"),
        ("version: 1\nstrategy: x\nprefix_lists:\n  a: {aws: ", "s3"),
        ("version: 1\r\nstrategy: x\r\ngroups:\r\n  app:\r\n    web:\r\n      ", "ingress"),
        ("strategy: 'x\ngroups: {{{[\n  app:\n", None),
    ],
)
def test_completion_of_text_that_is_half_typed(small: Path, before: str, wanted: str | None) -> None:
    name = "strategies/new.yaml"
    (small / name).write_text("", "utf-8")

    async def body(session: Session) -> None:
        await session.open(name, before)
        await session.settled(name)
        found = await session.complete(name)
        assert wanted in found if wanted is not None else not found

    run(small, body)


def test_keys_can_be_left_to_the_server_that_has_the_schema(small: Path) -> None:
    name = "strategies/small.yaml"

    async def body(session: Session) -> None:
        await session.open(name)
        await session.settled(name)
        assert await session.complete(name) == {}
        assert "db-servers" in await session.complete(name, session.texts[name].index("db-servers, services"))

    run(small, body, {"completeKeys": False})


def test_hover_says_what_a_name_means(small: Path) -> None:
    name, other = "strategies/small.yaml", "strategies/other.yaml"

    async def body(session: Session) -> None:
        await session.open(name)
        await session.open(other)
        await session.settled(other)

        async def hover(file: str, needle: str, inside: int) -> str:
            found = await session.client.text_document_hover_async(lsp.HoverParams(**session.at(file, needle, inside)))
            assert found is not None
            assert isinstance(found.contents, lsp.MarkupContent)
            return found.contents.value

        group = await hover(other, "small/web-servers", 8)
        assert "app group of small" in group
        assert "ingress IPv4 3, ingress IPv6 1, egress IPv4 2, egress IPv6 1 of 60 rules" in group
        assert "ingress `tcp/8080` from `203.0.113.0/28`: Offices" in group
        assert "`203.0.113.0/28`" in await hover(name, "from: offices", 7)
        assert "`tcp/8080`" in await hover(name, "app-http]", 1)
        assert "`tcp/3306`" in await hover(name, "mysql", 1)
        assert "1 of 5 groups" in await hover(name, "storefront", 1)
        assert "required in a flow" in await hover(name, "why: Orders", 1)

    run(small, body)


def test_hover_is_inert_markdown(small: Path) -> None:
    name = "strategies/small.yaml"

    async def body(session: Session) -> None:
        await session.open(name, SMALL.replace('"Offices 😀"', '"*x* [y](z) #h"'))
        assert await session.codes(name) == []
        found = await session.client.text_document_hover_async(lsp.HoverParams(**session.at(name, "web-servers:", 1)))
        assert found is not None
        assert r"\*x\* \[y\]\(z\) \#h" in found.contents.value  # type: ignore[union-attr]

    run(small, body)


def test_definition_and_references_cross_files(small: Path) -> None:
    name, other = "strategies/small.yaml", "strategies/other.yaml"

    async def body(session: Session) -> None:
        await session.open(other)
        await session.settled(other)
        at = session.at(other, "small/web-servers", 8)
        (place,) = await session.client.text_document_definition_async(lsp.DefinitionParams(**at))  # type: ignore[misc, union-attr]
        assert place.uri == session.uri(name)
        assert SMALL.splitlines()[place.range.start.line].strip() == "web-servers:"
        found = await session.client.text_document_references_async(
            lsp.ReferenceParams(context=lsp.ReferenceContext(include_declaration=True), **at)
        )
        assert sorted(each.uri.rpartition("/")[2] for each in found or ()) == ["other.yaml"] * 2 + ["small.yaml"] * 3
        (strategy,) = await session.client.text_document_definition_async(  # type: ignore[misc, union-attr]
            lsp.DefinitionParams(**session.at(other, "small/web-servers", 2))
        )
        assert (strategy.uri, strategy.range.start.line) == (session.uri(name), 1)

    run(small, body)


@pytest.mark.parametrize("formerly", ["", "formerly: ancient, ", "formerly: [ancient, older], "])
def test_a_renamed_group_keeps_its_resource(small: Path, formerly: str) -> None:
    name, other = "strategies/small.yaml", "strategies/other.yaml"
    text = SMALL.replace(" 😀", "").replace("db-servers: {", f"db-servers: {{{formerly}")
    (small / name).write_text(text, "utf-8")
    (small / other).write_text(
        OTHER + "  - {deny: {from: internet, to: small/db-servers}, why: Orders are private}\n", "utf-8"
    )
    before = traffic(small, {})

    async def body(session: Session) -> None:
        await session.open(name)
        await session.open(other)
        await session.settled(other)
        for old, new in (("web-servers", "front-ends"), ("db-servers", "data-hosts")):
            edit = await session.client.text_document_rename_async(
                lsp.RenameParams(new_name=new, **session.at(name, f"{old}:", 2))
            )
            assert edit is not None
            changed = session.applied(edit)
            assert set(changed) == {name, other}
            for file, written in changed.items():
                await session.write(file, written)
            assert await session.codes(name) == []
            assert await session.codes(other) == []
        assert "web-servers" not in session.texts[other]
        assert "formerly: web-servers\n      description: Web tier" in session.texts[name]
        assert traffic(small, session.texts) == before

    run(small, body)


def test_a_name_renamed_back_has_nothing_to_say(small: Path) -> None:
    name = "strategies/small.yaml"
    text = SMALL.replace(" 😀", "").replace("Web tier", "Web tier\n      formerly: web")

    async def body(session: Session) -> None:
        await session.open(name, text)
        await session.settled(name)
        edit = await session.client.text_document_rename_async(
            lsp.RenameParams(new_name="web", **session.at(name, "web-servers:", 2))
        )
        assert edit is not None
        changed = session.applied(edit)[name]
        assert "formerly" not in changed
        await session.write(name, changed)
        assert await session.codes(name) == []

    run(small, body)


@pytest.mark.parametrize(
    ("needle", "inside", "new", "reason"),
    [
        ("web-servers:", 2, "db-servers", "declared already"),
        ("web-servers:", 2, "Web Servers", "is no name"),
        ("web-servers:", 2, "internet", "reserved"),
        ("web-servers:", 2, "web-servers", "the name it has"),
        ("mysql", 1, "oracle", "service of the catalogue"),
        ("small", 1, "large", "replaces every resource"),
        ("Web tier", 1, "x", "no name of this workspace"),
        ("app-http: tcp", 1, "https", "of the catalogue"),
    ],
)
def test_a_rename_that_cannot_be_done_says_why(small: Path, needle: str, inside: int, new: str, reason: str) -> None:
    name = "strategies/small.yaml"

    async def body(session: Session) -> None:
        await session.open(name)
        await session.settled(name)
        with pytest.raises(JsonRpcException, match=reason):
            await session.client.text_document_rename_async(
                lsp.RenameParams(new_name=new, **session.at(name, needle, inside))
            )

    run(small, body)


def test_no_rename_while_a_place_could_be_missed(small: Path) -> None:
    name, other = "strategies/small.yaml", "strategies/other.yaml"

    async def body(session: Session) -> None:
        await session.open(name)
        await session.open(other, OTHER + "  - {{{")
        await session.settled(other)
        with pytest.raises(JsonRpcException, match=r"other\.yaml cannot be read in full"):
            await session.client.text_document_rename_async(
                lsp.RenameParams(new_name="front-ends", **session.at(name, "web-servers:", 2))
            )

    run(small, body)


def test_symbols_and_hints(small: Path) -> None:
    name = "strategies/small.yaml"

    async def body(session: Session) -> None:
        await session.open(name)
        await session.settled(name)
        document = lsp.TextDocumentIdentifier(session.uri(name))
        symbols = await session.client.text_document_document_symbol_async(lsp.DocumentSymbolParams(document))
        groups = next(each for each in symbols or () if each.name == "groups")
        assert [each.name for each in groups.children[0].children] == ["web-servers", "db-servers"]  # type: ignore[union-attr, index]
        flows = next(each for each in symbols or () if each.name == "flows")
        assert [each.name for each in flows.children or ()] == ["orders"]  # type: ignore[union-attr]
        hints = await session.client.text_document_inlay_hint_async(
            lsp.InlayHintParams(document, lsp.Range(lsp.Position(0, 0), lsp.Position(99, 0)))
        )
        assert [(each.position.line, each.label) for each in hints or ()] == [(13, "2 rules"), (17, "2 rules")]

    run(small, body)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\x00\x01",
        "%%%",
        "- - - -",
        "a: &x [*x]",
        "{" * 400,
        "a: |\n" + "x" * 100_000,
        "version: 1\nstrategy:",
        "\ufeffversion: 1",
    ],
    ids=["empty", "control", "percent", "dashes", "alias", "deep", "block", "half", "bom"],
)
def test_any_text_is_answered(small: Path, text: str) -> None:
    name = "strategies/new.yaml"
    (small / name).write_text("", "utf-8")

    async def body(session: Session) -> None:
        await session.open(name, text)
        assert await session.codes(name)
        await session.complete(name)
        for request, parameters in (
            (session.client.text_document_hover_async, lsp.HoverParams),
            (session.client.text_document_definition_async, lsp.DefinitionParams),
        ):
            await request(parameters(lsp.TextDocumentIdentifier(session.uri(name)), lsp.Position(0, 1)))  # type: ignore[operator, arg-type]
        await session.write(name, LONE)
        assert [each for each in await session.settled(name) if each.severity == lsp.DiagnosticSeverity.Error] == []

    run(small, body)


def test_five_megabytes_do_not_stop_other_files(small: Path) -> None:
    name, other = "strategies/small.yaml", "strategies/other.yaml"

    async def body(session: Session) -> None:
        await session.open(name)
        await session.open(other, "x: [" + "y, " * 1_700_000)
        assert "db-servers" in await session.complete(name, session.texts[name].index("db-servers, services"))
        assert await session.codes(other)

    run(small, body)


def test_a_file_outside_of_any_workspace_is_checked_alone(tmp_path: Path) -> None:
    async def body(session: Session) -> None:
        await session.open("alone.yaml", SMALL.replace("to: db-servers", "to: nobody"))
        assert set(await session.codes("alone.yaml")) == {"SG201", "SG114", "SG203"}
        assert any("in no workspace" in line for line in session.logs)

    run(tmp_path, body)


def test_a_file_that_is_no_strategy_is_left_alone(small: Path) -> None:
    (small / "compose.yaml").write_text("services: {}\n", "utf-8")

    async def body(session: Session) -> None:
        await session.open("compose.yaml")
        await session.open("strategies/small.yaml")
        await session.settled("strategies/small.yaml")
        assert session.uri("compose.yaml") not in session.diagnostics
        with pytest.raises(JsonRpcException, match="not a file of an sgstrat workspace"):
            await session.complete("compose.yaml")

    run(small, body)


def test_two_hundred_broken_files(small: Path) -> None:
    for number in range(200):
        (small / f"strategies/broken-{number:03}.yaml").write_text("strategy: [\n" * 3, "utf-8")
    name = "strategies/small.yaml"

    async def body(session: Session) -> None:
        await session.open(name)
        await session.settled(name)
        assert "db-servers" in await session.complete(name, session.texts[name].index("db-servers, services"))
        assert sum(1 for uri in session.diagnostics if "broken-" in uri) == 200

    run(small, body)


def test_requests_out_of_order_and_cancelled(small: Path) -> None:
    name = "strategies/small.yaml"

    async def body(session: Session) -> None:
        document = lsp.TextDocumentIdentifier(session.uri(name))
        # before the document was opened, the text of the disk counts
        early = await session.client.text_document_document_symbol_async(lsp.DocumentSymbolParams(document))
        assert early == [] or early
        await session.open(name)
        waiting = []
        for turn in range(50):
            await session.write(name, SMALL + f"# {turn}\n")
            waiting.append(
                session.client.protocol.send_request_async(
                    "textDocument/completion", lsp.CompletionParams(document, lsp.Position(0, 0)), str(turn)
                )
            )
            session.client.protocol.notify("$/cancelRequest", lsp.CancelParams(id=str(turn)))
        await asyncio.gather(*waiting, return_exceptions=True)
        session.client.protocol.notify("$/cancelRequest", lsp.CancelParams(id="never-asked"))
        assert await session.codes(name) == ["SG114"]
        beyond = lsp.HoverParams(document, lsp.Position(10**6, 10**6))
        assert await session.client.text_document_hover_async(beyond) is None

    run(small, body)


def test_files_that_change_on_the_disk_are_seen(small: Path) -> None:
    name, other = "strategies/small.yaml", "strategies/other.yaml"

    async def body(session: Session) -> None:
        await session.open(other)
        assert await session.codes(other) == []
        (small / name).write_text(SMALL.replace(" 😀", "").replace("web-servers", "front-ends"), "utf-8")
        session.client.workspace_did_change_watched_files(
            lsp.DidChangeWatchedFilesParams([lsp.FileEvent(session.uri(name), lsp.FileChangeType.Changed)])
        )
        await session.write(other, OTHER + "\n")
        assert set(await session.codes(other)) == {"SG201"}
        session.client.text_document_did_close(
            lsp.DidCloseTextDocumentParams(lsp.TextDocumentIdentifier(session.uri(other)))
        )

    run(small, body)


def test_a_newcomer_writes_the_shop_by_completion_alone(bundled: Path) -> None:
    target = (bundled / SHOP).read_text("utf-8")
    before = traffic(bundled, {})
    (bundled / SHOP).write_text("", "utf-8")

    async def body(session: Session) -> None:
        await session.open(SHOP, "")
        typist = Typist(session, SHOP, target)
        await typist.write()
        assert [each for each in await session.settled(SHOP) if each.severity == lsp.DiagnosticSeverity.Error] == []
        assert typist.chosen > 100
        assert traffic(bundled, session.texts) == before

    run(bundled, body)


def test_a_quick_fix_mends_what_the_finding_says(small: Path) -> None:
    name = "strategies/small.yaml"

    async def body(session: Session) -> None:
        await session.open(name, SMALL.replace(" 😀", "").replace("203.0.113.0/28", "203.0.113.7/28"))
        assert await session.codes(name) == ["SG116"]
        found = await session.client.text_document_code_action_async(
            lsp.CodeActionParams(
                lsp.TextDocumentIdentifier(session.uri(name)),
                lsp.Range(session.at(name, "203.0.113.7")["position"], session.at(name, "/28")["position"]),
                lsp.CodeActionContext([]),
            )
        )
        (action,) = found or ()
        assert isinstance(action, lsp.CodeAction)
        assert action.is_preferred
        assert action.edit is not None
        await session.write(name, session.applied(action.edit)[name])
        assert "offices: [203.0.113.0/28]" in session.texts[name]
        assert await session.codes(name) == []

    run(small, body)
