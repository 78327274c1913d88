"""Terraform's template syntax: how text is kept text, and how resources are named in expressions."""

from __future__ import annotations

from json.encoder import encode_basestring_ascii as _quote


def quoted(text: str) -> str:
    """A JSON string that Terraform reads as exactly ``text``: ``${`` and ``%{`` begin templates and are doubled.

    Source: Terraform language, Strings and Templates, escape sequences. Terraform reads ``$$${`` as ``$${``, so
    doubling the mark before the brace is enough whatever stands before it.
    """
    if "{" in text:
        text = text.replace("${", "$${").replace("%{", "%%{")
    return _quote(text)


def expression(inner: str) -> str:
    """A JSON string that Terraform evaluates: ``${aws_security_group.alb.id}``."""
    return _quote("${" + inner + "}")


def literal(text: str) -> str:
    """A JSON string where Terraform knows no templates: descriptions of variables and outputs, keys, addresses."""
    return _quote(text)
