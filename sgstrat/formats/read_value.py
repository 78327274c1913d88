"""What readers of documents share: places, what could not be read, values of which a part is not known, rules' fields.

Must not know any format.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from functools import lru_cache
from typing import NamedTuple, Union

from sgstrat.formats.observed import Handle, Unread, Where
from sgstrat.net.cidr import CidrError, parse_cidr
from sgstrat.net.service import NAMES, NUMBERS
from sgstrat.syntax.scalars import show

MAX_UNREAD = 1000
"""How many parts of one document are reported one by one; the rest is counted."""
MAX_DEPTH = 64
"""How deep values may nest, inclusive, references followed; a template needs about fifteen."""


class Failed(Enum):
    """The value of what could not be evaluated; it has been reported."""

    FAILED = 0


FAILED = Failed.FAILED


class Composite(NamedTuple):
    """A text of which parts are not known yet."""

    parts: tuple[str | Handle, ...]

    def __str__(self) -> str:
        return "".join(part if isinstance(part, str) else f"<{part}>" for part in self.parts)


# None is no value at all: a property that is left out. Lists and dictionaries hold what is not evaluated yet.
Value = Union[str, int, float, bool, None, Handle, Composite, Failed, "list[object]", "dict[object, object]"]


class Reading:
    """What one document has that could not be read."""

    __slots__ = ("_count", "_found")

    def __init__(self) -> None:
        self._found: list[Unread] = []
        self._count = 0

    def fail(self, where: Where | str, what: object, why: str) -> Failed:
        """Report a part; the answer is its value."""
        self._count += 1
        if self._count <= MAX_UNREAD:
            self._found.append(Unread(str(where), shown(what), why))
        return FAILED

    def result(self) -> tuple[Unread, ...]:
        """All that was reported, in order, and how much more there was."""
        more = self._count - MAX_UNREAD
        if more > 0:
            return (*self._found, Unread("(document)", "", f"{more} more parts could not be read"))
        return tuple(self._found)

    def text(self, value: Value, where: Where | str) -> str | Failed | None:
        """A value that has to be a text (or a number, as written); None where there is none."""
        if value.__class__ is str or value is None or value is FAILED:
            return value
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | float):
            return str(value)
        if isinstance(value, Handle | Composite):
            return self.fail(where, value, "its value is not in the document")
        return self.fail(where, value, "a text is expected")

    def number(self, value: Value, where: Where | str) -> int | Failed | None:
        """A whole number, or a text that is one."""
        if value.__class__ is int or value is None or value is FAILED:
            return value
        text = self.text(value, where)
        if not isinstance(text, str):
            return text
        if text.isascii() and 0 < len(text) < 12 and text.removeprefix("-").isdigit():
            return int(text)
        return self.fail(where, value, "a whole number is expected")

    def handle(self, value: Value, where: Where | str) -> Handle | Failed | None:
        """A value that names something: a literal id or what gives one."""
        if isinstance(value, Handle) or value is None or value is FAILED:
            return value
        text = self.text(value, where)
        return Handle("id", text) if isinstance(text, str) else text

    def cidr(self, value: Value, family: str, where: Where | str) -> str | Failed | None:
        """The canonical block that EC2 makes of a text: it clears host bits."""
        text = self.text(value, where)
        if not isinstance(text, str):
            return text
        answer = _cidr(text, family)
        return self.fail(where, text, answer[1]) if answer[1] else answer[0]

    def service(self, protocol: str, low: int | None, high: int | None, where: Where | str) -> Service | Failed:
        """Protocol and ports in the rulebook's form."""
        answer = service(protocol, low, high)
        return self.fail(where, f"{protocol} {low}-{high}", answer) if isinstance(answer, str) else answer


def shown(what: object) -> str:
    """A piece of a document in few characters, however large it is."""
    if isinstance(what, dict):
        keys = [show(str(key), 40) for _, key in zip(range(3), what, strict=False)]
        return f"a mapping of {', '.join(keys)}{', ...' if len(what) > 3 else ''}" if keys else "an empty mapping"
    if isinstance(what, list):
        return f"a list of {len(what)}"
    return show(str(what)) if what is not None and what != "" else ""


def join(parts: Sequence[str | Handle | Composite]) -> str | Handle | Composite:
    """Parts as one value: a text where all are texts, and a handle alone stays one."""
    flat: list[str | Handle] = []
    for part in parts:
        for piece in part.parts if isinstance(part, Composite) else (part,):
            if isinstance(piece, str) and flat and isinstance(flat[-1], str):
                flat[-1] += piece
            elif piece != "":
                flat.append(piece)
    if not flat:
        return ""
    return flat[0] if len(flat) == 1 else Composite(tuple(flat))


def split_commas(value: str | Composite) -> list[str | Handle | Composite]:
    """The members of a list that is one text with commas."""
    members: list[list[str | Handle]] = [[]]
    for part in value.parts if isinstance(value, Composite) else (value,):
        if isinstance(part, Handle):
            members[-1].append(part)
            continue
        first, *others = part.split(",")
        members[-1].append(first)
        members += [[other] for other in others]
    return [join(member) for member in members]


class Service(NamedTuple):
    """Protocol and ports as in :class:`~sgstrat.rulebook.model.Rule`."""

    protocol: str
    from_port: int | None
    to_port: int | None


@lru_cache(maxsize=65536)
def _cidr(text: str, family: str) -> tuple[str, str]:
    """The canonical block, or an empty text and why it is none."""
    try:
        cidr = parse_cidr(text)
    except CidrError as error:
        if error.meant is None or "host bits" not in error.reason:
            return "", error.reason
        cidr = parse_cidr(error.meant)
    return (str(cidr), "") if cidr.family == family else ("", f"an {cidr.family} block where an {family} one is due")


@lru_cache(maxsize=65536)
def service(protocol: str, low: int | None, high: int | None) -> Service | str:
    """Protocol and ports in the rulebook's form, or why they are not ones that EC2 takes.

    Source: EC2 API reference, IpPermission: ports are ignored but for TCP, UDP, ICMP and ICMPv6; -1 is every ICMP type
    or code; ICMPv6 without types is all of them.
    """
    name = protocol.lower()
    if name in ("-1", "all"):
        return Service("-1", None, None)
    if name.isascii() and name.isdigit() and len(name) < 4:
        if int(name) > 255:
            return "no such protocol"
        name = NAMES.get(int(name), str(int(name)))
        if name not in NUMBERS:
            return Service(name, None, None)
    if name not in NUMBERS:
        return "no such protocol"
    if name == "icmpv6" and low is None and high is None:
        low = high = -1
    if low is None or high is None:
        return f"{name} needs {'a type and a code' if name.startswith('icmp') else 'ports'}"
    if name.startswith("icmp"):
        sound = -1 <= low <= 255 and -1 <= high <= 255 and (low != -1 or high == -1)
        return Service(name, low, high) if sound else "no such ICMP type and code"
    return Service(name, low, high) if 0 <= low <= high <= 65535 else "ports go from 0 to 65535, the lower one first"
