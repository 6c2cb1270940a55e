"""Replay: cases through both arms, and what that says."""
