"""Lowering: from a workspace's strategies to one rulebook for each target."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Literal

from sgstrat.diagnostics.finding import Findings, Related
from sgstrat.facts.limits import limit
from sgstrat.language.decode import Source, Unit
from sgstrat.language.model import QuotaLimits, Settings
from sgstrat.rulebook.lists import build_lists
from sgstrat.rulebook.model import Existing, Group, Quotas, Rulebook, TargetName, Vpc
from sgstrat.rulebook.naming import Namer
from sgstrat.rulebook.peerings import Peerings
from sgstrat.rulebook.peers import Peers
from sgstrat.rulebook.rules import RuleBuilder
from sgstrat.rulebook.targets import Neighbourhood, Sharer, Target
from sgstrat.rulebook.view import Placed, View, look
from sgstrat.rulebook.workloads import WorkloadBuilder, check_homes


def lower(
    source: Source, as_of: date, findings: Findings, sharers: Iterable[Sharer] = ()
) -> dict[TargetName, Rulebook]:
    """Every target of the workspace, compiled. What is wrong in one environment is reported for that environment.

    ``sharers`` are targets in the same VPCs that are not compiled along.
    """
    files = {unit.names.name: unit.files for unit in source.units}
    world = look(unit.names for unit in source.units)
    neighbourhood = Neighbourhood(world, sharers)
    peerings = Peerings(world, neighbourhood)
    _check_enforcers(source.units, source.settings, findings)
    neighbourhood.report_twins(findings)
    neighbourhood.report_guesses(neighbourhood.targets, findings)
    peerings.report(world, findings)
    owners = default_groups(neighbourhood, findings)
    rulebooks = {}
    checked: set[tuple[str, str]] = set()
    for target in neighbourhood.targets:
        place = (target.name.strategy, target.name.environment)
        if place not in checked:
            checked.add(place)
            check_homes(target, neighbourhood, findings)
            _check_product(target.view, source.settings, findings)
        peers = Peers(target, neighbourhood, peerings, findings)
        rulebooks[target.name] = _target(
            peers, neighbourhood, source.settings, files[target.name.strategy], owners[target.name], as_of, findings
        )
    return {name: rulebooks[name] for name in sorted(rulebooks)}


def _target(
    peers: Peers,
    neighbourhood: Neighbourhood,
    settings: Settings | None,
    files: tuple[str, ...],
    default_group: Literal["lock", "leave"] | None,
    as_of: date,
    findings: Findings,
) -> Rulebook:
    target, view, vpc = peers.target, peers.view, peers.target.vpc
    strategy = view.strategy
    namer = Namer(target, findings)
    builder = RuleBuilder(peers, as_of, findings)
    builder.add_groups()
    builder.add_flows()
    tags = {key.text: value.text for key, value in strategy.tags}
    quotas = quotas_of(view, settings)
    here = {name: placed for name, placed in view.groups.items() if vpc.name in placed.vpcs}
    workloads = WorkloadBuilder(peers, neighbourhood, findings).build()
    lists = build_lists(peers, namer, tuple(tags.items()), quotas.entries_per_prefix_list, findings)
    carried = {key for workload in workloads for key in workload.groups}
    return Rulebook(
        strategy=target.name.strategy,
        environment=target.name.environment,
        account=view.values.account,
        region=view.values.region,
        vpc=Vpc(vpc.name, vpc.id, vpc.cidrs, vpc.ipv6_cidrs, peers.peered_with),
        default_group=default_group,
        groups=tuple(_group(here[name], builder, namer, tags) for name in sorted(here)),
        prefix_lists=lists,
        existing=tuple(
            Existing(name, view.existing[name].id, view.existing[name].account)
            for name in sorted(peers.existing | (carried & set(view.existing)))
        ),
        references=tuple(peers.references[key] for key in sorted(peers.references)),
        workloads=workloads,
        tags=tuple(sorted(tags.items())),
        quotas=quotas,
        sources=files,
        span=strategy.strategy.span,
        repeats=tuple(builder.repeats),
    )


def _group(placed: Placed, builder: RuleBuilder, namer: Namer, tags: Mapping[str, str]) -> Group:
    group, word = placed.group, placed.word
    own_tags = {**tags, **{key.text: value.text for key, value in group.tags}}
    return Group(
        key=word.text,
        identity=placed.identity,
        formerly=tuple(each.text for each in group.formerly),
        name=namer.group(group.aws_name, placed.identity, placed.kind, group.facing, word),
        kind=placed.kind,
        facing=group.facing,
        description=group.description,
        tags=tuple(sorted(own_tags.items())),
        ingress=builder.rules(word.text, "ingress"),
        egress=builder.rules(word.text, "egress"),
        enforce=group.enforce,
        span=word.span,
    )


def quotas_of(view: View, settings: Settings | None) -> Quotas:
    """The limits in force.

    AWS's defaults, then those of sgstrat.yaml for the account and region, the strategy's, the environment's.
    """
    values = {name: limit(name) for name in Quotas._fields if not name.startswith("existing_")}
    values.update(existing_groups=0, existing_prefix_lists=0)
    for layer in _layers(view, settings):
        values.update({name: number.value for name in Quotas._fields if (number := getattr(layer, name)) is not None})
    return Quotas(**values)


def _check_product(view: View, settings: Settings | None, findings: Findings) -> None:
    """SG303: AWS grants rules per group and groups per network interface only up to a product.

    Said at the number given last.
    """
    quotas = quotas_of(view, settings)
    product, most = quotas.rules_per_group * quotas.groups_per_eni, limit("rules_per_eni_product")
    given = [
        number
        for layer in _layers(view, settings)
        for number in (layer.groups_per_eni, layer.rules_per_group)
        if number is not None
    ]
    if product > most:
        findings.add(
            "SG303",
            f"rules_per_group {quotas.rules_per_group} x groups_per_eni {quotas.groups_per_eni} = {product}; "
            f"AWS allows at most {most}",
            given[-1].span if given else view.word.span,
            help="lower one of the two quotas",
            environment=view.environment,
        )


def _layers(view: View, settings: Settings | None) -> tuple[QuotaLimits, ...]:
    """What raises quotas here, the most specific last."""
    layers = (_workspace_quotas(view, settings), view.strategy.quotas, view.values.quotas)
    return tuple(layer for layer in layers if layer is not None)


def _workspace_quotas(view: View, settings: Settings | None) -> QuotaLimits | None:
    for account, regions in settings.quotas if settings is not None else ():
        for region, limits in regions:
            if (account.text, region.text) == (view.values.account, view.values.region):
                return limits
    return None


def _check_enforcers(units: tuple[Unit, ...], settings: Settings | None, findings: Findings) -> None:
    """``guardrails.may_enforce`` says who may put baseline groups on every workload of a VPC."""
    guardrails = settings.guardrails if settings is not None else None
    if guardrails is None or guardrails.may_enforce is None:
        return
    allowed = {word.text for word in guardrails.may_enforce}
    for unit in units:
        for word, group in unit.names.strategy.groups.baseline:
            if group.enforce and unit.names.name not in allowed:
                findings.add(
                    "SG218",
                    f"strategy {unit.names.name} may not enforce {word.text}",
                    word.span,
                    help="remove enforce: true, or add the strategy to guardrails.may_enforce in sgstrat.yaml",
                )


def default_groups(
    neighbourhood: Neighbourhood, findings: Findings
) -> dict[TargetName, Literal["lock", "leave"] | None]:
    """Who owns each VPC's default group: a target alone in its VPC, else the one that says ``lock``.

    Source: language, section 12.
    """
    owners: dict[TargetName, Literal["lock", "leave"] | None] = {}
    for target in neighbourhood.targets:
        # prefix lists alone have no part in a VPC's default group, and one VPC declared twice has had its finding
        near = tuple(
            other for other in neighbourhood.neighbours(target) if other.has_groups and other.view is not target.view
        )
        sharers = neighbourhood.sharers(target)
        word = target.vpc.default_group
        said = word.text if word is not None else None
        if near or sharers or not target.has_groups:
            owners[target.name] = "lock" if said == "lock" else None
        else:
            owners[target.name] = "leave" if said == "leave" else "lock"
        if said == "leave" and word is not None:
            findings.add(
                "SG403",
                f"VPC {target.vpc.name} keeps the rules of its default group, "
                "which lets all of its members talk to each other",
                word.span,
                help="write default_group: lock, or waive this with a reason",
                paths=("default_group", f"vpcs.{target.vpc.name}.default_group"),
                environment=target.view.environment,
            )
        if (near or sharers) and target.has_groups:
            _check_shared(target, near, sharers, findings)
    return owners


def _check_shared(target: Target, near: tuple[Target, ...], sharers: tuple[Sharer, ...], findings: Findings) -> None:
    """Where several targets share a VPC exactly one may own the default group; said once, at the last by name.

    What ``sharers`` say has been held against each other before.
    """
    sharing = sorted((target, *near), key=lambda each: each.name)
    lockers = [(each.name, word.span) for each in sharing if (word := each.vpc.default_group) and word.text == "lock"]
    environment = target.view.environment
    if len(lockers) > 1 and lockers[-1][0] == target.name:
        *others, last = (span for _, span in lockers)
        findings.add(
            "SG224",
            f"{len(lockers)} targets lock the default group of one VPC: {', '.join(str(name) for name, _ in lockers)}",
            last,
            help="leave default_group out of all of them but one; "
            "in one of several environments it stands at environments.NAME.vpcs.NAME",
            related=(Related(span, "another is here") for span in dict.fromkeys(others) if span != last),
            environment=environment,
        )
    is_said = any(each.vpc.default_group for each in sharing) or any(each.default_group for each in sharers)
    names = sorted((*(each.name for each in sharing), *(each.name for each in sharers)))
    if not is_said and names[0] == target.name:
        findings.add(
            "SG225",
            f"no target locks the default group of the VPC that these share: {', '.join(map(str, names))}",
            target.view.strategy.strategy.span,
            help="write default_group: lock in one of them: in a strategy, or in its environments.NAME.vpcs.NAME",
            environment=environment,
        )
