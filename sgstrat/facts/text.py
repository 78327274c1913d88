"""Which characters AWS takes in which texts, as the inside of a regular expression's character class.

They are written so that Python and JSON Schema (ECMA 262) read them alike, alone or negated.
Sources: EC2 API reference, CreateSecurityGroup (GroupName, GroupDescription in a VPC), IpRange, UserIdGroupPair and
PrefixListId (Description); Amazon EC2 user guide, tag restrictions; the tag key pattern of the IAM API model.
"""

from __future__ import annotations

import re
from functools import cache

NAME_CHARACTERS = r"a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*"
"""Names and descriptions of security groups."""

RULE_CHARACTERS = NAME_CHARACTERS.replace("&", "")
"""Descriptions of rules. EC2 takes ``&`` with an address but not with a group or a prefix list, so it is never used."""

TAG_CHARACTERS = r"a-zA-Z0-9 +\-=._:/@"
"""Keys and values of tags: the signs that every service takes; letters and digits of any script come with them."""


def first_bad_character(text: str, characters: str) -> tuple[int, str] | None:
    r"""The first character of ``text`` outside the class, with its index from 0; None where AWS takes the whole text.

    ``characters`` is one of this module's classes, or one with ``\w`` for the letters and digits of any script.
    Compiled on first use.
    """
    found = _outside(characters).search(text)
    return None if found is None else (found.start(), found.group())


@cache
def _outside(characters: str) -> re.Pattern[str]:
    return re.compile(f"[^{characters}]")
