"""Drafts answers to support tickets with one of several model vendors."""
