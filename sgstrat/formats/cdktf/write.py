"""CDK for Terraform: the Terraform configuration, synthesised by the ``cdktf`` package or its successor ``cdktn``.

One bulk override for each section of a stack: a construct for each resource takes ten times as long and gives the same.
The package is imported, and Node started, only when this format is asked for.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sgstrat.formats.artifact import Artifact
from sgstrat.formats.terraform.write import write as write_terraform
from sgstrat.rulebook.model import Rulebook, TargetName

_PACKAGES = ("cdktn", "cdktf")
_OLDEST_NODE = 18

# What cdktf takes for a value of its own to be filled in (its tokens begin so), and what stands for it in between.
_TOKEN, _PLAIN = "TfToken[", "TfToken\ue000["


def unavailable() -> str | None:
    """Why this format cannot be written here, with what to install; None where it can."""
    if _package() is None:
        return 'the format cdktf needs a package that is not installed: pip install "sgstrat[cdktf]"'
    version = _node_version()
    if version is None or version < _OLDEST_NODE:
        found = "" if version is None else f" (found {version})"
        needed = f"the format cdktf needs Node.js {_OLDEST_NODE} or newer on the PATH{found}"
        return f"{needed}: install it from nodejs.org or your distribution"
    return None


def write_all(books: Sequence[Rulebook]) -> dict[TargetName, tuple[Artifact, ...]]:
    """The stacks of all targets in one synthesis, since starting Node takes longer than everything else.

    The resources are those of the terraform format. What differs from run to run or by version (metadata) is left out.
    """
    stacks = [(book.target, artifact) for book in books for artifact in write_terraform(book)]
    texts = _synthesise([json.loads(artifact.text.replace(_TOKEN, _PLAIN)) for _, artifact in stacks])
    written: dict[TargetName, list[Artifact]] = {book.target: [] for book in books}
    for (target, artifact), text in zip(stacks, texts, strict=True):
        path = artifact.path.replace("terraform/", "cdktf/", 1).replace("main.tf.json", "cdk.tf.json")
        written[target].append(Artifact(path, text.replace(json.dumps(_PLAIN)[1:-1], _TOKEN)))
    return {target: tuple(artifacts) for target, artifacts in written.items()}


def _package() -> str | None:
    return next((name for name in _PACKAGES if find_spec(name) is not None), None)


def _node_version() -> int | None:
    """The major version of Node on the PATH (``v20.20.2`` is 20); None where there is none that runs."""
    node = shutil.which("node")
    if node is None:
        return None
    # the program that cdktf itself will start
    done = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=30, check=False)  # noqa: S603
    found = re.match(r"v(\d+)\.", done.stdout)
    return int(found.group(1)) if found else None


def _synthesise(configurations: list[dict[str, Any]]) -> list[str]:
    """Each configuration as its stack's text, in order."""
    os.environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "20")
    os.environ.setdefault("JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION", "1")
    cdk = import_module(_package() or _PACKAGES[0])
    with TemporaryDirectory(prefix="sgstrat-cdktf-") as folder:
        app = cdk.App(outdir=folder, skip_validation=True)
        for number, configuration in enumerate(configurations):
            stack = cdk.TerraformStack(app, f"stack-{number}")
            stack.add_override("terraform.backend", None)
            for section, value in configuration.items():
                if section == "terraform":  # merged, not replaced: the stack has settings of its own there
                    for key, setting in value.items():
                        stack.add_override(f"terraform.{key}", setting)
                elif section != "//":
                    stack.add_override(section, value)
        app.synth()
        return [
            _normal(Path(folder) / "stacks" / f"stack-{number}" / "cdk.tf.json", each)
            for number, each in enumerate(configurations)
        ]


def _normal(path: Path, configuration: dict[str, Any]) -> str:
    synthesised = json.loads(path.read_text("utf-8"))
    synthesised["//"] = configuration["//"]
    return json.dumps(dict(sorted(synthesised.items())), indent=2) + "\n"
