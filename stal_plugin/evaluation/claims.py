"""Who gets what, where several want the same: greedy, all frames at once."""

import numpy as np


def first_claims(best: np.ndarray, hits: np.ndarray) -> np.ndarray:
    """Let each thing be taken by one claimant: the first whose best it is.

    Args:
        best: ``(M,)`` the one thing that each claimant may take (the ground truth of
            largest IoU), claimants in their order (falling score).
        hits: ``(M,)`` bool, whether it may be taken (whether the overlap suffices).

    Returns:
        ``(M,)`` bool, claimants that got it.
    """
    rows = np.flatnonzero(hits)
    _, first = np.unique(best[rows], return_index=True)
    taken = np.zeros(len(hits), bool)
    taken[rows[first]] = True
    return taken


def greedy_claims(
    claimants: np.ndarray,
    things: np.ndarray,
    preferences: np.ndarray,
    groups: np.ndarray,
) -> np.ndarray:
    """Let claimants, in their order, each take the best thing that is left.

    The result is that of a loop over the claimants of each group. Here all groups go
    on together: in a round each claimant that waits reaches for its best thing; up to
    the first one of a group that was too late, all are settled. So the number of
    rounds is at most the largest number of things in a group.

    Args:
        claimants: ``(P,)`` claimant of each possible pair, 0 to C - 1; smaller
            numbers choose first.
        things: ``(P,)`` thing of each pair; it may only occur in one group.
        preferences: ``(P,)``, larger is better; of equal ones the smaller number of
            the thing counts.
        groups: ``(C,)`` group of each claimant, such as its frame.

    Returns:
        ``(C,)`` int64 thing that each claimant got, -1 for none.
    """
    result = np.full(len(groups), -1, np.int64)
    order = np.lexsort((things, -preferences, claimants))
    claimants, things = claimants[order], things[order]
    names, groups = np.unique(groups, return_inverse=True)
    taken = np.zeros(things.max(initial=-1) + 1, bool)
    while len(claimants):
        picked = np.append(True, claimants[1:] != claimants[:-1])
        picker, pick = claimants[picked], things[picked]
        late = ~_first_of_each(pick, len(taken))
        limit = np.full(len(names), len(groups))
        too_late = picker[late][::-1]  # the first of a group is written last
        limit[groups[too_late]] = too_late
        settled = picker < limit[groups[picker]]
        result[picker[settled]] = pick[settled]
        taken[pick[settled]] = True
        left = ~taken[things] & (result[claimants] < 0)
        claimants, things = claimants[left], things[left]
    return result


def _first_of_each(values: np.ndarray, size: int) -> np.ndarray:
    """Mask of the places where a value, 0 to ``size`` - 1, comes for the first time."""
    places = np.arange(len(values))
    first = np.empty(size, np.int64)
    first[values[::-1]] = places[::-1]  # of equal indices the last one written stays
    return first[values] == places
