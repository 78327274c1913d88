"""Which tests were skipped, and whether one was although the tool it needs is here.

``python .ci/skipped.py RESULTS.xml`` reads pytest's JUnit file, prints every reason with its number, and exits with 1
where a reason names a tool that this environment has: such a test proves nothing and would look as if it did.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree as ET


def _has(*modules: str) -> bool:
    return any(find_spec(module) is not None for module in modules)


def _runs(program: str) -> bool:
    return shutil.which(program) is not None


def _has_libyaml() -> bool:
    import yaml

    return yaml.__with_libyaml__


# what a reason names: whether it is here
TOOLS = {
    r"terraform|mirror": _runs("terraform") and bool(os.environ.get("SGSTRAT_TEST_TERRAFORM_MIRROR")),
    r"cdktf|cdktn|node": _runs("node") and _has("cdktf", "cdktn"),
    r"cfn-lint|cfnlint": _has("cfnlint"),
    r"moto|boto3": _has("moto") and _has("boto3"),
    r"libyaml": _has_libyaml(),
    r"checkov": bool(os.environ.get("SGSTRAT_TEST_CHECKOV")) or _runs("checkov"),
    r"cfnguard": bool(os.environ.get("SGSTRAT_TEST_CFN_GUARD")),
}


def main(path: Path) -> int:
    """The exit status."""
    suites = ET.parse(path).getroot()
    reasons = Counter(skip.get("message", "") for skip in suites.iter("skipped"))
    missing = [
        (reason, tool)
        for reason in reasons
        for tool, is_here in TOOLS.items()
        if is_here and re.search(tool, reason, re.IGNORECASE)
    ]
    print(f"{reasons.total()} tests were skipped")
    for reason, count in sorted(reasons.items()):
        print(f"  {count} x {reason}")
    for reason, _ in missing:
        print(f"skipped although it is here: {reason}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
