"""Codemod."""
