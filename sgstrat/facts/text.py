"""Which characters AWS takes in which texts, as the inside of a regular expression's character class.

Sources: EC2 API reference, CreateSecurityGroup (GroupName, GroupDescription in a VPC), IpRange and UserIdGroupPair
(Description); Amazon EC2 user guide, tag restrictions.
"""

from __future__ import annotations

NAME_CHARACTERS = r"a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*"
"""Names and descriptions of security groups."""

RULE_CHARACTERS = NAME_CHARACTERS.replace("&", "")
"""Descriptions of rules. EC2 takes ``&`` with an address but not with a group or a prefix list, so it is never used."""

TAG_CHARACTERS = r"a-zA-Z0-9 +\-=._:/@"
"""Keys and values of tags: what every service takes. EC2 itself takes any letter."""
