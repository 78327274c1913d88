"""What is to be done about a finding, said of values and lists: how it is written depends on the text of the file.

Whoever finds a mistake knows what was meant, not how the file is laid out; ``syntax.mend`` knows that and makes a
``Fix`` of it. Knows nothing of YAML.
"""

from __future__ import annotations

from typing import NamedTuple

from sgstrat.source.span import Span


class Rewrite(NamedTuple):
    """The scalar at ``span`` says ``new`` in place of ``old``, in quotes where it has to be."""

    span: Span
    old: str
    new: str


class Rename(NamedTuple):
    """As :class:`Rewrite`, for a name that stands nowhere else: nothing else would follow it."""

    span: Span
    old: str
    new: str


class Removal(NamedTuple):
    """The item of a list, or the key with its value, that is at ``span`` goes; the list or mapping with its last."""

    span: Span


class Insertion(NamedTuple):
    """A mapping is added at the end of the list that is at ``key`` of the mapping at ``span``.

    ``item`` is its keys with a text, or with several as a list.
    """

    span: Span
    key: str
    item: tuple[tuple[str, str | tuple[str, ...]], ...]


Change = Rewrite | Rename | Removal | Insertion


class Remedy(NamedTuple):
    """What removes a finding. The changes make sense together only.

    ``is_safe`` as in ``Fix``. ``keeps_traffic``: it must not change what any rulebook allows, which is looked at before
    the change is kept.
    """

    title: str
    changes: tuple[Change, ...]
    is_safe: bool = True
    keeps_traffic: bool = False


def rewriting(span: Span, old: str, new: str | None, *, is_safe: bool = False) -> Remedy | None:
    """To write ``new`` in place of ``old``; None where there is nothing to write, or nothing else."""
    if new is None or new == old:
        return None
    return Remedy(f"write {new}", (Rewrite(span, old, new),), is_safe)


def removal(span: Span, title: str, *, is_safe: bool = True, keeps_traffic: bool = True) -> Remedy:
    """To remove the list item at ``span``, or the entry of a mapping whose key is there.

    ``title`` says so in the imperative: ``remove the waiver``. With ``keeps_traffic`` it is refused where anything
    that is compiled would then allow something else.
    """
    return Remedy(title, (Removal(span),), is_safe, keeps_traffic)
