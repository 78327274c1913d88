"""Resource ids in the outputs: injective, letter-first encodings of names, keys and CIDRs.

``web-1`` and ``web1``, or ``x-alb`` and ``x/alb``, never meet. The alphabet of the inputs is that of names
(``a-z0-9`` with single hyphens), of ``OTHER/NAME`` and ``NAME@VPC``, and of CIDRs (digits, ``a-f``, ``.``, ``:``,
``/``).
"""

from __future__ import annotations

import re
from functools import lru_cache

_MARKS = {"/": "XS", ".": "XD", ":": "XC", "@": "XA"}
_MARKED = re.compile("[/.:@]")


def logical_id(text: str) -> str:
    """A CloudFormation logical id (letters and digits): ``web-servers`` is ``WebServers``, ``web-1`` is ``WebX1``.

    A part after a hyphen begins with its capital; a part that begins with a digit or with ``x`` gets an ``X``
    before it, and ``/``, ``.``, ``:`` and ``@`` are ``XS``, ``XD``, ``XC`` and ``XA``. So ``X`` is always an escape and
    the text can be read back.
    """
    if _MARKED.search(text) is None:
        return "".join(map(_capital, text.split("-")))
    out: list[str] = []
    start = True
    for char in text:
        if char == "-":
            start = True
            continue
        mark = _MARKS.get(char)
        if mark is not None:
            out.append(mark)
            start = True
            continue
        if start:
            out.append("X" + char if char == "x" or char.isdigit() else char.upper())
            start = False
        else:
            out.append(char)
    return "".join(out)


@lru_cache(maxsize=16_384)
def _capital(word: str) -> str:
    """A part between hyphens; a rule's are few words and numbers over and over."""
    first = word[:1]
    return ("X" + word) if first == "x" or first.isdigit() else first.upper() + word[1:]


def rule_logical_id(group: str, direction: str, rule: str) -> str:
    """The logical id of a rule of ``group``. ``XI``/``XE`` cannot come out of a name, so no group's id can meet it."""
    return f"{logical_id(group)}X{direction.capitalize()}{logical_id(rule)}"


def _terraform(text: str) -> str:
    # a translation table costs five times as much
    return text.replace("/", "__").replace(".", "_").replace(":", "_").replace("@", "_at_")


@lru_cache(maxsize=16384)
def terraform_name(text: str) -> str:
    """A Terraform resource name: the text itself, with ``/`` as ``__``, ``@`` as ``_at_`` and ``.`` or ``:`` as ``_``.

    Injective because names have no underscore and a CIDR can be told from its dots or its hexadecimal groups
    (only ``::`` makes a double mark inside an address, and every CIDR ends in one ``/``; there is no ``t`` in it).
    A leading digit gets ``n_`` before it.
    """
    encoded = _terraform(text)
    return encoded if encoded[:1].isalpha() else "n_" + encoded


def rule_terraform_name(group: str, rule: str) -> str:
    """The Terraform name of a rule: the group's name, ``_``, the rule's key. Its direction is in the resource type."""
    return f"{terraform_name(group)}_{_terraform(rule)}"
