"""What a user probably meant."""

from __future__ import annotations

from collections.abc import Iterable

_CLEARLY_NEARER = (
    0.1  # of difflib's ratio: ingres is 0.92 like ingress and 0.67 like egress, web-3 as like web-1 as web-2
)


def closest(word: str, options: Iterable[str]) -> str | None:
    """The option most like ``word``, or None when nothing is near."""
    from difflib import get_close_matches  # imported late: only mistakes pay for it

    candidates = sorted(set(options))
    lowered = {option.lower(): option for option in reversed(candidates)}
    if word.lower() in lowered:
        return lowered[word.lower()]
    found = get_close_matches(word.lower(), list(lowered), n=1, cutoff=0.6)
    return lowered[found[0]] if found else None


def only_close(word: str, options: Iterable[str]) -> str | None:
    """The option most like ``word`` where no other is nearly as like it, or None: what may be offered as a fix."""
    near = closest(word, candidates := sorted(set(options)))
    if near is None:
        return None
    from difflib import SequenceMatcher

    lowered = word.lower()
    likeness = {option: SequenceMatcher(None, lowered, option.lower()).ratio() for option in candidates}
    others = [likeness[option] for option in candidates if option != near]
    return near if likeness[near] - max(others, default=0.0) >= _CLEARLY_NEARER else None


def did_you_mean(word: str, options: Iterable[str]) -> str:
    """``did you mean NAME?``, or nothing."""
    near = closest(word, options)
    return f"did you mean {near}?" if near is not None else ""


def listed(options: Iterable[str], limit: int = 12) -> str:
    """Names for a help line, in order, shortened when there are many."""
    names = sorted(set(options))
    if len(names) > limit:
        return ", ".join(names[:limit]) + f", ... ({len(names)} in all)"
    return ", ".join(names)
