"""The program as a user meets it: commands, exit statuses, what goes to which stream, and out/ afterwards."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sgstrat import __version__

ROOT = Path(__file__).parents[2]
AS_OF = ("--as-of", "2027-01-01")


def sgstrat(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sgstrat", *arguments],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A copy of the bundled workspace, without out/."""
    shutil.copytree(ROOT / "strategies", tmp_path / "strategies")
    shutil.copy(ROOT / "sgstrat.yaml", tmp_path)
    return tmp_path


def test_what_is_committed_is_what_a_build_writes(tmp_path: Path) -> None:
    done = sgstrat("build", *AS_OF, "-o", str(tmp_path / "out"), cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert digests(tmp_path / "out") == digests(ROOT / "out")


def test_two_builds_give_the_same_bytes_and_check_agrees(workspace: Path) -> None:
    assert sgstrat("build", *AS_OF, cwd=workspace).returncode == 0
    first = digests(workspace / "out")
    again = sgstrat("build", *AS_OF, "--jobs", "2", "-o", "again", cwd=workspace, PYTHONHASHSEED="7")
    assert again.returncode == 0
    assert digests(workspace / "again") == first
    assert sgstrat("build", *AS_OF, "--check", cwd=workspace).returncode == 0


def test_one_changed_port_is_stale_and_named(workspace: Path) -> None:
    sgstrat("build", *AS_OF, cwd=workspace)
    before = digests(workspace / "out")
    shop = workspace / "strategies/shop.yaml"
    shop.write_text(shop.read_text("utf-8").replace("app-http: tcp/8080", "app-http: tcp/8081"), "utf-8")
    done = sgstrat("build", *AS_OF, "--check", cwd=workspace)
    assert done.returncode == 1
    stale = {line.removeprefix("stale: ").strip() for line in done.stdout.splitlines() if line.startswith("stale: ")}
    targets = ("out/shop/dev/main", "out/shop/prod/main")
    assert stale == {
        f"{target}/{name}"
        for target in targets
        for name in ("cloudformation/template.yaml", "rulebook.json", "terraform/main.tf.json")
    }
    assert "8081" in done.stdout
    assert "sgstrat build" in done.stdout
    assert digests(workspace / "out") == before, "--check writes nothing"


def test_limits_of_a_build_limit_writing_deleting_and_checking(workspace: Path) -> None:
    sgstrat("build", *AS_OF, cwd=workspace)
    (workspace / "strategies/intranet.yaml").unlink()
    assert sgstrat("build", *AS_OF, "--check", "strategies/shop.yaml", cwd=workspace).returncode == 0
    assert sgstrat("build", *AS_OF, "--strategy", "shop", cwd=workspace).returncode == 0
    assert (workspace / "out/intranet").is_dir()
    check = sgstrat("build", *AS_OF, "--check", cwd=workspace)
    assert check.returncode == 1
    assert "orphaned: out/intranet/default/main/rulebook.json" in check.stdout
    assert sgstrat("build", *AS_OF, cwd=workspace).returncode == 0
    assert not (workspace / "out/intranet").exists()


def test_nothing_is_written_when_anything_is_wrong(workspace: Path) -> None:
    sgstrat("build", *AS_OF, cwd=workspace)
    before = digests(workspace / "out")
    shop = workspace / "strategies/shop.yaml"
    shop.write_text(
        shop.read_text("utf-8").replace("services: mysql", "services: mysqll", 1) + "\nactoin: 1\n", "utf-8"
    )
    done = sgstrat("build", *AS_OF, cwd=workspace)
    assert done.returncode == 1
    assert done.stdout == ""
    assert "error SG202" in done.stderr
    assert "did you mean mysql?" in done.stderr
    assert "error SG110" in done.stderr
    assert digests(workspace / "out") == before


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("build", "missing.yaml"), 2),
        (("build", "--strategy", "shopp"), 2),
        (("build", "--environment", "prd"), 2),
        (("build", "--as-of", "2027-02-30"), 2),
        (("build", "--jobs", "0"), 2),
        (("build", "-f", "pulumi"), 2),
        (("build", "-o", "strategies"), 2),
        (("explain", "SG999"), 2),
        (("explain", "sg401"), 0),
        (("explain",), 0),
        (("services", "https"), 0),
        (("services", "no-such-service"), 1),
        (("schema", "rulebook"), 0),
        (("validate", *AS_OF), 0),
        (("bulid",), 2),
        (("--version",), 0),
        (("-h",), 0),
    ],
    ids=str,
)
def test_exit_status(workspace: Path, arguments: tuple[str, ...], status: int) -> None:
    done = sgstrat(*arguments, cwd=workspace)
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert (done.stderr if status == 2 else done.stdout + done.stderr).strip()


def test_validate_writes_findings_to_standard_output(workspace: Path) -> None:
    (workspace / "strategies/broken.yaml").write_text("strategy: [", "utf-8")
    done = sgstrat("validate", *AS_OF, cwd=workspace)
    assert done.returncode == 1
    assert "strategies/broken.yaml:1:" in done.stdout
    assert done.stderr == ""
    assert not (workspace / "out").exists()


def test_no_workspace(tmp_path: Path) -> None:
    done = sgstrat("build", cwd=tmp_path)
    assert done.returncode == 2
    assert "sgstrat init" in done.stderr


def test_the_starter_builds_as_it_stands(tmp_path: Path) -> None:
    assert sgstrat("init", "new", cwd=tmp_path).returncode == 0
    mine = tmp_path / "new/strategies/starter.yaml"
    mine.write_text(mine.read_text("utf-8") + "# mine\n", "utf-8")
    again = sgstrat("init", "new", cwd=tmp_path)
    assert again.returncode == 0
    assert "kept" in again.stdout
    assert mine.read_text("utf-8").endswith("# mine\n")
    done = sgstrat("build", cwd=tmp_path / "new")
    assert done.returncode == 0, done.stderr
    assert "error" not in done.stderr
    assert "warning" not in done.stderr
    assert sgstrat("build", "--check", cwd=tmp_path / "new").returncode == 0


def test_a_workspace_in_use_gets_no_example(tmp_path: Path) -> None:
    assert sgstrat("init", cwd=tmp_path).returncode == 0
    starter = tmp_path / "strategies/starter.yaml"
    starter.rename(starter.with_name("mine.yaml"))
    assert sgstrat("init", cwd=tmp_path).returncode == 0
    assert not starter.exists()


def test_out_that_cannot_be_written(workspace: Path) -> None:
    (workspace / "out").write_text("a file", "utf-8")
    done = sgstrat("build", *AS_OF, cwd=workspace)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert (workspace / "out").read_text("utf-8") == "a file"


def test_a_missing_optional_dependency_is_one_message(workspace: Path) -> None:
    empty = workspace / "empty"
    empty.mkdir()
    done = sgstrat("build", *AS_OF, "-f", "cdktf", cwd=workspace, PATH=str(empty))
    assert done.returncode == 2
    assert "install" in done.stderr
    assert not (workspace / "out").exists()


def test_colour_only_where_wanted(workspace: Path) -> None:
    done = sgstrat("validate", *AS_OF, cwd=workspace)
    assert "\033" not in done.stdout + done.stderr


@pytest.mark.parametrize("delay", [0.1, 0.2, 0.3, 0.4])
def test_an_interrupted_build_leaves_out_whole(workspace: Path, delay: float) -> None:
    sgstrat("build", *AS_OF, "-f", "rulebook", cwd=workspace)
    before = digests(workspace / "out")
    process = subprocess.Popen(
        [sys.executable, "-m", "sgstrat", "build", *AS_OF],
        cwd=workspace,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(delay)  # wherever the signal falls, what holds afterwards is the same
    process.send_signal(signal.SIGINT)
    process.wait(timeout=60)
    after = digests(workspace / "out")
    sgstrat("build", *AS_OF, cwd=workspace)
    assert after in (before, digests(workspace / "out"))


def test_another_version_alone_makes_nothing_stale_and_is_named_where_something_is(workspace: Path) -> None:
    assert sgstrat("build", *AS_OF, cwd=workspace).returncode == 0
    manifest = workspace / "out/manifest.json"
    manifest.write_text(manifest.read_text("utf-8").replace(f'"{__version__}"', '"0.0.1"'), "utf-8")
    assert sgstrat("build", *AS_OF, "--check", cwd=workspace).returncode == 0
    strategy = workspace / "strategies/shop.yaml"
    strategy.write_text(strategy.read_text("utf-8").replace("why: Proxied requests", "why: Requests"), "utf-8")
    done = sgstrat("build", *AS_OF, "--check", "--strategy", "shop", "-f", "terraform", cwd=workspace)
    assert done.returncode == 1
    assert f"out was made by sgstrat 0.0.1, this is {__version__}" in done.stdout
    mending = next(line for line in done.stdout.splitlines() if "mend it with: " in line).partition("mend it with: ")[2]
    assert mending == f"sgstrat build --strategy shop --as-of {AS_OF[1]} --format terraform"
    assert sgstrat(*mending.split()[1:], cwd=workspace).returncode == 0
    assert sgstrat("build", *AS_OF, "--check", "--strategy", "shop", "-f", "terraform", cwd=workspace).returncode == 0


def test_a_checkout_with_windows_line_ends_is_in_step(workspace: Path) -> None:
    assert sgstrat("build", *AS_OF, cwd=workspace).returncode == 0
    for path in [*(workspace / "out").rglob("*"), *(workspace / "strategies").rglob("*"), workspace / "sgstrat.yaml"]:
        if path.is_file() and path.suffix in (".yaml", ".json", ".tf"):
            path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    done = sgstrat("build", *AS_OF, "--check", cwd=workspace)
    assert done.returncode == 0, done.stdout
    assert "from a build in line ends only" in done.stderr
    assert "eol=lf" in done.stderr
