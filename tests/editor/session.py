"""A language server in a process of its own, driven over stdio by pygls's client."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from lsprotocol import types as lsp
from pygls.lsp.client import LanguageClient

PATIENCE = 60.0


class Session:
    """One editor: its open documents, and the diagnostics that it was sent last."""

    def __init__(self, client: LanguageClient, root: Path) -> None:
        self.client = client
        self.root = root
        self.texts: dict[str, str] = {}
        self.versions: dict[str, int] = {}
        self.diagnostics: dict[str, list[lsp.Diagnostic]] = {}
        self.logs: list[str] = []
        self._news = asyncio.Event()

    def uri(self, name: str) -> str:
        return (self.root / name).as_uri()

    async def open(self, name: str, text: str | None = None) -> None:
        self.texts[name] = (self.root / name).read_bytes().decode() if text is None else text
        self.versions[name] = 1
        self.client.text_document_did_open(
            lsp.DidOpenTextDocumentParams(lsp.TextDocumentItem(self.uri(name), "yaml", 1, self.texts[name]))
        )

    async def write(self, name: str, text: str) -> None:
        """The whole text of a document becomes another."""
        self.texts[name] = text
        self.versions[name] += 1
        self.client.text_document_did_change(
            lsp.DidChangeTextDocumentParams(
                lsp.VersionedTextDocumentIdentifier(self.versions[name], self.uri(name)),
                [lsp.TextDocumentContentChangeWholeDocument(text)],
            )
        )

    async def settled(self, name: str) -> list[lsp.Diagnostic]:
        """The diagnostics of a document's current version."""
        while not self._is_current(name):
            self._news.clear()
            await asyncio.wait_for(self._news.wait(), PATIENCE)
        return self.diagnostics[self.uri(name)]

    async def codes(self, name: str) -> list[Any]:
        return [each.code for each in await self.settled(name)]

    def _is_current(self, name: str) -> bool:
        return self._seen.get(self.uri(name)) == self.versions[name]

    _seen: dict[str, int]

    def at(self, name: str, needle: str, inside: int = 0, nth: int = 0) -> dict[str, Any]:
        """The parameters of a request about the place of a text."""
        offset = -1
        for _ in range(nth + 1):
            offset = self.texts[name].index(needle, offset + 1)
        return {
            "text_document": lsp.TextDocumentIdentifier(self.uri(name)),
            "position": self.position(name, offset + inside),
        }

    def position(self, name: str, offset: int) -> lsp.Position:
        before = self.texts[name][:offset]
        line = before[before.rfind("\n") + 1 :]
        return lsp.Position(before.count("\n"), len(line.encode("utf-16-le")) // 2)

    def offset(self, name: str, position: lsp.Position) -> int:
        start = 0
        for _ in range(position.line):
            start = self.texts[name].index("\n", start) + 1
        units = self.texts[name][start:].encode("utf-16-le")[: 2 * position.character]
        return start + len(units.decode("utf-16-le"))

    async def complete(self, name: str, offset: int | None = None) -> dict[str, lsp.CompletionItem]:
        """The items at an offset (the end of the text by default), by label."""
        where = self.position(name, len(self.texts[name]) if offset is None else offset)
        found = await asyncio.wait_for(
            self.client.text_document_completion_async(
                lsp.CompletionParams(lsp.TextDocumentIdentifier(self.uri(name)), where)
            ),
            PATIENCE,
        )
        items = found.items if isinstance(found, lsp.CompletionList) else found or []
        return {item.label: item for item in items}

    def applied(self, edit: lsp.WorkspaceEdit) -> dict[str, str]:
        """The texts that an edit gives, by name; documents that are not open are read."""
        found = {}
        for change in edit.document_changes or []:
            assert isinstance(change, lsp.TextDocumentEdit)
            name = next(each for each in self._names() if self.uri(each) == change.text_document.uri)
            self.texts.setdefault(name, (self.root / name).read_text("utf-8"))
            text = self.texts[name]
            for each in sorted(change.edits, key=lambda item: (item.range.start.line, item.range.start.character))[
                ::-1
            ]:
                start, end = self.offset(name, each.range.start), self.offset(name, each.range.end)
                text = text[:start] + each.new_text + text[end:]
            found[name] = text
        return found

    def _names(self) -> list[str]:
        return [path.relative_to(self.root).as_posix() for path in self.root.rglob("*.yaml")]


@asynccontextmanager
async def editor(
    root: Path,
    options: dict[str, Any] | None = None,
    command: tuple[str, ...] = (sys.executable, "-m", "sgstrat", "lsp"),
    settings: dict[str, Any] | None = None,
) -> AsyncIterator[Session]:
    """An editor on a folder, from initialize to exit. ``settings`` are what it answers when a server asks."""
    client = LanguageClient("test", "1")
    session = Session(client, root)
    session._seen = {}

    @client.feature(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    def _(params: lsp.PublishDiagnosticsParams) -> None:
        session.diagnostics[params.uri] = list(params.diagnostics)
        if params.version is not None:
            session._seen[params.uri] = params.version
        session._news.set()

    @client.feature(lsp.WINDOW_LOG_MESSAGE)
    def _(params: lsp.LogMessageParams) -> None:
        session.logs.append(params.message)

    @client.feature(lsp.WINDOW_SHOW_MESSAGE)
    def _(params: lsp.ShowMessageParams) -> None:
        session.logs.append(params.message)

    @client.feature(lsp.WORKSPACE_CONFIGURATION)
    def _(params: lsp.ConfigurationParams) -> list[Any]:
        return [(settings or {}).get(item.section or "") for item in params.items]

    @client.feature(lsp.CLIENT_REGISTER_CAPABILITY)
    def _(_params: lsp.RegistrationParams) -> None:
        return None

    await client.start_io(*command)
    await client.initialize_async(
        lsp.InitializeParams(
            lsp.ClientCapabilities(
                workspace=lsp.WorkspaceClientCapabilities(configuration=settings is not None),
                text_document=lsp.TextDocumentClientCapabilities(
                    completion=lsp.CompletionClientCapabilities(
                        completion_item=lsp.ClientCompletionItemOptions(snippet_support=True)
                    )
                ),
            ),
            root_uri=root.as_uri(),
            initialization_options=options,
        )
    )
    client.initialized(lsp.InitializedParams())
    try:
        yield session
    finally:
        await asyncio.wait_for(client.shutdown_async(None), PATIENCE)
        client.exit(None)
        await client.stop()
