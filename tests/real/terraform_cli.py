"""The real Terraform with the real AWS provider, pointed at a moto server."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

import moto_server

PROVIDER = "*/hashicorp/aws"  # below any host: a mirror is laid out HOST/NAMESPACE/TYPE
TIMEOUT = 600


def find_mirror() -> Path | None:
    """A filesystem mirror that holds hashicorp/aws: SGSTRAT_TEST_TERRAFORM_MIRROR, else Terraform's usual places."""
    named = os.environ.get("SGSTRAT_TEST_TERRAFORM_MIRROR")
    places = [Path(named)] if named else [*_configured(), *_implied()]
    return next((place for place in places if any(place.glob(PROVIDER))), None)


def _configured() -> list[Path]:
    """The mirrors of the command line's own configuration file."""
    text = os.environ.get("TF_CLI_CONFIG_FILE", "")
    file = Path(text) if text else Path.home() / ".terraformrc"
    if not file.is_file():
        return []
    return [Path(path) for path in re.findall(r'path\s*=\s*"([^"]+)"', file.read_text())]


def _implied() -> list[Path]:
    """Implied local mirror directories (Terraform documentation, CLI configuration)."""
    data = Path(os.environ.get("XDG_DATA_HOME", Path.home() / ".local/share"))
    shared = [Path(each) for each in os.environ.get("XDG_DATA_DIRS", "/usr/local/share:/usr/share").split(":")]
    return [
        Path.home() / ".terraform.d/plugins",
        data / "terraform/plugins",
        *(each / "terraform/plugins" for each in shared),
    ]


def missing() -> str | None:
    """Why Terraform cannot be run here, or None."""
    if shutil.which("terraform") is None:
        return "terraform is not installed"
    if find_mirror() is None:
        return "no filesystem mirror with hashicorp/aws (set SGSTRAT_TEST_TERRAFORM_MIRROR)"
    return None


class Module:
    """One root module in a folder of its own; the mirror's provider is linked into it, not copied.

    Of ``variables`` it is given those that it declares.
    """

    def __init__(self, folder: Path, scratch: Path, moto: moto_server.Moto, variables: dict[str, str]) -> None:
        self.folder = folder
        declared = json.loads((folder / "main.tf.json").read_text("utf-8")).get("variable", {})
        given = sorted((name, value) for name, value in variables.items() if name in declared)
        self._variables = [argument for name, value in given for argument in ("-var", f"{name}={value}")]
        config = scratch / "terraformrc"
        config.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{find_mirror()}"\n  }}\n}}\n')
        self._environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "TF_"))},
            "TF_CLI_CONFIG_FILE": str(config),
            "TF_IN_AUTOMATION": "1",
            "CHECKPOINT_DISABLE": "1",
            "AWS_REGION": moto_server.REGION,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        override = {
            "provider": {
                "aws": {
                    "region": moto_server.REGION,
                    "allowed_account_ids": [moto_server.ACCOUNT],
                    "skip_credentials_validation": True,
                    "skip_metadata_api_check": True,
                    "endpoints": [dict.fromkeys(("ec2", "sts", "iam", "ssm"), moto.url)],
                }
            }
        }
        (folder / "moto_override.tf.json").write_text(json.dumps(override))

    def run(self, *arguments: str, allowed: tuple[int, ...] = (0,)) -> subprocess.CompletedProcess[str]:
        process = subprocess.Popen(
            ["terraform", *arguments],
            cwd=self.folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            out, err = process.communicate(timeout=TIMEOUT)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)  # with the provider's processes
            process.wait()
            raise
        command, status = " ".join(("terraform", *arguments)), process.returncode
        assert status in allowed, f"{command}: {status}\n{out[-3000:]}\n{err[-6000:]}"
        return subprocess.CompletedProcess(command, status, out, err)

    def init(self) -> None:
        self.run("init", "-input=false", "-no-color", "-backend=false")

    def apply(self) -> None:
        """Apply, which validates first; a warning is a fault too."""
        done = self.run("apply", "-auto-approve", "-input=false", "-no-color", "-parallelism=4", *self._variables)
        assert "Warning:" not in done.stdout + done.stderr, done.stdout + done.stderr

    def plan(self) -> list[dict[str, Any]]:
        """The changes of resources and outputs that a plan holds, those that do nothing left out."""
        done = self.run(
            "plan",
            "-input=false",
            "-no-color",
            "-parallelism=4",
            "-out=plan",
            "-detailed-exitcode",
            *self._variables,
            allowed=(0, 2),
        )
        if done.returncode == 0:
            return []
        shown = json.loads(self.run("show", "-json", "plan").stdout)
        outputs = [
            {"address": f"output.{name}", "change": change} for name, change in shown.get("output_changes", {}).items()
        ]
        found = [*shown.get("resource_changes", ()), *outputs]
        return [change for change in found if change["change"]["actions"] not in (["no-op"], ["read"])]

    def outputs(self) -> dict[str, Any]:
        return {name: each["value"] for name, each in json.loads(self.run("output", "-json").stdout).items()}
