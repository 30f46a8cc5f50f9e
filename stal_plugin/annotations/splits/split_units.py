"""Split units of footage into a training and a test part."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import LinearConstraint, milp

_MAX_STEPS = 10_000
_TRIED_SWAPS = 200
_EPSILON = 1e-12


def split_units(
    counts: NDArray[np.int64],
    sizes: NDArray[np.int64],
    train_ratio: float,
    seed: int,
    class_names: Sequence[str],
) -> NDArray[np.bool_]:
    """Choose the units to train on, so that each class is in both parts.

    Iterative stratification (Sechidis et al., 2011), rare classes first, then moves
    and exchanges of units as long as they bring the parts of the classes and of the
    frames nearer to the ratio. Where the greedy start leaves a class in one part only,
    an integer program finds a start or proves that there is none.

    Args:
        counts: ``(S, K)`` clips of each class in each unit. A unit stays whole.
        sizes: ``(S,)`` frames of each unit.
        train_ratio: Wanted share of each class in the training part.
        seed: Decides between equally good choices.
        class_names: ``(K,)`` names, for the error.

    Returns:
        ``(S,)`` bool, True for the training part.

    Raises:
        ValueError: A class cannot be in both parts; names such classes.
    """
    if not 0 < train_ratio < 1:
        raise ValueError(f"train_ratio is {train_ratio}, must lie between 0 and 1")
    present = counts > 0
    lonely = np.flatnonzero(present.sum(0) < 2).tolist()
    if lonely:
        listed = ", ".join(
            f"{class_names[k]!r} ({int(counts[:, k].sum())} clips)" for k in lonely
        )
        raise ValueError(
            "these classes have all their clips in one unit and cannot be in both "
            f"parts: {listed}"
        )
    rng = np.random.default_rng(seed)
    train = _stratify(counts, sizes, train_ratio, rng)
    if not _in_both(present, train):
        train = _any_split(present)
    shares = np.column_stack([counts, sizes]) / np.maximum(
        1, np.append(counts.sum(0), sizes.sum())
    )
    return _improve(shares, present, train, train_ratio)


def _in_both(present: NDArray[np.bool_], train: NDArray[np.bool_]) -> bool:
    return bool(present[train].any(0).all() and present[~train].any(0).all())


def _stratify(
    counts: NDArray[np.int64],
    sizes: NDArray[np.int64],
    ratio: float,
    rng: np.random.Generator,
) -> NDArray[np.bool_]:
    """Greedy start: fill the part that lacks most of the rarest class."""
    columns = np.column_stack([counts, sizes]).astype(np.float64)
    need = np.stack([columns.sum(0) * (1 - ratio), columns.sum(0) * ratio])
    shuffled = rng.permutation(len(columns))
    train = np.zeros(len(columns), dtype=bool)
    free = np.ones(len(columns), dtype=bool)
    while free.any():
        left = np.where(free[:, None], columns, 0)
        total = left[:, :-1].sum(0)
        rarest = -1  # units without a clip are dealt out by their frames
        if total.any():
            rarest = int(np.where(total > 0, total, np.inf).argmin())
        unit = shuffled[np.where(free, left[:, rarest], -1)[shuffled].argmax()]
        part = int(need[1, rarest] >= need[0, rarest])
        train[unit], free[unit] = bool(part), False
        need[part] -= columns[unit]
    return train


def _any_split(present: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Any split with each class in both parts."""
    limits = LinearConstraint(present.T.astype(float), 1, present.sum(0) - 1)
    units = present.shape[0]
    result = milp(np.zeros(units), constraints=limits, integrality=1, bounds=(0, 1))
    if result.x is None:
        raise ValueError(
            "no split of the units has each class in both parts, although each class "
            "is in two units at least"
        )
    return result.x > 0.5


def _improve(
    shares: NDArray[np.float64],
    present: NDArray[np.bool_],
    train: NDArray[np.bool_],
    ratio: float,
) -> NDArray[np.bool_]:
    """Move or exchange units while that lowers the squared error of the shares."""
    for _ in range(_MAX_STEPS):
        error = shares[train].sum(0) - ratio
        step = _best_move(shares, present, train, error)
        if step is None:
            step = _best_swap(shares, present, train, error)
        if step is None:
            break
        train = step
    return train


def _best_move(
    shares: NDArray, present: NDArray, train: NDArray, error: NDArray
) -> NDArray[np.bool_] | None:
    signed = np.where(train[:, None], -shares, shares)
    costs = ((error + signed) ** 2).sum(1)
    for unit in np.argsort(costs, kind="stable"):
        if costs[unit] >= (error**2).sum() - _EPSILON:
            return None
        moved = train.copy()
        moved[unit] = not moved[unit]
        if _in_both(present, moved):
            return moved
    return None


def _best_swap(
    shares: NDArray, present: NDArray, train: NDArray, error: NDArray
) -> NDArray[np.bool_] | None:
    inside, outside = np.flatnonzero(train), np.flatnonzero(~train)
    leave, enter = shares[inside], shares[outside]
    # |error - leave + enter|^2 without |error|^2
    gain = (
        ((leave**2).sum(1) - 2 * leave @ error)[:, None]
        + ((enter**2).sum(1) + 2 * enter @ error)[None]
        - 2 * leave @ enter.T
    )
    for index in np.argsort(gain, axis=None, kind="stable")[:_TRIED_SWAPS]:
        i, j = np.unravel_index(index, gain.shape)
        if gain[i, j] >= -_EPSILON:
            return None
        swapped = train.copy()
        swapped[inside[i]], swapped[outside[j]] = False, True
        if _in_both(present, swapped):
            return swapped
    return None
