"""The catalogue of services: form, sources, and the ports that its sources give."""

from __future__ import annotations

import csv
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

import sgstrat.facts
from sgstrat.facts.services import catalogue, search
from sgstrat.language.services import parse_service

# Written apart from the compiler's own parser, so that one mistake is not made twice.
PORTS = re.compile(r"(?:tcp|udp)/(?P<low>0|[1-9]\d{0,4})(?:-(?P<high>[1-9]\d{0,4}))?", re.ASCII)
ICMP = re.compile(r"icmp(?:v6)?/(?:any|(?P<type>0|[1-9]\d{0,2})(?:/(?P<code>0|[1-9]\d{0,2}))?)", re.ASCII)
NUMBER = re.compile(r"proto/(?P<number>0|[1-9]\d{0,2})", re.ASCII)
NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)
DATE = re.compile(r"20\d\d-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?", re.ASCII)

DATA = Path(sgstrat.facts.__file__).parent / "data" / "services.csv"
with DATA.open(encoding="utf-8", newline="") as file:
    ROWS = list(csv.DictReader(file))

# What the sources say: EC2 user guide, IANA, Directory Service guide, RDS API model, RabbitMQ, Kubernetes and EKS docs.
FACTS = {
    "ssh": ("tcp/22",),
    "rdp": ("tcp/3389",),
    "rdp-udp": ("udp/3389",),
    "http": ("tcp/80",),
    "https": ("tcp/443",),
    "https-quic": ("udp/443",),
    "dns": ("tcp/53", "udp/53"),
    "ntp": ("udp/123",),
    "ping": ("icmp/8", "icmpv6/128"),
    "ping-v4": ("icmp/8",),
    "ping-v6": ("icmpv6/128",),
    "pmtud": ("icmp/3/4", "icmpv6/2/0"),
    "ldap": ("tcp/389", "udp/389"),
    "ldaps": ("tcp/636",),
    "kerberos": ("tcp/88", "udp/88"),
    "smb": ("tcp/445",),
    "nfs": ("tcp/2049",),
    "mysql": ("tcp/3306",),
    "postgresql": ("tcp/5432",),
    "mssql": ("tcp/1433",),
    "mssql-browser": ("udp/1434",),
    "oracle": ("tcp/1521",),
    "db2": ("tcp/50000",),
    "redshift": ("tcp/5439",),
    "neptune": ("tcp/8182",),
    "mongodb": ("tcp/27017",),
    "redis": ("tcp/6379",),
    "memcached": ("tcp/11211",),
    "keyspaces": ("tcp/9142",),
    "kafka": ("tcp/9092",),
    "msk-tls": ("tcp/9094",),
    "msk-sasl-scram": ("tcp/9096",),
    "msk-sasl-iam": ("tcp/9098",),
    "msk-jmx-exporter": ("tcp/11001",),
    "msk-node-exporter": ("tcp/11002",),
    "elasticsearch": ("tcp/9200",),
    "opensearch": ("tcp/443",),
    "kibana": ("tcp/5601",),
    "prometheus": ("tcp/9090",),
    "node-exporter": ("tcp/9100",),
    "grafana": ("tcp/3000",),
    "winrm-http": ("tcp/5985",),
    "winrm-https": ("tcp/5986",),
    "amqp": ("tcp/5672",),
    "amqps": ("tcp/5671",),
    "rabbitmq-cli": ("tcp/35672-35682",),
    "smtp": ("tcp/25",),
    "smtp-submission": ("tcp/587",),
    "syslog": ("udp/514",),
    "syslog-tls": ("tcp/6514",),
    "sip": ("tcp/5060-5061", "udp/5060-5061"),
    "ipsec-esp": ("proto/50",),
    "gre": ("proto/47",),
    "k8s-api": ("tcp/6443",),
    "k8s-kubelet": ("tcp/10250",),
    "k8s-nodeport": ("tcp/30000-32767",),
    "eks-api": ("tcp/443",),
    "eks-coredns": ("tcp/53", "udp/53"),
    "all-tcp": ("tcp/0-65535",),
    "all-udp": ("udp/0-65535",),
    "all-icmp": ("icmp/any",),
    "all-icmpv6": ("icmpv6/any",),
}
# Names that mean the same as another.
ALIASES = {
    "mysql-aurora": "mysql",
    "aurora-mysql": "mysql",
    "mariadb": "mysql",
    "postgres": "postgresql",
    "aurora-postgresql": "postgresql",
    "documentdb": "mongodb",
    "documentdb-mongodb": "mongodb",
    "nfs-efs": "nfs",
    "efs": "nfs",
    "kafka-plaintext": "kafka",
    "elasticsearch-rest": "elasticsearch",
    "opensearch-vpc": "opensearch",
    "cassandra-cql": "cassandra",
    "timestream-influxdb": "influxdb",
}


def interval(part: str) -> tuple[str, int, int]:
    """A part as protocol and inclusive range; for ICMP type * 256 + code. Raises AssertionError outside the grammar."""
    if found := PORTS.fullmatch(part):
        low = int(found["low"])
        high = int(found["high"] or low)
        assert found["high"] is None or low < high
        assert high <= 65535
        return (part.partition("/")[0], low, high)
    if found := NUMBER.fullmatch(part):
        number = int(found["number"])
        assert number <= 255
        assert number not in (1, 6, 17, 58), f"{part} has a name"
        return ("proto", number, number)
    found = ICMP.fullmatch(part)
    assert found is not None, f"{part} is outside the grammar"
    if found["type"] is None:
        return (part.partition("/")[0], 0, 65535)
    kind, code = int(found["type"]), int(found["code"] or 0)
    assert max(kind, code) <= 255
    return (part.partition("/")[0], kind * 256 + code, kind * 256 + (255 if found["code"] is None else code))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['name']} {row['service']}")
def test_every_row_is_whole(row: dict[str, str]) -> None:
    interval(row["service"])
    assert str(parse_service(row["service"])) == row["service"]
    assert NAME.fullmatch(row["name"])
    assert len(row["name"]) <= 63
    assert row["name"] != "all"
    assert row["title"]
    assert row["title"] == row["title"].strip()
    assert len(row["source"]) > 10
    assert DATE.fullmatch(row["verified"])


def test_no_row_stands_twice_and_rows_are_in_order() -> None:
    keys = [(row["name"], row["service"]) for row in ROWS]
    assert [key for key, count in Counter(keys).items() if count > 1] == []
    assert keys == sorted(keys)


def test_one_service_has_one_title() -> None:
    titles = {(row["name"], row["title"]) for row in ROWS}
    assert [name for name, count in Counter(name for name, _ in titles).items() if count > 1] == []


def test_no_part_overlaps_another_of_its_service() -> None:
    for service in catalogue().values():
        ranges = sorted(interval(part) for part in service.parts)
        for (protocol, _, high), (other, low, _) in pairwise(ranges):
            assert protocol != other or high < low, service


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['name']} {row['service']}")
def test_the_catalogue_holds_every_row(row: dict[str, str]) -> None:
    service = catalogue()[row["name"]]
    assert service.name == row["name"]
    assert row["service"] in service.parts
    assert row["source"] in service.sources
    assert service.title == row["title"]


def test_the_catalogue_holds_nothing_else() -> None:
    assert sum(len(service.parts) for service in catalogue().values()) == len(ROWS)


@pytest.mark.parametrize(("name", "parts"), FACTS.items())
def test_the_ports_are_those_of_the_sources(name: str, parts: tuple[str, ...]) -> None:
    assert catalogue()[name].parts == parts


@pytest.mark.parametrize(("alias", "name"), ALIASES.items())
def test_an_alias_means_the_same(alias: str, name: str) -> None:
    assert catalogue()[alias].parts == catalogue()[name].parts


def test_active_directory_is_the_sum_of_its_single_services() -> None:
    single = {part for name, service in catalogue().items() if name.startswith("ad-") for part in service.parts}
    assert set(catalogue()["active-directory"].parts) == single
    assert {"tcp/53", "udp/88", "tcp/445", "udp/464", "tcp/3268-3269", "tcp/49152-65535"} <= single


@pytest.mark.parametrize(
    ("word", "first"),
    [
        ("ssh", "ssh"),
        (" SSH ", "ssh"),
        ("22", "ssh"),
        ("tcp/3389", "rdp"),
        ("udp/3389", "rdp-udp"),
        ("icmp/8", "ping"),
        ("3/4", "pmtud"),
        ("3269", "active-directory"),
        ("tcp/3269", "active-directory"),
        ("winrm", "winrm-http"),
        ("ad-", "ad-dns"),
        ("exporter", "msk-jmx-exporter"),
        ("valkey", "redis"),
        ("Secure Shell", "ssh"),
        ("dynamodb acc", "dax"),
    ],
)
def test_search_puts_the_best_first(word: str, first: str) -> None:
    assert search(word)[0].name == first


@pytest.mark.parametrize(
    "word", ["no-such-service", "udp/", "65536", "udp/3269", "icmp/3/5", "\u0662\u0662", "tcp/\u0662"]
)
def test_search_finds_nothing_where_nothing_is(word: str) -> None:
    assert search(word) == ()


def test_a_port_inside_a_range_is_found_but_not_by_the_services_of_every_port() -> None:
    names = {service.name for service in search("30500")}
    assert names == {"k8s-nodeport", "k8s-nodeport-udp"}
    assert {service.name for service in search("udp/30500")} == {"k8s-nodeport-udp"}


def test_search_for_a_name_gives_it_before_names_that_contain_it() -> None:
    for name in catalogue():
        assert search(name)[0].name == name
