"""From parsed files to whole strategies: which file is a strategy, and what its includes bring.

Works on nodes, before any typed reading, so every merged part keeps the place it came from.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping as MappingType
from typing import NamedTuple

from sgstrat.diagnostics.finding import Findings, Related
from sgstrat.source.span import Span, whole
from sgstrat.syntax.nodes import Entry, Mapping, Node, Scalar, Sequence
from sgstrat.syntax.scalars import describe, reads_as, show

# How deep maps of two files are merged, by top-level key; what lies deeper is one definition and may stand once.
_MERGE_DEPTH = {"groups": 2}
_MERGED_MAPS = frozenset(
    [
        "groups",
        "services",
        "networks",
        "prefix_lists",
        "vpcs",
        "environments",
        "existing",
        "workloads",
        "tags",
        "vars",
        "naming",
        "quotas",
    ]
)
_MERGED_LISTS = frozenset(("flows", "assertions", "waivers", "uses"))


class Assembled(NamedTuple):
    """One strategy with its includes merged in. ``files`` are those it was made of, its own first.

    ``includes`` are the patterns by which they were found, each with the file in which it stands. It is not
    ``is_whole`` where one of two tables at one key was left out, after a finding.
    """

    file: str
    node: Mapping
    files: tuple[str, ...]
    is_whole: bool = True
    includes: tuple[tuple[str, str], ...] = ()


def value_of(node: Mapping, key: str) -> Node | None:
    """The value of a key, if it is there."""
    for entry in node.entries:
        if entry.key.value == key:
            return entry.value
    return None


def assemble(files: MappingType[str, Node | None], findings: Findings) -> tuple[Assembled, ...]:
    """All strategies of the workspace, in order of path.

    Files that could not be parsed (None) have had their findings.
    """
    strategies = {
        path: node
        for path, node in files.items()
        if isinstance(node, Mapping) and value_of(node, "strategy") is not None
    }
    broken = {path for path, node in files.items() if node is None}
    assembled = []
    used: set[str] = set()
    for path in sorted(strategies):
        order = _closure(path, files, strategies, findings)
        used.update(order)
        parts = [(each, node) for each in order if isinstance(node := files[each], Mapping)]
        left_out: list[Node] = []
        merged = _merge(parts, left_out, findings)
        includes = tuple((each, item.value) for each, node in parts for item in _patterns(node))
        assembled.append(Assembled(path, merged, tuple(order), not left_out, includes))
    if (
        not broken - used
        and not any(item.code == "SG120" for item in findings.raw())
        and all(map(_is_include_text, files.values()))
    ):
        # else what cannot be read, or an include that finds nothing, may be what is missing
        _report_orphans(files, frozenset(used), findings)
    return tuple(assembled)


def _report_orphans(files: MappingType[str, Node | None], used: frozenset[str], findings: Findings) -> None:
    """Fragments that no strategy includes; those that another such file includes are not to blame."""
    orphans = [path for path in sorted(files) if path not in used]
    included = {target for path in orphans for target, _ in _included(path, files, Findings())}
    for path in orphans:
        if path not in included:
            findings.add(
                "SG123",
                "this file is no strategy (it has no key strategy) and no strategy includes it",
                whole(path),
                help="add strategy: NAME, or include it from a strategy with include:",
            )


def _is_include_text(node: Node | None) -> bool:
    """Whether a file's ``include``, if it has one, is what the decoder takes."""
    include = value_of(node, "include") if isinstance(node, Mapping) else None
    items = include.items if isinstance(include, Sequence) else () if include is None else (include,)
    return all(isinstance(item, Scalar) and not (item.plain and reads_as(item.value)) for item in items)


def _closure(
    root: str, files: MappingType[str, Node | None], strategies: MappingType[str, Mapping], findings: Findings
) -> list[str]:
    """The file and all that it includes, each once: its own first, then in order of path."""
    found: list[str] = []
    stack: list[str] = []

    def visit(path: str) -> None:
        stack.append(path)
        for target, span in _included(path, files, findings):
            if target in stack:
                findings.add(
                    "SG121",
                    "files include each other: " + " -> ".join([*stack[stack.index(target) :], target]),
                    span,
                    help="remove one of the includes",
                )
            elif target in strategies:
                findings.add(
                    "SG120",
                    f"{target} is a strategy of its own and cannot be included",
                    span,
                    help="list it in uses: and name its groups as OTHER/NAME",
                )
            elif target not in found:
                found.append(target)
                visit(target)
        stack.pop()

    visit(root)
    return [root, *sorted(found)]


def _included(path: str, files: MappingType[str, Node | None], findings: Findings) -> list[tuple[str, Span]]:
    targets: dict[str, Span] = {}
    for item in _patterns(files[path]):
        for target in _match(path, item, files, findings):
            targets.setdefault(target, item.span)
    return sorted(targets.items())


def _patterns(node: Node | None) -> Iterator[Scalar]:
    """The items of ``include`` that are texts; anything else is a finding of the decoder."""
    include = value_of(node, "include") if isinstance(node, Mapping) else None
    items = include.items if isinstance(include, Sequence) else () if include is None else (include,)
    for item in items:
        if isinstance(item, Scalar) and not (item.plain and reads_as(item.value)):
            yield item


def _match(path: str, pattern: Scalar, files: MappingType[str, Node | None], findings: Findings) -> list[str]:
    text = pattern.value
    joined = posixpath.normpath(posixpath.join(posixpath.dirname(path), text))
    if text.startswith(("/", "~")) or "\\" in text or re.match(r"[A-Za-z]:", text) or joined.startswith(".."):
        findings.add(
            "SG120",
            f"{show(text)} leaves the workspace",
            pattern.span,
            help="write a path relative to this file, with forward slashes",
        )
        return []
    matcher = _glob(joined)
    matches = [each for each in files if matcher.match(each) and each != path]
    if not matches:
        if matcher.match(path):
            findings.add("SG121", f"{show(text)} includes the file itself", pattern.span, help="remove the include")
        else:
            findings.add(
                "SG120",
                f"{show(text)} matches no YAML file under strategies/",
                pattern.span,
                help="globs are relative to this file",
            )
    return matches


def _glob(pattern: str) -> re.Pattern[str]:
    """``**`` crosses folders, ``*`` and ``?`` do not.

    Each ``*`` becomes one simple class, so matching stays linear enough.
    """
    out = []
    for piece in re.split(r"(\*\*/|\*+|\?)", pattern):
        if piece == "**/":
            out.append("(?:[^/]+/)*")
        elif piece.startswith("**"):
            out.append(".*")
        elif piece == "*":
            out.append("[^/]*")
        elif piece == "?":
            out.append("[^/]")
        else:
            out.append(re.escape(piece))
    return re.compile("".join(out) + r"\Z")


def _merge(parts: list[tuple[str, Mapping]], left_out: list[Node], findings: Findings) -> Mapping:
    """All parts as one. Tables that have no place, since another stands at their key, are added to ``left_out``."""
    if len(parts) == 1:
        return parts[0][1]
    merged: dict[str, Entry] = {}
    for _, node in parts:
        for entry in node.entries:
            key = entry.key.value
            if key == "include":
                merged.setdefault(key, entry)
                continue
            first = merged.get(key)
            merged[key] = entry if first is None else _merge_entry(first, entry, key, left_out, findings)
    return Mapping(tuple(merged.values()), parts[0][1].span)


def _merge_entry(first: Entry, second: Entry, key: str, left_out: list[Node], findings: Findings) -> Entry:
    if key in _MERGED_LISTS and isinstance(first.value, Sequence) and isinstance(second.value, Sequence):
        return Entry(first.key, Sequence(first.value.items + second.value.items, first.value.span))
    if key in _MERGED_MAPS and isinstance(first.value, Mapping) and isinstance(second.value, Mapping):
        depth = _MERGE_DEPTH.get(key, 1)
        return Entry(first.key, _merge_maps(first.value, second.value, depth, key, left_out, findings))
    left_out += [each.value for each in (first, second) if isinstance(each.value, Mapping)]
    if key in _MERGED_LISTS or key in _MERGED_MAPS:
        _wrong_type(first, second, Sequence if key in _MERGED_LISTS else Mapping, key, findings)
    else:
        _twice(first.key, second.key, key, findings)
    return first


def _wrong_type(first: Entry, second: Entry, expected: type, path: str, findings: Findings) -> None:
    """Two values of which one is no list, or no mapping: the decoder says so of the first, since it is kept."""
    if isinstance(first.value, expected):
        noun = "a list" if expected is Sequence else "a mapping"
        findings.add("SG112", f"expected {noun} at {path}, found {describe(second.value)}", second.value.span)


def _merge_maps(
    left: Mapping, right: Mapping, depth: int, path: str, left_out: list[Node], findings: Findings
) -> Mapping:
    merged = {entry.key.value: entry for entry in left.entries}
    for entry in right.entries:
        name = entry.key.value
        first = merged.get(name)
        if first is None:
            merged[name] = entry
        elif depth > 1 and isinstance(first.value, Mapping) and isinstance(entry.value, Mapping):
            merged[name] = Entry(
                first.key, _merge_maps(first.value, entry.value, depth - 1, f"{path}.{name}", left_out, findings)
            )
        elif depth > 1:
            left_out += [each.value for each in (first, entry) if isinstance(each.value, Mapping)]
            _wrong_type(first, entry, Mapping, f"{path}.{name}", findings)
        else:
            _twice(first.key, entry.key, f"{path}.{name}", findings)
    return Mapping(tuple(merged.values()), left.span)


def _twice(first: Scalar, second: Scalar, path: str, findings: Findings) -> None:
    findings.add(
        "SG122",
        f"{path} stands in two files of one strategy",
        second.span,
        help="keep one of the two, or give one another name",
        related=(Related(first.span, "the other is here"),),
    )
