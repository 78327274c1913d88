"""AWS names from patterns, checked as AWS would check them."""

from __future__ import annotations

import re

from sgstrat.diagnostics.finding import Findings
from sgstrat.diagnostics.suggest import did_you_mean, listed
from sgstrat.facts.limits import limit
from sgstrat.facts.text import NAME_CHARACTERS, first_bad_character
from sgstrat.language.inherit import DEFAULT_PATTERN
from sgstrat.language.model import Word
from sgstrat.rulebook.targets import Target
from sgstrat.syntax.scalars import show

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


class Namer:
    """Makes the AWS names of one target."""

    def __init__(self, target: Target, findings: Findings) -> None:
        strategy = target.view.strategy
        values = target.view.values
        naming = strategy.naming
        home = strategy.strategy
        self._findings = findings
        self._empty: set[tuple[Word, str]] = set()
        self._environment = target.view.environment
        self._group = naming.group if naming and naming.group else Word(DEFAULT_PATTERN, home.span)
        self._list = naming.prefix_list if naming and naming.prefix_list else Word(DEFAULT_PATTERN, home.span)
        self._values = {
            **{key.text: value.text for key, value in strategy.vars},
            **{key.text: value.text for key, value in values.vars},
            "strategy": target.name.strategy,
            "environment": target.name.environment,
            "vpc": target.name.vpc,
            "region": values.region or "",
            "account": values.account or "",
            "owner": strategy.owner or "",
        }

    def group(self, pinned: Word | None, identity: str, kind: str, facing: str | None, subject: Word) -> str:
        """The name of a security group; empty after a finding."""
        name = self._fill(pinned or self._group, {"name": identity, "kind": kind, "facing": facing or ""}, subject)
        return (
            name if name is not None and self._is_sound(name, pinned or self._group, subject, "security group") else ""
        )

    def prefix_list(self, pinned: Word | None, identity: str, subject: Word) -> str:
        """The name of a prefix list; empty after a finding."""
        name = self._fill(pinned or self._list, {"name": identity, "kind": "prefix-list", "facing": ""}, subject)
        return name if name is not None and self._is_sound(name, pinned or self._list, subject, "prefix list") else ""

    def _fill(self, pattern: Word, own: dict[str, str], subject: Word) -> str | None:
        values = {**self._values, **own}
        for key in _PLACEHOLDER.findall(pattern.text):
            if key not in values:
                self._bad(
                    pattern,
                    f"{{{show(key) if key else key}}} is no placeholder",
                    did_you_mean(key, values) or f"placeholders: {listed(values, 40)}",
                )
                return None
            if not values[key]:
                if (pattern, key) in self._empty:
                    return None  # one pattern for many groups: the first has been named
                self._empty.add((pattern, key))
                self._bad(
                    pattern,
                    f"{{{key}}} is empty for {subject.text}",
                    f"write {key}: where it belongs, or leave the placeholder out",
                )
                return None
        return _PLACEHOLDER.sub(lambda match: values[match.group(1)], pattern.text)

    def _is_sound(self, name: str, pattern: Word, subject: Word, what: str) -> bool:
        longest = limit("group_name_length")
        bad = first_bad_character(name, NAME_CHARACTERS)
        if bad is not None:
            self._bad(
                pattern,
                f"AWS does not take {show(bad[1])} in the name of a {what}: {show(name)}",
                "use letters, digits, spaces and . _ - : / ( ) # , @ [ ] + = & ; { } ! $ *",
            )
        elif len(name) > longest:
            self._bad(
                pattern,
                f"the name of {what} {subject.text} has {len(name)} characters; AWS takes at most {longest}",
                "shorten the pattern or the name",
            )
        elif name.lower().startswith("sg-"):
            self._bad(
                pattern,
                f"the name of a {what} may not begin with sg-: {show(name)}",
                "AWS reserves sg- for ids: change the pattern",
            )
        elif name.lower() == "default":
            self._bad(
                pattern, f"no {what} may be named default", "every VPC's own group has that name: change the pattern"
            )
        elif name.lower().startswith("com.amazonaws"):
            self._bad(
                pattern,
                f"the name of a {what} may not begin with com.amazonaws: {show(name)}",
                "AWS reserves it for its own lists",
            )
        elif name != name.rstrip():
            self._bad(
                pattern, f"the name of {what} {subject.text} ends in a space, which AWS cuts off", "remove the space"
            )
        else:
            return True
        return False

    def _bad(self, pattern: Word, message: str, advice: str) -> None:
        self._findings.add("SG215", message, pattern.span, help=advice, environment=self._environment)
