"""Comparing revisions of a real repository: what is read, what is never run, and what is said where it cannot be."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from repository import commit, git, new_repository, sgstrat

from sgstrat.edge.git import fork_point, open_repository, resolve, split_range
from sgstrat.edge.git_files import read_revision
from sgstrat.edge.machine import MachineFault, UsageFault
from sgstrat.edge.workspace_files import Bounds, read_workspace

GOLDEN = Path(__file__).parent / "golden"
SHOP = """\
version: 1
strategy: shop
vpcs:
  main: {cidrs: [10.20.0.0/16]}
environments:
  dev: {}
  prod: {}
networks:
  office: [192.0.2.0/28]
groups:
  service:
    ssh-access: {description: Shell from the office, ingress: [{from: office, services: ssh, why: Administration}]}
  app:
    alb: {description: Public entry}
    web-servers: {description: Web tier}
    db-servers: {description: MySQL}
flows:
  - {name: public-shop, from: internet, to: alb, services: https, why: The public shop}
  - {name: proxied, from: alb, to: web-servers, services: tcp/8080, why: Proxied requests}
  - {name: orders, from: web-servers, to: db-servers, services: mysql, why: Orders and stock}
workloads:
  entry: {groups: [alb]}
  storefront: {groups: [web-servers, ssh-access]}
  database: {groups: [db-servers]}
waivers:
  - {code: SG401, path: flows.public-shop, why: It is public, until: 2027-06-30}
"""
CHANGED = (
    SHOP.replace("office: [192.0.2.0/28]", "office: [192.0.2.0/28, 10.0.0.0/8]")
    .replace(
        "description: MySQL}",
        'description: MySQL of the shop, ingress: [{from: internet, services: mysql, why: "Asked by @team [now](x)"}]}',
    )
    .replace("alb, to: web-servers, services: tcp/8080", "alb, to: web-servers, services: [tcp/8080, tcp/8443]")
    .replace("    web-servers: {description: Web tier}", "    web: {description: Web tier, formerly: web-servers}")
    .replace("to: web-servers", "to: web")
    .replace("from: web-servers", "from: web")
    .replace("[web-servers, ssh-access]", "[web, ssh-access]")
    .replace("  - {name: orders, from: web, to: db-servers, services: mysql, why: Orders and stock}\n", "")
)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A repository whose main is the shop, and whose branch change is the shop changed."""
    folder = new_repository(tmp_path / "shop")
    commit(folder, {"strategies/shop.yaml": SHOP})
    git(folder, "checkout", "-q", "-b", "change")
    commit(folder, {"strategies/shop.yaml": CHANGED})
    return folder


def without_hashes(text: str) -> str:
    return re.sub(r"\b[0-9a-f]{10}\b", "0123456789", text)


@pytest.mark.parametrize(("output_format", "name"), [("markdown", "pull-request.md"), ("text", "pull-request.txt")])
def test_two_commits_read_well(shop: Path, output_format: str, name: str) -> None:
    done = sgstrat(shop, "diff", "main..change", "--output-format", output_format)

    assert done.returncode == 0, done.stderr
    golden = GOLDEN / name
    if os.environ.get("SGSTRAT_UPDATE") == "1":
        golden.write_text(without_hashes(done.stdout), "utf-8")
    assert without_hashes(done.stdout) == golden.read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("main..change", "--fail-on", "broadening"), 1),
        (("main..change", "--fail-on", "any"), 1),
        (("main..change",), 0),
        (("main", "main", "--fail-on", "any"), 0),
        (("main...change", "--fail-on", "broadening"), 1),
        (("change...main", "--fail-on", "any"), 0),  # main has done nothing since change left it
        (("main", "--fail-on", "broadening"), 1),  # with what is checked out
        (("change", ".", "--fail-on", "any"), 0),
        (("main..", "--fail-on", "broadening"), 1),
    ],
)
def test_revisions_and_exit_status(shop: Path, arguments: tuple[str, ...], status: int) -> None:
    done = sgstrat(shop, "diff", *arguments)

    assert done.returncode == status, done.stdout + done.stderr


def test_narrowing_alone_is_no_broadening(tmp_path: Path) -> None:
    folder = new_repository(tmp_path)
    commit(folder, {"strategies/shop.yaml": SHOP})
    line = "  - {name: orders, from: web-servers, to: db-servers, services: mysql, why: Orders and stock}\n"
    commit(folder, {"strategies/shop.yaml": SHOP.replace(line, "")})

    assert sgstrat(folder, "diff", "HEAD~1..HEAD", "--fail-on", "broadening").returncode == 0
    assert sgstrat(folder, "diff", "HEAD~1..HEAD", "--fail-on", "any").returncode == 1
    assert sgstrat(folder, "diff", "HEAD..HEAD~1", "--fail-on", "broadening").returncode == 1


def test_a_workspace_that_is_new(tmp_path: Path) -> None:
    folder = new_repository(tmp_path)
    commit(folder, {"README.md": "none yet"})
    commit(folder, {"strategies/shop.yaml": SHOP})

    done = sgstrat(folder, "diff", "HEAD~1..HEAD")

    assert done.returncode == 0, done.stderr
    assert "has no strategies here" in done.stdout
    assert "internet -> shop/entry" in done.stdout


# -- what cannot be compared


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("mian..change",), "did you mean main?"),
        (("main..nowhere-at-all",), "git knows no revision 'nowhere-at-all'"),
        (("main", "0123456"), "git knows no revision '0123456'"),
        (("main", "main..change"), "a range of revisions"),
        (("main..change^{tree}:x",), "git knows no revision"),
    ],
)
def test_unknown_revisions(shop: Path, arguments: tuple[str, ...], said: str) -> None:
    done = sgstrat(shop, "diff", *arguments)

    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_remote_branch_is_proposed(shop: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--branch", "change", shop.as_uri(), "clone")

    done = sgstrat(tmp_path / "clone", "diff", "main..change")

    assert done.returncode == 2
    assert "did you mean origin/main?" in done.stderr


def test_shallow_clone(shop: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--depth", "1", "--branch", "change", shop.as_uri(), "clone")

    done = sgstrat(tmp_path / "clone", "diff", "HEAD~1..HEAD")

    assert done.returncode == 2
    assert "shallow" in done.stderr
    assert "--unshallow" in done.stderr


def test_shallow_clone_without_a_common_ancestor(shop: Path, tmp_path: Path) -> None:
    git(shop, "checkout", "-q", "main")
    commit(shop, {"README.md": "more"})
    git(tmp_path, "clone", "-q", "--depth", "1", "--no-single-branch", shop.as_uri(), "clone")

    done = sgstrat(tmp_path / "clone", "diff", "origin/main...origin/change")

    assert done.returncode == 2
    assert "no common ancestor" in done.stderr
    assert "--unshallow" in done.stderr


def test_no_repository(tmp_path: Path) -> None:
    done = sgstrat(tmp_path, "diff", "main..change", GIT_CEILING_DIRECTORIES=str(tmp_path.parent))

    assert done.returncode == 2
    assert "no git repository" in done.stderr


def test_no_workspace_on_either_side(tmp_path: Path) -> None:
    folder = new_repository(tmp_path)
    commit(folder, {"README.md": "one"})

    done = sgstrat(folder, "diff", "HEAD..HEAD")

    assert done.returncode == 2
    assert "no strategy found" in done.stderr


def test_a_broken_side_is_named_with_its_findings(shop: Path) -> None:
    commit(shop, {"strategies/shop.yaml": CHANGED + "grups: {}\n"})

    done = sgstrat(shop, "diff", "main..change")

    assert done.returncode == 1
    assert "change" in done.stderr.splitlines()[0]
    assert "SG110" in done.stderr
    assert done.stdout == ""


# -- reading a revision


def test_a_revision_is_what_a_checkout_would_be(shop: Path) -> None:
    (shop / "strategies/deep").mkdir()
    (shop / "strategies/deep/more.yml").symlink_to("../../shared/part.yaml")
    (shop / "strategies/linked").symlink_to("../shared")
    hidden = "strategies/.hidden.yaml"
    commit(
        shop,
        {"shared/part.yaml": "a: 1\n", "sgstrat.yaml": "out: out\n", hidden: "x", "strategies/notes.txt": "no YAML"},
    )
    on_disk = read_workspace(shop)

    for folder in (shop, shop / "strategies", shop / "strategies/deep"):
        repository = open_repository(folder)
        found = read_revision(repository, resolve(repository, "HEAD"))
        assert found is not None
        assert found.settings == on_disk.settings
        assert found.files == on_disk.files


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("../../outside.yaml", "leaves"),
        ("/etc/hostname", "leaves"),
        ("loop.yaml", "circle"),
        ("nothing.yaml", "link to nothing"),
    ],
)
def test_links_that_lead_nowhere_good(shop: Path, target: str, said: str) -> None:
    (shop / "strategies/loop.yaml").symlink_to(target)
    commit(shop, {})
    repository = open_repository(shop)

    with pytest.raises(MachineFault) as fault:
        read_revision(repository, resolve(repository, "HEAD"))

    assert said in fault.value.message


def test_a_folder_that_links_to_itself(shop: Path) -> None:
    (shop / "strategies/again").symlink_to(".")
    commit(shop, {})
    repository = open_repository(shop)

    with pytest.raises(MachineFault):
        read_revision(repository, resolve(repository, "HEAD"))


def test_a_submodule_is_refused(shop: Path, tmp_path: Path) -> None:
    other = new_repository(tmp_path / "other")
    commit(other, {"a.yaml": "a: 1\n"})
    git(shop, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", other.as_uri(), "strategies/other")
    commit(shop, {})
    repository = open_repository(shop)

    with pytest.raises(MachineFault, match="submodule"):
        read_revision(repository, resolve(repository, "HEAD"))


@pytest.mark.parametrize("bounds", [Bounds(files=0), Bounds(file_bytes=10), Bounds(total_bytes=10)])
def test_bounds(shop: Path, bounds: Bounds) -> None:
    repository = open_repository(shop)

    with pytest.raises(MachineFault, match=r"more than|larger than"):
        read_revision(repository, resolve(repository, "HEAD"), bounds)


def test_nothing_that_the_repository_configures_is_run(shop: Path, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {mark}\nexit 1\n", "utf-8")
    program.chmod(0o755)
    hooks = shop / ".git/hooks"
    hooks.mkdir(exist_ok=True)
    for hook in ("post-checkout", "post-index-change", "reference-transaction", "fsmonitor-watchman"):
        (hooks / hook).write_bytes(program.read_bytes())
        (hooks / hook).chmod(0o755)
    for key in (
        "core.fsmonitor",
        "core.pager",
        "core.sshCommand",
        "filter.x.smudge",
        "diff.external",
        "core.editor",
        "alias.ls-tree",
    ):
        git(shop, "config", key, str(program))
    git(shop, "config", "core.hooksPath", str(hooks))
    (shop / ".git/info").mkdir(exist_ok=True)
    (shop / ".git/info/attributes").write_text("* filter=x\n", "utf-8")

    done = sgstrat(shop, "diff", "main..change")

    assert done.returncode == 0, done.stderr
    assert not mark.exists()


def test_a_partial_clone_fetches_nothing(shop: Path, tmp_path: Path) -> None:
    git(shop, "config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "-q", "--no-checkout", "--filter=blob:none", "--branch", "change", shop.as_uri(), "clone")

    done = sgstrat(tmp_path / "clone", "diff", "origin/main..change")

    assert done.returncode == 2
    assert "git cannot read" in done.stderr


def test_git_variables_do_not_lead_elsewhere(shop: Path, tmp_path: Path) -> None:
    other = new_repository(tmp_path / "other")
    commit(other, {"README.md": "another"})

    done = sgstrat(shop, "diff", "main..change", GIT_DIR=str(other / ".git"), GIT_WORK_TREE=str(other))

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("main..HEAD", ("main", "HEAD", False)),
        ("main...HEAD", ("main", "HEAD", True)),
        ("main..", ("main", "HEAD", False)),
        ("..main", ("HEAD", "main", False)),
        ("..", None),
        ("...", None),
        ("main", None),
        ("v1.2", None),
    ],
)
def test_ranges(text: str, expected: tuple[str, str, bool] | None) -> None:
    assert split_range(text) == expected


@pytest.mark.parametrize("name", ["", "-n", "--all", "a\nb", "a" * 5000])
def test_names_that_are_no_revisions(shop: Path, name: str) -> None:
    with pytest.raises(UsageFault):
        resolve(open_repository(shop), name)


def test_the_fork_point(shop: Path) -> None:
    main = git(shop, "rev-parse", "main")
    git(shop, "checkout", "-q", "main")
    commit(shop, {"README.md": "later"})
    repository = open_repository(shop)

    assert fork_point(repository, resolve(repository, "main"), resolve(repository, "change")).commit == main


def test_git_that_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(UsageFault, match="git is not installed"):
        open_repository(tmp_path)
