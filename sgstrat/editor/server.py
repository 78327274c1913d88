"""The language server: the protocol's documents, requests and positions around what the other modules know.

Compiling happens in a thread of its own, the latest text wins, and no request waits for it.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, Protocol, TypeVar

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcInvalidParams
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path, to_fs_path

from sgstrat import __version__
from sgstrat.diagnostics.codes import Severity
from sgstrat.diagnostics.finding import Edit, Finding
from sgstrat.editor.complete import MOST_ITEMS, Item, complete
from sgstrat.editor.hints import rule_counts
from sgstrat.editor.hover import hover, key_hover
from sgstrat.editor.index import Use
from sgstrat.editor.outline import spot
from sgstrat.editor.positions import Buffer, Point, Stretch
from sgstrat.editor.project import Checked, Project, Sources
from sgstrat.editor.rename import CannotRename, find, rename
from sgstrat.editor.snapshot import SETTINGS_FILE, Snapshot
from sgstrat.editor.symbols import Outlined, outline_of
from sgstrat.source.span import Span
from sgstrat.syntax.mend import with_fixes

QUIET = 0.02
"""Seconds without a change after which a text is checked."""

PATIENCE = 0.25
"""Seconds after which a text is checked although it is still changing."""

IDLE = 1.0
"""Seconds without a change after which garbage is collected."""

CHECKS_A_COLLECTION = 16
"""Checks after which garbage is collected although somebody types."""

MOST_DIAGNOSTICS = 500
"""Diagnostics of one file; the count of the rest stands in the last."""

_P = ParamSpec("_P")
_T = TypeVar("_T")
_SEVERITIES = {
    Severity.ERROR: lsp.DiagnosticSeverity.Error,
    Severity.WARNING: lsp.DiagnosticSeverity.Warning,
    Severity.NOTE: lsp.DiagnosticSeverity.Information,
}
_KINDS = {
    "key": lsp.CompletionItemKind.Property,
    "group": lsp.CompletionItemKind.Class,
    "network": lsp.CompletionItemKind.Constant,
    "list": lsp.CompletionItemKind.Enum,
    "vpc": lsp.CompletionItemKind.Module,
    "service": lsp.CompletionItemKind.Interface,
    "strategy": lsp.CompletionItemKind.Module,
    "value": lsp.CompletionItemKind.Value,
}


class _AtPosition(Protocol):
    """What every request about a position carries."""

    text_document: lsp.TextDocumentIdentifier
    position: lsp.Position


class _Work:
    """What is being done for a project: the number of its last change, and the task that checks it."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.changes = 0
        self.task: asyncio.Task[None] | None = None
        self.published: dict[str, list[lsp.Diagnostic]] = {}
        self.uris: dict[str, str] = {}
        self.told = ""


class StrategyServer(LanguageServer):
    """Documents by URI, each in the project of its workspace."""

    def __init__(self) -> None:
        super().__init__("sgstrat", __version__)
        self._works: dict[str, _Work] = {}
        self._by_uri: dict[str, _Work] = {}
        self._compiler = ThreadPoolExecutor(1, "sgstrat-check")
        self._checks = 0
        self.with_keys = True

    # -- documents

    def take(self, uri: str) -> None:
        """A document was opened or has changed."""
        work, name = self._place(uri)
        if work is None or name is None:
            return
        work.project.write(name, self.workspace.get_text_document(uri).source)
        work.uris[name] = uri
        self._schedule(work)

    def drop(self, uri: str) -> None:
        """A document was closed: what is on the disk counts again."""
        work, name = self._place(uri)
        self._by_uri.pop(uri, None)
        if work is None or name is None:
            return
        work.project.close(name)
        work.uris.pop(name, None)
        self._schedule(work)

    def reread(self) -> None:
        """Files on the disk have changed."""
        for work in self._works.values():
            work.project.reread()
            self._schedule(work)

    def _place(self, uri: str) -> tuple[_Work | None, str | None]:
        """The project of a document and its name there; None for what is no file or not the workspace's."""
        path = to_fs_path(uri)
        if path is None or not uri.startswith("file:"):
            return None, None
        work = self._by_uri.get(uri)
        if work is None:
            project = Project.of(path)
            key = str(project.root or path)
            work = self._works.setdefault(key, _Work(project))
            if project.root is None and key == path and not work.told:
                work.told = "alone"
                self._log(f"{path} is in no workspace (no sgstrat.yaml, no strategies/ above it): it is checked alone")
            self._by_uri[uri] = work
        return work, work.project.name_of(path)

    def _log(self, text: str) -> None:
        self.window_log_message(lsp.LogMessageParams(lsp.MessageType.Info, text))

    # -- checking

    def _schedule(self, work: _Work) -> None:
        work.changes += 1
        if work.task is None or work.task.done():
            work.task = asyncio.get_running_loop().create_task(self._check(work))

    async def _check(self, work: _Work) -> None:
        """Check until nothing has changed since."""
        done = -1
        loop = asyncio.get_running_loop()
        while done != work.changes:
            began = loop.time()
            seen = -1
            while seen != work.changes and loop.time() - began < PATIENCE:
                seen = work.changes
                await asyncio.sleep(QUIET)
            done = work.changes
            try:
                await self._work_through(work, done)
            except Exception as error:  # noqa: BLE001  # a bug of ours must not end the session: say so, go on
                self._log(f"checking failed, which is a bug of sgstrat: {type(error).__name__}: {error}")
            self._checks += 1
            if self._checks % CHECKS_A_COLLECTION == 0:  # who types without a pause is not to fill the memory
                gc.collect()
        loop.call_later(IDLE, self._tidy, work, work.changes)

    async def _work_through(self, work: _Work, done: int) -> None:
        """Names and findings; of large files the findings first, since people wait for them."""
        project = work.project
        sources, stamp = project.sources(), project.stamp
        is_small = project.is_small
        if is_small:
            project.keep(await self._compiling(project.names_in, sources), stamp)
        project.checked = await self._compiling(project.check, sources)
        if done == work.changes:
            self._publish(work, sources, project.checked)
        if not is_small:
            project.keep(await self._compiling(project.names_in, sources), stamp)

    async def _compiling(self, do: Callable[[Sources], _T], sources: Sources) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._compiler, do, sources)

    def _tidy(self, work: _Work, changes: int) -> None:
        """Collect garbage when nobody types: in the middle of a text it would be felt."""
        if work.changes == changes:
            gc.collect()

    def _publish(self, work: _Work, sources: Sources, checked: Checked) -> None:
        if sources.fault and sources.fault != work.told:
            work.told = sources.fault
            self.window_show_message(lsp.ShowMessageParams(lsp.MessageType.Warning, sources.fault))
        made = {
            name: self._diagnostics(work, found, checked.compilation.texts.get(name, ""))
            for name, found in checked.findings.items()
        }
        for name in dict.fromkeys((*work.published, *made, *work.uris)):
            items = made.get(name, [])
            # of an open document every version gets an answer, of others what has changed
            if name in work.uris or items != work.published.get(name, []):
                self.text_document_publish_diagnostics(
                    lsp.PublishDiagnosticsParams(self._uri(work, name), items, self._version(work, name))
                )
        work.published = {name: items for name, items in made.items() if items}

    def _diagnostics(self, work: _Work, found: tuple[Finding, ...], text: str) -> list[lsp.Diagnostic]:
        buffer = self.buffer(text)
        made = [self._diagnostic(work, finding, buffer) for finding in found[:MOST_DIAGNOSTICS]]
        if len(found) > MOST_DIAGNOSTICS:
            made[-1].message += f"\n... and {len(found) - MOST_DIAGNOSTICS} more findings in this file"
        return made

    def _diagnostic(self, work: _Work, finding: Finding, buffer: Buffer) -> lsp.Diagnostic:
        named = finding.environments not in ((), ("default",))
        where = f" (in {', '.join(finding.environments)})" if named else ""
        message = finding.message + where + (f"\n{finding.help}" if finding.help else "")
        snapshot = work.project.latest
        related = [
            lsp.DiagnosticRelatedInformation(self._location(work, each.span, snapshot), each.message)
            for each in finding.related
        ]
        return lsp.Diagnostic(
            range_of(buffer.stretch_of(finding.span))
            if finding.span
            else lsp.Range(lsp.Position(0, 0), lsp.Position(0, 0)),
            message,
            _SEVERITIES[finding.severity],
            finding.code,
            source="sgstrat",
            related_information=related or None,
            tags=[lsp.DiagnosticTag.Unnecessary] if finding.kind.slug.startswith("unused") else None,
        )

    # -- places

    def buffer(self, text: str) -> Buffer:
        """A text with the client's way to count columns."""
        encoding = self.workspace.position_encoding or lsp.PositionEncodingKind.Utf16
        return Buffer(text, str(getattr(encoding, "value", encoding)))

    def opened(self, uri: str) -> tuple[_Work, str, str]:
        """The work, name and current text of a document. Raises for a document of no project."""
        work, name = self._place(uri)
        if work is None or name is None:
            raise JsonRpcInvalidParams(f"{uri} is not a file of an sgstrat workspace")
        text = work.project.overlays.get(name)
        return work, name, self.workspace.get_text_document(uri).source if text is None else text

    def uses_at(self, params: _AtPosition) -> tuple[_Work, Snapshot, list[Use]]:
        """The names at a position."""
        work, name, text = self.opened(params.text_document.uri)
        snapshot = work.project.snapshot()
        line, column = self.place(text, params.position)
        return work, snapshot, snapshot.index.at(name, line, column)

    def place(self, text: str, position: lsp.Position) -> tuple[int, int]:
        """A position as line and column from 1."""
        buffer = self.buffer(text)
        return buffer.place(buffer.offset(Point(position.line, position.character)))

    def location(self, work: _Work, span: Span, snapshot: Snapshot) -> lsp.Location:
        """A span as the protocol has it."""
        return self._location(work, span, snapshot)

    def _location(self, work: _Work, span: Span, snapshot: Snapshot | None) -> lsp.Location:
        text = "" if snapshot is None else snapshot.texts.get(span.file, "")
        return lsp.Location(self._uri(work, span.file), range_of(self.buffer(text).stretch_of(span)))

    def edit(self, work: _Work, edits: list[Edit], snapshot: Snapshot) -> lsp.WorkspaceEdit:
        """Edits as the protocol has them, by file, each with the version that it is for."""
        by_file: dict[str, list[lsp.TextEdit]] = {}
        for each in edits:
            buffer = self.buffer(snapshot.texts[each.span.file])
            by_file.setdefault(each.span.file, []).append(
                lsp.TextEdit(range_of(buffer.stretch_of(each.span)), each.text)
            )
        return lsp.WorkspaceEdit(
            document_changes=[
                lsp.TextDocumentEdit(
                    lsp.OptionalVersionedTextDocumentIdentifier(self._uri(work, name), self._version(work, name)),
                    list(made),
                )
                for name, made in by_file.items()
            ]
        )

    def _uri(self, work: _Work, name: str) -> str:
        return work.uris.get(name) or from_fs_path(work.project.file_of(name)) or ""

    def _version(self, work: _Work, name: str) -> int | None:
        uri = work.uris.get(name)
        return None if uri is None else self.workspace.get_text_document(uri).version


def range_of(stretch: Stretch) -> lsp.Range:
    """A stretch as the protocol has it."""
    return lsp.Range(
        lsp.Position(stretch.start.line, stretch.start.column), lsp.Position(stretch.end.line, stretch.end.column)
    )


def make_server() -> StrategyServer:
    """The server with everything it answers."""
    server = StrategyServer()
    _documents(server)
    _reading(server)
    _finding_places(server)
    _writing(server)
    return server


def _documents(server: StrategyServer) -> None:
    @server.feature(lsp.INITIALIZE)
    def _(params: lsp.InitializeParams) -> None:
        options: Any = params.initialization_options
        given = options.get("completeKeys") if isinstance(options, dict) else getattr(options, "completeKeys", None)
        server.with_keys = given is not False

    @server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
    def _(params: lsp.DidOpenTextDocumentParams) -> None:
        server.take(params.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def _(params: lsp.DidChangeTextDocumentParams) -> None:
        server.take(params.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_SAVE)
    def _(_params: lsp.DidSaveTextDocumentParams) -> None:
        server.reread()

    @server.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)
    def _(params: lsp.DidCloseTextDocumentParams) -> None:
        server.drop(params.text_document.uri)

    @server.feature(lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def _(_params: lsp.DidChangeWatchedFilesParams) -> None:
        server.reread()


def _reading(server: StrategyServer) -> None:
    @server.feature(
        lsp.TEXT_DOCUMENT_COMPLETION, lsp.CompletionOptions(trigger_characters=[":", " ", "/", "[", ",", "{"])
    )
    def _(params: lsp.CompletionParams) -> lsp.CompletionList:
        work, name, text = server.opened(params.text_document.uri)
        buffer = server.buffer(text)
        here = spot(text, buffer.offset(Point(params.position.line, params.position.character)))
        if here is None:
            return lsp.CompletionList(False, [])
        index = work.project.snapshot(is_current=False).index
        items = complete(index, name, here, name == SETTINGS_FILE, server.with_keys)
        at = range_of(buffer.stretch(here.start, here.end))
        return lsp.CompletionList(len(items) >= MOST_ITEMS, [_item(item, at) for item in items])

    @server.feature(lsp.TEXT_DOCUMENT_HOVER)
    def _(params: lsp.HoverParams) -> lsp.Hover | None:
        work, snapshot, uses = server.uses_at(params)
        compilation = None if work.project.checked is None else work.project.checked.compilation
        text = hover(snapshot.index, uses, compilation)
        if not text:
            text = _key_at(server, params, snapshot)
        return lsp.Hover(lsp.MarkupContent(lsp.MarkupKind.Markdown, text)) if text else None


def _finding_places(server: StrategyServer) -> None:
    @server.feature(lsp.TEXT_DOCUMENT_DEFINITION)
    def _(params: lsp.DefinitionParams) -> list[lsp.Location]:
        work, snapshot, uses = server.uses_at(params)
        spans = {each.span for use in uses for each in snapshot.index.declarations.get(use.symbol, [])}
        return [server.location(work, span, snapshot) for span in sorted(spans)]

    @server.feature(lsp.TEXT_DOCUMENT_REFERENCES)
    def _(params: lsp.ReferenceParams) -> list[lsp.Location]:
        work, snapshot, uses = server.uses_at(params)
        with_own = params.context.include_declaration
        spans = {
            use.span
            for at in uses
            for use in snapshot.index.uses_of.get(at.symbol, [])
            if with_own or not use.is_declaration
        }
        return [server.location(work, span, snapshot) for span in sorted(spans)]

    @server.feature(lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    def _(params: lsp.DocumentSymbolParams) -> list[lsp.DocumentSymbol]:
        work, name, text = server.opened(params.text_document.uri)
        buffer = server.buffer(text)
        parsed = work.project.snapshot().parsed.get(name)
        return [] if parsed is None else [_outlined(each, buffer) for each in outline_of(parsed.node)]

    @server.feature(lsp.TEXT_DOCUMENT_INLAY_HINT)
    def _(params: lsp.InlayHintParams) -> list[lsp.InlayHint]:
        work, name, text = server.opened(params.text_document.uri)
        checked = work.project.checked
        if checked is None or checked.compilation.texts.get(name) != text:
            return []  # counts of another text would stand at the wrong lines
        buffer = server.buffer(text)
        made = []
        for span, rules in rule_counts(checked.compilation.named.values(), name):
            at = range_of(buffer.stretch_of(span)).end
            if params.range.start.line <= at.line <= params.range.end.line:
                made.append(
                    lsp.InlayHint(at, f"{rules} rules", padding_left=True, tooltip="in the target with the most")
                )
        return made


def _writing(server: StrategyServer) -> None:
    @server.feature(lsp.TEXT_DOCUMENT_PREPARE_RENAME)
    def _(params: lsp.PrepareRenameParams) -> lsp.Range:
        work, snapshot, uses = server.uses_at(params)
        return server.location(work, _or_invalid(find, snapshot.index, uses).span, snapshot).range

    @server.feature(lsp.TEXT_DOCUMENT_RENAME, lsp.RenameOptions(prepare_provider=True))
    def _(params: lsp.RenameParams) -> lsp.WorkspaceEdit:
        work, snapshot, uses = server.uses_at(params)
        renaming = _or_invalid(find, snapshot.index, uses)
        return server.edit(work, _or_invalid(rename, snapshot, renaming, params.new_name), snapshot)

    @server.feature(
        lsp.TEXT_DOCUMENT_CODE_ACTION, lsp.CodeActionOptions(code_action_kinds=[lsp.CodeActionKind.QuickFix])
    )
    def _(params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        work, name, text = server.opened(params.text_document.uri)
        checked = work.project.checked
        if checked is None or checked.compilation.texts.get(name) != text:
            return []
        buffer = server.buffer(text)
        snapshot = work.project.snapshot()
        asked = []
        for finding in checked.findings.get(name, ()):
            if finding.span is not None:
                at = range_of(buffer.stretch_of(finding.span))
                if at.start.line <= params.range.end.line and params.range.start.line <= at.end.line:
                    asked.append(finding)
        return [
            lsp.CodeAction(
                f"{finding.fix.title} ({finding.code})",
                lsp.CodeActionKind.QuickFix,
                is_preferred=finding.fix.is_safe,
                edit=server.edit(work, list(finding.fix.edits), snapshot),
            )
            for finding in with_fixes(asked, checked.compilation.texts)
            if finding.fix is not None
        ]


def _or_invalid(ask: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """What ``ask`` gives; a reason against it becomes the protocol's error, which editors show."""
    try:
        return ask(*args, **kwargs)
    except CannotRename as reason:
        raise JsonRpcInvalidParams(str(reason)) from None


def _item(item: Item, at: lsp.Range) -> lsp.CompletionItem:
    return lsp.CompletionItem(
        item.label,
        kind=_KINDS[item.kind],
        detail=item.detail,
        documentation=lsp.MarkupContent(lsp.MarkupKind.Markdown, item.doc) if item.doc else None,
        sort_text=f"{item.rank}{item.label}",
        text_edit=lsp.TextEdit(at, item.text),
    )


def _key_at(server: StrategyServer, params: lsp.HoverParams, snapshot: Snapshot) -> str:
    """The documentation of the key at a position."""
    _, name, text = server.opened(params.text_document.uri)
    here = server.place(text, params.position)
    parsed = snapshot.parsed.get(name)
    for place in parsed.places if parsed is not None else ():
        span = place.node.span
        if place.role == "key" and (span.line, span.column) <= here <= (span.end_line, span.end_column):
            return key_hover(place)
    return ""


def _outlined(each: Outlined, buffer: Buffer) -> lsp.DocumentSymbol:
    return lsp.DocumentSymbol(
        each.name,
        lsp.SymbolKind.Object if each.children else lsp.SymbolKind.Field,
        range_of(buffer.stretch_of(each.span)),
        range_of(buffer.stretch_of(each.name_span)),
        each.detail or None,
        children=[_outlined(child, buffer) for child in each.children],
    )
