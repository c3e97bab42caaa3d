"""The rooms of the exporter: each turns one part of a view into samples."""
