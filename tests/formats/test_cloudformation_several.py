"""A target in several templates: they deploy in the stated order to what the rulebook says, and nothing ever moves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import date
from functools import partial
from itertools import pairwise
from random import Random

import pytest
from compiled import ROOT, bundled
from deployment import Account
from factory import make_group, make_list, make_rule, make_rulebook, with_vpc

from sgstrat.diagnostics.finding import Finding, Findings
from sgstrat.edge.workspace_files import read_workspace
from sgstrat.facts.limits import limit
from sgstrat.formats.artifact import Artifact
from sgstrat.formats.cloudformation import limits as limits_module, partition
from sgstrat.formats.cloudformation.deployed import check_deployed
from sgstrat.formats.cloudformation.limits import limits, measure
from sgstrat.formats.cloudformation.partition import place
from sgstrat.formats.cloudformation.places import ONE_TEMPLATE, Places, UnitPlaces, read_places, with_places
from sgstrat.formats.cloudformation.read_yaml import read_yaml
from sgstrat.formats.cloudformation.write import Syntax, write
from sgstrat.formats.read_value import Reading
from sgstrat.formats.suppress import suppressions
from sgstrat.formats.verify import verify
from sgstrat.pipeline import Options, build, compile_workspace
from sgstrat.rulebook.json_form import write_rulebook
from sgstrat.rulebook.model import Existing, Group, IdSource, ListEntry, Rule, Rulebook, Workload
from sgstrat.rulebook.previous import Previous
from sgstrat.solve.lock import Lock, read_lock, write_lock

SMALL = {
    "cloudformation_resources": 14,
    "cloudformation_outputs": 8,
    "cloudformation_parameters": 5,
    "cloudformation_template_bytes": 20_000,
}
SEEDS = range(30)
HISTORIES = range(12)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Templates of few resources, so that few groups need several."""
    monkeypatch.setattr(partition, "limit", lambda name: SMALL.get(name) or limit(name))


def rules_of(random: Random, key: str, groups: list[str], lists: list[str], count: int) -> tuple[Rule, ...]:
    """Rules from everything there may be, no two alike."""
    peers = [("group", each) for each in (*groups, key, "legacy", "cluster", *(4 * ["platform/monitoring"]))]
    peers += [("prefix_list", each) for each in (*lists, "s3")]
    peers += [("cidr", f"10.{number}.0.0/16") for number in range(4)] + [("cidr", "2001:db8::/32")]
    found = {}
    for _ in range(count):
        kind, name = random.choice(peers)
        rule = make_rule(kind, name, random.choice(("tcp-443", "udp-53", "tcp-1-9")), "Why " * random.randrange(1, 40))  # type: ignore[arg-type]
        found[rule.key] = rule
    return tuple(sorted(found.values(), key=lambda each: each.key))


def with_contents(random: Random, names: list[str], lists: list[str], old: Rulebook | None = None) -> Rulebook:
    """A rulebook with these groups and lists; what ``old`` has of a group stays, as far as its peers are there."""
    before = {} if old is None else {group.key: group for group in old.groups}
    groups = []
    for key in sorted(names):
        if key in before:
            known = {*names, *lists, "legacy", "cluster", "platform/monitoring", "s3"}
            group = before[key]
            kept = {
                side: tuple(rule for rule in group.rules(side) if rule.peer.kind == "cidr" or rule.peer.name in known)  # type: ignore[arg-type]
                for side in ("ingress", "egress")
            }
            groups.append(replace(group, ingress=kept["ingress"], egress=kept["egress"]))
        else:
            sides = {side: rules_of(random, key, names, lists, random.randrange(5)) for side in ("ingress", "egress")}
            groups.append(make_group(key, **sides))
    entries = tuple(ListEntry(f"10.0.{number}.0/24", "Office") for number in range(9))
    workloads = tuple(
        Workload(f"on-{key}", tuple(dict.fromkeys((key, random.choice(names), "legacy"))), 0, ()) for key in names[::3]
    )
    if old is not None:
        workloads = tuple(each for each in old.workloads if {*each.groups} <= {*names, "legacy"})
    return make_rulebook(
        groups=tuple(groups),
        prefix_lists=(
            *(make_list(key, entries=entries, max_entries=10) for key in lists),
            make_list("s3", "aws", aws="com.amazonaws.{region}.s3"),
        ),
        existing=(Existing("cluster", IdSource("sg-0a1b2c3d"), None), Existing("legacy", IdSource(), None)),
        workloads=workloads,
    )


def random_book(seed: int) -> Rulebook:
    random = Random(seed)
    names = [f"g{number}" for number in range(random.randrange(3, 30))]
    return with_contents(random, names, [f"list-{number}" for number in range(random.randrange(9))])


def sources(book: Rulebook) -> Account:
    """What other strategies have deployed before."""
    account = Account()
    for other in book.references:
        account.exports[f"sgstrat:{other.strategy}:{other.environment}:{other.vpc}:{other.identity}"] = (
            "other",
            "sg-other",
        )
    return account


def files(artifacts: tuple[Artifact, ...]) -> list[tuple[str, str]]:
    """Templates in the stated order, by name."""
    texts = {each.path.removeprefix("cloudformation/"): each.text for each in artifacts}
    stated = texts.pop("deploy.json", None)
    if stated is None:
        assert texts.keys() <= {"template.json", "links.json"}
        return list(texts.items())
    data = json.loads(stated)
    assert sorted((*data["main"], *data["links"])) == sorted(texts)
    return [(name, texts[name]) for name in (*data["main"], *data["links"])]


def deploy(account: Account, artifacts: tuple[Artifact, ...]) -> None:
    """Deploy in the stated order."""
    named = files(artifacts)
    for name, text in named:
        account.deploy(name, text)
    assert account.stacks.keys() == dict(named).keys()


def deploy_backwards(account: Account, before: tuple[Artifact, ...], artifacts: tuple[Artifact, ...]) -> None:
    """Deploy what takes away: in the order before, backwards; what is no longer stated goes."""
    texts = dict(files(artifacts))
    for name, _ in reversed(files(before)):
        if name in texts:
            account.deploy(name, texts[name])
        else:
            account.delete(name)
    assert account.stacks.keys() == texts.keys()


def permissions(book: Rulebook) -> Iterator[tuple[str, str, str, tuple[int | None, int | None], str, str]]:
    """A rulebook's rules by AWS names; and the rule to nowhere of groups without egress to an address or list."""
    names = {group.key: group.name for group in book.groups}
    names.update({"cluster": "sg-0a1b2c3d", "legacy": "parameter LegacyXGroupId", "platform/monitoring": "sg-other"})
    for group in book.groups:
        for side in ("ingress", "egress"):
            for rule in group.rules(side):  # type: ignore[arg-type]
                kind, name = rule.peer
                peer = names[name] if kind == "group" else f"list {name}" if kind == "prefix_list" else name
                yield names[group.key], side, rule.protocol, (rule.from_port, rule.to_port), peer, rule.description
        if all(rule.peer.kind == "group" for rule in group.egress):
            yield names[group.key], "egress", "-1", (None, None), "127.0.0.1/32", ""


def observed(account: Account, book: Rulebook) -> list[tuple[object, ...]]:
    """The account's rules in the same form."""
    lists = {f"{each.key}": each for each in book.prefix_lists}
    found: list[tuple[object, ...]] = []
    for rule, description in account.rules.items():
        peer = account.names.get(rule.peer, rule.peer)
        if rule.peer in account.lists:
            key = next(key for key in lists if f"/{_logical(key)}XList/" in rule.peer)
            peer = f"list {key}"
        elif rule.peer.startswith("parameter S3"):
            peer = "list s3"
        nowhere = rule.peer == "127.0.0.1/32"
        found.append((account.names[rule.group], *rule[1:4], peer, "" if nowhere else description))
    return sorted(found, key=repr)


def _logical(key: str) -> str:
    word, number = key.split("-")
    return f"{word.title()}X{number}"


def assert_deployed(account: Account, book: Rulebook) -> None:
    assert observed(account, book) == sorted(permissions(book), key=repr)
    assert sorted(account.names.values()) == sorted(group.name for group in book.groups)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("seed", SEEDS)
def test_several_templates_deploy_to_the_rulebook(seed: int) -> None:
    book = random_book(seed)
    places = place(book, ONE_TEMPLATE)
    artifacts = write(book, "json", places=places)
    account = sources(book)
    deploy(account, artifacts)
    assert_deployed(account, book)
    assert verify(book, artifacts) == ()
    assert verify(book, write(book, "yaml", places=places)) == ()
    assert place(book, places) == places
    for sizes in measure(book, artifacts, places):
        assert max(sizes.resources - 14, sizes.outputs - 8, sizes.parameters - 5, sizes.bytes - 20_000) <= 0


def kinds(artifacts: tuple[Artifact, ...]) -> set[str]:
    return {each.path.removeprefix("cloudformation/").rpartition(".")[0].rpartition("-")[0] for each in artifacts}


@pytest.mark.usefixtures("small")
def test_every_kind_of_template_comes_up() -> None:
    found = [kinds(write(book, places=place(book, ONE_TEMPLATE))) for book in map(random_book, SEEDS)]
    assert set().union(*found) == {"", "template", "lists", "links"}


def edited(random: Random, book: Rulebook, *, grows: bool) -> Rulebook:
    """The book with groups, lists and rules more, or with some less."""
    names = [group.key for group in book.groups]
    lists = [each.key for each in book.prefix_lists if each.origin == "own"]
    if not grows:
        names = random.sample(names, max(len(names) - random.randrange(4), 1))
        lists = random.sample(lists, max(len(lists) - random.randrange(2), 0))
        left = with_contents(random, names, lists, book)
        return replace(left, groups=tuple(map(partial(_thinned, random), left.groups)))
    names += [name for name in {f"g{random.randrange(60)}" for _ in range(4)} if name not in names]
    lists += [name for name in {f"list-{random.randrange(20)}"} if name not in lists]
    more = with_contents(random, names, lists, book)
    groups = []
    for group in more.groups:
        new = rules_of(random, group.key, names, lists, random.randrange(2))
        known = {rule.key for rule in group.ingress}
        ingress = sorted((*group.ingress, *(rule for rule in new if rule.key not in known)), key=lambda each: each.key)
        groups.append(replace(group, ingress=tuple(ingress)))
    return replace(more, groups=tuple(groups))


def _thinned(random: Random, group: Group) -> Group:
    return replace(group, ingress=tuple(rule for rule in group.ingress if random.random() < 0.9))


def relocked(places: Places, book: Rulebook) -> Places:
    """What sgstrat.lock makes of places."""
    findings = Findings()
    text = write_lock(with_places(Lock(), {book.target: places}))
    lock = Lock() if text is None else read_lock(text, findings)
    assert findings.result() == ()
    return read_places(lock, book.target)


def refusal(account: Account, last: tuple[Artifact, ...], artifacts: tuple[Artifact, ...]) -> str:
    """Why the usual order fails; empty where it does not: what is stated in its order, then what is gone, backwards."""
    trial, named = deepcopy(account), files(artifacts)
    try:
        for name, text in named:
            trial.deploy(name, text)
        for name, _ in reversed(files(last)):
            if name not in dict(named):
                trial.delete(name)
    except AssertionError as fault:
        return str(fault)
    return ""


def warnings(old: Rulebook, before: Places, book: Rulebook, places: Places) -> dict[str, Finding]:
    """What a build says about stacks as they are deployed, by code."""
    findings = Findings()
    previous = {old.target: Previous(write_rulebook(old))}
    locks = (with_places(Lock(), {old.target: each}) for each in (before, places))
    check_deployed({book.target: book}, previous, *locks, findings)
    return {each.code: each for each in findings.raw()}


def said(old: Rulebook, before: Places, book: Rulebook, places: Places) -> set[str]:
    """The codes of that."""
    return {*warnings(old, before, book, places)}


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("seed", HISTORIES)
def test_nothing_moves_in_a_history_of_edits(seed: int) -> None:
    random = Random(seed)
    book = random_book(seed)
    places = place(book, ONE_TEMPLATE)
    account = sources(book)
    written = write(book, "json", places=places)
    deploy(account, written)
    for number in range(6):
        before, ids, rules, old_book = places, dict(account.names), dict(account.rules), book
        grows = number % 2 == 0
        book = edited(random, book, grows=grows)
        places = relocked(place(book, before), book)
        for old, new in zip(before.main, places.main, strict=True):
            assert new == {} or all(new[key] == old[key] for key in new.keys() & old.keys())
        account.revoked.clear()
        last, written = written, write(book, "json", places=places)
        assert ("in use by" in refusal(account, last, written)) == ("SG604" in said(old_book, before, book, places))
        if grows:
            deploy(account, written)
        else:
            deploy_backwards(account, last, written)
        assert_deployed(account, book)
        assert {
            key: name for key, name in ids.items() if name in account.names.values()
        }.items() <= account.names.items()
        assert not {*account.revoked} & account.rules.keys(), "a rule was taken away and granted again"
        if not grows:
            assert all(rule in rules or rule.peer == "127.0.0.1/32" for rule in account.rules)


def ring(count: int, *, of: int = 1, why: str = "Calls", cidrs: int = 0) -> Rulebook:
    """Groups in a ring, each with rules from the ``of`` before it and from addresses."""
    groups = []
    for number in range(count):
        rules = [make_rule("group", f"g{(number - each - 1) % count}", "tcp-443", why) for each in range(of)]
        rules += [make_rule("cidr", f"10.0.{each}.0/24", "tcp-443", why) for each in range(cidrs)]
        groups.append(make_group(f"g{number}", ingress=tuple(rules)))
    ordered = tuple(sorted(groups, key=lambda group: group.key))
    return make_rulebook(groups=ordered, prefix_lists=(), existing=(), references=(), workloads=())


def test_a_small_target_has_no_places_and_one_template() -> None:
    book = ring(50)
    assert place(book, ONE_TEMPLATE) == ONE_TEMPLATE
    assert [each.path for each in write(book)] == ["cloudformation/template.yaml"]


@pytest.mark.parametrize(("groups", "kept"), [(50, False), (51, True)])
def test_places_are_kept_from_a_quarter_of_a_template_on(groups: int, kept: bool) -> None:
    places = place(ring(groups, of=0), ONE_TEMPLATE)
    assert places.main.are_kept is kept
    assert {*places.main.groups.values()} <= {1}


def test_what_fits_one_template_without_places_stays_in_it() -> None:
    places = place(ring(200), ONE_TEMPLATE)
    assert {number for numbers in places.main for number in numbers.values()} == {1}
    assert {*place(ring(201), ONE_TEMPLATE).main.groups.values()} == {1, 2}


def test_growing_at_once_to_several_templates_is_warned_of() -> None:
    small, large = ring(20), ring(400)
    unkept = place(small, ONE_TEMPLATE)
    assert not unkept.main.are_kept
    grown = place(large, unkept)
    moved = [group.key for group in small.groups if grown.main.groups[group.identity] > 1]
    assert ("SG602" in said(small, unkept, large, grown)) == bool(moved)
    kept = place(ring(120), ONE_TEMPLATE)
    assert "SG602" not in said(ring(120), kept, large, place(large, kept))
    lost = place(large, ONE_TEMPLATE)
    assert "SG602" in said(large, ONE_TEMPLATE, large, lost)


def chain(*pairs: tuple[str, str], of: str) -> Rulebook:
    """Groups of one letter each; of a pair the first lets in the second."""
    groups = (
        make_group(key, ingress=tuple(make_rule("group", other) for own, other in pairs if own == key)) for key in of
    )
    return make_rulebook(groups=tuple(groups), prefix_lists=(), existing=(), references=(), workloads=())


def test_a_stack_that_is_deleted_goes_after_what_imports_from_it() -> None:
    old, new = chain(("b", "a"), ("c", "b"), of="abc"), chain(of="cd")
    before = place(old, Places(UnitPlaces({"a": 1, "b": 2, "c": 3})))
    after = place(new, Places(UnitPlaces({"c": 3, "d": 1})))
    (finding,) = warnings(old, before, new, after).values()
    assert finding.code == "SG604"
    assert finding.help.startswith("deploy template-3, template-2 first, in this order")
    assert "then template;" in finding.help
    account = Account()
    last, written = (write(book, "json", places=places) for book, places in ((old, before), (new, after)))
    deploy(account, last)
    assert "in use by" in refusal(account, last, written)
    deploy_backwards(account, last, written)


def test_a_lost_line_of_the_lock_is_told_of() -> None:
    book = chain(("b", "a"), ("c", "b"), of="abc")
    before = Places(UnitPlaces({"a": 1, "c": 3}))
    finding = warnings(book, before, book, place(book, before))["SG602"]
    assert "does not say in which template group b of the last build is deployed" in finding.message


def test_another_oldest_name_is_another_resource() -> None:
    old, new = (
        chain(("b", "a"), of="ab"),
        make_rulebook(
            groups=(make_group("a", identity="www", formerly=("www",)),), prefix_lists=(), existing=(), references=()
        ),
    )
    found = warnings(old, ONE_TEMPLATE, replace(new, workloads=()), ONE_TEMPLATE)
    assert "oldest name of group a changes from a to www" in found["SG602"].message


def test_a_template_that_overflows_stays_and_gets_another_beside_it() -> None:
    places = place(ring(195), place(ring(180), ONE_TEMPLATE))
    assert sorted(key for key, number in places.main.groups.items() if number == 2) == [
        "g190",
        "g191",
        "g192",
        "g193",
        "g194",
    ]
    before, after = ring(180), ring(195)
    old = {each.path: each.text for each in write(before, places=place(before, ONE_TEMPLATE))}
    new = {each.path: each.text for each in write(after, places=places)}
    assert new.keys() - old.keys() == {"cloudformation/template-2.yaml", "cloudformation/deploy.json"}


def test_a_target_that_shrinks_forgets_its_places() -> None:
    places = place(ring(180), ONE_TEMPLATE)
    assert place(ring(20), places) == ONE_TEMPLATE
    spread = place(ring(300), ONE_TEMPLATE)
    left = place(replace(ring(300), groups=ring(300).groups[-3:]), spread)  # none of them in the first template
    assert {*left.main.groups.values()} == {2}


def test_a_hole_is_filled() -> None:
    book = ring(300, of=0)
    places = place(book, ONE_TEMPLATE)
    gone = next(group for group in book.groups if places.main.groups[group.key] == 1)
    left = replace(book, groups=tuple(group for group in book.groups if group is not gone))
    again = replace(left, groups=tuple(sorted((*left.groups, make_group("zz")), key=lambda group: group.key)))
    assert place(again, place(left, places)).main.groups["zz"] == 1


def test_rules_give_way_to_groups_that_grow_and_go_on_to_later_templates() -> None:
    book = ring(60, of=5, why="W" * 250)
    places = place(book, ONE_TEMPLATE)
    assert {*places.main.rules.values()} == {1}
    grown = ring(60, of=5, why="W" * 250, cidrs=30)
    now = place(grown, places)
    assert now.main.groups == places.main.groups
    assert {*now.main.rules.values()} == {1, 2}
    account = sources(book)
    deploy(account, write(book, "json", places=places))
    deploy(account, write(grown, "json", places=now))
    assert_deployed(account, grown)


def test_groups_that_outgrow_their_template_are_an_error_and_do_not_move() -> None:
    places = place(ring(101), ONE_TEMPLATE)
    grown = ring(101, why="W" * 250, cidrs=60)
    now = place(grown, places)
    assert now.main.groups == places.main.groups
    findings = Findings()
    limits(grown, write(grown, "json", places=now), findings, now)
    (finding,) = findings.result()
    assert (finding.code, "bytes" in finding.message) == ("SG309", True)
    assert "delete lines of sgstrat.lock" in finding.help


@pytest.mark.usefixtures("small")
def test_rules_between_groups_of_one_template_are_in_it() -> None:
    book = ring(12)
    places = place(book, ONE_TEMPLATE)
    homes = places.main.groups
    at_home = [
        places.main.rules[f"{group.key}/ingress/{rule.identity}"] == homes[group.key]
        for group in book.groups
        for rule in group.ingress
        if homes[rule.peer.name] == homes[group.key]
    ]
    assert len(at_home) > 6
    assert all(at_home)


@pytest.mark.usefixtures("small")
def test_the_order_of_rules_and_groups_is_nothing_and_neither_is_the_syntax() -> None:
    book = random_book(7)
    assert place(replace(book, sources=book.sources), ONE_TEMPLATE) == place(book, ONE_TEMPLATE)
    for syntax in ("yaml", "json"):
        names = [each.path.rpartition(".")[0] for each in write(book, syntax, places=place(book, ONE_TEMPLATE))]
        assert (
            names[:-1] == [each.path.rpartition(".")[0] for each in write(book, places=place(book, ONE_TEMPLATE))][:-1]
        )


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("seed", range(12))
def test_whatever_a_lock_says_is_deployed_without_cycles(seed: int) -> None:
    random = Random(seed)
    book = random_book(seed)
    settled = place(book, ONE_TEMPLATE)
    mixed = Places(
        *(
            UnitPlaces(*({key: random.randint(1, 9) for key in numbers if random.random() < 0.8} for numbers in unit))
            for unit in settled
        )
    )
    places = place(book, mixed)
    assert {**places.main.groups, **mixed.main.groups} == places.main.groups
    assert place(book, places) == places
    artifacts = write(book, "json", places=places)
    account = sources(book)
    deploy(account, artifacts)
    assert_deployed(account, book)
    assert verify(book, artifacts) == ()


@pytest.mark.usefixtures("small")
def test_an_import_from_a_later_template_is_seen() -> None:
    book = ring(12)
    *templates, order = write(book, places=place(book, ONE_TEMPLATE))
    assert verify(book, (*templates, order)) == ()
    templates[0], templates[-1] = templates[-1], templates[0]
    found = verify(book, (*templates, order))
    assert any(each.what == "deploy.json" for each in found)
    assert any(each.what.startswith("group ") for each in found)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("kind", ["lists", "links"])
def test_a_linter_finds_nothing_in_any_of_several(kind: str) -> None:
    api = pytest.importorskip("cfnlint.api", reason="cfn-lint is not installed")
    written = (write(book, places=place(book, ONE_TEMPLATE)) for book in map(random_book, SEEDS))
    artifacts = next(each for each in written if kind in kinds(each))
    for artifact in artifacts[:4] + artifacts[-3:-1]:
        assert artifact.path.endswith(".yaml")
        assert api.lint(artifact.text, config=api.ManualArgs(regions=["eu-west-1"])) == [], artifact.path


@pytest.mark.parametrize("book", [make_rulebook(), with_vpc(IdSource()), *bundled(ROOT), *map(random_book, range(5))])
def test_no_text_is_larger_than_it_was_weighed(book: Rulebook, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = [len(each.text.encode()) for syntax in ("yaml", "json") for each in write(book, syntax)]
    # a template that can hold the largest text exactly, and not a byte more, must not be promised more than that
    monkeypatch.setattr(
        partition, "limit", lambda name: max(sizes) - 1 if name == "cloudformation_template_bytes" else 10_000
    )
    assert place(book, ONE_TEMPLATE) != ONE_TEMPLATE


@pytest.mark.parametrize("syntax", ["yaml", "json"])
def test_a_parent_has_every_template_in_order_and_passes_parameters_on(syntax: Syntax) -> None:
    book = with_vpc(IdSource(ssm="/net/vpc"))
    artifacts = {each.path: each for each in write(book, syntax, nested=True)}
    assert verify(book, tuple(artifacts.values())) == ()
    names = {path.removeprefix("cloudformation/").rpartition(".")[0] for path in artifacts}
    assert names == {"template", "links", "parent", "links-parent"}
    parent = read_yaml(artifacts[f"cloudformation/parent.{syntax}"].text, Reading())
    assert isinstance(parent, dict)
    assert parent["Parameters"]["VpcId"] == {
        "Type": "String",
        "Default": "/net/vpc",
        "Description": "Id of VPC main in environment prod, by its SSM parameter",
    }
    (child,) = parent["Resources"].values()
    assert child["Properties"]["TemplateURL"] == {"Fn::Sub": f"${{TemplatesUrl}}/template.{syntax}"}
    assert child["Properties"]["Parameters"].keys() == parent["Parameters"].keys() - {"TemplatesUrl"}


@pytest.mark.usefixtures("small")
def test_nested_stacks_deploy_one_after_the_other() -> None:
    book = ring(12)
    artifacts = write(book, "json", places=place(book, ONE_TEMPLATE), nested=True)
    assert verify(book, artifacts) == ()
    resources = json.loads(artifacts[-1].text)["Resources"]
    assert list(resources)[:3] == ["Template", "Template2", "Template3"]
    assert [each.get("DependsOn") for each in resources.values()] == [None, *resources][: len(resources)]


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('"DependsOn": "Template"', '"DependsOn": "Template3"'),
        ("/template-2.json", "/template-3.json"),
        ('"Ref": "LegacyXGroupId"', '"Ref": "VpcId"'),
        ("AWS::CloudFormation::Stack", "AWS::CloudFormation::WaitConditionHandle"),
        ('    "LegacyXGroupId": {', '    "LegacyXGroupIdd": {'),
    ],
)
def test_a_parent_that_is_wrong_is_seen(right: str, wrong: str) -> None:
    book = random_book(3)
    artifacts = list(write(book, "json", places=place(book, ONE_TEMPLATE), nested=True))
    (index,) = (index for index, each in enumerate(artifacts) if each.path.endswith("/parent.json"))
    assert right in artifacts[index].text
    artifacts[index] = artifacts[index]._replace(text=artifacts[index].text.replace(right, wrong, 1))
    assert {each.what for each in verify(book, artifacts)} == {"cloudformation/parent.json"}


def test_a_linter_finds_nothing_in_parents() -> None:
    api = pytest.importorskip("cfnlint.api", reason="cfn-lint is not installed")
    for book in (make_rulebook(), with_vpc(IdSource())):
        for artifact in write(book, nested=True):
            if "parent" in artifact.path:
                assert api.lint(artifact.text, config=api.ManualArgs(regions=["eu-west-1"])) == [], artifact.path


def test_what_a_parent_cannot_deploy_at_once_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    book = make_rulebook()
    findings = Findings()
    limits(book, write(book, nested=True), findings)
    assert findings.result() == ()
    few = {"cloudformation_nested_resources": 3, "cloudformation_parameters": 6}
    monkeypatch.setattr(limits_module, "limit", lambda name: few.get(name) or limit(name))
    limits(book, write(book, nested=True), findings)
    about = {finding.message.partition(" of ")[0] for finding in findings.result() if "parent" in finding.message}
    assert about == {"cloudformation/parent.yaml", "cloudformation/links-parent.yaml"}


def test_waivers_in_metadata_are_weighed(monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = read_workspace(ROOT)
    files = [(file.path, file.data) for file in workspace.files]
    compilation = compile_workspace(workspace.settings, files, Options(date(2027, 1, 1)))
    weighed = 0
    for book in compilation.rulebooks.values():
        waived = suppressions(book, compilation.findings)
        if waived.verdicts:
            sizes = [len(each.text) for syntax in ("yaml", "json") for each in write(book, syntax, waived)]
            most = {"cloudformation_template_bytes": max(sizes) - 1}
            monkeypatch.setattr(partition, "limit", lambda name, most=most: most.get(name, 10_000))
            assert place(book, ONE_TEMPLATE, waived) != ONE_TEMPLATE
            weighed += 1
    assert weighed


def strategy(groups: int) -> bytes:
    """A strategy of a ring of groups; a flow is two rules that stand alone."""
    names = [f"tier-{number}" for number in range(groups)]
    lines = ["version: 1", "strategy: ring", "groups:", "  app:"]
    lines += [f"    {name}: {{description: A tier}}" for name in names] + ["flows:"]
    lines += [f"  - {{from: {one}, to: {two}, services: https, why: Calls}}" for one, two in pairwise(names)]
    lines += ["workloads:", *(f"  {name}-hosts: {{groups: [{name}]}}" for name in names)]
    return "\n".join(lines).encode()


def built(groups: int, lock: str | None) -> tuple[dict[str, str], str | None]:
    """A build beside a lock: the templates, and the lock after it."""
    files = [("strategies/ring.yaml", strategy(groups))]
    data = None if lock is None else lock.encode()
    compilation = compile_workspace(None, files, Options(date(2027, 1, 1), ("cloudformation",)), lock=data)
    written, findings = build(compilation, compilation.rulebooks, compilation.formats)
    assert not any(each.is_error for each in findings), findings
    return {path.rpartition("/")[2]: text for path, text in written.items()}, compilation.lock_text(lambda *_: True)


def test_a_strategy_that_grows_keeps_its_templates_by_its_lock() -> None:
    small, nothing = built(20, None)
    assert (small.keys(), nothing) == ({"rulebook.json", "template.yaml"}, None)
    first, lock = built(98, None)
    assert first.keys() == small.keys()
    assert lock is not None
    assert "template ring/default/main/groups tier-0 1\n" in lock
    second, after = built(120, lock)
    assert second.keys() - first.keys() == {"template-2.yaml", "deploy.json"}
    assert built(120, after) == (second, after)
    assert {*lock.splitlines()} <= {*(after or "").splitlines()}
    again, _ = built(121, after)
    assert {name for name in again if again[name] != second.get(name)} == {"rulebook.json", "template-2.yaml"}


def of_inputs(count: int, groups: int = 2) -> Rulebook:
    """Groups with a rule from each of so many existing groups, and a few rules inside of them from lists."""
    existing = tuple(Existing(f"e{number:03}", IdSource(), None) for number in range(count))
    lists = tuple(make_list(f"l{number}", "existing") for number in range(9))
    rules = (
        *(make_rule("group", each.key) for each in existing),
        *(make_rule("prefix_list", each.key) for each in lists),
    )
    members = tuple(make_group(f"g{number}", ingress=rules) for number in range(groups))
    carried = tuple(Workload(f"w{number}", ("g0", existing[number].key), 0, ()) for number in range(count))
    return make_rulebook(groups=members, prefix_lists=lists, existing=existing, references=(), workloads=carried)


def test_no_template_has_more_parameters_than_it_may() -> None:
    book = of_inputs(300)
    places = place(book, ONE_TEMPLATE)
    artifacts = write(book, "json", places=places)
    sizes = measure(book, artifacts, places)
    assert 1 < len(sizes) < 12
    assert max(each.parameters for each in sizes) <= 200
    assert place(book, places) == places
    assert verify(book, artifacts) == ()
    grown = of_inputs(320)
    now = place(grown, places)
    assert places.main.rules.items() <= now.main.rules.items()
    assert max(each.parameters for each in measure(grown, write(grown, "json", places=now), now)) <= 200
