"""The form of AWS ids, as patterns that Python and JSON Schema read alike.

Sources: IAM user guide (account ids: twelve digits); AWS General Reference (regions, of every partition); Amazon EC2
user guide, resource ids (a prefix and 8 or 17 hexadecimal digits; moto and LocalStack do the same); Systems Manager
API, PutParameter (parameter names: letters, digits and ``_.-``, in at most fifteen levels, each after a slash).
"""

ACCOUNT = "^[0-9]{12}$"
REGION = "^[a-z]{2,}(-[a-z]+)+-[0-9]{1,2}$"
VPC_ID = "^vpc-([0-9a-f]{8}|[0-9a-f]{17})$"
SECURITY_GROUP_ID = "^sg-([0-9a-f]{8}|[0-9a-f]{17})$"
PREFIX_LIST_ID = "^pl-([0-9a-f]{8}|[0-9a-f]{17})$"
SSM_PATH = "^(/[a-zA-Z0-9_.-]+){1,15}$"
