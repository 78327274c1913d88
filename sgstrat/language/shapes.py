"""Shapes of single values: what may stand in a field, how it is read, and its JSON Schema.

A shape reads a node into a typed value and reports what does not fit; it never raises and never guesses.
The same object gives the JSON Schema, so the editor and the compiler cannot drift apart.
Knows YAML nodes and findings, not the strategy language.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Protocol

from sgstrat.diagnostics.finding import Findings
from sgstrat.diagnostics.remedy import Remedy, Rename, Rewrite, rewriting
from sgstrat.diagnostics.suggest import closest, only_close
from sgstrat.facts.text import first_bad_character
from sgstrat.language.model import Day, Flag, Number, Word
from sgstrat.syntax.nodes import Node, Scalar
from sgstrat.syntax.scalars import describe, reads_as, show

JsonSchema = dict[str, Any]

NAME_PATTERN = "^[a-z0-9]+(-[a-z0-9]+)*$"
NAME_LENGTH = 63
_NAME = re.compile(NAME_PATTERN[:-1] + r"\Z")


class Shape(Protocol):
    """What may stand somewhere."""

    def read(self, node: Node, findings: Findings) -> Any:
        """The typed value, or None after a finding."""

    def schema(self, definitions: JsonSchema) -> JsonSchema:
        """The JSON Schema; named parts go into ``definitions``."""

    @property
    def noun(self) -> str:
        """What is expected, for messages: ``a text``."""


def read_text(node: Node, findings: Findings, noun: str) -> str | None:
    """A scalar's text, refusing what YAML would read as something else."""
    if not isinstance(node, Scalar):
        findings.add("SG112", f"expected {noun}, found {describe(node)}", node.span)
        return None
    if node.plain:
        other = reads_as(node.value)
        if other is not None:
            if other == "null":
                findings.add(
                    "SG112",
                    f"expected {noun}, found an empty value",
                    node.span,
                    help="write the value, or leave the key out",
                )
                return None
            findings.add(
                "SG107",
                f"{show(node.value)} is read by YAML as a {other}, not as text",
                node.span,
                help=f'quote it: "{show(node.value)}"',
                fix=Remedy("quote it", (Rewrite(node.span, node.value, node.value),)),
            )
            return None
    return node.value


@dataclass(frozen=True)
class Text:
    """Any text of 1 to ``longest`` characters; with a pattern, of that form."""

    noun: str = "a text"
    longest: int = 4096
    pattern: str | None = None
    expected: str = ""
    examples: tuple[str, ...] = ()

    @cached_property
    def _compiled(self) -> re.Pattern[str] | None:
        return None if self.pattern is None else re.compile(self.pattern.removesuffix("$") + r"\Z")

    def read_str(self, node: Node, findings: Findings) -> str | None:
        text = read_text(node, findings, self.noun)
        if text is None:
            return None
        if not text.strip():
            findings.add("SG112", f"expected {self.noun}, found an empty text", node.span)
            return None
        if self._compiled is not None and not self._compiled.match(text):
            findings.add("SG113", f"{show(text)} is not {self.noun}", node.span, help=self.expected)
            return None
        if len(text) > self.longest:
            findings.add(
                "SG114",
                f"the text has {len(text)} characters; at most {self.longest} are allowed",
                node.span,
                help="shorten it",
            )
            return None
        return text

    def read(self, node: Node, findings: Findings) -> Any:
        return self.read_str(node, findings)

    def schema(self, definitions: JsonSchema) -> JsonSchema:
        out: JsonSchema = {"type": "string", "minLength": 1, "maxLength": self.longest}
        if self.pattern is not None:
            out["pattern"] = self.pattern
            out["patternErrorMessage"] = f"This is not {self.noun}" + (f": {self.expected}" if self.expected else "")
        if self.examples:
            out["examples"] = list(self.examples)
        return out


class PlacedText(Text):
    """A text that keeps its place."""

    def read(self, node: Node, findings: Findings) -> Any:
        text = self.read_str(node, findings)
        return None if text is None else Word(text, node.span)


@dataclass(frozen=True)
class AwsText:
    """A text that AWS takes as it is: ``characters`` is one of the classes of ``facts.text``.

    Anything else is an error that shows the offending character: a firewall's text is never rewritten.
    """

    noun: str
    characters: str
    longest: int
    placed: bool = False

    def read(self, node: Node, findings: Findings) -> Any:
        text = read_text(node, findings, self.noun)
        if text is None:
            return None
        if not text.strip():
            findings.add("SG112", f"expected {self.noun}, found an empty text", node.span)
            return None
        bad = first_bad_character(text, self.characters)
        if bad is not None:
            index, char = bad
            findings.add(
                "SG114",
                f"AWS does not take {_character(char)} (character {index + 1}) in {self.noun}: {show(text)}",
                node.span,
                help="use letters, digits, spaces and . _ - : / ( ) # , @ [ ] + = ; { } ! $ *"
                + (" &" if "&" in self.characters else ""),
            )
            return None
        if len(text) > self.longest:
            findings.add(
                "SG114",
                f"{self.noun} has {len(text)} characters; AWS takes at most {self.longest}",
                node.span,
                help="shorten it",
            )
            return None
        return Word(text, node.span) if self.placed else text

    def schema(self, definitions: JsonSchema) -> JsonSchema:
        return {
            "type": "string",
            "minLength": 1,
            "maxLength": self.longest,
            "pattern": f"^[{self.characters}]*$",
            "patternErrorMessage": f"AWS takes letters, digits, spaces and some punctuation in {self.noun}",
        }


def _character(char: str) -> str:
    names = {"\n": "a line break", "\r": "a carriage return", "\t": "a tab"}
    return names.get(char) or f"{show(char)} (U+{ord(char):04X})"


@dataclass(frozen=True)
class Name:
    """A name that the strategy declares."""

    noun: str = "a name"

    def read(self, node: Node, findings: Findings) -> Any:
        text = read_text(node, findings, self.noun)
        if text is None:
            return None
        check_name(text, node, findings, self.noun)  # after its finding a wrong name still names what it names
        return Word(text, node.span)

    def schema(self, definitions: JsonSchema) -> JsonSchema:
        return name_schema(self.noun)


def name_schema(noun: str) -> JsonSchema:
    """The schema of a declared name."""
    return {
        "type": "string",
        "pattern": NAME_PATTERN,
        "maxLength": NAME_LENGTH,
        "patternErrorMessage": f"This is not {noun}: lower-case letters and digits with single hyphens",
    }


def check_name(text: str, node: Node, findings: Findings, noun: str) -> bool:
    """Whether a text is a name; a finding says why not and proposes one."""
    if _NAME.match(text) and len(text) <= NAME_LENGTH:
        return True
    proposal = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:NAME_LENGTH].strip("-")
    findings.add(
        "SG124",
        f"{show(text)} is not {noun}: "
        f"lower-case letters and digits with single hyphens, at most {NAME_LENGTH} characters",
        node.span,
        help=f"for example {proposal}" if proposal else "",
        fix=Remedy(f"write {proposal}", (Rename(node.span, text, proposal),), is_safe=False) if proposal else None,
    )
    return False


@dataclass(frozen=True)
class Reference:
    """The name of something, resolved later; unknown ones are found there, with a suggestion.

    With a ``definition`` its schema stands once, under that name.
    """

    noun: str
    definition: str = ""
    examples: tuple[str, ...] = ()

    def read(self, node: Node, findings: Findings) -> Any:
        text = read_text(node, findings, self.noun)
        if text is None:
            return None
        if not text.strip():
            findings.add("SG112", f"expected {self.noun}, found an empty text", node.span)
            return None
        return Word(text, node.span)

    def schema(self, definitions: JsonSchema) -> JsonSchema:
        out: JsonSchema = {"title": self.noun, "type": "string", "minLength": 1}
        if self.examples:
            out["examples"] = list(self.examples)
        if not self.definition:
            return out
        definitions[self.definition] = out
        return {"$ref": f"#/$defs/{self.definition}"}


@dataclass(frozen=True)
class Integer:
    """A whole number, ``low`` to ``high`` inclusive. ``bound`` says whose bound ``high`` is, where it needs to."""

    noun: str
    low: int
    high: int
    placed: bool = True
    bound: str = ""

    def read(self, node: Node, findings: Findings) -> Any:
        if not (isinstance(node, Scalar) and node.plain and re.fullmatch(r"-?(0|[1-9][0-9]{0,17})", node.value)):
            findings.add(
                "SG112",
                f"expected {self.noun}, found {describe(node)}",
                node.span,
                help="write a whole number without quotes" + f", {self.low} to {self.high}" * bool(self.bound),
            )
            return None
        value = int(node.value)
        if not self.low <= value <= self.high:
            message = f"{value} is out of range: {self.noun} is {self.low} to {self.high}"
            findings.add("SG113", message, node.span, help=self.bound)
            return None
        return Number(value, node.span) if self.placed else value

    def schema(self, definitions: JsonSchema) -> JsonSchema:
        return {"type": "integer", "minimum": self.low, "maximum": self.high}


@dataclass(frozen=True)
class Boolean:
    """``true`` or ``false``. ``placed``: with its place, as a ``Flag``."""

    noun: str = "true or false"
    placed: bool = False

    def read(self, node: Node, findings: Findings) -> Any:
        if not (isinstance(node, Scalar) and node.plain and node.value in ("true", "false")):
            findings.add(
                "SG112",
                f"expected true or false, found {describe(node)}",
                node.span,
                help="write true or false, without quotes",
            )
            return None
        value = node.value == "true"
        return Flag(value, node.span) if self.placed else value

    def schema(self, definitions: JsonSchema) -> JsonSchema:
        return {"type": "boolean"}


@dataclass(frozen=True)
class DayShape:
    """A date, ``YYYY-MM-DD``, quoted or plain."""

    noun: str = "a date (YYYY-MM-DD)"

    def read(self, node: Node, findings: Findings) -> Any:
        if isinstance(node, Scalar) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", node.value, re.ASCII):
            try:
                return Day(date.fromisoformat(node.value), node.span)
            except ValueError:
                findings.add(
                    "SG113", f"{node.value} is no day of the calendar", node.span, help="write a date as 2027-06-30"
                )
                return None
        findings.add(
            "SG112", f"expected {self.noun}, found {describe(node)}", node.span, help="write a date as 2027-06-30"
        )
        return None

    def schema(self, definitions: JsonSchema) -> JsonSchema:
        return {
            "type": "string",
            "format": "date",
            "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$",
            "examples": ["2027-06-30"],
        }


@dataclass(frozen=True)
class Choice:
    """One of a few words; ``placed``: with its place, as a ``Word``. ``meanings`` say what each means (Markdown)."""

    noun: str
    words: tuple[str, ...]
    placed: bool = False
    meanings: tuple[str, ...] = ()

    def read(self, node: Node, findings: Findings) -> Any:
        text = read_text(node, findings, self.noun)
        if text is None:
            return None
        if text not in self.words:
            near = closest(text, self.words)
            findings.add(
                "SG113",
                f"{show(text)} is not {self.noun}",
                node.span,
                help=(f"did you mean {near}? " if near else "") + f"one of: {', '.join(self.words)}",
                fix=rewriting(node.span, text, only_close(text, self.words)),
            )
            return None
        return Word(text, node.span) if self.placed else text

    def schema(self, definitions: JsonSchema) -> JsonSchema:
        out: JsonSchema = {"type": "string", "enum": list(self.words)}
        if self.meanings:
            out["markdownEnumDescriptions"] = list(self.meanings)
        return out
