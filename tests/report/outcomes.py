"""Outcomes to write in each form: of workspaces that are compiled, and of findings that are made up."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import lxml.etree

from sgstrat.diagnostics.finding import Finding
from sgstrat.pipeline import SETTINGS_FILE, Options, build, compile_workspace
from sgstrat.report.findings_json import findings_json
from sgstrat.report.findings_schema import findings_schema
from sgstrat.report.github import github
from sgstrat.report.junit import junit
from sgstrat.report.outcome import Outcome
from sgstrat.report.sarif import sarif
from sgstrat.report.text import TextReport, summary

DATA = Path(__file__).parents[1] / "data"
AS_OF = date(2027, 1, 1)


def text(outcome: Outcome) -> str:
    return "".join(
        f"{line}\n" for line in (*TextReport(outcome.texts).lines(outcome.findings), summary(outcome.findings))
    )


FORMS: Mapping[str, Callable[[Outcome], str]] = {
    "text": text,
    "json": findings_json,
    "sarif": sarif,
    "junit": junit,
    "github": github,
}


def compiled(*files: str, settings: str | None = None, **changes: Any) -> Outcome:
    """The outcome of a workspace of files ``strategies/0.yaml`` and so on."""
    sources = [(f"strategies/{number}.yaml", each.encode()) for number, each in enumerate(files)]
    assert settings is None or SETTINGS_FILE == "sgstrat.yaml"
    compilation = compile_workspace(settings.encode() if settings else None, sources, Options(AS_OF))
    findings = compilation.findings
    if not compilation.has_errors:
        findings = build(compilation, compilation.rulebooks, compilation.formats)[1]
    return Outcome(findings, compilation.texts, tuple(compilation.rulebooks), AS_OF, **changes)


def made_of(*findings: Finding, texts: Mapping[str, str] | None = None, **changes: Any) -> Outcome:
    return Outcome(findings, texts or {"strategies/a.yaml": "version: 1\n"}, (), AS_OF, **changes)


# ---------------------------------------------------------------- readers, each as strict as its form has one


def read_json(outcome: Outcome) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(findings_json(outcome))
    errors = list(jsonschema.Draft7Validator(findings_schema()).iter_errors(data))
    assert not errors, errors[:3]
    return data


@cache
def _sarif_validator() -> jsonschema.Draft4Validator:
    schema = json.loads((DATA / "sarif-2.1.0-rtm.5.json").read_text("utf-8"))
    jsonschema.Draft4Validator.check_schema(schema)
    return jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker())


def read_sarif(outcome: Outcome) -> dict[str, Any]:
    """The run."""
    data = json.loads(sarif(outcome))
    errors = list(_sarif_validator().iter_errors(data))
    assert not errors, errors[:3]
    (run,) = data["runs"]
    assert isinstance(run, dict)
    return run


@cache
def _junit_schema() -> lxml.etree.XMLSchema:
    return lxml.etree.XMLSchema(lxml.etree.parse(DATA / "junit-10.xsd"))


def read_junit(outcome: Outcome) -> ET.Element:
    """The root, after expat and libxml2 have read the same."""
    document = junit(outcome)
    root = ET.fromstring(document)
    other = lxml.etree.fromstring(document.encode())
    _junit_schema().assertValid(other)
    assert ET.canonicalize(document) == lxml.etree.tostring(other, method="c14n2").decode()
    return root
