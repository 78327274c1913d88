"""Terraform JSON configuration."""
