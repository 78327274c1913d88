"""What a document of any format says is to be there: groups with their rules, prefix lists, outputs.

The common form of every reader. Things are named by handles, since a document often cannot give an id: two documents
agree where their handles can be made equal, which is for who compares. Must not know any format, nor the rulebook's
keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, NamedTuple

from sgstrat.rulebook.model import Direction, PeerKind
from sgstrat.syntax.scalars import show

HandleKind = Literal["resource", "own", "id", "input", "ssm", "export", "tags", "name", "attribute"]


class Where(NamedTuple):
    """A place in a document, made cheaply and written out only when somebody asks."""

    outer: Where | None
    key: object

    def __str__(self) -> str:
        parts: list[object] = []
        place: Where | None = self
        while place is not None:
            parts.append(place.key)
            place = place.outer
        text = ""
        for key in reversed(parts):
            text += f"[{key}]" if isinstance(key, int) else f"{'.' if text else ''}{show(str(key), 255)}"
        return text


class Handle(NamedTuple):
    """How a document names a thing.

    ``resource``: created in the same document, by its address. ``id``: a literal id. ``input``: a parameter or variable
    without a value. ``ssm``: an SSM parameter's path. ``export``: a CloudFormation export. ``tags``: looked up by
    ``tags``. ``name``: looked up by its AWS name, in which ``{region}`` stands for the region that the document is
    applied in. ``attribute``: whatever else the tool will know when it applies the document, as written.
    ``own`` no reader gives: it is a group or list of the target in hand, by its identity.
    """

    kind: HandleKind
    name: str
    tags: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        shown = self.name or ", ".join(f"{key}={value}" for key, value in self.tags)
        return shown if self.kind in ("own", "id", "resource") else f"{self.kind} {shown}"


class ObservedPeer(NamedTuple):
    """The other end of a rule: a canonical CIDR, or a group or prefix list by its handle.

    ``handle`` is None for a CIDR, whose text is ``cidr``. ``account`` is the owner of a group where the rule says it.
    """

    kind: PeerKind
    cidr: str = ""
    handle: Handle | None = None
    account: str | None = None

    def __str__(self) -> str:
        return self.cidr or f"{self.kind.replace('_', ' ')} {self.handle}"


class ObservedRule(NamedTuple):
    """One permission. Protocol and ports are in the rulebook's form; ``where`` is its place in the document."""

    protocol: str
    from_port: int | None
    to_port: int | None
    peer: ObservedPeer
    description: str
    where: Where


@dataclass(frozen=True, slots=True)
class ObservedGroup:
    """A group that the document creates, or one it only adds rules to (``created`` False, fields empty).

    ``default`` is the VPC's own default group. ``egress`` holds what AWS adds by itself where the document leaves it
    out. A field that cannot be read is empty and reported.
    """

    handle: Handle
    path: str
    created: bool
    ingress: tuple[ObservedRule, ...]
    egress: tuple[ObservedRule, ...]
    name: str = ""
    description: str = ""
    vpc: Handle | None = None
    tags: tuple[tuple[str, str], ...] = ()
    default: bool = False

    def rules(self, direction: Direction) -> tuple[ObservedRule, ...]:
        return self.ingress if direction == "ingress" else self.egress


@dataclass(frozen=True, slots=True)
class ObservedList:
    """A prefix list that the document creates. ``entries`` are CIDR and description, in order of writing."""

    handle: Handle
    path: str
    name: str
    family: str
    max_entries: int | None
    entries: tuple[tuple[str, str], ...]
    tags: tuple[tuple[str, str], ...] = ()


class ObservedOutput(NamedTuple):
    """A named value of the document: ids in order, by handle, or texts. ``export`` is its CloudFormation export."""

    name: str
    members: tuple[Handle | str, ...]
    export: str | None
    path: str


class Unread(NamedTuple):
    """A part of the document that was not evaluated: where it stands, what stands there, and why."""

    path: str
    what: str
    why: str

    def __str__(self) -> str:
        return f"{self.path}: {self.what}: {self.why}" if self.what else f"{self.path}: {self.why}"


@dataclass(frozen=True, slots=True)
class Observed:
    """A whole document. What is in ``unread`` is in none of the other fields."""

    groups: tuple[ObservedGroup, ...]
    lists: tuple[ObservedList, ...]
    outputs: tuple[ObservedOutput, ...]
    unread: tuple[Unread, ...]


class ExpectedOutput(NamedTuple):
    """What an output of one name has to be."""

    members: tuple[Handle, ...]
    export: str | None = None


class Expected(NamedTuple):
    """How a format's documents have to name what a rulebook names, as far as it is the format's choice.

    ``groups`` and ``lists`` are handles by key, ``owners`` accounts by direction and key of an existing group.
    ``sentinels`` are the keys of groups whose only inline egress is the rule that matches nothing; ``locks`` is whether
    the VPC's default group has to be there, without rules. ``may`` are outputs that may be there and must then be so.
    """

    vpc: Handle
    groups: Mapping[str, Handle]
    lists: Mapping[str, Handle]
    owners: Mapping[tuple[Direction, str], str]
    outputs: Mapping[str, ExpectedOutput]
    sentinels: frozenset[str] = frozenset()
    locks: bool = False
    may: Mapping[str, ExpectedOutput] = MappingProxyType({})
