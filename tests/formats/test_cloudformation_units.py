"""The split into the first unit and links: every rule and every workload in exactly one of them."""

from __future__ import annotations

import pytest
from factory import make_group, make_list, make_rule, make_rulebook

from sgstrat.formats.units import is_link, is_link_workload, split
from sgstrat.rulebook.model import Rule


def test_links_hold_what_names_another_target() -> None:
    book = make_rulebook()
    links = split(book).links
    assert links is not None
    assert [(part.group.key, [rule.key for rule in (*part.ingress, *part.egress)]) for part in links.groups] == [
        ("vpc-default", ["tcp-9100-from-platform/monitoring", "tcp-22-from-platform/offices"]),
        ("web-servers", ["udp-8125-to-platform/monitoring"]),
    ]
    assert [item.key for item in links.workloads] == ["watched"]


def test_every_rule_and_workload_is_in_one_unit() -> None:
    book = make_rulebook()
    main, links = split(book)
    assert links is not None
    assert [part.group for part in main.groups] == list(book.groups)

    def rules(parts: object) -> list[tuple[str, Rule]]:
        return [(p.group.key, rule) for p in parts for rule in (*p.ingress, *p.egress)]  # type: ignore[attr-defined]

    everything = [(group.key, rule) for group in book.groups for rule in (*group.ingress, *group.egress)]
    parted = rules(main.groups) + rules(links.groups)
    assert sorted(parted, key=str) == sorted(everything, key=str)
    assert all(is_link(book, rule) for _, rule in rules(links.groups))
    assert not any(is_link(book, rule) for _, rule in rules(main.groups))
    assert sorted((*main.workloads, *links.workloads), key=str) == sorted(book.workloads, key=str)
    assert [item.key for item in book.workloads if is_link_workload(book, item)] == ["watched"]


def test_a_target_that_names_no_other_has_no_links() -> None:
    book = make_rulebook(groups=(make_group("alone"),), workloads=())
    assert split(book).links is None


@pytest.mark.parametrize("kind", ["rules", "lists", "workloads"])
def test_each_kind_of_link_makes_a_second_unit(kind: str) -> None:
    everything = make_rulebook()
    rule = (
        make_rule("group", "platform/monitoring") if kind == "rules" else make_rule("prefix_list", "platform/offices")
    )
    group = make_group("web", ingress=(rule,) if kind != "workloads" else ())
    workloads = everything.workloads[2:] if kind == "workloads" else ()
    links = split(make_rulebook(groups=(group,), workloads=workloads)).links
    assert links is not None
    assert len(links.groups) == (kind != "workloads")
    assert len(links.workloads) == (kind == "workloads")


def test_an_existing_list_stays_in_the_first_unit() -> None:
    group = make_group("web", ingress=(make_rule("prefix_list", "shared"),))
    book = make_rulebook(groups=(group,), prefix_lists=(make_list("shared", "existing"),), workloads=())
    assert split(book).links is None
