"""Measurements that take minutes: `make bench`, `make bench-refresh`. Nothing here is part of the program."""
