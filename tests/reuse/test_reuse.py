"""What a build takes over from the last one, case by case: each against a build of everything."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from folders import picture

from sgstrat.cli import rebuilding
from sgstrat.cli.main import cli
from sgstrat.reuse.recall import Part
from sgstrat.reuse.record import read_record, write_record

AS_OF = ("--as-of", "2027-01-01")
NAMES = ("alpha", "beta", "gamma", "delta", "omega")
Change = Callable[[dict[str, Any]], None]


def strategy(name: str, number: int) -> dict[str, Any]:
    return {
        "version": 1,
        "strategy": name,
        "vpcs": {"main": {"cidrs": [f"10.{number}.0.0/16"]}},
        "environments": {
            "prod": {
                "account": "111111111111",
                "region": "eu-west-1",
                "vpcs": {"main": {"id": f"vpc-0000000{number}"}},
            }
        },
        "networks": {"offices": ["192.168.0.0/24"]},
        "prefix_lists": {"partners": {"entries": ["203.0.113.0/24"], "max_entries": 2}},
        "groups": {
            "app": {
                "web": {
                    "description": "Servers",
                    "ingress": [{"from": ["partners", "offices"], "services": "https", "why": "Calls"}],
                }
            }
        },
        "workloads": {"host": {"groups": ["web"]}},
    }


class Twin:
    """Two copies of a workspace: one built beside its record, one from nothing each time."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.documents = {name: strategy(name, number) for number, name in enumerate(NAMES, 1)}
        self.settings: dict[str, Any] = {}
        self.roots = (root / "beside", root / "fresh")
        self._monkeypatch = monkeypatch
        self.compiled: list[int] = []
        original = rebuilding.compile_part

        def noted(request: Any, part: Part | None = None) -> Any:
            self.compiled.append(len(NAMES) if part is None else len(part.files))
            return original(request, part)

        monkeypatch.setattr(rebuilding, "compile_part", noted)

    def build(self, *arguments: str) -> Result:
        """Build both, and hold them against each other."""
        self.compiled.clear()
        for root in self.roots:
            (root / "strategies").mkdir(parents=True, exist_ok=True)
            (root / "sgstrat.yaml").write_text(yaml.safe_dump(self.settings) if self.settings else "", "utf-8")
            for name, document in self.documents.items():
                (root / "strategies" / f"{name}.yaml").write_text(yaml.safe_dump(document, sort_keys=False), "utf-8")
        beside, fresh = (
            self._run(root, *more, *arguments) for root, more in zip(self.roots, ((), ("--fresh",)), strict=True)
        )
        assert (beside.exit_code, beside.output) == (fresh.exit_code, fresh.output)
        assert picture(self.roots[0]) == picture(self.roots[1])
        return beside

    def _run(self, root: Path, *arguments: str) -> Result:
        self._monkeypatch.chdir(root)
        return CliRunner().invoke(cli, ["build", *AS_OF, *arguments], catch_exceptions=False)

    @property
    def parts(self) -> list[int]:
        """Of how many files a part was compiled, where one was."""
        return self.compiled


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SGSTRAT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(rebuilding, "program", lambda: "this program")  # other tests may install packages meanwhile
    return tmp_path / "cache"


@pytest.fixture
def twin(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Twin]:
    made = Twin(tmp_path, monkeypatch)
    assert made.build().exit_code == 0
    assert made.parts == []  # nothing to go by
    return made


def test_only_what_changed_is_compiled_and_the_rest_is_still_reported(twin: Twin) -> None:
    twin.documents["beta"]["groups"]["app"]["web"]["ingress"][0]["services"] = "http"
    done = twin.build()
    assert twin.parts == [1]
    assert "files 3 replaced, 12 unchanged" in done.output
    assert twin.build().output.endswith("built 5 targets into out: files 15 unchanged\n")
    assert twin.parts == [0]


def test_a_name_of_another_strategy_joins_the_two(twin: Twin) -> None:
    twin.documents["alpha"]["uses"] = ["beta"]
    twin.documents["alpha"]["groups"]["app"]["web"]["ingress"][0]["from"] = "beta/offices"
    assert twin.build().exit_code == 0
    assert twin.parts == [1]  # it cannot be compiled alone, so that everything was
    twin.documents["beta"]["networks"]["offices"] = ["192.168.7.0/24"]
    assert twin.build().exit_code == 0
    assert twin.parts == [2]
    assert b"192.168.7.0/24" in picture(twin.roots[0])["out/alpha/prod/main/rulebook.json"]


@pytest.fixture
def shared(twin: Twin) -> Twin:
    """Alpha, beta and gamma are in one VPC."""
    for name in ("alpha", "gamma"):
        twin.documents[name]["environments"]["prod"]["vpcs"]["main"]["id"] = "vpc-00000002"
    assert "SG225" in twin.build().output  # nobody locks its default group any more
    return twin


@pytest.mark.parametrize("name", ["alpha", "beta"])
def test_those_who_share_a_vpc_alone_are_compiled_apart(shared: Twin, name: str) -> None:
    shared.documents[name]["owner"] = "another"
    done = shared.build()
    assert "these share: alpha/prod/main, beta/prod/main, gamma/prod/main" in done.output
    assert shared.parts == [1]


def test_the_default_group_of_a_shared_vpc_is_everybodys(shared: Twin) -> None:
    shared.documents["beta"]["default_group"] = "lock"
    assert "SG225" not in shared.build().output
    shared.documents["gamma"]["owner"] = "another"
    assert "SG225" not in shared.build().output
    assert shared.parts == [1]
    shared.documents["alpha"]["default_group"] = "lock"
    assert "SG224" in shared.build().output


def test_names_in_a_shared_vpc_are_everybodys(shared: Twin) -> None:
    shared.documents["alpha"]["groups"]["app"]["web"]["aws_name"] = "the-web"
    assert shared.build().exit_code == 0
    shared.documents["beta"]["groups"]["app"]["web"]["aws_name"] = "The-Web"
    assert "SG216" in shared.build().output


def test_what_was_said_of_a_default_group_is_kept_although_nothing_was_written(shared: Twin) -> None:
    """Said or not, the others in the VPC own nothing: their files are the same."""
    waiver = {"code": "SG403", "of": "default_group", "why": "Old", "until": "2027-06-30", "approved_by": "security"}
    shared.documents["gamma"] |= {"default_group": "leave", "waivers": [waiver]}
    assert "SG225" not in shared.build().output
    del shared.documents["gamma"]["default_group"], shared.documents["gamma"]["waivers"]
    assert "SG225" in shared.build().output
    shared.documents["alpha"]["owner"] = "another"
    assert "SG225" in shared.build().output
    assert shared.parts == [1]


def test_a_target_that_was_alone_and_comes_to_share(twin: Twin) -> None:
    twin.documents["alpha"]["environments"]["prod"]["vpcs"]["main"]["id"] = "vpc-00000002"
    twin.documents["beta"]["default_group"] = "lock"
    assert "SG225" not in twin.build().output
    twin.documents["alpha"]["owner"] = "another"
    assert "SG225" not in twin.build().output
    assert twin.parts == [1]


def test_quotas_of_one_account_and_region_are_held_against_each_other(twin: Twin) -> None:
    twin.documents["alpha"]["quotas"] = {"rules_per_group": 200}
    assert twin.build().exit_code == 0
    twin.documents["beta"]["quotas"] = {"groups_per_eni": 10}
    assert "SG303" in twin.build().output


def test_an_include_that_comes_to_match_more(twin: Twin) -> None:
    for name in ("alpha", "beta"):
        fragment = {"groups": {"app": {f"of-{name}": {"description": "More"}}}}
        for root in twin.roots:
            (root / "strategies" / "parts").mkdir(exist_ok=True)
            (root / "strategies" / "parts" / f"{name}.yaml").write_text(yaml.safe_dump(fragment), "utf-8")
        twin.documents[name]["include"] = [f"parts/{name}*.yaml"]
    assert twin.build().exit_code == 0
    twin.documents["alpha"]["include"] = ["parts/*.yaml"]
    assert twin.build().exit_code == 0
    assert b"of-beta" in picture(twin.roots[0])["out/alpha/prod/main/rulebook.json"]


def test_environments_are_told_in_one_order_whatever_is_kept(twin: Twin) -> None:
    place = twin.documents["alpha"]["environments"]["prod"]
    twin.documents["alpha"]["environments"] = {
        name: {**place, "vpcs": {"main": {"id": f"vpc-0000001{number}"}}}
        for number, name in enumerate(("blue", "green", "red"))
    }
    assert twin.build().exit_code == 0
    twin.documents["alpha"]["groups"]["app"]["web"]["ingress"].append(
        {"from": "offices", "services": "ssh", "why": "Care", "environments": ["red"]}
    )
    assert "(in blue, green, red)" in twin.build().output


def test_a_baseline_for_everyone_joins_all_in_its_vpc(shared: Twin) -> None:
    baseline = {"watch": {"description": "Watch", "enforce": True}}
    shared.documents["beta"]["groups"]["baseline"] = baseline
    assert shared.build().exit_code == 0
    assert b"beta/watch" in picture(shared.roots[0])["out/alpha/prod/main/rulebook.json"]
    shared.documents["beta"]["groups"]["baseline"]["guard"] = baseline.pop("watch")
    assert shared.build().exit_code == 0
    assert shared.parts == [3]
    assert b"beta/guard" in picture(shared.roots[0])["out/alpha/prod/main/rulebook.json"]


def test_a_peering_joins_all_in_both_vpcs(shared: Twin) -> None:
    far = {"vpc_id": "vpc-00000002", "account": "111111111111", "region": "eu-west-1"}
    shared.documents["delta"]["vpcs"]["main"]["peered_with"] = [far]
    assert shared.build().exit_code == 0
    assert b"delta" in picture(shared.roots[0])["out/alpha/prod/main/rulebook.json"]
    shared.documents["beta"]["owner"] = "another"
    assert shared.build().exit_code == 0
    assert shared.parts == [4]
    del shared.documents["delta"]["vpcs"]["main"]["peered_with"]
    assert shared.build().exit_code == 0
    assert b"delta" not in picture(shared.roots[0])["out/alpha/prod/main/rulebook.json"]


def test_accounts_that_fill_up_are_seen(twin: Twin) -> None:
    twin.settings = {"quotas": {"111111111111": {"eu-west-1": {"groups_per_region": 6}}}}
    assert twin.build().exit_code == 0
    twin.documents["beta"]["groups"]["app"]["more"] = {"description": "More"}
    twin.documents["beta"]["workloads"]["host"]["groups"].append("more")
    assert twin.build().exit_code == 0
    assert twin.parts == [1]
    twin.documents["gamma"]["groups"]["app"]["more"] = {"description": "More"}
    done = twin.build()
    assert done.exit_code == 1
    assert "SG304" in done.output


def test_lists_of_one_name_are_seen(twin: Twin) -> None:
    twin.documents["alpha"]["naming"] = {"prefix_list": "the-{name}"}
    assert twin.build().exit_code == 0
    twin.documents["beta"]["naming"] = {"prefix_list": "the-{name}"}
    done = twin.build()
    assert done.exit_code == 1
    assert "SG216" in done.output


def test_assertions_are_about_everything_in_an_environment(twin: Twin) -> None:
    shut = {"name": "shut", "deny": {"from": "offices", "to": "web", "services": "tcp/22"}, "why": "Shut"}
    twin.documents["alpha"]["assertions"] = [shut]
    assert twin.build().exit_code == 0
    twin.documents["beta"]["owner"] = "another"
    assert twin.build().exit_code == 0
    assert twin.parts == []


def test_a_mistake_elsewhere_is_a_build_of_everything(twin: Twin) -> None:
    twin.documents["beta"]["colour"] = "red"
    twin.documents["gamma"]["owner"] = "another"
    assert twin.build().exit_code == 1
    del twin.documents["beta"]["colour"]
    assert twin.build().exit_code == 0
    assert twin.parts == [1]


@pytest.mark.parametrize("path", ["out/beta/prod/main/rulebook.json", "out/beta/prod/main/terraform/main.tf.json"])
def test_what_was_edited_by_hand_is_made_again(twin: Twin, path: str) -> None:
    for root in twin.roots:
        (root / path).write_text("{}", "utf-8")
    done = twin.build()
    assert "had been edited by hand" in done.output
    for root in twin.roots:
        (root / path).unlink()
    assert "1 created, 14 unchanged" in twin.build().output


@pytest.mark.parametrize("path", ["foo", "a/b"])
def test_a_manifest_with_paths_of_no_target(twin: Twin, path: str) -> None:
    for root in twin.roots:
        manifest = root / "out" / "manifest.json"
        document = json.loads(manifest.read_text("utf-8"))
        document["files"][path] = "sha256:" + 64 * "0"
        manifest.write_text(json.dumps(document, indent=2) + "\n", "utf-8")
    assert twin.build().exit_code == 0


def test_a_manifest_that_says_otherwise_is_written_anew(twin: Twin) -> None:
    for root in twin.roots:
        path = root / "out" / "manifest.json"
        document = json.loads(path.read_text("utf-8"))
        first = min(document["files"])
        document["files"][first] = "sha256:" + 64 * "0"
        path.write_text(json.dumps(document, indent=2) + "\n", "utf-8")
    assert twin.build().exit_code == 0


def test_another_day_or_option_goes_by_nothing(twin: Twin) -> None:
    for more in (("--as-of", "2027-01-02"), ("--optimize",), ("-f", "terraform"), ("--syntax", "json")):
        assert twin.build(*more).exit_code == 0
        assert twin.parts == []


def test_a_part_or_a_comparison_goes_by_nothing(twin: Twin, cache: Path) -> None:
    before = {path: path.read_bytes() for path in cache.iterdir()}
    for more in (("--check",), ("--strategy", "beta")):
        assert twin.build(*more).exit_code == 0
        assert twin.parts == []
    assert {path: path.read_bytes() for path in cache.iterdir()} == before


@pytest.mark.parametrize("damage", [b"", b"{}", b"[]", b'{"version": 1}', b"\xff", b"[" * 100_000, None])
def test_a_damaged_record_is_no_record(twin: Twin, cache: Path, damage: bytes | None) -> None:
    for path in cache.iterdir():
        path.write_bytes(path.read_bytes()[:-20] if damage is None else damage)
    assert twin.build().exit_code == 0
    assert twin.parts == []
    twin.build()
    assert twin.parts == [0]


def test_every_piece_of_a_record_is_looked_at(twin: Twin, cache: Path) -> None:
    """Whatever is put in the place of a value: a record that says the same, or none."""
    data = next(cache.iterdir()).read_bytes()
    record = read_record(data)
    assert record is not None
    assert write_record(record) == data
    document = json.loads(data)
    places: list[tuple[Any, Any]] = [(document, key) for key in document]
    places += [(each, key) for each in document["clusters"] for key in each]
    places += [(each, index) for each in document["targets"] for index in range(len(each))]
    for holder, key in places:
        kept = holder[key]
        for other in (None, 1.5, "x", [1], {"a": 1}):
            holder[key] = other
            found = read_record(json.dumps(document).encode())
            assert found is None or json.loads(write_record(found)) == document or key == "is_divisible"
        holder[key] = kept


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_a_folder_that_others_can_write_to_is_not_believed(twin: Twin, cache: Path) -> None:
    cache.chmod(0o777)
    assert twin.build().exit_code == 0
    assert twin.parts == []
    cache.chmod(0o700)
    elsewhere = cache.rename(cache.with_name("elsewhere"))
    cache.symlink_to(elsewhere)
    assert twin.build().exit_code == 0
    assert twin.parts == []


def test_where_nothing_can_be_kept_a_build_is_a_build(twin: Twin, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (cache.parent / "file").write_text("", "utf-8")
    monkeypatch.setenv("SGSTRAT_CACHE_DIR", str(cache.parent / "file" / "cache"))
    assert twin.build().exit_code == 0


def test_other_files_of_the_program_are_another_program(twin: Twin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rebuilding, "program", lambda: "another")
    assert twin.build().exit_code == 0
    assert twin.parts == []
