"""Logical ids and export names of the templates.

CloudFormation wants every resource and parameter of a template under one name of letters and digits ("all resources
and parameters must have unique names"). ``logical_id`` gives ids in which ``X`` is always an escape, and a group's has
no ``X`` before a capital; each other kind of thing therefore ends in a mark of its own that begins so. Must not know
what the things are made of.
"""

from __future__ import annotations

from sgstrat.rulebook.identity import logical_id
from sgstrat.rulebook.model import PrefixList, Rulebook

PLACEHOLDER_ID = "XPlaceholder"
"""The one resource of a template that has none of its own: no name begins with ``X`` and a capital."""

VPC_ID = "VpcId"
_VPC_NAME = "vpc-id"


def list_id(item: PrefixList) -> str:
    """The resource of an own prefix list: ``PartnersXList``."""
    return logical_id(item.identity) + "XList"


def list_parameter_id(key: str) -> str:
    """The parameter that gives the id of a prefix list that is not created here: ``S3XListId``."""
    return logical_id(key) + "XListId"


def group_parameter_id(key: str) -> str:
    """The parameter that gives the id of an existing group: ``ClusterXGroupId``."""
    return logical_id(key) + "XGroupId"


def list_output_id(identity: str) -> str:
    """The output with a prefix list's id: ``PartnersXListXId``."""
    return logical_id(identity) + "XListXId"


def group_output_id(identity: str) -> str:
    """The output with a group's id: ``WebServersXId``."""
    return logical_id(identity) + "XId"


def workload_output_id(key: str) -> str:
    """The output with a workload's list of group ids: ``StorefrontXGroups``."""
    return logical_id(key) + "XGroups"


def vpc_parameter_id(rulebook: Rulebook) -> str:
    """``VpcId``, which is what people expect; ``XVpcId`` where a group called ``vpc-id`` has that name already."""
    taken = any(group.identity == _VPC_NAME for group in rulebook.groups)  # whose logical id is VpcId, and no other's
    return "X" + VPC_ID if taken else VPC_ID


def export_name(strategy: str, environment: str, vpc: str, identity: str) -> str:
    """The export of a group's id. ``identity`` is its oldest key, so that a new key does not change the export.

    Export names take letters, digits, colons and hyphens and are unique per account and region (CloudFormation user
    guide, Outputs).
    """
    return f"sgstrat:{strategy}:{environment}:{vpc}:{identity}"


def list_export_name(strategy: str, environment: str, vpc: str, identity: str) -> str:
    """The export of a prefix list's id, for the other templates of its target. One part more than a group's has."""
    return f"sgstrat:{strategy}:{environment}:{vpc}:{identity}:prefix-list"
