"""Prefix lists of a target: its own, and those of AWS and of others that its rules name."""

from __future__ import annotations

from sgstrat.diagnostics.finding import Findings
from sgstrat.facts.prefix_lists import managed_lists
from sgstrat.net.cidr import canonical
from sgstrat.rulebook.model import IdSource, ListEntry, PrefixList, Reference
from sgstrat.rulebook.naming import Namer
from sgstrat.rulebook.peers import Peers, list_family
from sgstrat.rulebook.view import View, id_source, is_own_list

Tags = tuple[tuple[str, str], ...]


def build_lists(
    peers: Peers, namer: Namer, tags: Tags, most_entries: int, findings: Findings
) -> tuple[PrefixList, ...]:
    """All own lists, and every other list that a rule names, by key."""
    view = peers.view
    found = {
        name: _own(view, name, namer, tags, most_entries, findings)
        for name, (_, value) in view.lists.items()
        if is_own_list(value)
    }
    for key, (owner, name) in peers.lists.items():
        if key not in found:
            found[key] = _named(key, owner, name, peers.references)
    return tuple(found[key] for key in sorted(found))


def _own(view: View, name: str, namer: Namer, tags: Tags, most_entries: int, findings: Findings) -> PrefixList:
    word, value = view.lists[name]
    entries: dict[str, ListEntry] = {}
    for entry in view.entries(value.entries or ()):
        block = canonical(entry.cidr.text)
        entries.setdefault(block, ListEntry(block, entry.description))
    size = view.list_size(value)
    span = value.max_entries.span if value.max_entries else word.span
    most = min(size, most_entries)
    if len(entries) > most or size > most_entries:
        said = [f"max_entries is {size}"] if value.max_entries else []
        if max(len(entries), size) > most_entries:
            said.append(f"{most_entries} {'is' if most_entries == 1 else 'are'} allowed")
        message = f"prefix list {name} holds {len(entries)} CIDR{'s' * (len(entries) != 1)}; {', and '.join(said)}"
        if len(entries) > most_entries:
            advice = "divide it into several lists, or use wider blocks"
        elif size > most_entries:
            advice = f"lower max_entries to {most_entries} at most"
        else:
            advice = f"raise max_entries to {len(entries)} at least; it is what counts against the rules quota"
        findings.add("SG305", message, span, help=advice, environment=view.environment)
    former = tuple(each.text for each in value.formerly)
    identity = former[0] if former else name
    own_tags = {**dict(tags), **{key.text: text.text for key, text in value.tags}}
    return PrefixList(
        key=name,
        origin="own",
        family=list_family(view, name),
        weight=size,
        identity=identity,
        formerly=former,
        name=namer.prefix_list(value.aws_name, identity, word),
        max_entries=size,
        entries=tuple(entries[block] for block in sorted(entries)),
        tags=tuple(sorted(own_tags.items())),
        span=word.span,
    )


def _named(key: str, view: View, name: str, references: dict[str, Reference]) -> PrefixList:
    word, value = view.lists[name]
    family = list_family(view, name)
    if value.aws is not None:
        managed = managed_lists()[value.aws.text]
        region = view.values.region
        full = managed.name.replace("{region}", region) if region else managed.name
        literal = next((text.text for place, text in value.ids if place.text == region), None)
        return PrefixList(
            key, "aws", family, managed.weight, identity=key, aws=full, id=IdSource(literal), span=word.span
        )
    weight = view.list_size(value)
    if key in references:
        return PrefixList(key, "foreign", family, weight, identity=key, max_entries=weight, span=word.span)
    return PrefixList(
        key, "existing", family, weight, identity=key, max_entries=weight, id=id_source(value.id), span=word.span
    )
