"""What changes in AWS beside traffic: which groups, prefix lists and workloads are made, deleted, replaced or renamed.

AWS can change neither a security group's name nor its description nor its VPC, nor a prefix list's family: the resource
is deleted and made again. Sources: EC2 API, CreateSecurityGroup; CloudFormation, AWS::EC2::SecurityGroup (update
requires replacement); facts on AWS::EC2::PrefixList, AddressFamily.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sgstrat.reach.diff_match import Sides
from sgstrat.reach.diff_model import EFFECTS, Effect, ResourceChange
from sgstrat.rulebook.model import DIRECTIONS, Group, PrefixList, Rule, Rulebook, TargetName, Workload

_MOST_NAMED = 12


def resource_changes(sides: Sides) -> tuple[ResourceChange, ...]:
    """Every resource that is not what it was, what interrupts most first."""
    found: list[ResourceChange] = []
    for name in sorted({*sides.old, *sides.new}):
        old, new = sides.old.get(name), sides.new.get(name)
        if old is not None and new is not None:
            found += _Target(name, old, new, sides).changes()
        elif new is not None:
            found.append(ResourceChange("created", "target", name, str(name), (_content(new),)))
        elif old is not None:
            found.append(ResourceChange("deleted", "target", name, str(name), (_content(old),), _keys(old.workloads)))
    return tuple(sorted(found, key=lambda each: (EFFECTS.index(each.effect), each.target, each.kind, each.key)))


def _content(book: Rulebook) -> str:
    groups, lists = len(book.groups), sum(each.origin == "own" for each in book.prefix_lists)
    return f"{groups} group{'s' * (groups != 1)}, {lists} prefix list{'s' * (lists != 1)}"


def _keys(workloads: Iterable[Workload]) -> tuple[str, ...]:
    return tuple(each.key for each in workloads)


class _Target:
    """One target that both sides have."""

    def __init__(self, name: TargetName, old: Rulebook, new: Rulebook, sides: Sides) -> None:
        self._name = name
        self._old = old
        self._new = new
        self._groups = {new: old for old, new in sides.groups.get(name, {}).items()}
        self._lists = {new: old for old, new in sides.lists.get(name, {}).items()}

    def changes(self) -> Iterator[ResourceChange]:
        place = self._place()
        if place is not None:
            details = (f"{place}, which replaces every group and list of the target",)
            yield ResourceChange("replaced", "target", self._name, str(self._name), details, _keys(self._old.workloads))
        if self._old.default_group != self._new.default_group:
            was, now = (book.default_group or "not owned" for book in (self._old, self._new))
            told = f"default_group: {was} becomes {now}"
            yield ResourceChange("changed", "target", self._name, str(self._name), (told,))
        yield from self._all_groups()
        yield from self._all_lists()
        yield from self._all_workloads()

    def _place(self) -> str | None:
        """What says that the target is elsewhere now; an id that becomes an input, or was one, says nothing."""
        for what, old, new in (
            ("the VPC id", self._old.vpc.id.literal, self._new.vpc.id.literal),
            ("the VPC id's SSM parameter", self._old.vpc.id.ssm, self._new.vpc.id.ssm),
            ("the account", self._old.account, self._new.account),
            ("the region", self._old.region, self._new.region),
        ):
            if old is not None and new is not None and old != new:
                return f"{what} {old} becomes {new}"
        return None

    # -- groups

    def _all_groups(self) -> Iterator[ResourceChange]:
        old, new = ({each.key: each for each in book.groups} for book in (self._old, self._new))
        gone = {key: group for key, group in old.items() if key not in new}
        keys = {key: group for key, group in gone.items() if group.part_of is None}  # a part's key nobody writes
        for key, group in new.items():
            if key in old:
                yield from self._group(old[key], group)
                continue
            twin = next((each for each in keys.values() if group.part_of is None and _are_twins(each, group)), None)
            details: tuple[str, ...] = ()
            if twin is not None:
                details = (
                    f"it has the rules of {twin.key}, which is deleted: to keep the group, write formerly: {twin.key}",
                )
            yield ResourceChange("created", "group", self._name, key, details)
        for key in gone:
            yield ResourceChange("deleted", "group", self._name, key, (), self._carriers(key))

    def _carriers(self, key: str) -> tuple[str, ...]:
        """The workloads that carry a group today, which notice when it is replaced."""
        return tuple(each.key for each in self._old.workloads if key in each.groups)

    def _group(self, old: Group, new: Group) -> Iterator[ResourceChange]:
        before = self._groups.get(new.key)
        replaced = tuple(
            f"the {what} changes from {_quoted(was)} to {_quoted(now)}, which replaces the group in AWS"
            for what, was, now in (("name", old.name, new.name), ("description", old.description, new.description))
            if was != now
        )
        details = (*replaced, *_attributes(old, new), *_rules(old, new))
        if before is not None:
            details = (f"{before} becomes {new.key}" + ("" if replaced else "; the group in AWS is kept"), *details)
        effect: Effect = "replaced" if replaced else "renamed" if before is not None else "changed"
        if details:
            workloads = self._carriers(new.key) if replaced else ()
            yield ResourceChange(effect, "group", self._name, new.key, details, workloads)

    # -- prefix lists

    def _all_lists(self) -> Iterator[ResourceChange]:
        old, new = (
            {each.key: each for each in book.prefix_lists if each.origin == "own"} for book in (self._old, self._new)
        )
        for key, each in new.items():
            if key in old:
                yield from self._list(old[key], each)
            else:
                yield ResourceChange("created", "prefix list", self._name, key)
        for key in old:
            if key not in new:
                yield ResourceChange("deleted", "prefix list", self._name, key)

    def _list(self, old: PrefixList, new: PrefixList) -> Iterator[ResourceChange]:
        details: list[str] = []
        if old.family != new.family:
            details.append(f"the family changes from {old.family} to {new.family}, which replaces the list in AWS")
        before, after = {each.cidr for each in old.entries}, {each.cidr for each in new.entries}
        for what, cidrs in (("added", sorted(after - before)), ("removed", sorted(before - after))):
            details += [f"entry {cidr} is {what}" for cidr in cidrs[:_MOST_NAMED]]
            if len(cidrs) > _MOST_NAMED:
                details.append(f"{len(cidrs) - _MOST_NAMED} more entries are {what}")
        if old.max_entries != new.max_entries:
            details.append(f"max_entries {old.max_entries} becomes {new.max_entries}")
        if old.name != new.name:
            details.append(f"the name changes from {_quoted(old.name or '')} to {_quoted(new.name or '')}")
        former = self._lists.get(new.key)
        if former is not None:
            details.insert(0, f"{former} becomes {new.key}")
        effect: Effect = "replaced" if old.family != new.family else "renamed" if former is not None else "changed"
        if details:
            yield ResourceChange(effect, "prefix list", self._name, new.key, tuple(details))

    # -- workloads

    def _all_workloads(self) -> Iterator[ResourceChange]:
        old, new = ({each.key: each for each in book.workloads} for book in (self._old, self._new))
        for key, each in new.items():
            if key not in old:
                yield ResourceChange("created", "workload", self._name, key, (f"it carries {', '.join(each.groups)}",))
            elif details := tuple(_attachments(old[key], each)):
                yield ResourceChange("changed", "workload", self._name, key, details)
        for key in old:
            if key not in new:
                yield ResourceChange("deleted", "workload", self._name, key)


def _attachments(old: Workload, new: Workload) -> Iterator[str]:
    for what, keys in (
        ("attached", set(new.groups) - set(old.groups)),
        ("detached", set(old.groups) - set(new.groups)),
    ):
        if keys:
            yield f"{', '.join(sorted(keys))} {'is' if len(keys) == 1 else 'are'} {what}"
    if old.networks != new.networks:
        yield f"its networks become {', '.join(new.networks) or 'those of the VPC'}"


def _attributes(old: Group, new: Group) -> Iterator[str]:
    if old.tags != new.tags:
        was, now = dict(old.tags), dict(new.tags)
        keys = sorted(key for key in {*was, *now} if was.get(key) != now.get(key))
        yield f"tags change: {', '.join(keys)}"
    if old.kind != new.kind:
        yield f"its kind changes from {old.kind} to {new.kind}"
    if old.enforce != new.enforce:
        yield "it is enforced on every workload of the VPC" if new.enforce else "it is no longer enforced"


def _rules(old: Group, new: Group) -> Iterator[str]:
    for direction in DIRECTIONS:
        was, now = ({_identity(rule): rule for rule in group.rules(direction)} for group in (old, new))
        if was == now:
            continue
        added, removed = len(now.keys() - was.keys()), len(was.keys() - now.keys())
        reworded = sum(was[key].description != now[key].description for key in was.keys() & now.keys())
        told = [
            f"{count} {what}"
            for count, what in ((added, "added"), (removed, "removed"), (reworded, "reworded"))
            if count
        ]
        if told:
            yield f"{direction} rules: {', '.join(told)}"


def _identity(rule: Rule) -> tuple[object, ...]:
    """What AWS takes for one rule; a description is no part of it."""
    return (rule.protocol, rule.from_port, rule.to_port, rule.peer)


def _are_twins(old: Group, new: Group) -> bool:
    """Whether one looks like the other under a new key: the same rules, and at least one or the same description."""
    same = all(
        {_identity(rule) for rule in old.rules(each)} == {_identity(rule) for rule in new.rules(each)}
        for each in DIRECTIONS
    )
    return old.kind == new.kind and same and (old.description == new.description or bool(old.ingress or old.egress))


def _quoted(text: str) -> str:
    return f"'{text}'"
