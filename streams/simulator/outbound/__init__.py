"""Outbound work of the simulated center: campaigns, their lists, and the account of them."""
