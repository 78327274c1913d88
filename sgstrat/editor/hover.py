"""What a name means, as Markdown: resolved rules, weights and headroom of a group, contents of lists and services."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sgstrat.editor.index import CATALOGUE_OWNER, Declaration, Index, Symbol, Use
from sgstrat.editor.walk import Place
from sgstrat.facts.services import catalogue
from sgstrat.language.services import ServicePart
from sgstrat.pipeline import Compilation
from sgstrat.quotas.counting import groups_per_eni
from sgstrat.rulebook.model import DIRECTIONS, Group, Rule, Rulebook
from sgstrat.rulebook.view import View, look
from sgstrat.rulebook.weight import loads

_MOST_TARGETS = 4
_MOST_RULES = 20
_MOST_VALUES = 30


def hover(index: Index, uses: Iterable[Use], compilation: Compilation | None) -> str:
    """The meaning of what stands at the cursor; empty where there is nothing to say."""
    parts = []
    for symbol in dict.fromkeys(use.symbol for use in uses):
        declared = index.declarations.get(symbol, [])
        parts.append("\n\n".join(_symbol(symbol, declared[0] if declared else None, compilation)))
    return "\n\n---\n\n".join(part for part in parts if part)


def key_hover(place: Place) -> str:
    """The documentation of a key."""
    if place.field is None:
        return ""
    required = "required" if place.field.required else "optional"
    return f"**{place.field.key}** ({required} in {place.noun})\n\n{place.field.doc}"


def _symbol(symbol: Symbol, declared: Declaration | None, compilation: Compilation | None) -> Iterator[str]:
    what = declared.what if declared is not None else symbol.kind
    if symbol.owner == CATALOGUE_OWNER:
        known = catalogue()[symbol.name]
        yield f"**{symbol.name}**: service of the catalogue, {_plain(known.title)}"
        yield _code(known.parts)
        return
    yield f"**{symbol.name}**: {what}" + (f" of {symbol.owner}" if symbol.owner else " of sgstrat.yaml")
    if compilation is None:
        return
    if declared is not None and declared.path[0] == "groups":
        yield from _group(symbol, compilation)
    elif symbol.kind == "workload":
        yield from _workload(symbol, compilation)
    elif symbol.kind in ("peer", "service"):
        yield from _values(symbol, what, compilation)


def _group(symbol: Symbol, compilation: Compilation) -> Iterator[str]:
    found = [
        (book, group)
        for book in compilation.named.values()
        if book.strategy == symbol.owner
        for group in book.groups
        if group.key == symbol.name
    ]
    if found:
        yield _plain(found[0][1].description)
    elif compilation.has_errors:
        yield "*The workspace has errors, so its rules are not known yet.*"
    for book, group in found[:_MOST_TARGETS]:
        yield f"`{book.target}`: {_headroom(book, group, compilation)}"
        yield "\n".join(f"- {line}" for line in _rules(group))
    if len(found) > _MOST_TARGETS:
        yield f"... and {len(found) - _MOST_TARGETS} more targets"


def _headroom(book: Rulebook, group: Group, compilation: Compilation) -> str:
    most = book.quotas.rules_per_group
    used = [
        f"{load.direction} {'IPv4' if load.family == 'ipv4' else 'IPv6'} {load.total}"
        for load in loads(book, group, frozenset(compilation.formats))
    ]
    return f"{', '.join(used)} of {most} rules"


def _rules(group: Group) -> Iterator[str]:
    rules = [(direction, rule) for direction in DIRECTIONS for rule in group.rules(direction)]
    for direction, rule in rules[:_MOST_RULES]:
        way = "from" if direction == "ingress" else "to"
        yield f"{direction} `{_service(rule)}` {way} `{rule.peer.name}`: {_plain(rule.description)}"
    if len(rules) > _MOST_RULES:
        yield f"... and {len(rules) - _MOST_RULES} more rules"
    if not rules:
        yield "no rules: nothing may come in or go out"


def _workload(symbol: Symbol, compilation: Compilation) -> Iterator[str]:
    for book in compilation.named.values():
        for workload in book.workloads:
            if book.strategy == symbol.owner and workload.key == symbol.name:
                use = groups_per_eni(book, workload)
                yield f"`{book.target}`: {use.used} of {use.most} groups on the network interface"
                yield _code(workload.groups)


def _values(symbol: Symbol, what: str, compilation: Compilation) -> Iterator[str]:
    """What a network, VPC, list or service holds; by environment where that differs."""
    world = look(unit.names for unit in compilation.source.units)
    said: dict[tuple[str, ...], list[str]] = {}
    for (strategy, environment), view in world.items():
        if symbol.owner in (strategy, ""):
            said.setdefault(_held(symbol, what, view), []).append(environment)
    for values, environments in list(said.items())[:_MOST_TARGETS]:
        if values:
            where = "" if len(said) == 1 else f"In {', '.join(dict.fromkeys(environments))}: "
            yield where + _code(values)


def _held(symbol: Symbol, what: str, view: View) -> tuple[str, ...]:
    if symbol.kind == "service":
        return tuple(str(part) for part in view.service(symbol.name) or ())
    if what == "network":
        return view.networks.get(symbol.name, ())
    if what == "VPC" and symbol.name in view.vpcs:
        vpc = view.vpcs[symbol.name]
        return (*((vpc.id.literal,) if vpc.id.literal else ()), *vpc.cidrs, *vpc.ipv6_cidrs)
    if what == "prefix list" and symbol.name in view.lists:
        value = view.lists[symbol.name][1]
        return tuple(entry.cidr.text for entry in view.entries(value.entries or ()))
    return ()


def _service(rule: Rule) -> str:
    return str(ServicePart(rule.protocol, rule.from_port, rule.to_port, ""))


def _code(values: Iterable[str]) -> str:
    listed = list(values)
    more = f" and {len(listed) - _MOST_VALUES} more" if len(listed) > _MOST_VALUES else ""
    return ", ".join(f"`{value.replace('`', '')}`" for value in listed[:_MOST_VALUES]) + more


def _plain(text: str) -> str:
    """A text of the workspace as Markdown that means nothing but itself."""
    return "".join(f"\\{char}" if char in "\\`*_{}[]()<>#+-.!|~&" else char for char in text.replace("\n", " "))
