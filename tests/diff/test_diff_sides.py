"""Folders, output folders and single rulebooks as the sides of a comparison, and what is said where they are broken."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from repository import sgstrat

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


@pytest.fixture
def two(tmp_path: Path) -> Path:
    workspace(tmp_path / "old", STRATEGY)
    workspace(tmp_path / "new", STRATEGY.replace("tcp/8080", "[tcp/8080, tcp/9090]"))
    return tmp_path


FORMS = ("{}", "{}/strategies", "{}/out", "{}/out/web", "{}/out/web/prod/main", "{}/" + PROD)


@pytest.mark.parametrize("old", FORMS)
@pytest.mark.parametrize("new", FORMS)
def test_every_form_with_every_other(two: Path, old: str, new: str) -> None:
    done = sgstrat(two, "diff", old.format("old"), new.format("new"), "--output-format", "json")

    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)
    (gained,) = data["gained"]
    assert gained["environments"] == (["prod"] if "prod" in old + new else ["dev", "prod"])
    assert (gained["services"], gained["way"], gained["risk"]) == (["tcp/9090"], "between", "group")
    assert [each["name"] for each in gained["from"]["interfaces"]] == ["front"]
    assert [each["name"] for each in gained["to"]["interfaces"]] == ["back"]
    assert data["lost"] == []


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_what_it_was_built_from(two: Path, form: str) -> None:
    done = sgstrat(two / "old", "diff", form.format("."), ".", "--fail-on", "any")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "no difference" in done.stdout


def test_a_part_limits_what_is_compared(two: Path) -> None:
    done = sgstrat(two, "diff", f"old/{PROD}", "new")

    assert "only these targets are compared: web/prod/main" in done.stdout


def test_a_target_that_is_new_and_one_that_is_gone(two: Path) -> None:
    (two / "new/strategies/other.yaml").unlink()

    gone = json.loads(sgstrat(two, "diff", "old", "new", "--output-format", "json").stdout)
    back = json.loads(sgstrat(two, "diff", "new", "old", "--output-format", "json").stdout)

    assert [(each["effect"], each["key"]) for each in gone["resources"] if each["kind"] == "target"] == [
        ("deleted", "other/dev/main"),
        ("deleted", "other/prod/main"),
    ]
    assert [each["effect"] for each in back["resources"] if each["kind"] == "target"] == ["created", "created"]


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
