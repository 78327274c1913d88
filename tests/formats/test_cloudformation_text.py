"""The templates as text: the header, stable lines, and texts of the user's that stay texts."""

from __future__ import annotations

import difflib
import json
from dataclasses import replace
from typing import Any

import yaml
from factory import groups, make_group, make_list, make_rule, make_rulebook
from hypothesis import given, settings, strategies as st

from sgstrat.formats.cloudformation.write import write
from sgstrat.rulebook.model import ListEntry, Rulebook


def test_the_header_says_what_may_surprise() -> None:
    text = write(make_rulebook(default_group="lock"))[0].text
    comment = text.partition("AWSTemplateFormatVersion")[0]
    for word in ("sgstrat build", "strategies/shop/flows.yaml", "127.0.0.1/32", "VPC_DEFAULT_SECURITY_GROUP_CLOSED"):
        assert word in comment
    assert "VPC_DEFAULT" not in write(make_rulebook())[0].text
    assert "platform" in write(make_rulebook())[1].text.partition("AWSTemplateFormatVersion")[0]


def test_a_file_name_cannot_leave_the_comment() -> None:
    book = make_rulebook(sources=("strategies/a\nResources: {}.yaml", "strategies/\udcff.yaml"))
    text = write(book)[0].text
    assert "# - strategies/a\\nResources: {}.yaml\n" in text
    assert yaml.safe_load(text)["Metadata"]["sgstrat"]["sources"][1] == "strategies/\\udcff.yaml"
    text.encode("utf-8")


def test_a_new_rule_only_adds_lines() -> None:
    all_groups = groups()
    extra = (make_rule("cidr", "10.9.0.0/16"), make_rule("group", "quiet"), make_rule("group", "platform/monitoring"))
    default = all_groups[3]
    grown = replace(default, ingress=tuple(sorted((*default.ingress, *extra), key=lambda rule: rule.peer)))
    ordered = replace(default, ingress=tuple(sorted(default.ingress, key=lambda rule: rule.peer)))
    with_old = tuple(ordered if item is default else item for item in all_groups)
    with_new = tuple(grown if item is default else item for item in all_groups)
    old, new = write(make_rulebook(groups=with_old)), write(make_rulebook(groups=with_new))
    for left, right in zip(old, new, strict=True):
        changes = [line[0] for line in difflib.ndiff(left.text.splitlines(), right.text.splitlines())]
        assert "-" not in changes
        assert "+" in changes


HOSTILE = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30),
    st.sampled_from(
        ["Ref", "Fn::Sub", "!Ref VpcId", "${AWS::Region}", "{{ resolve:ssm:/x }}", "a: b", "\n- a", "\"'#"]
    ),
)


@settings(max_examples=60, deadline=None)
@given(HOSTILE)
def test_the_users_text_stays_text(text: str) -> None:
    """A template with hostile texts is the one with harmless texts, with these in their places."""

    def book(word: str) -> Rulebook:
        rules = (make_rule("cidr", "10.0.0.0/8", description=word), make_rule("group", "web", description=word))
        group = make_group("web", name=word, description=word, tags=((f"k{word}", word),), ingress=rules)
        own = make_list("own", name=word, entries=(ListEntry("10.0.0.0/8", word),), tags=((f"k{word}", word),))
        return make_rulebook(groups=(group,), prefix_lists=(own,), workloads=())

    def put(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: put(value) for key, value in node.items()}
        if isinstance(node, list):
            return [put(value) for value in node]
        return {"HARMLESS": text, "kHARMLESS": f"k{text}"}.get(node, node)

    expected = put(yaml.safe_load(write(book("HARMLESS"))[0].text))
    assert yaml.safe_load(write(book(text))[0].text) == expected
    in_json = json.loads(write(book(text), "json")[0].text)
    in_json["Metadata"]["sgstrat"].pop("about")
    assert in_json == expected
