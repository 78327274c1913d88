"""The same groups with CDK for Terraform, a construct a resource: ``cdktf_constructs.py RULES.json OUTPUT_FOLDER``.

The general ``TerraformResource`` and no classes of a provider, which are slower to load and to make.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import cdktf

PEERS = {"cidr": "cidr_ipv4", "group": "referenced_security_group_id", "list": "prefix_list_id"}


def resource(stack: cdktf.TerraformStack, name: str, kind: str, values: dict[str, Any]) -> cdktf.TerraformResource:
    """One construct with these attributes."""
    made = cdktf.TerraformResource(stack, name, terraform_resource_type=kind)
    for key, value in values.items():
        made.add_override(key, value)
    return made


def main() -> None:
    """Make all constructs and synthesise."""
    source, folder = sys.argv[1:]
    data = json.loads(Path(source).read_text("utf-8"))
    app = cdktf.App(outdir=folder, skip_validation=True)
    stack = cdktf.TerraformStack(app, "bench")
    stack.add_override("provider.aws", {"region": data["region"]})
    ids = {data["managed"]: "pl-6da54004"}
    for name, entries in data["lists"].items():
        values = {"name": name, "address_family": "IPv4", "max_entries": len(entries)}
        entry = [{"cidr": cidr} for cidr in entries]
        made = resource(stack, name, "aws_ec2_managed_prefix_list", {**values, "entry": entry})
        ids[name] = f"${{{made.fqn}.id}}"
    for group in data["groups"]:
        values = {"name": group["aws_name"], "description": group["description"], "vpc_id": data["vpc"]}
        ids[group["name"]] = f"${{{resource(stack, group['name'], 'aws_security_group', values).fqn}.id}}"
    for group in data["groups"]:
        for egress, low, high, kind, peer, why in group["rules"]:
            direction = "egress" if egress else "ingress"
            values = {
                "security_group_id": ids[group["name"]],
                "ip_protocol": "tcp",
                "from_port": low,
                "to_port": high,
                PEERS[kind]: ids.get(peer, peer),
                "description": why,
            }
            name = f"{group['name']}_{direction}_{low}_{peer}"
            resource(stack, name, f"aws_vpc_security_group_{direction}_rule", values)
    app.synth()


if __name__ == "__main__":
    main()
