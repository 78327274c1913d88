"""The JSON Schemas: fresh, plain enough for draft-07 tools, and in agreement with the decoder."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given, settings, strategies as st

from sgstrat.cli.schema import schema_text
from sgstrat.diagnostics.finding import Findings
from sgstrat.edge.workspace_files import read_workspace
from sgstrat.language.fields import STRATEGY
from sgstrat.pipeline import Options, build, compile_workspace
from sgstrat.syntax.parse import parse

ROOT = Path(__file__).parents[1]
NAMES = ("strategy", "fragment", "workspace", "rulebook", "findings", "quotas")
# Keywords that every draft-07 validator and editor reads alike; $defs is read through $ref only.
KEYWORDS = {
    "$schema",
    "$ref",
    "$defs",
    "title",
    "description",
    "type",
    "enum",
    "properties",
    "required",
    "additionalProperties",
    "propertyNames",
    "items",
    "minItems",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "format",
    "examples",
    "anyOf",
    "allOf",
    "oneOf",
    "default",
}
# What editors show; validators ignore it.
TEACHING = {"markdownDescription", "markdownEnumDescriptions", "patternErrorMessage", "defaultSnippets"}


@pytest.mark.parametrize("name", NAMES)
def test_the_committed_schema_is_fresh(name: str) -> None:
    committed = (ROOT / "schemas" / f"{name}.schema.json").read_text("utf-8")
    assert committed == schema_text(name), f"run: sgstrat schema {name} > schemas/{name}.schema.json"


def _schemas(node: Any) -> Iterator[dict[str, Any]]:
    """Every schema object inside a schema."""
    if not isinstance(node, dict):
        return
    yield node
    for key in ("properties", "$defs"):
        for each in node.get(key, {}).values():
            yield from _schemas(each)
    for key in ("items", "additionalProperties", "propertyNames"):
        yield from _schemas(node.get(key))
    for key in ("anyOf", "allOf", "oneOf"):
        for each in node.get(key, ()):
            yield from _schemas(each)


@pytest.mark.parametrize("name", NAMES)
def test_only_keywords_that_all_tools_read_alike(name: str) -> None:
    document = json.loads(schema_text(name))
    jsonschema.Draft7Validator.check_schema(document)
    for part in _schemas(document):
        assert set(part) <= KEYWORDS | TEACHING, part
        assert "$ref" not in part or set(part) == {"$ref"}, f"draft-07 ignores what stands beside $ref: {part}"


@pytest.mark.parametrize("name", ["strategy", "workspace"])
def test_every_key_is_documented(name: str) -> None:
    for part in _schemas(json.loads(schema_text(name))):
        for key, value in part.get("properties", {}).items():
            assert value.get("description"), key


@pytest.mark.parametrize("path", sorted((ROOT / "strategies").rglob("*.yaml")), ids=lambda path: path.name)
def test_the_bundled_strategies_fit(path: Path) -> None:
    data = yaml.load(path.read_text("utf-8"), yaml.BaseLoader)
    name = "strategy" if "strategy" in data else "fragment"
    errors = list(jsonschema.Draft7Validator(_untyped(name)).iter_errors(data))
    assert not errors, errors[:3]


def _untyped(name: str) -> dict[str, Any]:
    """A schema for data whose scalars are all text, as BaseLoader gives them.

    Every number and boolean may be a text.
    """
    document = json.loads(schema_text(name))
    for part in _schemas(document):
        if part.get("type") in ("integer", "boolean") or part.get("enum") in ([1], [False], [True]):
            for key in ("type", "enum", "minimum", "maximum"):
                part.pop(key, None)
    return document


def test_every_rulebook_fits() -> None:
    workspace = read_workspace(ROOT)
    compilation = compile_workspace(
        workspace.settings, ((each.path, each.data) for each in workspace.files), Options(date(2027, 1, 1))
    )
    files, _ = build(compilation, compilation.rulebooks, ("rulebook",))
    validator = jsonschema.Draft7Validator(json.loads(schema_text("rulebook")))
    assert len(files) == len(compilation.rulebooks) > 6
    for path, text in files.items():
        assert not list(validator.iter_errors(json.loads(text))), path


SHOP: dict[str, Any] = yaml.safe_load(
    (ROOT / "strategies/shop.yaml").read_text("utf-8").replace("2027-06-30", '"2027-06-30"')
)


def _places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _places(value, (*path, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _places(value, (*path, index))


@settings(max_examples=300, deadline=None)
@given(
    place=st.sampled_from(list(_places(SHOP))[1:]),
    value=st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-5, 2000),
        st.just([]),
        st.just({}),
        st.just(["x"]),
        st.just({"x": "y"}),
        st.sampled_from(
            [
                "x",
                "",
                "A b",
                "10.0.0.0/8",
                "10.0.0.1/8",
                "tcp/443",
                "web-servers",
                "2027-01-01",
                "a&b",
                "x" * 300,
                "sg-0123456789abcdef0",
            ]
        ),
        st.just("delete"),
    ),
)
def test_schema_and_decoder_agree(place: tuple[Any, ...], value: Any) -> None:
    """What the decoder takes the schema takes; what the schema refuses the decoder has explained."""
    data = copy.deepcopy(SHOP)
    holder = data
    for step in place[:-1]:
        holder = holder[step]
    if value == "delete":
        del holder[place[-1]]
    else:
        holder[place[-1]] = value
    findings = Findings()
    node = parse(yaml.safe_dump(data, allow_unicode=True), "shop.yaml", findings)
    if node is None or findings.has_errors:
        return
    STRATEGY.read(node, findings)
    accepted = not findings.has_errors
    fits = jsonschema.Draft7Validator(json.loads(schema_text("strategy"))).is_valid(data)
    if accepted:
        assert fits
    elif fits:
        # what only the compiler can judge: addresses, characters, what YAML 1.1 misreads
        assert {finding.code for finding in findings.result()} <= {
            "SG107",
            "SG112",
            "SG113",
            "SG114",
            "SG116",
            "SG118",
        }, findings.result()
