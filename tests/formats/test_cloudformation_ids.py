"""Ids and names in a template: no two things meet, whatever they are called."""

from __future__ import annotations

import json
import re

from factory import make_group, make_list, make_rule, make_rulebook, with_vpc
from hypothesis import example, given, settings, strategies as st

from sgstrat.formats.cloudformation.ids import vpc_parameter_id
from sgstrat.formats.cloudformation.write import write
from sgstrat.rulebook.model import Existing, IdSource, Reference, Rulebook, Workload

# Parts that look like the marks in ids, so that names which could meet are likely.
PARTS = st.sampled_from(
    ["a", "x", "1", "vpc", "id", "xid", "xlist", "list", "group", "groups", "s", "xs", "ingress", "to"]
)
NAMES = st.one_of(
    st.lists(PARTS, min_size=1, max_size=4).map("-".join),
    st.from_regex(r"[a-z0-9]{1,3}(-[a-z0-9]{1,3}){0,3}", fullmatch=True),
)
LONG = "-".join("1" * 32)  # 63 characters, the longest logical id of all


def book_of(groups: list[str], lists: list[str], existing: list[str], workloads: list[str]) -> Rulebook:
    """A rulebook in which all of the names are used, by every kind of rule."""
    existing = [name for name in existing if name not in groups]  # they share one namespace
    others = [f"{left}/{right}" for left, right in zip(workloads, lists, strict=False)]
    targets = sorted({*groups, *others})
    rules = tuple(
        make_rule("group", name, service) for service in ("tcp-1", "tcp-1-65535") for name in (*targets, *existing)
    )
    rules += tuple(make_rule("prefix_list", name) for name in lists)
    return with_vpc(
        IdSource(),
        groups=tuple(make_group(name, ingress=rules, egress=rules) for name in groups),
        prefix_lists=tuple(make_list(name, "own" if index % 2 else "existing") for index, name in enumerate(lists)),
        existing=tuple(Existing(name, IdSource(), None) for name in existing),
        references=tuple(
            Reference(name, "group", name.partition("/")[0], "prod", "main", name.partition("/")[2], "n")
            for name in others
        ),
        workloads=tuple(Workload(name, tuple(groups), 0, ()) for name in workloads),
    )


@settings(max_examples=60, deadline=None)
@given(*(st.lists(NAMES, min_size=1, max_size=5, unique=True) for _ in range(4)))
@example(["vpc-id", "a", "a-xlist"], ["a", "vpc-id"], ["vpc-id", "b"], ["a", "vpc"])
@example([LONG, "web-1", "web1"], [LONG], [LONG[:-1] + "2", "x-alb"], [LONG])
def test_ids_never_meet(groups: list[str], lists: list[str], existing: list[str], workloads: list[str]) -> None:
    book = book_of(groups, lists, existing, workloads)
    for artifact in write(book, "json"):
        data = json.loads(artifact.text)
        sections = [list(data.get(section, {})) for section in ("Parameters", "Resources", "Outputs")]
        ids = [item for section in sections for item in section]
        assert len(set(ids)) == len(ids)
        assert all(re.fullmatch("[A-Za-z0-9]{1,255}", item) for item in ids)
        if artifact.path.startswith("cloudformation/template"):
            created = len(groups) + len(lists) // 2
            inside = {*groups, *existing}
            assert len(sections[1]) == created + len(groups) * len(inside) * 2 * 2
            assert len(sections[2]) == len(groups) + len(workloads)


def test_the_vpc_parameter_makes_way_for_a_group() -> None:
    assert vpc_parameter_id(make_rulebook()) == "VpcId"
    assert vpc_parameter_id(make_rulebook(groups=(make_group("vpc-id"),))) == "XVpcId"
    assert vpc_parameter_id(make_rulebook(groups=(make_group("new", identity="vpc-id"),))) == "XVpcId"
