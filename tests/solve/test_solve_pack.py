"""Fused groups: names, what the proof finds, what stays from build to build, and how a plan is found in bounds."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from sgstrat.diagnostics.finding import Findings
from sgstrat.pipeline import Compilation, Options, build, compile_workspace
from sgstrat.rulebook.json_form import write_rulebook
from sgstrat.rulebook.model import Group, Packed, Peer, Reference, Rulebook, TargetName
from sgstrat.rulebook.read_json import RulebookFault, read_rulebook
from sgstrat.solve import solve as module
from sgstrat.solve.composite import composite_key, description_of
from sgstrat.solve.pack_proof import prove_packed

NAME = TargetName("a", "default", "main")
Books = Mapping[TargetName, Rulebook]
Strategy = dict[str, Any]


def strategy(**changes: Any) -> Strategy:
    """Three workloads, one of them over its budget: web and shell are its own, linux is everybody's."""
    found: Strategy = {
        "version": 1,
        "strategy": "a",
        "pack": True,
        "quotas": {"groups_per_eni": 2},
        "groups": {
            "os": {"linux": group(ingress=[{"from": "10.0.0.0/16", "services": "ping", "why": "x"}])},
            "service": {"shell": group(ingress=[{"from": "10.1.0.0/24", "services": "ssh", "why": "x"}])},
            "app": {"web": group(), "db": group()},
        },
        "flows": [
            {"from": "web", "to": ["web", "db"], "services": "tcp/1-2", "why": "x"},
            {"from": "linux", "to": "shell", "services": "tcp/9", "why": "x"},
        ],
        "workloads": {
            "front": {"groups": ["web", "shell", "linux"]},
            "back": {"groups": ["db", "linux"]},
            "plain": {"groups": ["linux"]},
        },
    }
    return {**found, **changes}


def group(**rules: Any) -> dict[str, Any]:
    return {"description": "X", **rules}


def compiled(source: Strategy, lock: str | None = None) -> Compilation:
    files = [("strategies/a.yaml", json.dumps(source).encode())]
    data = None if lock is None else lock.encode()
    return compile_workspace(None, files, Options(date(2027, 1, 1), ("cloudformation", "terraform")), lock=data)


def sound(source: Strategy, lock: str | None = None) -> Compilation:
    found = compiled(source, lock)
    assert not found.has_errors, [each.message for each in found.findings if each.is_error]
    return found


def packed(compilation: Compilation) -> set[tuple[str, ...]]:
    return {each.members for each in compilation.rulebooks[NAME].packed}


def lock_of(compilation: Compilation) -> str:
    return compilation.lock_text(lambda *_: True) or ""


# -- names


def test_no_two_sets_of_members_share_a_name() -> None:
    sets = [["a-b", "c"], ["a", "b-c"], ["a", "b", "c"], ["a-b-c"], ["a", "b"], ["x" * 63, "y"], ["x" * 63, "z"]]
    keys = [composite_key(each) for each in sets]
    assert len({*keys}) == len(sets)
    assert all(len(key) <= 63 and "--" not in key and not key.endswith("-") for key in keys)
    assert composite_key(["b", "a"]) == composite_key(["a", "b"])


def test_a_description_names_as_many_members_as_fit() -> None:
    assert description_of(["b", "a"]) == "Packed: a, b"
    long = [f"{number:02}-{'x' * 60}" for number in range(9)]
    text = description_of(long)
    assert text == f"Packed: {long[0]}, {long[1]}, {long[2]} and 6 more"
    assert len(text) <= 255


def test_a_composite_keeps_its_name_when_a_member_is_renamed() -> None:
    before = sound(strategy()).rulebooks[NAME]
    renamed = json.loads(json.dumps(strategy()).replace('"web"', '"shop"'))
    renamed["groups"]["app"]["shop"]["formerly"] = "web"
    after = sound(renamed).rulebooks[NAME]
    assert [(each.key, each.name, each.description) for each in before.groups if each.key.startswith("pack-")] == [
        (each.key, each.name, each.description) for each in after.groups if each.key.startswith("pack-")
    ]
    assert after.packed[0].members == ("shell", "shop")


def test_the_name_in_aws_follows_the_pattern_and_the_kind_is_the_most_specific() -> None:
    pattern = {"naming": {"group": "{environment}-{kind}-{facing}"}, "quotas": {"groups_per_eni": 1}}
    groups = {"app": {"web": {**group(), "facing": "internal"}, "entry": {**group(), "facing": "external"}}}
    source = strategy(**pattern, groups=groups, flows=[], workloads={"front": {"groups": ["web", "entry"]}})
    made = sound(source).rulebooks[NAME].groups
    assert [(each.kind, each.facing, each.name) for each in made] == [
        ("app", "external", f"default-app-external-{composite_key(['web', 'entry'])}")
    ]


def test_tags_are_those_that_all_members_have() -> None:
    groups = {"app": {"web": {**group(), "tags": {"A": "1", "B": "2"}}, "db": {**group(), "tags": {"B": "3"}}}}
    source = strategy(tags={"C": "4"}, groups=groups, flows=[], workloads={"front": {"groups": ["web", "db"]}})
    source["quotas"] = {"groups_per_eni": 1}
    assert [each.tags for each in sound(source).rulebooks[NAME].groups] == [(("B", "3"), ("C", "4"))]


# -- the proof


def changed(change: Callable[[Group], Group], *keys: str) -> Callable[[Rulebook], Rulebook]:
    def apply(book: Rulebook) -> Rulebook:
        groups = tuple(
            change(each) if each.key in keys or (each.key.startswith("pack-") and "pack" in keys) else each
            for each in book.groups
        )
        assert groups != book.groups
        return replace(book, groups=groups)

    return apply


def carrying(**lists: tuple[str, ...]) -> Callable[[Rulebook], Rulebook]:
    return lambda book: replace(
        book, workloads=tuple(replace(each, groups=lists.get(each.key, each.groups)) for each in book.workloads)
    )


def without(key: str) -> Callable[[Rulebook], Rulebook]:
    return lambda book: replace(book, groups=tuple(each for each in book.groups if each.key != key))


def first_of(group: Group, **changes: Any) -> Group:
    return replace(group, ingress=(replace(group.ingress[0], **changes), *group.ingress[1:]))


def findings(before: Books, after: Books) -> list[str]:
    found = Findings()
    prove_packed(before, after, found)
    assert all(each.code == "SG691" and each.is_error for each in found.raw())
    return [each.message for each in found.raw()]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (changed(lambda each: replace(each, ingress=each.ingress[1:]), "pack"), "workload front ingress differs for"),
        (changed(lambda each: replace(each, egress=()), "pack"), "workload front egress differs for workload back"),
        (changed(lambda each: first_of(each, to_port=60), "db"), "group db ingress differs for workload front"),
        (changed(lambda each: first_of(each, peer=Peer("group", "linux")), "db"), "group db ingress differs for"),
        (changed(lambda each: replace(each, ingress=()), "linux"), "group linux ingress differs for cidr 10.0.0.0/16"),
        (changed(lambda each: replace(each, name="other"), "linux"), "group linux is no longer what it was"),
        (changed(lambda each: replace(each, key="other"), "pack"), "are not what packed lists"),
        (carrying(front=("linux",)), "workload front ingress differs for"),
        (carrying(front=("linux", "linux")), "workload front is another"),
        (carrying(back=("db",)), "workload back ingress differs for"),
        (without("linux"), "workload front carries other groups"),
        (lambda book: replace(book, packed=()), "are not what packed lists"),
        (lambda book: replace(book, packed=(Packed(book.packed[0].composite, ("a", "b")),)), "unknown groups"),
        (lambda book: replace(book, workloads=book.workloads[1:]), "workload back is lost"),
        (lambda book: replace(book, references=(), default_group="leave"), "more than groups"),
    ],
)
def test_what_fusing_does_wrong_is_found(change: Callable[[Rulebook], Rulebook], message: str) -> None:
    plain = sound(strategy(pack=False, quotas={"groups_per_eni": 3})).rulebooks[NAME]
    before = {NAME: replace(plain, quotas=plain.quotas._replace(groups_per_eni=2))}
    after = sound(strategy()).rulebooks
    assert after[NAME].packed
    assert not findings(before, after)
    found = findings(before, {NAME: change(after[NAME])})
    assert any(message in each for each in found), found


def test_a_lost_target_and_a_group_that_another_names_are_found() -> None:
    before = sound(strategy(pack=False, quotas={"groups_per_eni": 3})).rulebooks
    assert findings(before, {}) == ["a/default/main: it is lost"]
    other = replace(before[NAME], strategy="b", references=(Reference("a/web", "group", *NAME, "web"),))
    assert "a/default/main: group web is gone, and another target names it" in findings(
        {**before, other.target: other}, {NAME: without("web")(before[NAME]), other.target: other}
    )


def test_a_wrong_pass_stops_the_build(monkeypatch: pytest.MonkeyPatch) -> None:
    right = module.fuse

    def lose(*given: Any) -> Any:
        made = right(*given)
        book = changed(lambda each: replace(each, ingress=()), "pack")(made.rulebooks[NAME])
        return made._replace(rulebooks={NAME: book})

    monkeypatch.setattr(module, "fuse", lose)
    assert {each.code for each in compiled(strategy()).findings if each.is_error} == {"SG691"}


# -- what stays


def test_a_plan_stays_while_it_holds_and_is_made_anew_without_the_lock() -> None:
    first = sound(strategy())
    assert packed(first) == {("shell", "web")}
    lock = lock_of(first).replace("shell 1", "linux 1")  # as if rules had spoken for another plan then
    assert "linux 1" in lock
    kept = sound(strategy(), lock)
    assert packed(kept) == {("linux", "web")}
    assert lock_of(kept) == lock


def test_one_group_more_leaves_the_composite_whole_where_that_can_be() -> None:
    source = strategy(quotas={"groups_per_eni": 3})
    source["groups"]["app"]["cache"] = group()
    source["groups"]["app"]["queue"] = group(ingress=[{"from": "10.3.0.0/16", "services": "tcp/5", "why": "x"}])
    source["workloads"]["front"] = {"groups": ["web", "shell", "linux", "cache"]}
    lock = "version 1\npack a/default/main/front cache 3\npack a/default/main/front web 3\nend\n"
    assert packed(sound(source, lock)) == {("cache", "web")}
    source["workloads"]["front"]["groups"].append("queue")
    more = sound(source, lock)
    assert ("cache", "web") in packed(more)
    assert "front cache 3\n" in lock_of(more)
    assert packed(sound(source, lock_of(more))) == packed(more)


def test_a_plan_that_no_longer_fits_is_given_up() -> None:
    lock = lock_of(sound(strategy()))
    fuller = strategy(quotas={"groups_per_eni": 2, "rules_per_group": 4})
    fuller["groups"]["service"]["shell"]["ingress"] = [
        {"from": [f"10.{number}.0.0/24" for number in (1, 3, 5, 7)], "services": "ssh", "why": "x"}
    ]
    fuller["flows"][1]["to"] = "db"
    made = sound(fuller, lock)
    assert packed(made) == {("linux", "web")}
    assert lock_of(made) != lock


@pytest.mark.parametrize(
    "line",
    ["pack a/default/main/front gone 1", "pack a/default/main/nobody web 1", "pack a/default/main/front db 1"],
)
def test_what_the_lock_says_of_others_is_nothing(line: str) -> None:
    first = sound(strategy())
    made = sound(strategy(), f"version 1\n{line}\nend\n")
    assert made.rulebooks == first.rulebooks
    assert lock_of(made) == lock_of(first)


def test_a_workload_that_fits_again_carries_its_groups_itself() -> None:
    lock = lock_of(sound(strategy()))
    made = sound(strategy(quotas={"groups_per_eni": 3}), lock)
    assert not packed(made)
    assert not lock_of(made)


# -- around it


def test_every_format_permits_what_was_compiled_and_names_of_fused_groups_go_on() -> None:
    source = strategy(assertions=[{"allow": {"from": "web", "to": "db", "services": "tcp/1"}, "why": "x"}])
    found = sound(source)
    files, problems = build(found, [NAME], ("cloudformation", "terraform"))
    assert not [each for each in problems if each.is_error]
    assert "pack-shell-web" in files["a/default/main/cloudformation/template.yaml"]
    assert {"web", "shell"} <= {each.key for each in found.named[NAME].groups}
    assert {"web", "shell"}.isdisjoint(each.key for each in found.rulebooks[NAME].groups)
    source["assertions"] = [{"deny": {"from": "web", "to": "db"}, "why": "x"}]
    assert {each.code for each in compiled(source).findings if each.is_error} == {"SG503"}


def test_the_rulebook_is_read_back_and_what_packed_cannot_hold_is_refused() -> None:
    book = sound(strategy()).rulebooks[NAME]
    text = write_rulebook(book)
    assert read_rulebook(text).packed == book.packed
    assert write_rulebook(read_rulebook(text)) == text
    for wrong in ('"shell", "web "', '"shell"', '"shell", 1'):
        with pytest.raises(RulebookFault):
            read_rulebook(text.replace('["shell", "web"]', f"[{wrong}]"))
    with pytest.raises(RulebookFault, match="is no group of this rulebook"):
        read_rulebook(text.replace(f'"{book.packed[0].composite}": ["shell"', '"other": ["shell"'))


def test_groups_that_are_fused_away_are_told_of() -> None:
    before = write_rulebook(sound(strategy(pack=False, quotas={"groups_per_eni": 3})).rulebooks[NAME])
    files = [("strategies/a.yaml", json.dumps(strategy()).encode())]
    found = compile_workspace(None, files, Options(date(2027, 1, 1)), previous=lambda _: {NAME: before})
    told = [each.message for each in found.findings if each.code == "SG602"]
    key = composite_key(["shell", "web"])
    assert told == [f"fused into {key} and deleted: shell, web; workloads that carried them: front"]


def test_a_group_that_no_workload_carries_keeps_the_baseline() -> None:
    source = strategy()
    source["groups"]["baseline"] = {"base": group()}
    source["workloads"] = {"front": {"groups": ["web", "shell"]}}
    source["flows"] = []
    source["quotas"] = {"groups_per_eni": 1}
    kept = {each.key for each in sound(source).rulebooks[NAME].groups}
    assert {"base", "linux", "db"} <= kept
    source["workloads"]["front"]["groups"] += ["db", "linux"]
    assert {each.key for each in sound(source).rulebooks[NAME].groups} == {
        composite_key(["base", "db", "linux", "shell", "web"])
    }


def test_more_groups_than_anything_carries_are_refused_at_once() -> None:
    many = [f"g{number}" for number in range(60)]
    groups = {"app": {name: group() for name in many}}
    found = compiled(strategy(groups=groups, flows=[], workloads={"all": {"groups": many}}))
    errors = [each for each in found.findings if each.is_error]
    assert [each.code for each in errors] == ["SG314"]
    assert "60 of them may be fused, and this version looks at 40 at most" in errors[0].message


def test_a_search_that_ends_early_still_finds_a_plan() -> None:
    many = [f"g{number:02}" for number in range(16)]
    rules = [{"from": [f"10.{number}.0.0/16" for number in range(14)], "services": "tcp/1", "why": "x"}]
    varied = {name: group(ingress=[{**rules[0], "services": f"tcp/{number}"}]) for number, name in enumerate(many, 1)}
    source = strategy(groups={"app": varied}, flows=[], workloads={"all": {"groups": many}}, quotas={})
    found = sound(source)
    assert len(found.rulebooks[NAME].workloads[0].groups) <= 5
