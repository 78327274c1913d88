"""CDK for Terraform, as one bulk override."""
