"""Servers that we start."""
