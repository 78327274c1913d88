"""Pure set algebra: addresses, ports, protocols. Knows nothing of YAML or AWS."""
