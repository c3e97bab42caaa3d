"""Translators from real sources to wire events."""
