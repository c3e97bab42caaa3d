"""The plan: files of figures into events, and reading them against the day."""
