"""The error of a part of a report that a run has no data for."""


class MissingDataError(Exception):
    """A run lacks what an optional part of its report shows.

    Args:
        reason: What is missing, and how to get it.
    """
