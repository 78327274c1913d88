"""Text with positions."""
