"""Applies the fixes of findings to a workspace until none is left, and keeps none that makes anything worse.

Works on bytes that come in and go out; reads and writes nothing. Knows no code and no fix in particular.
"""

from __future__ import annotations

import codecs
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from sgstrat.diagnostics.edits import Edited, Range, Taken, apply_edits, place
from sgstrat.diagnostics.finding import Edit, Finding, Fix
from sgstrat.fixing.harm import Attempt, harm
from sgstrat.pipeline import SETTINGS_FILE, Compilation, Options, compile_workspace
from sgstrat.source.text import SourceText
from sgstrat.syntax.mend import Mended, Mender, Shrunk

MAX_ROUNDS = 50
"""How often the workspace is compiled anew for fixes that others made possible, or that had to wait for others."""
MAX_ATTEMPTS = 200
"""How often it is compiled in all to tell harmful fixes from others."""

Files = Mapping[str, bytes]
Compile = Callable[[Files], Compilation]


class Candidate(NamedTuple):
    """A finding and the fix that is tried on it."""

    finding: Finding
    fix: Fix

    @property
    def keeps_traffic(self) -> bool:
        return self.finding.remedy is not None and self.finding.remedy.keeps_traffic

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What it is known by from one round to the next, in which lines may have moved."""
        span = self.finding.span
        return self.finding.code, span.file if span else "", self.finding.message, self.fix.title


class Refused(NamedTuple):
    """A fix that was taken back, and why."""

    candidate: Candidate
    reason: str


class Outcome(NamedTuple):
    """``changed`` are the new contents of files that are not as they were; ``compilation`` is that of the result.

    The places of what was ``fixed`` are those in the file as it was then. ``is_whole`` is whether nothing was left for
    want of rounds.
    """

    changed: Files
    fixed: tuple[Candidate, ...]
    refused: tuple[Refused, ...]
    compilation: Compilation
    is_whole: bool


def fix_workspace(
    files: Files, options: Options, *, unsafe: bool = False, within: frozenset[str] | None = None
) -> Outcome:
    """Fix what can be fixed in ``files``, by path and sgstrat.yaml among them; with ``unsafe`` also what is not safe.

    ``within`` are the files that may change, None for all. A fix is taken back where it gives an error that was not
    there, or where it says that it keeps all traffic as it is and does not.
    """

    def compiled(contents: Files) -> Compilation:
        sources = ((path, data) for path, data in contents.items() if path != SETTINGS_FILE)
        return compile_workspace(contents.get(SETTINGS_FILE), sources, options)

    return _Fixer(files, compiled, unsafe, within).run()


class _Fixer:
    def __init__(self, files: Files, compiled: Compile, unsafe: bool, within: frozenset[str] | None) -> None:
        self._original = files
        self._compiled = compiled
        self._unsafe = unsafe
        self._within = within
        self._files = files
        self._compilation = compiled(files)
        self._fixed: list[Candidate] = []
        self._refused: dict[tuple[str, str, str, str], Refused] = {}
        self._attempts = 0

    def run(self) -> Outcome:
        for _ in range(MAX_ROUNDS):
            candidates = self._choose()
            if not candidates or self._attempts >= MAX_ATTEMPTS:
                break
            self._round(candidates)
        else:
            candidates = self._choose()
        changed = {path: data for path, data in self._files.items() if data != self._original[path]}
        refused = tuple(self._refused.values())
        return Outcome(changed, tuple(self._fixed), refused, self._compilation, not candidates)

    def _choose(self) -> list[Candidate]:
        """The fixes that can be made together now: of two in conflict the first, the other waits for the next round."""
        mender = Mender(self._compilation.texts)
        claims = _Claims(self._compilation.texts)
        chosen = []
        for finding in self._compilation.findings:
            mended = mender.mend(finding)
            if mended is None or not (mended.fix.is_safe or self._unsafe):
                continue
            candidate = Candidate(finding, mended.fix)
            if self._is_eligible(candidate) and claims.claim(mended):
                chosen.append(candidate)
        return chosen

    def _is_eligible(self, candidate: Candidate) -> bool:
        if candidate.key in self._refused:
            return False
        if candidate.keeps_traffic and not self._compilation.rulebooks:
            return False  # nothing to hold it against until other errors are gone
        return self._within is None or all(edit.span.file in self._within for edit in candidate.fix.edits)

    def _round(self, candidates: list[Candidate]) -> None:
        """Keep those that do no harm; first those that keep traffic as it is, while nothing else has changed it."""
        start = self._compilation
        sources = {path: SourceText(path, text) for path, text in start.texts.items()}
        kept: list[Candidate] = []
        waiting = [
            part for keeps in (False, True) if (part := [each for each in candidates if each.keeps_traffic is keeps])
        ]
        while waiting and self._attempts < MAX_ATTEMPTS:
            part = waiting.pop()
            self._attempts += 1
            files, edited = self._edited(sources, [*kept, *part])
            attempt = Attempt(start, self._compiled(files), edited)
            reason = harm(attempt, keeps_traffic=part[0].keeps_traffic)
            if reason is None:
                kept += part
                self._compilation, after = attempt.after, files
            elif len(part) == 1:
                self._refused[part[0].key] = Refused(part[0], reason)
            else:
                waiting += [part[len(part) // 2 :], part[: len(part) // 2]]
        if kept:
            self._files = after
            self._fixed += kept

    def _edited(
        self, sources: Mapping[str, SourceText], candidates: Iterable[Candidate]
    ) -> tuple[Files, Mapping[str, Edited]]:
        by_file: dict[str, list[Edit]] = defaultdict(list)
        for candidate in candidates:
            for edit in candidate.fix.edits:
                by_file[edit.span.file].append(edit)
        edited = {path: apply_edits(sources[path], edits) for path, edits in by_file.items()}
        files = dict(self._files)
        for path, each in edited.items():
            mark = codecs.BOM_UTF8 if files[path].startswith(codecs.BOM_UTF8) else b""
            files[path] = mark + each.text.encode("utf-8")
        return files, edited


class _Claims:
    """What the fixes of a round have claimed of the files."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._sources = {path: SourceText(path, text) for path, text in texts.items()}
        self._taken: dict[str, Taken] = defaultdict(Taken)
        self._shrunk: dict[Shrunk, set[tuple[Range, ...]]] = defaultdict(set)

    def claim(self, mended: Mended) -> bool:
        """Whether a fix goes with those before it: no edits in conflict, and no collection left without a member."""
        edits = mended.fix.edits
        if any(edit.span.file not in self._sources for edit in edits):
            return False
        ranges = tuple(place(self._sources[edit.span.file], edit) for edit in edits)
        pairs = list(zip(edits, ranges, strict=True))
        if not all(self._taken[edit.span.file].is_free(where, edit.text) for edit, where in pairs):
            return False
        for shrunk in mended.shrunk:
            if len(self._shrunk[shrunk] | {ranges}) >= shrunk.members:
                return False
        for shrunk in mended.shrunk:
            self._shrunk[shrunk].add(ranges)
        return all(self._taken[edit.span.file].take(where, edit.text) for edit, where in pairs)
