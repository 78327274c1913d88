"""``python -m sgstrat`` is the same program as ``sgstrat``."""

from sgstrat.cli.main import main

if __name__ == "__main__":
    main()
