"""A declarative security-group strategy compiler for AWS."""

__version__ = "0.1.0"
