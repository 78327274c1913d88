"""Reachability: who reaches whom, and whether what was asserted holds. Judged on rulebooks, offline."""
