"""The shell steps of a composite action, run as a runner does: expressions in ``env``, files for outputs."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import yaml

_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")


class Runner:
    """One job: a checkout, and what its steps have put out."""

    def __init__(self, checkout: Path, temporary: Path, action: Path) -> None:
        self.checkout = checkout
        self.temporary = temporary
        self.action = action
        self.outputs: dict[str, dict[str, str]] = {}
        self.summary = ""

    def run(self, step: dict[str, Any], inputs: dict[str, str]) -> subprocess.CompletedProcess[str]:
        """Run one step's script in ``bash -eo pipefail``, as runners do for ``shell: bash``."""
        output, summary = self.temporary / "output", self.temporary / "summary"
        output.write_text("")
        summary.write_text("")
        environment = {name: self._value(value, inputs) for name, value in step.get("env", {}).items()}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.checkout,
            env={
                **os.environ,
                "RUNNER_TEMP": str(self.temporary),
                "GITHUB_ACTION_PATH": str(self.action),
                "GITHUB_OUTPUT": str(output),
                "GITHUB_STEP_SUMMARY": str(summary),
                **environment,
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        self.outputs[step.get("id", "")] = dict(line.split("=", 1) for line in output.read_text().splitlines())
        self.summary += summary.read_text()
        return done

    def _value(self, text: str, inputs: dict[str, str]) -> str:
        def evaluated(match: re.Match[str]) -> str:
            kind, *path = match.group(1).split(".")
            if kind == "inputs":
                return inputs[path[0]]
            assert kind == "steps", f"an expression that this test does not know: {match.group()}"
            return self.outputs[path[0]].get(path[2], "")

        return _EXPRESSION.sub(evaluated, text)


def shell_steps(action: Path) -> dict[str, dict[str, Any]]:
    """The steps with a script, by id."""
    steps = yaml.safe_load(action.read_text("utf-8"))["runs"]["steps"]
    return {step["id"]: step for step in steps if "run" in step}
