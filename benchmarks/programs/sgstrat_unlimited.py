"""sgstrat, with the limits of CloudFormation templates switched off: the same options as ``sgstrat``.

Whether one template could be deployed is beside the question here; the other tools' limits are switched off as well.
"""

from __future__ import annotations

from sgstrat import pipeline
from sgstrat.cli.main import main


def unlimited(*_: object) -> None:
    """Find nothing."""


pipeline.check_output = unlimited

if __name__ == "__main__":
    main()
