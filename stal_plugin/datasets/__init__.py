"""Data sets and everything that reads or writes their files.

The package itself imports nothing, so that annotation tools start at once; the
registry finds the data set classes in their modules.
"""
