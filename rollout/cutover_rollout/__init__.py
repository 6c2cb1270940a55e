"""Staged rollout."""
