"""Git revisions: which commit a name means, and what to do where there is none. Reads no files of a commit."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import NamedTuple

from sgstrat.diagnostics.suggest import did_you_mean
from sgstrat.edge.git_run import Done, find_git, run_git
from sgstrat.edge.machine import UsageFault, printable, shown

_SHALLOW = (
    "this clone is shallow: run `git fetch --unshallow` first (in GitHub Actions: actions/checkout with fetch-depth: 0)"
)
_MOST_NAMES = 2000
_LONGEST_NAME = 1000


class Revision(NamedTuple):
    """A commit. ``name`` is what was typed, ``commit`` its full hash."""

    name: str
    commit: str

    @property
    def label(self) -> str:
        """For people: the name, with the beginning of the hash where the name is not that itself."""
        return self.name if self.commit.startswith(self.name) else f"{self.name} ({self.commit[:10]})"


class Range(NamedTuple):
    """``OLD..NEW`` or ``OLD...NEW``; ``forked`` for three dots, which ask what NEW did since it left OLD."""

    old: str
    new: str
    forked: bool


def split_range(text: str) -> Range | None:
    """A revision range, an omitted end being HEAD, as git reads it; None where the text is no range."""
    for dots in ("...", ".."):
        old, found, new = text.partition(dots)
        if found:
            return Range(old or "HEAD", new or "HEAD", dots == "...") if old or new else None
    return None


@dataclass(frozen=True, slots=True)
class Repository:
    """The repository that ``folder`` is in. ``prefix`` is that folder's path inside, ending in ``/`` unless empty."""

    git: str
    folder: str
    prefix: str

    def run(self, *arguments: str, stdin: bytes = b"", limit: int | None = None) -> Done:
        """Run one of git's object-reading commands here."""
        if limit is None:
            return run_git(self.git, self.folder, *arguments, stdin=stdin)
        return run_git(self.git, self.folder, *arguments, stdin=stdin, limit=limit)


def open_repository(folder: str | os.PathLike[str] = ".") -> Repository:
    """The repository around ``folder``. Raises :class:`UsageFault` where git is missing, or a repository it reads."""
    git = find_git()
    full = os.path.abspath(os.fspath(folder))
    done = run_git(git, full, "rev-parse", "--show-prefix")
    if done.status != 0:
        help = "change to a folder of the repository, or compare folders or rulebooks"
        if "dubious ownership" in done.errors:
            help = "it belongs to somebody else; if that is right: git config --global --add safe.directory DIR"
        raise UsageFault(f"no git repository can be read in {shown(full)}: {done.errors}", help)
    return Repository(git, full, os.fsdecode(done.output.rstrip(b"\n")))


def resolve(repository: Repository, name: str) -> Revision:
    """The commit that a revision names. Raises :class:`UsageFault`, with what to do, where there is none."""
    if not name or name.startswith("-") or not name.isprintable() or len(name) > _LONGEST_NAME:
        raise UsageFault(f"{_quoted(name)} is no git revision", "name a branch, a tag or a commit")
    done = repository.run("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
    commit = done.output.decode("ascii", "replace").strip()
    if done.status != 0 or not commit:
        raise UsageFault(f"git knows no revision {_quoted(name)} here", _unknown_help(repository, name))
    return Revision(name, commit)


def fork_point(repository: Repository, old: Revision, new: Revision) -> Revision:
    """The best common ancestor of two commits. Raises :class:`UsageFault` where this clone has none."""
    done = repository.run("merge-base", old.commit, new.commit)
    lines = done.output.decode("ascii", "replace").split()
    if done.status != 0 or not lines:
        help = _SHALLOW if is_shallow(repository) else f"compare them directly: {old.name}..{new.name}"
        raise UsageFault(f"{_quoted(old.name)} and {_quoted(new.name)} have no common ancestor in this clone", help)
    return Revision(lines[0][:10], lines[0])


def is_shallow(repository: Repository) -> bool:
    """Whether history was cut off when the repository was cloned."""
    return repository.run("rev-parse", "--is-shallow-repository").output.strip() == b"true"


def _unknown_help(repository: Repository, name: str) -> str:
    done = repository.run("for-each-ref", f"--count={_MOST_NAMES}", "--format=%(refname:short)")
    names = done.output.decode("utf-8", "replace").split()
    remote = next((each for each in names if each.endswith(f"/{name}")), None)
    if remote is not None:
        return f"did you mean {remote}?"
    if is_shallow(repository):
        return _SHALLOW
    near = did_you_mean(name, names)
    return near or "fetch it first (git fetch), or name a branch, a tag, a commit, or a folder that exists"


def _quoted(name: str) -> str:
    return f"'{printable(name[:80])}'"
