"""Plain data as text: every reader reads it back as what it was."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import given, strategies as st

from sgstrat.formats.cloudformation.dump import json_text, yaml_text

# Surrogates are no text: they cannot be written as UTF-8.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
AWKWARD = st.sampled_from(
    [
        *["", " ", "a b", "a: b", "a:", "::/0", "x#y", "x #y", "- a", "!Ref a", "{{resolve:ssm:/a}}", "${a}", "'", '"'],
        *["\\", "a\nb", "\t", "\x00", "\x85", "\u2028", "\ufeff", "é", "\U0001f600"],
        *["%", "@a", "`a", "&a", "*a", "a,b", "[a]", "?"],
    ]
)
DATA = st.recursive(
    st.one_of(TEXTS, AWKWARD, st.integers(-1, 70000)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(TEXTS, AWKWARD, st.just("Fn::GetAtt")), inner, max_size=4),
    ),
    max_leaves=12,
)
TOP = st.dictionaries(TEXTS, DATA, min_size=1, max_size=4)


@given(TOP)
def test_what_is_written_is_read_back(data: dict[str, object]) -> None:
    text = yaml_text(data)
    assert yaml.load(text, yaml.SafeLoader) == data
    assert json_text(data) == json.dumps(data, indent=2) + "\n"


@given(st.one_of(TOP, st.just({})))
def test_json_is_what_the_library_writes(data: dict[str, object]) -> None:
    assert json_text(data) == json.dumps(data, indent=2) + "\n"


@pytest.mark.parametrize("value", [True, None, 1.5, (1,), {1}])
def test_what_is_no_plain_data_is_refused(value: object) -> None:
    for write in (json_text, yaml_text):
        with pytest.raises(TypeError, match="no plain data"):
            write({"a": [value]})


@given(TOP)
def test_libyaml_reads_the_same(data: dict[str, object]) -> None:
    if not yaml.__with_libyaml__:
        pytest.skip("PyYAML was built without libyaml")
    assert yaml.load(yaml_text(data), yaml.CSafeLoader) == data


@given(TOP)
def test_the_output_is_ascii_and_ends_in_one_line_end(data: dict[str, object]) -> None:
    for text in (yaml_text(data), json_text(data)):
        assert text.isascii()
        assert text.endswith("\n")
        assert not text.endswith("\n\n")


@pytest.mark.parametrize(
    "text",
    [
        *[
            "no",
            "On",
            "y",
            "NULL",
            "~",
            "true",
            "012345670123",
            "0o17",
            "0x1F",
            "1e3",
            "22:30",
            "1_000",
            ".5",
            "-1",
            "50",
        ],
        *["2027-06-30", "=", "<<", "", "4711", "2001:db8::/32", ".inf", "1.5"],
    ],
)
def test_what_some_yaml_reads_as_no_text_is_quoted(text: str) -> None:
    assert yaml_text({"a": text}) == f'a: "{text}"\n'


@pytest.mark.parametrize(
    "text", ["web-servers", "AWS::EC2::VPC::Id", "10.0.0.0/8", "Orders and stock (MySQL)", "sgstrat:shop:prod:main:a"]
)
def test_what_no_yaml_misreads_is_plain(text: str) -> None:
    assert yaml_text({"a": text}) == f"a: {text}\n"


def test_numbers_are_numbers_and_equal_texts_are_not() -> None:
    assert yaml_text({"a": 443, "b": "443", "c": -1}) == 'a: 443\nb: "443"\nc: -1\n'


def test_attributes_stand_on_one_line_and_nothing_is_an_alias() -> None:
    shared = ["Web", "GroupId"]
    assert yaml_text({"a": {"Fn::GetAtt": shared}, "b": shared}) == (
        "a:\n  Fn::GetAtt: [Web, GroupId]\nb:\n- Web\n- GroupId\n"
    )


def test_long_text_is_not_folded_and_long_keys_are_simple() -> None:
    assert yaml_text({"a": "word " * 200}).count("\n") == 1
    assert yaml_text({"A" * 255: "b"}) == f"{'A' * 255}: b\n"


def test_nested_sequences_and_empty_collections() -> None:
    data = {"a": [",", ["b", {"c": [], "d": {}}]], "e": {}}
    assert yaml_text(data) == 'a:\n- ","\n- - b\n  - c: []\n    d: {}\ne: {}\n'
    assert yaml_text({}) == "{}\n"


@pytest.mark.parametrize("value", [None, True, 1.5, ("a",), {"a": b"b"}, [None]])
def test_other_types_are_refused(value: object) -> None:
    with pytest.raises(TypeError, match="no plain data"):
        yaml_text({"a": value})
