"""Arithmetic on arrays: numpy and numba only, no I/O, no clock."""
