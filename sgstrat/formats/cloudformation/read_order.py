"""Holds ``deploy.json`` and the parents to the templates that were written. Knows their form, not who writes them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from sgstrat.formats.artifact import Artifact
from sgstrat.formats.cloudformation.read_yaml import read_yaml
from sgstrat.formats.read_value import Reading

_ORDER = "deploy.json"
_PARENTS = {"parent": "main", "links-parent": "links"}


def _file(path: str) -> str:
    return path.rpartition("/")[2]


def _stem(path: str) -> str:
    return _file(path).rpartition(".")[0]


def is_template(path: str) -> bool:
    """Whether a file of the format is a template that holds groups, rules or lists."""
    return _file(path) != _ORDER and _stem(path) not in _PARENTS


def order_differences(artifacts: Sequence[Artifact]) -> Iterator[tuple[str, str]]:
    """What the stated order and the parents say otherwise than the templates, which come in order of deployment."""
    templates = [each for each in artifacts if is_template(each.path)]
    units = {
        unit: [each for each in templates if _stem(each.path).startswith("links") is (unit == "links")]
        for unit in ("main", "links")
    }
    names = {unit: [_file(each.path) for each in some] for unit, some in units.items()}
    stated = [each for each in artifacts if _file(each.path) == _ORDER]
    if not stated and any(len(some) > 1 for some in names.values()):
        yield _ORDER, "it is missing, and there are several templates"
    for each in stated:
        data = json.loads(each.text)
        for unit, meant in names.items():
            if data.get(unit) != meant:
                yield _ORDER, f"its {unit} are {data.get(unit)} and should be {meant}"
    for each in artifacts:
        if _stem(each.path) in _PARENTS:
            yield from _parent_differences(each, units[_PARENTS[_stem(each.path)]])


def _parent_differences(artifact: Artifact, templates: Sequence[Artifact]) -> Iterator[tuple[str, str]]:
    """Each template is a child, in order, each after the one before, and is given every parameter that it has."""
    parent = _data(artifact)
    children = parent.get("Resources", {})
    if len(children) != len(templates):
        yield artifact.path, f"it has {len(children)} nested stacks and should have {len(templates)}"
        return
    before = None
    for (name, child), template in zip(children.items(), templates, strict=True):
        parameters = sorted(_data(template).get("Parameters", {}))
        meant = {
            "Type": "AWS::CloudFormation::Stack",
            **({} if before is None else {"DependsOn": before}),
            "Properties": {
                "TemplateURL": {"Fn::Sub": f"${{TemplatesUrl}}/{_file(template.path)}"},
                **({"Parameters": {key: {"Ref": key} for key in parameters}} if parameters else {}),
            },
        }
        if child != meant or not {*parameters} <= parent.get("Parameters", {}).keys():
            yield artifact.path, f"its nested stack {name} is not {_file(template.path)} with all of its parameters"
        before = name


def _data(artifact: Artifact) -> dict[str, Any]:
    is_json = artifact.path.endswith(".json")
    data = json.loads(artifact.text) if is_json else read_yaml(artifact.text, Reading())
    return data if isinstance(data, dict) else {}
