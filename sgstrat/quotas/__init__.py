"""Quotas counted: how much of every limit is used, by whom, and what would fit. Gives no findings; knows no format."""
