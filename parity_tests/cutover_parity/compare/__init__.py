"""Comparison: layers, differences, verdicts, and what mismatches have in common."""
