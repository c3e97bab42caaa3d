"""A simulated voice contact center: its events, its ground truth, and a feed that goes bad."""
