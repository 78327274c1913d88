"""Folders, output folders and single rulebooks as the sides of a comparison, and what is said where they are broken."""

from __future__ import annotations

import json
import os
import shutil
from datetime import date
from pathlib import Path

import pytest
from repository import sgstrat

from sgstrat.edge.diff_sides import open_sides, scope_of
from sgstrat.reach.diff import compare
from sgstrat.reach.diff_model import Interfaces, Outside

AS_OF = date(2027, 1, 1)
STRATEGY = """\
version: 1
strategy: web
environments: {dev: {}, prod: {}}
groups:
  app:
    front: {description: Front, ingress: [{from: 10.0.0.0/8, services: https, why: Inside}]}
    back: {description: Back}
flows:
  - {from: front, to: back, services: tcp/8080, why: Proxied}
"""
OTHER = """\
version: 1
strategy: other
uses: [web]
groups:
  app:
    caller: {description: Caller, egress: [{to: web/front, services: https, why: Calls}]}
environments: {dev: {}, prod: {}}
"""
PROD = "out/web/prod/main/rulebook.json"


def workspace(folder: Path, text: str) -> Path:
    (folder / "strategies").mkdir(parents=True)
    (folder / "strategies/web.yaml").write_text(text, "utf-8")
    (folder / "strategies/other.yaml").write_text(OTHER, "utf-8")
    (folder / "sgstrat.yaml").write_text("format: [rulebook]\n", "utf-8")
    assert sgstrat(folder, "build").returncode == 0
    return folder


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    workspace(folder / "old", STRATEGY)
    workspace(folder / "new", STRATEGY.replace("tcp/8080", "[tcp/8080, tcp/9090]"))
    return folder


@pytest.fixture
def two(built: Path, tmp_path: Path) -> Path:
    shutil.copytree(built, tmp_path, dirs_exist_ok=True)
    return tmp_path


FORMS = ("{}", "{}/strategies", "{}/out", "{}/out/web", "{}/out/web/prod/main", "{}/" + PROD)


@pytest.mark.parametrize("old", FORMS)
@pytest.mark.parametrize("new", FORMS)
def test_every_form_with_every_other(two: Path, old: str, new: str) -> None:
    sides = open_sides(str(two / old.format("old")), str(two / new.format("new")), AS_OF)

    difference = compare(sides[0].books, sides[1].books, scope_of(*sides))

    (gained,) = difference.gained
    assert gained.environments == (("prod",) if "prod" in old + new else ("dev", "prod"))
    assert (gained.services, gained.way, gained.risk) == (("tcp/9090",), "between", "group")
    assert (names(gained.source), names(gained.destination)) == (["front"], ["back"])
    assert difference.lost == ()


def names(end: Interfaces | Outside) -> list[str]:
    assert isinstance(end, Interfaces)
    return [each.name for each in end.names]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_what_it_was_built_from(two: Path, form: str) -> None:
    done = sgstrat(two / "old", "diff", form.format("."), ".", "--fail-on", "any")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "no difference" in done.stdout


def test_a_part_limits_what_is_compared(two: Path) -> None:
    done = sgstrat(two, "diff", f"old/{PROD}", "new")

    assert "only these targets are compared: web/prod/main" in done.stdout


def test_a_folder_of_rulebooks_shows_a_target_that_only_the_other_side_has(two: Path) -> None:
    shutil.rmtree(two / "old/out/web/prod")

    done = sgstrat(two, "diff", "old/out/web", "new")

    assert "created  target web/prod/main" in done.stdout


def test_a_target_that_is_new_and_one_that_is_gone(two: Path) -> None:
    (two / "new/strategies/other.yaml").unlink()

    gone = json.loads(sgstrat(two, "diff", "old", "new", "--output-format", "json").stdout)
    back = json.loads(sgstrat(two, "diff", "new", "old", "--output-format", "json").stdout)

    assert [(each["effect"], each["key"]) for each in gone["resources"] if each["key"].startswith("other/")] == [
        ("deleted", "other/dev/main"),
        ("deleted", "other/prod/main"),
    ]
    assert [each["effect"] for each in back["resources"] if each["key"].startswith("other/")] == ["created", "created"]


# -- broken


def broken(two: Path, text: bytes | None) -> Path:
    path = two / "new" / PROD
    if text is None:
        path.unlink()
    else:
        path.write_bytes(text)
    return path


@pytest.mark.parametrize("new", ["new/out", "new/out/web", f"new/{PROD}"])
@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe", "not UTF-8"),
        (b'{"rulebook": 2}', "version 2, and this sgstrat reads version 1"),
        (b'{"rulebook": 1}', "required property"),
    ],
)
def test_broken_rulebooks(two: Path, new: str, text: bytes, said: str) -> None:
    broken(two, text)

    done = sgstrat(two, "diff", "old/out", new)

    assert done.returncode == 1
    assert said in done.stderr
    assert "rulebook.json" in done.stderr
    assert "help: " in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_rulebook_that_the_manifest_lists_and_nobody_has(two: Path) -> None:
    broken(two, None)

    done = sgstrat(two, "diff", "old/out", "new/out")

    assert done.returncode == 1
    assert "it is missing" in done.stderr


def test_two_rulebooks_of_one_target(two: Path) -> None:
    shutil.copytree(two / "new/out/web/prod", two / "new/out/web/copy")

    done = sgstrat(two, "diff", "old/out", "new/out/web")

    assert done.returncode == 1
    assert "another rulebook is of web/prod/main too" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("old", "nowhere"), "nowhere does not exist"),
        (("empty", "new"), "no sgstrat.yaml and no strategies/"),
        (("old", "nul"), "nul"),
        (("pipe", "new"), "not a regular file"),
    ],
)
def test_wrong_usage(two: Path, arguments: tuple[str, str], said: str) -> None:
    (two / "empty").mkdir()
    os.mkfifo(two / "pipe")

    done = sgstrat(two, "diff", *arguments, GIT_CEILING_DIRECTORIES=str(two.parent))

    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_policy_and_limits_stop_no_comparison(two: Path) -> None:
    """What allows more than a check permits is what one wants to see compared."""
    path = two / "new/strategies/web.yaml"
    path.write_text(path.read_text("utf-8").replace("10.0.0.0/8", "internet"), "utf-8")

    done = sgstrat(two, "diff", "old", "new")

    assert done.returncode == 0, done.stderr
    assert "internet -> web/front" in done.stdout
