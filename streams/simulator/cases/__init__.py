"""Deferred work of the simulated center: cases, who does them when, and the account of them."""
