"""What a user probably meant."""

from __future__ import annotations

from collections.abc import Iterable


def closest(word: str, options: Iterable[str]) -> str | None:
    """The option most like ``word``, or None when nothing is near."""
    from difflib import get_close_matches  # imported late: only mistakes pay for it

    candidates = sorted(set(options))
    lowered = {option.lower(): option for option in reversed(candidates)}
    if word.lower() in lowered:
        return lowered[word.lower()]
    found = get_close_matches(word.lower(), list(lowered), n=1, cutoff=0.6)
    return lowered[found[0]] if found else None


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
