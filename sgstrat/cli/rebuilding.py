"""A build that does again only what it has to: strategies that a change concerns, targets whose content is new.

What it writes and says is what a build of everything would; ``reuse`` decides, the record of the last build lies in the
user's cache folder.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from sgstrat.cli.session import Request, Session, compile_part, session_of, whole_session
from sgstrat.diagnostics.finding import Finding, Findings
from sgstrat.edge.cache import program, read_cache, write_cache
from sgstrat.edge.manifest import digest as file_digest
from sgstrat.edge.out_folder import intact
from sgstrat.formats.cloudformation.places import read_places
from sgstrat.formats.render import folder
from sgstrat.formats.suppress import suppressions
from sgstrat.pipeline import Compilation
from sgstrat.reuse.content import content
from sgstrat.reuse.recall import Part, part_of, renewed, stands_alone, together
from sgstrat.reuse.record import Record, TargetRecord, digest, read_record, write_record
from sgstrat.reuse.remember import clusters_of, is_divisible, usages
from sgstrat.rulebook.json_form import write_rulebook
from sgstrat.rulebook.model import TargetName
from sgstrat.syntax.decode_text import decode as decode_text

Scope = Callable[[str], bool]


class Rebuild:
    """One build of a whole workspace, and what it may take over from the last one."""

    def __init__(self, request: Request, scope: Scope) -> None:
        self._request = request
        self._scope = scope
        self._part: Part | None = None

    @cached_property
    def _name(self) -> str:
        """The file of the record: one for each workspace, output folder and set of options."""
        options = self._request.options
        asked = (options.formats, options.syntax, options.optimize, options.nested, self._request.out)
        return digest(str(self._request.workspace.root), repr(asked))[:40] + ".json"

    @cached_property
    def _key(self) -> str | None:
        """What a record has to be of to be worth a look; None where nothing can be kept."""
        made_by = program()
        settings = self._request.workspace.settings
        day = self._request.options.as_of.isoformat()
        return None if made_by is None else digest(made_by, day, b"-" if settings is None else b"+" + settings)

    @cached_property
    def _files(self) -> dict[str, str]:
        return {file.path: digest(file.data) for file in self._request.workspace.files}

    @cached_property
    def _last(self) -> Record | None:
        data = read_cache(self._name) if self._key is not None else None
        record = None if data is None else read_record(data)
        return record if record is not None and record.key == self._key else None

    @cached_property
    def _held(self) -> dict[TargetName | None, dict[str, str]]:
        """The files that are listed for each target, with their digests where they are so on disk."""
        found: dict[TargetName | None, dict[str, str]] = {}
        out = self._last.out if self._last is not None else ""
        for path, value in (intact(Path(out), self._scope) or {}).items() if out else ():
            found.setdefault(TargetName.of_path(path), {})[path] = value
        return found

    def open(self) -> Session:
        """The session to build: of what a change concerns, else of everything."""
        return self._open_part() or whole_session(self._request)

    def _open_part(self) -> Session | None:
        record = self._last
        if record is None or not self._held.keys() <= record.targets.keys():
            return None
        damaged = [name for name, each in record.targets.items() if self._held.get(name) != each.files]
        part = part_of(record, self._files, _lock_digest(self._request.workspace.lock), damaged)
        if part is None:
            return None
        compilation = compile_part(self._request, part)
        if not stands_alone(compilation, part, record):
            return None
        findings = together(compilation, part, record)
        texts = {**self._texts(findings, compilation), **compilation.texts}
        whole = replace(compilation, findings=findings, texts=texts)
        session = session_of(self._request, whole, part.strategies)
        if str(session.out) != record.out:
            return None
        self._part = part
        return session

    def _texts(self, findings: tuple[Finding, ...], compilation: Compilation) -> dict[str, str]:
        """The texts of files that were not read again, for messages about them."""
        named = {each.span.file for each in findings if each.span is not None} - compilation.texts.keys()
        files = {file.path: file.data for file in self._request.workspace.files if file.path in named}
        decoded = {path: decode_text(data, path, Findings()) for path, data in files.items()}
        return {path: text for path, text in decoded.items() if text is not None}

    def kept(self, session: Session) -> frozenset[TargetName]:
        """The targets of a session whose files are what they would be, and so are neither written nor read back."""
        known = self._last.targets if self._last is not None and str(session.out) == self._last.out else {}
        return frozenset(
            name
            for name in session.targets
            if name in known
            and self._held.get(name) == known[name].files
            and known[name].content == _content(session.compilation, name)
        )

    def others(self, session: Session, kept: frozenset[TargetName]) -> Mapping[TargetName, int]:
        """How many files each target has that this build leaves as it is."""
        if self._last is None:
            return {}
        return {
            name: len(each.files)
            for name, each in self._last.targets.items()
            if name in kept or (self._part is not None and not session.covers(name.strategy, name.environment))
        }

    def keep(
        self,
        session: Session,
        files: Mapping[str, str],
        kept: frozenset[TargetName],
        findings: tuple[Finding, ...],
    ) -> None:
        """Remember a build that was written, and what was found."""
        compilation = session.compilation
        if self._key is None or "cdktf" in compilation.formats:  # its files are made by other programs
            return
        made: dict[TargetName, dict[str, str]] = {}
        for path, text in files.items():
            target = TargetName.of_path(path)
            if target is not None:
                made.setdefault(target, {})[path] = file_digest(text.encode("utf-8"))
        # what was found while writing is found again only by writing
        written = [each for each in findings if each.code != "SG601" and each not in compilation.findings]
        last, part = self._last, self._part
        used = usages(compilation)
        targets = {} if last is None else {name: last.targets[name] for name in self.others(session, kept)}
        # what is said of a VPC that is shared is no part of what is written
        targets.update((name, targets[name]._replace(usage=used[name])) for name in kept)
        for name, paths in made.items():
            book = compilation.rulebooks[name]
            text = files[f"{folder(book)}/rulebook.json"]
            said = any(each.span is not None and each.span.file in book.sources for each in written)
            targets[name] = TargetRecord("" if said else _content(compilation, name, text), used[name], paths)
        if last is None or part is None:
            clusters, divisible = clusters_of(compilation, findings), is_divisible(compilation, findings)
        else:
            clusters, divisible = renewed(last, compilation, part, findings), True
        lock = session.lock.before if session.lock.is_empty else session.lock.after
        record = Record(
            self._key,
            str(session.out),
            self._files,
            _lock_digest(lock),
            divisible,
            clusters,
            dict(sorted(targets.items())),
        )
        write_cache(self._name, write_record(record))


def _content(compilation: Compilation, name: TargetName, text: str | None = None) -> str:
    book = compilation.rulebooks[name]
    text = write_rulebook(book) if text is None else text
    places = read_places(compilation.lock, name)
    return content(book, text, suppressions(book, compilation.findings), places)


def _lock_digest(lock: bytes | None) -> str:
    return "" if lock is None else digest(lock)
