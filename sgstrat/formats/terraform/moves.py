"""``moved`` blocks: what keeps a resource when its key changes (``formerly``).

Terraform takes at most one move from and one to each address, so the former addresses of a resource form one chain that
ends at the current one. A rule's address holds the keys of its group and of its peer; of two that were both renamed
nobody knows which was first, so the chain goes through every combination, the current one last.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise, product

from sgstrat.formats.terraform.document import Value
from sgstrat.formats.terraform.expressions import literal
from sgstrat.formats.units import Unit
from sgstrat.rulebook.identity import rule_terraform_name, terraform_name
from sgstrat.rulebook.model import DIRECTIONS, Group, Rule, Rulebook

History = tuple[str, ...]


def moves(book: Rulebook, unit: Unit, links: bool) -> list[Value]:
    """The moved blocks of a module, in order of its resources."""
    renamed = (
        *(each.formerly for each in book.groups),
        *(each.formerly for each in book.prefix_lists),
        *(each.formerly for each in book.references),
    )
    if not any(renamed):
        return []
    groups = {group.key: (*group.formerly, group.key) for group in book.groups}
    lists = {each.key: (*each.formerly, each.key) for each in book.prefix_lists}
    others = {each.key: (*each.formerly, each.key) for each in book.references}
    histories = {("group", key): value for key, value in {**groups, **others}.items()}
    histories.update({("prefix_list", key): value for key, value in {**lists, **others}.items() if len(value) > 1})
    found: list[Value] = []
    if not links:
        for group in book.groups:
            found += _chain("aws_security_group", (terraform_name(key) for key in groups[group.key]))
        for each in book.prefix_lists:
            if each.origin == "own":
                found += _chain("aws_ec2_managed_prefix_list", (terraform_name(key) for key in lists[each.key]))
    for part in unit.groups:
        for direction in DIRECTIONS:
            for rule in part.ingress if direction == "ingress" else part.egress:
                names = _names(part.group, rule, histories.get((rule.peer.kind, rule.peer.name), (rule.peer.name,)))
                found += _chain(f"aws_vpc_security_group_{direction}_rule", names)
    return found


def _names(group: Group, rule: Rule, peer: History) -> Iterator[str]:
    own = (*group.formerly, group.key)
    if len(own) == 1 and len(peer) == 1:
        return
    stem = rule.key[: len(rule.key) - len(rule.peer.name)]
    # a group that names itself has changed both keys at once
    cells = zip(own, own, strict=True) if rule.peer == ("group", group.key) else product(own, peer)
    for mine, theirs in cells:
        yield rule_terraform_name(mine, stem + theirs)


def _chain(type: str, names: Iterator[str]) -> Iterator[Value]:
    for old, new in pairwise(names):
        yield {"from": literal(f"{type}.{old}"), "to": literal(f"{type}.{new}")}
