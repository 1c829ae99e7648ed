"""Kupffer: which cells do what, and which therapies change it, read from reviews."""

__version__ = "0.1.0"
