"""Every name that a strategy mentions, checked once against what the workspace declares.

What depends on the environment (absent there, empty there) is found when a target is lowered.
"""

from __future__ import annotations

from collections.abc import Iterable

from sgstrat.diagnostics.finding import Findings, Related
from sgstrat.diagnostics.remedy import rewriting
from sgstrat.diagnostics.suggest import did_you_mean, listed, only_close
from sgstrat.facts.prefix_lists import managed_lists
from sgstrat.language.model import (
    Assertion,
    Entry,
    Flow,
    Group,
    Names,
    PrefixList,
    Rule,
    Strategy,
    Word,
    Workload,
)
from sgstrat.language.names import PLACEHOLDERS, Meaning, Namespace, groups_of
from sgstrat.language.peerings import check_peerings, outside_ids
from sgstrat.language.services import is_literal
from sgstrat.language.tags import check_tags
from sgstrat.net.cidr import FAMILY_NAMES, parse_cidr
from sgstrat.syntax.scalars import show


def check_references(names: Namespace, findings: Findings) -> None:
    """Report everything in a strategy that names nothing, or something of the wrong kind."""
    found = Findings()
    _check(names, found)
    # a file that could not be read may declare what seems to be missing
    findings.extend(item for item in found.raw() if names.is_whole or item.code != "SG206")


def _check(names: Namespace, findings: Findings) -> None:
    strategy = names.strategy
    for _, _, group in groups_of(strategy):
        _group(names, group, findings)
    _unique("flow", (flow.name for flow in strategy.flows), findings)
    for flow in strategy.flows:
        _flow(names, flow, findings)
    for _, service in strategy.services:
        names.check_services(service.parts, findings)
        _environments(names, service.environments, findings)
    _service_cycles(names, findings)
    for _, entries in strategy.networks:
        for entry in entries:
            _environments(names, entry.environments, findings)
    for word, prefix_list in strategy.prefix_lists:
        _prefix_list(names, word, prefix_list, findings)
    _homes(names, findings)
    check_peerings(names, findings)
    _vars(strategy, findings)
    for _, workload in strategy.workloads:
        _workload(names, workload, findings)
    for assertion in strategy.assertions:
        _assertion(names, assertion, findings)
    for waiver in strategy.waivers:
        names.check_services(waiver.services, findings)
        _environments(names, waiver.environments, findings)
    check_tags(strategy, findings)


def _known(word: Word, known: Iterable[str], what: str, findings: Findings) -> bool:
    options = set(known)
    if word.text in options:
        return True
    findings.add(
        "SG206",
        f"no {what} {show(word.text)}",
        word.span,
        help=did_you_mean(word.text, options) or (f"declared: {listed(options)}" if options else "none is declared"),
        fix=rewriting(word.span, word.text, only_close(word.text, options)),
    )
    return False


def _environments(names: Namespace, words: Names | None, findings: Findings) -> None:
    for word in words or ():
        _known(word, names.environments, "environment", findings)


def _unique(what: str, words: Iterable[Word | None], findings: Findings) -> None:
    seen: dict[str, Word] = {}
    for word in words:
        if word is None:
            continue
        first = seen.setdefault(word.text, word)
        if first is not word:
            findings.add(
                "SG204",
                f"two {what}s are named {word.text}",
                word.span,
                help="a name must be unique, so that a waiver can point at it",
                related=(Related(first.span, "the first is here"),),
            )


def _group(names: Namespace, group: Group, findings: Findings) -> None:
    _environments(names, group.environments, findings)
    for direction, rules in (("ingress", group.ingress), ("egress", group.egress)):
        _unique(f"{direction} rule", (rule.name for rule in rules), findings)
        for rule in rules:
            _rule(names, rule, findings)
    if group.vpc is not None and group.vpcs:
        findings.add("SG213", "a group has vpc: or vpcs:, not both", group.vpc.span, help="keep vpcs:")


def _rule(names: Namespace, rule: Rule, findings: Findings) -> None:
    for word in rule.peers:
        names.peer(word, findings)
    names.check_services(rule.services, findings)
    if rule.environments:
        _environments(names, rule.environments, findings)


def _flow(names: Namespace, flow: Flow, findings: Findings) -> None:
    names.check_services(flow.services, findings)
    _environments(names, flow.environments, findings)
    ends: list[list[tuple[Word, Meaning]]] = []
    sound = True
    for words in (flow.sources, flow.destinations):
        meanings = []
        for word in words:
            if word.text == "self":
                findings.add(
                    "SG219",
                    "self has no meaning in a flow",
                    word.span,
                    help="name the group at both ends: from: NAME, to: NAME",
                )
                sound = False
                continue
            meaning = names.peer(word, findings)
            sound = sound and meaning is not None
            if meaning is not None:
                meanings.append((word, meaning))
        ends.append(meanings)
    if sound:
        _flow_pairs(names, flow, ends[0], ends[1], findings)


def _flow_pairs(
    names: Namespace,
    flow: Flow,
    sources: list[tuple[Word, Meaning]],
    destinations: list[tuple[Word, Meaning]],
    findings: Findings,
) -> None:
    for source, left in sources:
        for destination, right in destinations:
            if not any(end.kind == "group" and end.strategy == names.name for end in (left, right)):
                findings.add(
                    "SG219",
                    f"no group of strategy {names.name} takes part in the flow "
                    f"from {source.text} to {destination.text}",
                    flow.span,
                    help="a flow writes rules of this strategy's groups: name one at either end",
                )
                return


def _service_cycles(names: Namespace, findings: Findings) -> None:
    """A service may not be defined by itself, directly or through others (of any strategy)."""
    done: set[tuple[str, str]] = set()

    def visit(space: Namespace, name: str, trail: list[tuple[str, str]]) -> None:
        key = (space.name, name)
        if key in trail:
            cycle = trail[trail.index(key) :]
            if names.name == min(strategy for strategy, _ in cycle):  # a cycle through several strategies is said once
                own = next(each for strategy, each in cycle if strategy == names.name)
                span = next(word.span for word, _ in names.strategy.services if word.text == own)
                shown = [each if strategy == names.name else f"{strategy}/{each}" for strategy, each in (*cycle, key)]
                findings.add(
                    "SG210", "services are defined by each other: " + " -> ".join(shown), span, help="break the cycle"
                )
            return
        if key in done or name not in space.services:
            return
        for part in space.services[name].parts:
            if is_literal(part.text):
                continue
            found = space.find_service(part, Findings())
            # a service that names itself while the catalogue has that name means itself, not the catalogue's
            if found is not None:
                visit(found[0], found[1], [*trail, key])
        done.add(key)

    for word, _ in names.strategy.services:
        visit(names, word.text, [])


def _prefix_list(names: Namespace, word: Word, listed_: PrefixList, findings: Findings) -> None:
    _environments(names, listed_.environments, findings)
    forms = [
        form
        for form, given in (
            ("entries", listed_.entries is not None),
            ("aws", listed_.aws is not None),
            ("id", listed_.id is not None),
        )
        if given
    ]
    if len(forms) > 1:
        findings.add(
            "SG113",
            f"prefix list {word.text} has {' and '.join(forms)}; it is either own, AWS-managed or existing",
            word.span,
            help=f"keep one of {', '.join(forms)}",
        )
        return
    if listed_.aws is not None:
        _aws_list(listed_.aws, listed_, findings)
        return
    if listed_.ids:
        findings.add("SG113", "ids: belongs to an AWS-managed list (aws: NAME)", word.span, help="remove it")
    if listed_.entries:
        _entries(names, word, listed_.entries, listed_, findings)
        return
    missing = [
        key for key, given in (("family", listed_.family), ("max_entries", listed_.max_entries)) if given is None
    ]
    if missing:
        findings.add(
            "SG111",
            f"prefix list {word.text} has no entries, so it needs {' and '.join(missing)}",
            word.span,
            help="an existing list needs family and max_entries; an own one needs entries; "
            "an AWS-managed one needs aws: NAME",
        )


def _aws_list(aws: Word, listed_: PrefixList, findings: Findings) -> None:
    known = managed_lists()
    if aws.text not in known:
        findings.add(
            "SG113",
            f"AWS manages no prefix list {show(aws.text)} that this compiler knows",
            aws.span,
            help=did_you_mean(aws.text, known) or f"one of: {listed(known, 40)}",
            fix=rewriting(aws.span, aws.text, only_close(aws.text, known)),
        )
    for key, span in (
        ("max_entries", listed_.max_entries and listed_.max_entries.span),
        ("family", listed_.family and listed_.family.span),
    ):
        if span:
            findings.add("SG113", f"{key} of an AWS-managed list is set by AWS", span, help="remove it")


def _entries(names: Namespace, word: Word, entries: tuple[Entry, ...], listed_: PrefixList, findings: Findings) -> None:
    family = listed_.family.text if listed_.family else ""
    origin = listed_.family
    seen: dict[str, Word] = {}
    for entry in entries:
        _environments(names, entry.environments, findings)
        if not entry.cidr.text:
            continue
        block = parse_cidr(entry.cidr.text)
        if not family:
            family, origin = block.family, entry.cidr
        elif block.family != family and origin is not None:
            findings.add(
                "SG306",
                f"{entry.cidr.text} is {FAMILY_NAMES[block.family]}, "
                f"but prefix list {word.text} is {FAMILY_NAMES[family]}",
                entry.cidr.span,
                help="a prefix list has one address family: make two lists",
                related=(Related(origin.span, "the family comes from here"),),
            )
        first = seen.setdefault(str(block), entry.cidr)
        if first is not entry.cidr and not (entry.environments or ()):
            findings.add(
                "SG204",
                f"{entry.cidr.text} stands twice in prefix list {word.text}",
                entry.cidr.span,
                help="remove one",
                related=(Related(first.span, "the first is here"),),
            )


def _homes(names: Namespace, findings: Findings) -> None:
    """Every group and existing group lives in a known VPC; environments speak of known things only."""
    strategy = names.strategy
    vpcs = [word.text for word, _ in strategy.vpcs]
    outside = outside_ids(strategy)
    homes = [(word, group.vpcs or ((group.vpc,) if group.vpc else ())) for _, word, group in groups_of(strategy)]
    homes += [
        (word, (existing.vpc,) if existing.vpc else ())
        for word, existing in strategy.existing
        if existing.vpc is None or existing.vpc.text not in outside
    ]
    for word, named in homes:
        if not named and len(vpcs) > 1:
            findings.add(
                "SG213",
                f"{word.text} lives in no VPC: the strategy has several",
                word.span,
                help=f"add vpc: with one of {listed(vpcs)}",
            )
        for vpc in named:
            _known(vpc, vpcs, "VPC", findings)
    for _, environment in strategy.environments:
        for word, _ in environment.vpcs:
            _known(word, vpcs, "VPC", findings)
        for word, existing in environment.existing:
            if existing.vpc is not None and existing.vpc.text not in outside:
                _known(existing.vpc, vpcs, "VPC", findings)
            _known(word, [each.text for each, _ in strategy.existing], "existing group", findings)
        for word, _ in environment.prefix_lists:
            _known(
                word,
                [each.text for each, value in strategy.prefix_lists if value.entries is None and value.aws is None],
                "existing prefix list",
                findings,
            )


def _vars(strategy: Strategy, findings: Findings) -> None:
    """The placeholders of names that the language fills may not be anything else."""
    for table in (strategy.vars, *(environment.vars for _, environment in strategy.environments)):
        for word, _ in table:
            if word.text in PLACEHOLDERS:
                findings.add(
                    "SG204",
                    f"{word.text} is reserved and cannot name a var: it is a placeholder of its own",
                    word.span,
                    help="choose another name",
                )


def _workload(names: Namespace, workload: Workload, findings: Findings) -> None:
    _environments(names, workload.environments, findings)
    if workload.vpc is not None:
        _known(workload.vpc, [word.text for word, _ in names.strategy.vpcs], "VPC", findings)
    for word in workload.groups:
        _of_kind(names, word, ("group", "existing"), "a workload carries groups", findings)
    for word in workload.networks:
        _of_kind(names, word, ("network", "vpc", "cidr"), "a workload's addresses are networks", findings)
    for word in workload.baseline if isinstance(workload.baseline, tuple) else ():
        meaning = _of_kind(names, word, ("group",), "baseline: names baseline groups", findings)
        if meaning is None:
            continue
        other = names.other(meaning.strategy)
        if other.kinds.get(meaning.name) != "baseline":
            findings.add(
                "SG211",
                f"{show(word.text)} is not a baseline group",
                word.span,
                help="name it in groups:, or move it to groups.baseline",
            )
        elif other is not names and not other.peers[meaning.name].value.enforce:
            findings.add(
                "SG211",
                f"{show(word.text)} is not enforced by strategy {meaning.strategy}, so it is no baseline of this one",
                word.span,
                help="name it in groups:",
            )


def _of_kind(names: Namespace, word: Word, kinds: tuple[str, ...], rule: str, findings: Findings) -> Meaning | None:
    meaning = names.peer(word, findings)
    if meaning is None or meaning.kind in kinds:
        return meaning
    findings.add("SG211", f"{show(word.text)} is {meaning.noun}: {rule}", word.span)
    return None


def _assertion(names: Namespace, assertion: Assertion, findings: Findings) -> None:
    _environments(names, assertion.environments, findings)
    for ends in (assertion.deny, assertion.allow, assertion.only):
        if ends is None:
            continue
        names.check_services(ends.services, findings)
        for word in (*ends.sources, *ends.destinations):
            if not names.is_workload(word.text):
                _of_kind(
                    names,
                    word,
                    ("group", "existing", "network", "vpc", "cidr", "internet", "prefix_list"),
                    "an assertion's ends are groups, workloads, networks, CIDRs or internet",
                    findings,
                )
