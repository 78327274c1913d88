"""A workspace compiled in memory, and what its sources mean held against every output.

Here alone the compiler is called.
"""

from __future__ import annotations

import json
import random
from datetime import date
from typing import Any, NamedTuple

from sgstrat.diagnostics.finding import Finding
from sgstrat.formats.survey import Written, survey_all
from sgstrat.pipeline import Options, build, compile_workspace
from sgstrat.report.quotas_json import quotas_json
from sgstrat.rulebook.workspace import Workspace

from .meaning import Target
from .readers import Observed, read_cloudformation, read_rulebook, read_terraform
from .targets import Name, targets

AS_OF = date(2027, 1, 1)
FORMATS = ("cloudformation", "terraform")


class Texts(NamedTuple):
    """A workspace as text: files by path, and sgstrat.yaml."""

    files: dict[str, str]
    settings: str | None = None


class Built(NamedTuple):
    """What the compiler gives: files below out/ by path (none after an error), and what it says at error level."""

    files: dict[str, str]
    errors: tuple[Finding, ...]


def compile_texts(
    texts: Texts, syntax: str = "yaml", formats: tuple[str, ...] = FORMATS, order: random.Random | None = None
) -> Built:
    """Compile and build in memory; ``order`` shuffles the files."""
    files = [(path, text.encode()) for path, text in texts.files.items()]
    if order is not None:
        order.shuffle(files)
    compilation = compile_workspace(
        texts.settings.encode() if texts.settings else None, files, Options(AS_OF, formats, syntax)
    )
    errors = tuple(finding for finding in compilation.findings if finding.is_error)
    if errors:
        return Built({}, errors)
    written, findings = build(compilation, compilation.rulebooks, formats)
    return Built(written, tuple(finding for finding in findings if finding.is_error))


def count_quotas(texts: Texts, formats: tuple[str, ...] = FORMATS) -> dict[str, Any]:
    """What ``sgstrat quotas`` says of a workspace, as its JSON."""
    compilation = compile_workspace(
        texts.settings.encode() if texts.settings else None,
        [(path, text.encode()) for path, text in texts.files.items()],
        Options(AS_OF, formats),
    )
    workspace = Workspace(compilation.rulebooks, frozenset(formats))
    survey = survey_all(workspace, tuple(compilation.rulebooks), Written("yaml", compilation.findings))
    data: dict[str, Any] = json.loads(quotas_json(survey, AS_OF))
    return data


def observe(files: dict[str, str], name: Name, target: Target) -> dict[str, Observed]:
    """What each output says of a target."""
    folder = "/".join(name)

    def texts(*paths: str) -> list[str]:
        return [files[f"{folder}/{path}"] for path in paths if f"{folder}/{path}" in files]

    within = (path.removeprefix(f"{folder}/") for path in files if path.startswith(f"{folder}/cloudformation/"))
    templates = [path for path in within if path != "cloudformation/deploy.json"]
    return {
        "rulebook": read_rulebook(files[f"{folder}/rulebook.json"]),
        "cloudformation": read_cloudformation(texts(*templates), target.handles),
        "terraform": read_terraform(texts("terraform/main.tf.json", "terraform/links/main.tf.json"), target.handles),
    }


def expected(target: Target) -> Observed:
    """A target's meaning in the form of what is observed; names of lists are not part of the meaning here."""
    return Observed(
        {key: (group.name, group.description) for key, group in target.groups.items()},
        {permission: target.description(permission) for permission in target.permissions},
        target.workloads,
        {
            key: (each.name, each.family, each.max_entries or 0, each.entries)
            for key, each in target.lists.items()
            if each.origin == "own"
        },
        target.vpc,
    )


def differences(texts: Texts, built: Built) -> list[str]:
    """Every fact in which an output differs from the sources, as text; empty when all agree."""
    meant = targets(texts.files, texts.settings, AS_OF)
    written = {tuple(path.split("/")[:3]) for path in built.files}
    found = [f"{name}: built and not meant" for name in sorted(written - meant.keys())]
    for name, target in meant.items():
        if name not in written:
            found.append(f"{name}: meant and not built")
            continue
        want = expected(target)
        for format, seen in observe(built.files, name, target).items():
            found += [f"{'/'.join(name)} {format} {line}" for line in _compare(want, seen)]
    return found


def _compare(want: Observed, seen: Observed) -> list[str]:
    lines = []
    for field in ("groups", "permissions", "workloads", "lists"):
        left, right = getattr(want, field), getattr(seen, field)
        for key in sorted(left.keys() | right.keys(), key=str):
            if key not in right or key not in left:
                # a workload without any group has no output to give
                if field == "workloads" and key in left and not left[key]:
                    continue
                lines.append(f"{field} {key}: {'lost' if key in left else 'not written in the sources'}")
            elif left[key] != right[key]:
                lines.append(f"{field} {key}: {left[key]!r} became {right[key]!r}")
    if want.vpc != seen.vpc:
        lines.append(f"vpc: {want.vpc} became {seen.vpc}")
    return lines
