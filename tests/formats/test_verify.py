"""What is written is read back as the rulebook, and a writer broken in any of many ways is caught every time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from ipaddress import ip_network
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from sgstrat import pipeline
from sgstrat.diagnostics.finding import Findings
from sgstrat.formats.artifact import Artifact
from sgstrat.formats.cloudformation.write import write as write_cloudformation
from sgstrat.formats.terraform.write import write as write_terraform
from sgstrat.formats.verify import MAX_FINDINGS, check_written, verify
from sgstrat.net.service import service_interval
from sgstrat.pipeline import Options, build, compile_workspace
from sgstrat.rulebook.model import IdSource, Rule, Rulebook

from compiled import ROOT, bundled  # isort: skip
from factory import make_group, make_rule, make_rulebook, with_vpc  # isort: skip

BOOKS = {
    **{f"{book.target}": book for book in (*bundled(), *bundled(ROOT / "tests/examples/forty"))},
    "by hand": make_rulebook(),
    "by hand, locked": make_rulebook(default_group="lock", account=None),
    "by hand, VPC by SSM": with_vpc(IdSource(ssm="/net/vpc")),
    "by hand, VPC as input": with_vpc(IdSource()),
}
Data = dict[str, Any]
Mutation = Callable[[Data], Iterator[Callable[[], None]]]
SITES = 4


def written(book: Rulebook, syntax: Any = "yaml") -> tuple[Artifact, ...]:
    return (*write_cloudformation(book, syntax), *write_terraform(book))


@pytest.mark.parametrize("syntax", ["yaml", "json"])
@pytest.mark.parametrize("name", BOOKS)
def test_a_sound_build_has_no_difference(name: str, syntax: str) -> None:
    artifacts = written(BOOKS[name], syntax)
    cdk = [each._replace(path=each.path.replace("terraform", "cdktf", 1)) for each in write_terraform(BOOKS[name])]

    assert verify(BOOKS[name], (*artifacts, *cdk), ("cloudformation", "terraform", "cdktf", "rulebook")) == ()


# -- CloudFormation: each mutation gives one change for every place where it can be made


def cf_rules(data: Data) -> Iterator[tuple[str, Data, Callable[[], None]]]:
    """Direction, properties, and what takes the rule away; without sentinels."""
    for name, resource in data["Resources"].items():
        properties = resource.get("Properties", {})
        for direction in ("Ingress", "Egress"):
            if resource["Type"] == f"AWS::EC2::SecurityGroup{direction}":
                yield direction, properties, lambda name=name: data["Resources"].pop(name)
            rules = properties.get(f"SecurityGroup{direction}", [])
            for rule in rules:
                if rule.get("CidrIp") != "127.0.0.1/32":
                    yield direction, rule, lambda rules=rules, rule=rule: rules.remove(rule)


def cf_groups(data: Data) -> Iterator[tuple[str, Data]]:
    for name, resource in data["Resources"].items():
        if resource["Type"] == "AWS::EC2::SecurityGroup":
            yield name, resource["Properties"]


def cf_dropped_rule(data: Data) -> Iterator[Callable[[], None]]:
    yield from (remove for _, _, remove in cf_rules(data))


def cf_shifted_port(data: Data) -> Iterator[Callable[[], None]]:
    for _, rule, _ in cf_rules(data):
        if rule["IpProtocol"] in ("tcp", "udp"):
            for ends in (("FromPort", "ToPort"), ("ToPort",)):
                if rule["ToPort"] < 65535:
                    yield lambda rule=rule, ends=ends: rule.update({end: rule[end] + 1 for end in ends})


def cf_swapped_ports(data: Data) -> Iterator[Callable[[], None]]:
    for _, rule, _ in cf_rules(data):
        if rule.get("FromPort") != rule.get("ToPort"):
            yield lambda rule=rule: rule.update(FromPort=rule["ToPort"], ToPort=rule["FromPort"])


def cf_other_protocol(data: Data) -> Iterator[Callable[[], None]]:
    others = {"tcp": "udp", "udp": "tcp", "icmp": "icmpv6", "-1": "tcp"}
    for _, rule, _ in cf_rules(data):
        yield lambda rule=rule: rule.update(IpProtocol=others.get(rule["IpProtocol"], "-1"))
        if rule["IpProtocol"] != "-1":
            yield lambda rule=rule: rule.update(IpProtocol="-1")


def cf_wrong_family(data: Data) -> Iterator[Callable[[], None]]:
    for _, rule, _ in cf_rules(data):
        for old, new, world in (("CidrIp", "CidrIpv6", "::/0"), ("CidrIpv6", "CidrIp", "0.0.0.0/0")):
            if old in rule:
                yield lambda rule=rule, old=old, new=new: rule.update({new: rule.pop(old)})
                yield lambda rule=rule, old=old, new=new, world=world: (rule.pop(old), rule.update({new: world}))


def wider(cidr: str) -> str:
    network = ip_network(cidr)
    return str(network.supernet() if network.prefixlen else next(network.subnets()))


def cf_widened_cidr(data: Data) -> Iterator[Callable[[], None]]:
    for _, rule, _ in cf_rules(data):
        for key in ("CidrIp", "CidrIpv6"):
            if key in rule:
                yield lambda rule=rule, key=key: rule.update({key: wider(rule[key])})


def cf_lost_sentinel(data: Data) -> Iterator[Callable[[], None]]:
    for _, group in cf_groups(data):
        if group["SecurityGroupEgress"][0].get("CidrIp") == "127.0.0.1/32":
            yield lambda group=group: group.pop("SecurityGroupEgress")
            yield lambda group=group: group["SecurityGroupEgress"].clear()
            yield lambda group=group: group["SecurityGroupEgress"][0].update(CidrIp="0.0.0.0/0")
            yield lambda group=group: group["SecurityGroupEgress"][0].update(CidrIp="127.0.0.0/8")
            yield lambda group=group: group["SecurityGroupEgress"].append(dict(group["SecurityGroupEgress"][0]))


def cf_needless_sentinel(data: Data) -> Iterator[Callable[[], None]]:
    for _, group in cf_groups(data):
        if group["SecurityGroupEgress"][0].get("CidrIp") != "127.0.0.1/32":
            sentinel = {"IpProtocol": "-1", "CidrIp": "127.0.0.1/32"}
            yield lambda group=group, sentinel=sentinel: group["SecurityGroupEgress"].append(sentinel)


def cf_wrong_peer(data: Data) -> Iterator[Callable[[], None]]:
    for direction, rule, _ in cf_rules(data):
        side = "Source" if direction == "Ingress" else "Destination"
        for key in (f"{side}SecurityGroupId", f"{side}PrefixListId"):
            if key in rule:
                others = [{"Fn::GetAtt": [name, "GroupId"]} for name, _ in cf_groups(data)] + [{"Fn::ImportValue": "x"}]
                other = next(each for each in others if each != rule[key])
                yield lambda rule=rule, key=key, other=other: rule.update({key: other})
                yield lambda rule=rule, key=key: (rule.pop(key), rule.update(CidrIp="10.0.0.0/8"))


def cf_other_direction(data: Data) -> Iterator[Callable[[], None]]:
    for resource in data["Resources"].values():
        rule = resource.get("Properties", {})
        if resource["Type"] == "AWS::EC2::SecurityGroupIngress":
            yield lambda resource=resource, rule=rule: (
                resource.update(Type="AWS::EC2::SecurityGroupEgress"),
                rule.update(
                    {
                        key.replace("Source", "Destination"): rule.pop(key)
                        for key in list(rule)
                        if key.startswith("Source")
                    }
                ),
            )
        elif rule.get("SecurityGroupIngress"):
            yield lambda rule=rule: rule["SecurityGroupEgress"].append(rule["SecurityGroupIngress"].pop())


def cf_other_group(data: Data) -> Iterator[Callable[[], None]]:
    names = [name for name, _ in cf_groups(data)]
    for resource in data["Resources"].values():
        rule = resource.get("Properties", {})
        if "GroupId" in rule:
            other = next(
                (
                    {"Fn::GetAtt": [name, "GroupId"]}
                    for name in names
                    if rule["GroupId"] != {"Fn::GetAtt": [name, "GroupId"]}
                ),
                "sg-0",
            )
            yield lambda rule=rule, other=other: rule.update(GroupId=other)
    for name, group in cf_groups(data):
        for other, body in cf_groups(data):
            if other != name and group.get("SecurityGroupIngress"):
                yield lambda group=group, body=body: body.setdefault("SecurityGroupIngress", []).append(
                    group["SecurityGroupIngress"].pop()
                )
                break


def cf_dropped_group(data: Data) -> Iterator[Callable[[], None]]:
    for name, _ in cf_groups(data):
        yield lambda name=name: data["Resources"].pop(name)


def cf_wrong_head(data: Data) -> Iterator[Callable[[], None]]:
    for _, group in cf_groups(data):
        for change in (
            {"VpcId": "vpc-1"},
            {"VpcId": {"Ref": "Nothing"}},
            {"GroupName": "x"},
            {"GroupDescription": "x"},
        ):
            yield lambda group=group, change=change: group.update(change)
        yield lambda group=group: group["Tags"][3].update(Value="other")


def cf_wrong_output(data: Data) -> Iterator[Callable[[], None]]:
    for name, output in data.get("Outputs", {}).items():
        yield lambda name=name: data["Outputs"].pop(name)
        if "Fn::Join" in output["Value"]:
            ids = output["Value"]["Fn::Join"][1]
            yield lambda ids=ids: ids.pop()
            yield lambda ids=ids: ids.append(ids[0])
            if len(ids) > 1:
                yield lambda ids=ids: ids.reverse()
        if "Export" in output:
            yield lambda output=output: output["Export"].update(Name=output["Export"]["Name"] + "x")


def cf_wrong_list(data: Data) -> Iterator[Callable[[], None]]:
    for resource in data["Resources"].values():
        if resource["Type"] == "AWS::EC2::PrefixList":
            body = resource["Properties"]
            yield lambda body=body: body["Entries"].pop()
            yield lambda body=body: body["Entries"][0].update(Cidr=wider(body["Entries"][0]["Cidr"]))
            yield lambda body=body: body.update(MaxEntries=body["MaxEntries"] + 1)
            yield lambda body=body: body.update(AddressFamily={"IPv4": "IPv6", "IPv6": "IPv4"}[body["AddressFamily"]])


def cf_said_otherwise(data: Data) -> Iterator[Callable[[], None]]:
    for _, rule, _ in cf_rules(data):
        yield lambda rule=rule: rule.update(Description="x")


# -- Terraform


def tf_rules(data: Data) -> Iterator[tuple[str, str, Data]]:
    for direction in ("ingress", "egress"):
        for name, rule in data.get("resource", {}).get(f"aws_vpc_security_group_{direction}_rule", {}).items():
            yield direction, name, rule


def tf_dropped_rule(data: Data) -> Iterator[Callable[[], None]]:
    for direction, name, _ in tf_rules(data):
        yield lambda direction=direction, name=name: data["resource"][f"aws_vpc_security_group_{direction}_rule"].pop(
            name
        )


def tf_changed_rule(data: Data) -> Iterator[Callable[[], None]]:
    """Ports, protocol, family, width, description of one rule."""
    for _, _, rule in tf_rules(data):
        changes: list[Data] = [
            {"description": "x"},
            {"ip_protocol": "udp" if rule["ip_protocol"] == "tcp" else "-1" if rule["ip_protocol"] != "-1" else "50"},
        ]
        if rule.get("to_port") is not None and rule["ip_protocol"] in ("tcp", "udp"):
            changes += [
                {"to_port": rule["to_port"] % 65535 + 1},
                {"from_port": rule["from_port"] + 1, "to_port": rule["to_port"] + 1},
            ]
        for key in ("cidr_ipv4", "cidr_ipv6"):
            if key in rule:
                changes += [
                    {key: wider(rule[key])},
                    {"cidr_ipv6" if key == "cidr_ipv4" else "cidr_ipv4": rule[key], key: None},
                ]
        for change in changes:
            yield lambda rule=rule, change=change: rule.update(change)


def tf_wrong_group(data: Data) -> Iterator[Callable[[], None]]:
    known = [f"${{aws_security_group.{name}.id}}" for name in data.get("resource", {}).get("aws_security_group", {})]
    known += [f"${{data.aws_security_group.{name}.id}}" for name in data.get("data", {}).get("aws_security_group", {})]
    for _, _, rule in tf_rules(data):
        for key in ("security_group_id", "referenced_security_group_id"):
            if key in rule:
                other = next((each for each in known if each != rule[key]), "${aws_security_group.nothing.id}")
                yield lambda rule=rule, key=key, other=other: rule.update({key: other})
        if "prefix_list_id" in rule:
            yield lambda rule=rule: rule.update(prefix_list_id="pl-1")


def tf_other_direction(data: Data) -> Iterator[Callable[[], None]]:
    for direction, name, rule in tf_rules(data):
        other = "egress" if direction == "ingress" else "ingress"
        yield lambda direction=direction, other=other, name=name, rule=rule: (
            data["resource"][f"aws_vpc_security_group_{direction}_rule"].pop(name),
            data["resource"].setdefault(f"aws_vpc_security_group_{other}_rule", {}).update({f"{name}-moved": rule}),
        )


def tf_wrong_group_resource(data: Data) -> Iterator[Callable[[], None]]:
    groups = data.get("resource", {}).get("aws_security_group", {})
    for name, group in groups.items():
        yield lambda name=name: groups.pop(name)
        for change in (
            {"name": "x"},
            {"description": "x"},
            {"vpc_id": "vpc-1"},
            {"vpc_id": "${var.other}"},
            {"count": 0},
        ):
            yield lambda group=group, change=change: group.update(change)
        yield lambda group=group: group["tags"].update({"sgstrat:group": "other"})
        rule = {"protocol": "-1", "from_port": 0, "to_port": 0, "cidr_blocks": ["0.0.0.0/0"]}
        yield lambda group=group, rule=rule: group.update(egress=[rule])


def tf_wrong_output(data: Data) -> Iterator[Callable[[], None]]:
    for name, output in data.get("output", {}).items():
        value = output["value"]
        for key, ids in value.items():
            yield lambda value=value, key=key: value.pop(key)
            if name == "workloads" and ids:
                yield lambda ids=ids: ids.pop()
                yield lambda ids=ids: ids.append(ids[0])
                if len(ids) > 1:
                    yield lambda ids=ids: ids.reverse()
            elif name != "workloads" and len(value) > 1:
                other = next(each for each in value.values() if each != ids)
                yield lambda value=value, key=key, other=other: value.update({key: other})


def tf_wrong_list(data: Data) -> Iterator[Callable[[], None]]:
    for body in data.get("resource", {}).get("aws_ec2_managed_prefix_list", {}).values():
        yield lambda body=body: body["entry"].pop()
        yield lambda body=body: body["entry"][0].update(cidr=wider(body["entry"][0]["cidr"]))
        yield lambda body=body: body.update(max_entries=body["max_entries"] + 1)


def tf_default_group(data: Data) -> Iterator[Callable[[], None]]:
    resources = data.get("resource", {})
    if "aws_default_security_group" in resources:
        body = resources["aws_default_security_group"]["default"]
        rule = {"protocol": "-1", "from_port": 0, "to_port": 0, "self": True}
        yield lambda: resources.pop("aws_default_security_group")
        yield lambda: body.update(ingress=[rule])
        yield lambda: body.update(vpc_id="vpc-1")
    elif "aws_security_group" in resources:
        vpc = next(iter(resources["aws_security_group"].values()))["vpc_id"]
        yield lambda: resources.update({"aws_default_security_group": {"default": {"vpc_id": vpc}}})


MUTATIONS: dict[str, Mutation] = {
    name: made
    for name, made in globals().items()
    if name.startswith(("cf_", "tf_")) and name not in ("cf_rules", "cf_groups", "tf_rules")
}


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_broken_writer_is_caught_every_time(mutation: str) -> None:
    """Every mutation at several places of every file of every target; the rest of what is written stays sound."""
    random, tried = Random(1), 0
    folder = "cloudformation" if mutation.startswith("cf_") else "terraform"
    for name, book in BOOKS.items():
        artifacts = [each for each in written(book, "json") if each.path.startswith(folder)]
        for index, artifact in enumerate(artifacts):
            count = sum(1 for _ in MUTATIONS[mutation](json.loads(artifact.text)))
            for site in sorted(random.sample(range(count), min(count, SITES))):
                data = json.loads(artifact.text)
                list(MUTATIONS[mutation](data))[site]()
                changed = [*artifacts[:index], artifact._replace(text=json.dumps(data)), *artifacts[index + 1 :]]
                assert verify(book, changed), f"{mutation} at place {site} of {artifact.path} of {name}"
                tried += 1
    assert tried >= 4


def test_a_lost_line_of_a_template_is_caught_every_time() -> None:
    """As text, so that the YAML reader is part of the proof."""
    book = BOOKS["shop/prod/main"]
    main, *others = write_cloudformation(book)
    lines = main.text.splitlines(keepends=True)
    first, last = lines.index("Resources:\n"), lines.index("Outputs:\n")

    for number in range(first, last):
        if 'Description: "No egress to addresses' in lines[number]:
            continue  # the sentinel's own words, of which the rulebook has none
        text = "".join(lines[:number] + lines[number + 1 :])
        assert verify(book, [main._replace(text=text), *others]), lines[number]


@pytest.mark.parametrize("folder", ["cloudformation", "terraform"])
def test_a_lost_file_is_caught(folder: str) -> None:
    book = BOOKS["shop/prod/main"]
    artifacts = [each for each in written(book) if each.path.startswith(folder)]
    assert len(artifacts) == 2

    for lost in artifacts:
        assert verify(book, [each for each in artifacts if each is not lost])
    assert [each.message for each in verify(book, (), (folder,))] == ["no file was written"]


def test_the_message_says_what_was_lost_and_what_was_added() -> None:
    book = BOOKS["shop/prod/main"]
    main, *others = write_terraform(book)
    text = main.text.replace(
        '"from_port": 3306,\n        "to_port": 3306', '"from_port": 3306,\n        "to_port": 3307', 1
    )

    shown = [str(each) for each in verify(book, [main._replace(text=text), *others])]

    assert shown == [
        "terraform: group db-servers ingress: added: tcp 3306-3307, group db-servers (Replication)",
    ]


# -- random rulebooks

PEERS = [
    *(("cidr", each) for each in ("10.0.0.0/8", "10.0.0.0/9", "0.0.0.0/0", "::/0", "2001:db8::/32", "127.0.0.1/32")),
    *(("group", each) for each in ("a", "b", "cluster", "legacy", "peer-account", "platform/monitoring")),
    *(("prefix_list", each) for each in ("partners", "partners-ipv6", "s3", "shared-ssm", "platform/offices")),
]
SERVICES = ["tcp-443", "tcp-443-444", "udp-53", "icmp-8-any", "icmp-any", "icmpv6-128-0", "50", "all", "tcp-0-65535"]
TEXTS = ["Why", "${not.a.template}", "%{ if } $${x}", "a: b #c", "- [x]", "'quoted'", "1e3", "no"]


@st.composite
def rules(draw: st.DrawFn, direction: str) -> tuple[Rule, ...]:
    drawn = draw(
        st.lists(st.tuples(st.sampled_from(PEERS), st.sampled_from(SERVICES), st.sampled_from(TEXTS)), max_size=4)
    )
    made = {}
    for (kind, name), service, text in drawn:
        rule = make_rule(kind, name, service, text, direction=direction)
        made.setdefault(rule.key, rule)
    return tuple(made[key] for key in sorted(made))


@st.composite
def rulebooks(draw: st.DrawFn) -> Rulebook:
    vpc = draw(st.sampled_from([IdSource("vpc-1"), IdSource(ssm="/net/vpc"), IdSource()]))
    groups = tuple(make_group(key, ingress=draw(rules("from")), egress=draw(rules("to"))) for key in ("a", "b"))
    return with_vpc(vpc, groups=groups, workloads=())


def meaning(book: Rulebook) -> Any:
    """All that two rulebooks of this kind can differ in."""
    return book.vpc, [
        (
            group.key,
            direction,
            {
                (service_interval(rule.protocol, rule.from_port, rule.to_port), rule.peer, rule.description)
                for rule in group.rules(direction)
            },
        )
        for group in book.groups
        for direction in ("ingress", "egress")
    ]


@settings(max_examples=150, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(rulebooks(), rulebooks())
def test_files_agree_with_their_own_rulebook_and_with_no_other(left: Rulebook, right: Rulebook) -> None:
    ours, theirs = written(left), written(right)

    assert verify(left, ours) == ()
    for folder in ("cloudformation", "terraform"):
        others = [each for each in theirs if each.path.startswith(folder)]
        assert (verify(left, others) == ()) == (meaning(left) == meaning(right))


@settings(max_examples=100, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(rulebooks(), st.randoms(use_true_random=False))
def test_a_rule_that_the_rulebook_lost_is_seen(book: Rulebook, random: Random) -> None:
    places = [
        (index, direction, at)
        for index, group in enumerate(book.groups)
        for direction in ("ingress", "egress")
        for at in range(len(group.rules(direction)))
    ]
    if not places:
        return
    index, direction, at = random.choice(places)
    group = book.groups[index]
    left = tuple(rule for number, rule in enumerate(group.rules(direction)) if number != at)
    groups = list(book.groups)
    groups[index] = replace(group, ingress=left) if direction == "ingress" else replace(group, egress=left)

    found = verify(book, written(replace(book, groups=tuple(groups))))

    assert {each.format for each in found} == {"cloudformation", "terraform"}


# -- in a build


def test_a_build_stops_before_anything_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    sources = [
        ("strategies/shop.yaml", (ROOT / "strategies/shop.yaml").read_bytes()),
        ("strategies/platform.yaml", (ROOT / "strategies/platform.yaml").read_bytes()),
    ]
    compilation = compile_workspace((ROOT / "sgstrat.yaml").read_bytes(), sources, Options(date(2027, 1, 1)))
    assert not compilation.has_errors
    assert not any(each.is_error for each in build(compilation, compilation.rulebooks, compilation.formats)[1])

    def broken(*arguments: Any, **settings: Any) -> dict[str, str]:
        return {
            path: text.replace("10.20.0.0/16", "10.0.0.0/8") for path, text in sound(*arguments, **settings).items()
        }

    sound = pipeline.render_target
    monkeypatch.setattr(pipeline, "render_target", broken)
    _, findings = build(compilation, compilation.rulebooks, compilation.formats)

    errors = [each for each in findings if each.is_error]
    assert errors
    assert {each.code for each in errors} == {"SG690"}
    assert any("10.0.0.0/8" in each.message and "shop/prod/main" in each.message for each in errors)


def test_every_target_is_reported() -> None:
    books = [BOOKS["shop/dev/main"], BOOKS["shop/prod/main"]]
    files = {f"{book.target}/{each.path}": each.text for book in books for each in write_terraform(book)}
    findings = Findings()
    for book in books:
        check_written(book, files, ("terraform",), findings)
    assert len(findings) == 0

    for book in books:
        check_written(book, dict.fromkeys(files, "{}"), ("terraform",), findings)

    assert {each.message.split()[0] for each in findings.raw()} == {"shop/dev/main", "shop/prod/main"}
    assert len(findings) <= MAX_FINDINGS * 2
