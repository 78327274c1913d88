"""SG503 and SG504: assertions, held against what the whole workspace permits, in every environment.

``deny`` fails on one packet that is permitted, ``allow`` on one that is not, ``only`` on one from elsewhere. Where
the answer hangs on what nobody here knows, it is a warning that says what.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sgstrat.diagnostics.finding import Findings, Related
from sgstrat.language.decode import Unit
from sgstrat.language.model import Assertion, Ends, Names, Word
from sgstrat.net.interval import Intervals, union
from sgstrat.net.kinds import EVERY_KIND
from sgstrat.net.service import service_interval
from sgstrat.reach.claims import Breach, allowed, denied, only
from sgstrat.reach.ends import Party, party
from sgstrat.reach.estate import Atlas
from sgstrat.reach.grants import Grant
from sgstrat.reach.hosts import End
from sgstrat.reach.relation import Relation, meeting
from sgstrat.reach.wording import Subject, advice, doubt, more, more_rules, observed, rules, wanted
from sgstrat.rulebook.view import View, World
from sgstrat.rulebook.workspace import Workspace


def check_assertions(workspace: Workspace, units: tuple[Unit, ...], world: World, findings: Findings) -> None:
    """Report every assertion that does not hold, or that cannot be proven, in each environment in which it does not."""
    if not any(unit.names.strategy.assertions for unit in units):
        return
    atlas = Atlas(workspace, world)
    relations = {name: Relation(atlas.estate(name)) for name in atlas.environments}
    for unit in units:
        for word, _ in unit.names.strategy.environments:
            view, relation = world.get((unit.names.name, word.text)), relations.get(word.text)
            if view is None or relation is None:
                continue
            for index, assertion in enumerate(unit.names.strategy.assertions):
                if view.has(assertion.environments):
                    _Case(unit, view, relation, index, assertion, findings).judge()


class _Case:
    """One assertion in one environment."""

    def __init__(
        self, unit: Unit, view: View, relation: Relation, index: int, assertion: Assertion, findings: Findings
    ) -> None:
        self._unit = unit
        self._view = view
        self._relation = relation
        self._assertion = assertion
        self._findings = findings
        self._services: tuple[str, ...] = ("all",)
        self._paths: tuple[str, ...] = (f"assertions[{index}]",)
        if assertion.name is not None:
            self._paths = (f"assertions.{assertion.name.text}", *self._paths)

    def judge(self) -> None:
        """Judge the assertion, and report what breaks it."""
        for verb in ("deny", "allow", "only"):
            ends: Ends | None = getattr(self._assertion, verb)
            if ends is None:
                continue
            sources, destinations = self._parties(ends.sources), self._parties(ends.destinations)
            asked = self._asked(ends.services)
            if sources is None or destinations is None or asked is None:
                continue
            if verb == "only":
                breaches = only(
                    self._relation, [each for _, each in sources], [each for _, each in destinations], asked
                )
                names = [", ".join(word.text for word, _ in parties) for parties in (sources, destinations)]
                self._report(Subject(verb, *names), asked, list(breaches))
                continue
            judge: Callable[[Relation, Party, Party, Intervals], Iterator[Breach]] = (
                denied if verb == "deny" else allowed
            )
            for source, left in sources:
                for destination, right in destinations:
                    found = list(judge(self._relation, left, right, asked))
                    self._report(Subject(verb, source.text, destination.text), asked, found)

    # -- names

    def _parties(self, words: Names) -> list[tuple[Word, Party]] | None:
        """The ends that are present here; None where nothing is left of them, which has been said."""
        found, absent = [], []
        for word in words:
            end = meant(self._unit, word)
            if end is None:
                return None
            here = party(self._relation.estate, end)
            if here is None:
                absent.append((word, end))
            elif here.proper:
                found.append((word, here))
            else:
                self._note("SG229", f"{word.text} has no addresses here, so this assertion says nothing of it", word)
        for word, end in absent:
            if found or self._is_left_out(end):
                self._note("SG207", f"{word.text} is absent here and falls out of the assertion", word)
            else:
                advice = "limit the assertion with environments: too, or name something that is present"
                self._findings.add(
                    "SG208",
                    f"{word.text} is absent here and nothing is left of the assertion",
                    word.span,
                    help=advice,
                    environment=self._view.environment,
                )
        return found or None

    def _is_left_out(self, end: End) -> bool:
        """Whether a group is declared here, but its VPC is not enabled."""
        other = self._view.other(end.strategy)
        return (
            other is not None
            and end.kind in ("group", "existing", "workload")
            and (end.kind == "workload" or end.name in other.groups)
        )

    def _note(self, code: str, message: str, word: Word) -> None:
        self._findings.add(code, message, word.span, environment=self._view.environment)

    def _asked(self, words: Names) -> Intervals | None:
        if not words:
            return EVERY_KIND
        parts = [part for word in words for part in self._view.service(word.text) or ()]
        self._services = tuple(dict.fromkeys(str(part) for part in parts))
        for word in words:
            if self._view.service(word.text) is None:
                self._note("SG207", f"{word.text} is absent here and falls out of the assertion", word)
        return union(service_interval(part.protocol, part.from_port, part.to_port) for part in parts) or None

    # -- findings

    def _report(self, subject: Subject, asked: Intervals, breaches: list[Breach]) -> None:
        """One finding for what breaks a statement on two ends, or for what keeps it from being proven."""
        proven = [each for each in breaches if each.is_proven]
        if not breaches:
            return
        shown = proven or breaches
        first = next((each for each in shown if each.witness is not None), shown[0])
        kinds = union(part for each in shown for part in each.kinds)
        letting = tuple(rules(first.witness))
        self._findings.add(
            "SG503" if proven else "SG504",
            f"{wanted(subject, asked)}: {observed(first) if proven else doubt(first)}{more(shown, kinds)}",
            self._assertion.span,
            help=advice(subject, first),
            related=(*letting, *more_rules(self._others(proven), letting), *self._opposite(subject)),
            paths=self._paths,
            services=self._services,
            environment=self._view.environment,
        )

    def _others(self, proven: list[Breach]) -> Iterator[Grant]:
        """Every rule that lets in what must not pass: of traffic opened in pieces, all the pieces."""
        for each in proven:
            if each.reason == "permitted":
                yield from meeting(self._relation, each.destination, "ingress", each.source, each.kinds)

    def _opposite(self, subject: Subject) -> Iterator[Related]:
        """An assertion of the same ends that wants the contrary."""
        contrary = {"deny": "allow", "allow": "deny"}.get(subject.verb, "")
        for other in self._unit.names.strategy.assertions:
            ends: Ends | None = getattr(other, contrary, None)
            if ends is None or not self._view.has(other.environments):
                continue
            if subject.source in [word.text for word in ends.sources] and subject.destination in [
                word.text for word in ends.destinations
            ]:
                yield Related(other.span, f"this {contrary} is about the same ends")


def meant(unit: Unit, word: Word) -> End | None:
    """What an end of an assertion means; None after a finding."""
    names = unit.names
    if names.is_workload(word.text):
        head, slash, rest = word.text.partition("/")
        return End("workload", head if slash else names.name, rest if slash else head)
    meaning = names.peer(word, Findings())
    if meaning is None or meaning.kind == "self":
        return None
    if meaning.kind in ("cidr", "internet"):
        return End(meaning.kind, "", meaning.name)
    return End(meaning.kind, meaning.strategy, meaning.name)
