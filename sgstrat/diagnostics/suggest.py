"""What a user probably meant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

# Of difflib's ratio: ingres is 0.92 like ingress and 0.67 like egress, web-3 as like web-1 as web-2.
_CLEARLY_NEAR, _CLEARLY_NEARER = 0.75, 0.1


def closest(word: str, options: Iterable[str]) -> str | None:
    """The option most like ``word``, or None when nothing is near."""
    near = _nearest(word, tuple(sorted(set(options))))
    return near[0][0] if near else None


def only_close(word: str, options: Iterable[str]) -> str | None:
    """The option most like ``word`` where it is very like and no other nearly so, or None: what a fix may write."""
    near = _nearest(word, tuple(sorted(set(options))))
    if not near or near[0][1] < _CLEARLY_NEAR:
        return None
    return near[0][0] if len(near) == 1 or near[0][1] - near[1][1] >= _CLEARLY_NEARER else None


@lru_cache(maxsize=8)  # a finding asks twice: for its help and for its fix
def _nearest(word: str, candidates: tuple[str, ...]) -> tuple[tuple[str, float], ...]:
    """At most two options that are near, the nearest first, and how like the word they are (1 is the same)."""
    from difflib import SequenceMatcher, get_close_matches  # imported late: only mistakes pay for it

    word = word.lower()
    lowered = {option.lower(): option for option in reversed(candidates)}
    if word in lowered:
        return ((lowered[word], 1.0),)
    found = get_close_matches(word, list(lowered), n=2, cutoff=0.6)
    # as get_close_matches asks: the ratio is not the same with the two exchanged
    return tuple((lowered[each], SequenceMatcher(None, each, word).ratio()) for each in found)


def did_you_mean(word: str, options: Iterable[str]) -> str:
    """``did you mean NAME?``, or nothing."""
    near = closest(word, options)
    return f"did you mean {near}?" if near is not None else ""


def listed(options: Iterable[str], limit: int = 12) -> str:
    """Names for a help line, in order, shortened when there are many."""
    return shortened(sorted(set(options)), limit)


def shortened(texts: Sequence[str], most: int) -> str:
    """Texts in their order; of more than ``most`` the first of them, and how many there are."""
    return ", ".join(texts[:most]) + (f", ... ({len(texts)} in all)" if len(texts) > most else "")
