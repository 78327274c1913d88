"""Characters that AWS takes and forms of its ids, as Python and JSON Schema read them."""

from __future__ import annotations

import re
import string

import jsonschema
import jsonschema_rs
import pytest
from hypothesis import given, strategies as st

from sgstrat.facts.ids import ACCOUNT, PREFIX_LIST_ID, REGION, SECURITY_GROUP_ID, SSM_PATH, VPC_ID
from sgstrat.facts.text import NAME_CHARACTERS, RULE_CHARACTERS, TAG_CHARACTERS, first_bad_character

# As the EC2 API reference lists them.
NAME = set(string.ascii_letters + string.digits + " " + "._-:/()#,@[]+=&;{}!$*")
CLASSES = {
    "name": (NAME_CHARACTERS, NAME),
    "rule": (RULE_CHARACTERS, NAME - {"&"}),
    "tag": (TAG_CHARACTERS, set(string.ascii_letters + string.digits + " " + "+-=._:/@")),
}
ANY_CHARACTER = [*map(chr, range(0x250)), "\u200b", "\u2028", "\u2019", "\u0661", "\ufb01", "\U0001f600"]


@pytest.mark.parametrize("kind", CLASSES)
@pytest.mark.parametrize("reader", ["jsonschema", "jsonschema-rs"])
def test_json_schema_takes_just_these_characters(kind: str, reader: str) -> None:
    characters, allowed = CLASSES[kind]
    schema = {"$schema": "http://json-schema.org/draft-07/schema#", "pattern": f"^[{characters}]{{1,255}}$"}
    validator = jsonschema.Draft7Validator if reader == "jsonschema" else jsonschema_rs.Draft7Validator
    valid = validator(schema).is_valid
    # Python's $ also matches before a last line break, which ECMA's does not; so the character stands in the middle.
    assert {char for char in ANY_CHARACTER if valid(f"a{char}b")} == allowed
    assert valid("a" * 255)
    assert not valid("a" * 256)
    assert not valid("")


@pytest.mark.parametrize("kind", CLASSES)
@given(text=st.text(st.one_of(st.characters(), st.sampled_from(sorted(NAME))), max_size=40))
def test_the_first_bad_character_is_the_first_outside_the_class(kind: str, text: str) -> None:
    characters, allowed = CLASSES[kind]
    expected = next(((index, char) for index, char in enumerate(text) if char not in allowed), None)
    assert first_bad_character(text, characters) == expected


def test_an_ampersand_is_for_names_only() -> None:
    assert first_bad_character("R&D", NAME_CHARACTERS) is None
    assert first_bad_character("R&D", RULE_CHARACTERS) == (1, "&")


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        (ACCOUNT, ["111111111111", "012345678901"], ["11111111111", "1111111111111", "11111111111a", "\u0661" * 12]),
        (
            REGION,
            ["eu-west-1", "us-gov-east-1", "us-isob-east-1", "eusc-de-east-1", "ap-southeast-7", "mx-central-1"],
            ["eu-west", "eu-west-1a", "EU-WEST-1", "west-1", "eu--west-1", "eu-west-"],
        ),
        (
            VPC_ID,
            ["vpc-0d0000000000000d1", "vpc-1a2b3c4d"],
            [
                "vpc-",
                "vpc-1a2b3c4",
                "vpc-1a2b3c4d5",
                "vpc-0d0000000000000d11",
                "vpc-1A2B3C4D",
                "sg-1a2b3c4d",
                "vpc-1a2b3c4g",
            ],
        ),
        (
            SECURITY_GROUP_ID,
            ["sg-0123456789abcdef0", "sg-12345678"],
            ["sg-0123456789abcdef", "sg-1", "sg-0123456789abcdef01"],
        ),
        (PREFIX_LIST_ID, ["pl-6da54004", "pl-0123456789abcdef0"], ["pl-6da5400", "pl-", "pl-6da54004x", "s3"]),
        (
            SSM_PATH,
            ["/network/vpc/id", "/a", "/eks/main/cluster-security-group-id", "/a_b/c.d", "/a" * 15],
            ["network/vpc", "/", "/a/", "//a", "/a b", "/a" * 16, ""],
        ),
    ],
)
def test_ids(pattern: str, good: list[str], bad: list[str]) -> None:
    schema = jsonschema_rs.validator_for({"type": "string", "pattern": pattern})
    for text in good:
        assert re.search(pattern, text), text
        assert schema.is_valid(text), text
    for text in bad:
        assert not re.search(pattern, text), text
        assert not schema.is_valid(text), text
