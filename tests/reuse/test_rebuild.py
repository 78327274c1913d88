"""A build beside the record of the last one, against a build of everything: the same files, lock and words.

Random workspaces of strategies that have, or come to have, something to do with each other, under a history of edits.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from folders import picture

from sgstrat.cli import rebuilding
from sgstrat.cli.main import cli

Documents = dict[str, Any]
AS_OF = ("--as-of", "2027-01-01")
NAMES = [f"team-{letter}" for letter in "abcdef"]
CIDRS = ["10.1.0.0/16", "10.2.0.0/16", "10.3.4.0/24", "2001:db8::/32", "10.1.2.0/24"]


def rule(random: Random, key: str, groups: list[str], others: list[str]) -> dict[str, Any]:
    peers = [*CIDRS, *groups, *others]
    service = f"tcp/{random.choice((22, 443, 5432, 8080))}"
    return {key: random.choice(peers), "services": service, "why": random.choice(("Calls", "Care", "Checks"))}


def strategy(random: Random, name: str, number: int) -> dict[str, Any]:
    groups = ["web", "db", "jobs"][: random.randint(1, 3)]
    made: dict[str, Any] = {
        "version": 1,
        "strategy": name,
        "owner": "team",
        "vpcs": {"main": {"cidrs": [f"10.{100 + number}.0.0/16"]}},
        "environments": {"prod": {"account": "111111111111", "region": "eu-west-1"}},
        "networks": {"offices": ["192.168.0.0/24"], "unused": ["192.168.1.0/24"]},
        "prefix_lists": {"partners": {"entries": ["203.0.113.0/24"], "max_entries": 3}},
        "groups": {
            "app": {
                key: {
                    "description": f"Group {key}",
                    "ingress": [rule(random, "from", groups, ["partners"]) for _ in range(random.randint(0, 3))],
                    "egress": [rule(random, "to", groups, []) for _ in range(random.randint(0, 2))],
                }
                for key in groups
            }
        },
        "workloads": {"host": {"groups": groups[:1]}},
    }
    place = made["environments"]["prod"]
    if random.random() < 0.9:
        place["vpcs"] = {"main": {"id": f"vpc-{number:08x}"}}
    return made


def workspace(random: Random) -> Documents:
    """Files by path. Most strategies have nothing to do with each other."""
    names = NAMES[: random.randint(3, 6)]
    found: Documents = {
        f"strategies/{name}.yaml": strategy(random, name, number) for number, name in enumerate(names, 1)
    }
    if random.random() < 0.5:
        found["sgstrat.yaml"] = {
            "guardrails": {"may_enforce": names[:1], "required_tags": ["CostCentre"]},
            "tags": {"CostCentre": "1"},
        }
    for join in random.sample((share_vpc, share_more, use_other, share_fragment), random.choice((0, 1, 1, 2))):
        join(random, found)
    return found


def some(random: Random, documents: Documents) -> dict[str, Any]:
    found: dict[str, Any] = documents[random.choice(sorted(path for path in documents if path.startswith("strat")))]
    return found if "strategy" in found else some(random, documents)


def share_vpc(random: Random, documents: Documents) -> None:
    join(some(random, documents), some(random, documents))


def share_more(random: Random, documents: Documents) -> None:
    one = some(random, documents)
    for path in sorted(documents):
        if "strategy" in (documents[path] or {}) and random.random() < 0.7:
            join(one, documents[path])


def join(one: dict[str, Any], two: dict[str, Any]) -> None:
    here = one["environments"]["prod"].get("vpcs", {}).get("main", {})
    two["environments"]["prod"]["vpcs"] = {"main": {"id": here.get("id", "vpc-0a0a0a0a")}}


def use_other(random: Random, documents: Documents) -> None:
    one, two = some(random, documents), some(random, documents)
    if one is not two:
        join(one, two)
        one["uses"] = [two["strategy"]]
        peer = f"{two['strategy']}/{random.choice(list(two['groups']['app']) or ['web'])}"
        group = next(iter(one["groups"]["app"].values()), {"ingress": []})
        group["ingress"].append({"from": peer, "services": "tcp/9000", "why": "Calls"})


def share_fragment(random: Random, documents: Documents) -> None:
    documents["strategies/shared.yaml"] = {"services": {"extra": "tcp/7777"}}
    for _ in range(2):
        some(random, documents)["include"] = ["shared.yaml"]


def use_network(random: Random, documents: Documents) -> None:
    one, two = some(random, documents), some(random, documents)
    if one is not two:
        one["uses"] = [two["strategy"]]
        group = next(iter(one["groups"]["app"].values()), {"ingress": []})
        group["ingress"].append({"from": f"{two['strategy']}/offices", "services": "tcp/9001", "why": "Calls"})


def change_network(random: Random, documents: Documents) -> None:
    for path in sorted(documents):
        if "networks" in (documents[path] or {}):
            documents[path]["networks"]["offices"] = [f"192.168.{random.randint(2, 200)}.0/24"]
            if random.random() < 0.5:
                return


def lose_lock(random: Random, documents: Documents) -> None:
    documents["sgstrat.lock"] = None


def add_rule(random: Random, documents: Documents) -> None:
    made = some(random, documents)
    group = random.choice(list(made["groups"]["app"].values()) or [{"ingress": []}])
    group["ingress"].append(rule(random, "from", list(made["groups"]["app"]), ["partners", "offices"]))


def add_group(random: Random, documents: Documents) -> None:
    made = some(random, documents)
    made["groups"]["app"][f"more-{random.randint(1, 9)}"] = {"description": "More", "ingress": [], "egress": []}


def drop_group(random: Random, documents: Documents) -> None:
    groups = some(random, documents)["groups"]["app"]
    groups.pop(random.choice([*groups, "web"]), None)


def break_it(random: Random, documents: Documents) -> None:
    some(random, documents)["groups"]["app"]["web"] = {"description": "Web", "ingress": [], "colour": "red"}


def fill_region(random: Random, documents: Documents) -> None:
    some(random, documents)["quotas"] = {"groups_per_region": random.randint(8, 16), "existing_groups": 2}


def raise_quota(random: Random, documents: Documents) -> None:
    quota = random.choice(({"rules_per_group": 200}, {"groups_per_eni": 10}))
    some(random, documents).setdefault("quotas", {}).update(quota)


def include_all(random: Random, documents: Documents) -> None:
    documents["strategies/parts/one.yaml"] = {"groups": {"app": {"of-a-part": {"description": "Part"}}}}
    documents["strategies/parts/two.yaml"] = {"services": {"extra-two": "tcp/7778"}}
    some(random, documents)["include"] = [random.choice(("parts/one.yaml", "parts/*.yaml"))]
    some(random, documents)["include"] = ["parts/two.yaml"]


def unsay_default(random: Random, documents: Documents) -> None:
    some(random, documents).pop("default_group", None)


def list_name(random: Random, documents: Documents) -> None:
    for _ in range(2):
        some(random, documents)["naming"] = {"prefix_list": "the-list-{name}"}


def enforce(random: Random, documents: Documents) -> None:
    made = some(random, documents)
    made["groups"]["baseline"] = {"watch": {"description": "Watch", "enforce": True, "egress": [], "ingress": []}}


def assertion(random: Random, documents: Documents) -> None:
    ends = {"from": "0.0.0.0/0", "to": "web", "services": random.choice(("tcp/22", "tcp/443"))}
    some(random, documents)["assertions"] = [{"name": "shut", "deny": ends, "why": "Shut"}]


def peer(random: Random, documents: Documents) -> None:
    one, two = some(random, documents), some(random, documents)
    id = two["environments"]["prod"].get("vpcs", {}).get("main", {}).get("id", "vpc-0b0b0b0b")
    one["vpcs"]["main"]["peered_with"] = [{"vpc_id": id, "account": "111111111111", "region": "eu-west-1"}]


def peer_two(random: Random, documents: Documents) -> None:
    """A second VPC, peered with the first; others may live in either."""
    made, other = some(random, documents), some(random, documents)
    id = other["environments"]["prod"].get("vpcs", {}).get("main", {}).get("id", "vpc-0c0c0c0c")
    made["vpcs"]["main"]["peered_with"] = ["far"]
    made["vpcs"]["far"] = {"cidrs": ["10.99.0.0/16"], "id": id}
    for group in made["groups"]["app"].values():
        group.setdefault("vpcs", ["main"])


def same_name(random: Random, documents: Documents) -> None:
    for _ in range(2):
        next(iter(some(random, documents)["groups"]["app"].values()), {})["aws_name"] = random.choice(("One", "one"))


def own_default(random: Random, documents: Documents) -> None:
    some(random, documents)["default_group"] = random.choice(("lock", "leave"))


def waive(random: Random, documents: Documents) -> None:
    made = some(random, documents)
    waiver = {"code": "SG420", "of": "networks.unused", "why": "For later", "until": "2027-06-30"}
    made["waivers"] = [{**waiver, "approved_by": "security"}]


def rename(random: Random, documents: Documents) -> None:
    some(random, documents)["strategy"] = random.choice((*NAMES, "other"))


def new_file(random: Random, documents: Documents) -> None:
    documents["strategies/late.yaml"] = strategy(random, "late", 99)


def owner(random: Random, documents: Documents) -> None:
    some(random, documents)["owner"] = f"team-{random.randint(1, 99)}"


def split(random: Random, documents: Documents) -> None:
    made = some(random, documents)
    made["overflow"] = "split"
    made["quotas"] = {"rules_per_group": random.randint(2, 4)}


def pack(random: Random, documents: Documents) -> None:
    made = some(random, documents)
    made["pack"] = True
    made["quotas"] = {"groups_per_eni": random.randint(1, 2)}
    made["workloads"]["host"]["groups"] = list(made["groups"]["app"])


EDITS: tuple[Callable[[Random, Documents], None], ...] = (
    add_rule,
    add_group,
    drop_group,
    break_it,
    fill_region,
    raise_quota,
    include_all,
    unsay_default,
    list_name,
    enforce,
    assertion,
    peer,
    peer_two,
    same_name,
    share_more,
    own_default,
    waive,
    rename,
    new_file,
    owner,
    split,
    pack,
    share_vpc,
    use_other,
    use_network,
    change_network,
    lose_lock,
    share_fragment,
)


def lay(root: Path, documents: Documents) -> None:
    (root / "strategies").mkdir(parents=True, exist_ok=True)
    for path, document in documents.items():
        if document is None:
            (root / path).unlink(missing_ok=True)
            continue
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(yaml.safe_dump(document, sort_keys=False), "utf-8")


def run(root: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[int, str]:
    monkeypatch.chdir(root)
    done = CliRunner().invoke(cli, ["build", *AS_OF, *arguments], catch_exceptions=False)
    return done.exit_code, done.output


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[bool]:
    """For each compilation beside a record, whether it was of a part."""
    monkeypatch.setenv("SGSTRAT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(rebuilding, "program", lambda: "this program")  # other tests may install packages meanwhile
    taken: list[bool] = []
    original = rebuilding.Rebuild.open

    def noted(self: rebuilding.Rebuild) -> Any:
        session = original(self)
        taken.append(session.strategies is not None)
        return session

    monkeypatch.setattr(rebuilding.Rebuild, "open", noted)
    return taken


@pytest.mark.parametrize("chunk", range(4))
def test_a_rebuild_is_a_build(chunk: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, parts: list[bool]) -> None:
    for seed in range(5 * chunk, 5 * (chunk + 1)):
        random = Random(seed)
        documents = workspace(random)
        sound = documents
        beside, fresh = tmp_path / f"{seed}" / "beside", tmp_path / f"{seed}" / "fresh"
        for step in range(7):
            for root in (beside, fresh):
                lay(root, documents)
            documents.pop("sgstrat.lock", None)
            got, wanted = run(beside, monkeypatch), run(fresh, monkeypatch, "--fresh")
            assert got == wanted, (seed, step)
            assert picture(beside) == picture(fresh), (seed, step)
            if wanted[0] == 0:
                sound = copy.deepcopy(documents)
            elif random.random() < 0.8:
                documents = copy.deepcopy(sound)
            random.choice((*EDITS, add_rule, add_rule, add_group, owner))(random, documents)
    assert {True, False} == set(parts)
