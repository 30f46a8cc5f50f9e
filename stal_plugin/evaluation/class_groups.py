"""Means of AP over groups of classes: by frequency, of time-reversed pairs."""

from collections.abc import Sequence

import numpy as np

FREQUENCY_NAMES = ("head", "middle", "tail")


def frequency_groups(counts: np.ndarray, num_gt: np.ndarray) -> dict[str, np.ndarray]:
    """Split the evaluated classes into thirds by frequency.

    Args:
        counts: ``(K,)`` boxes of each class in training, or those of the ground truth
            itself. Of equal counts the class that comes first is the more frequent.
        num_gt: ``(K,)`` ground truth of each class; classes without are in no group.

    Returns:
        ``(K,)`` bool for ``head`` (most frequent), ``middle`` and ``tail``. If the
        classes do not divide by three, head gets one more, then middle.

    Raises:
        ValueError: The lengths differ.
    """
    counts = np.asarray(counts)
    if counts.shape != num_gt.shape:
        raise ValueError(
            f"class counts have shape {counts.shape}, expected {num_gt.shape}: one "
            "number for each class"
        )
    order = np.argsort(-counts, kind="stable")
    parts = np.array_split(order[num_gt[order] > 0], 3)
    places = np.arange(len(num_gt))
    named = zip(FREQUENCY_NAMES, parts, strict=True)
    return {name: np.isin(places, part) for name, part in named}


def paired_labels(
    classes: Sequence[str], pairs: Sequence[tuple[str, str]]
) -> np.ndarray:
    """Look up, for each class, its partner in pairs such as time-reversed actions.

    Args:
        classes: K names.
        pairs: Pairs of names; a class is in one pair at most.

    Returns:
        ``(K,)`` label of the partner, -1 for a class in no pair.

    Raises:
        ValueError: A pair names an unknown class.
    """
    place = {name: k for k, name in enumerate(classes)}
    partner = np.full(len(classes), -1, np.int64)
    for pair in pairs:
        unknown = [name for name in pair if name not in place]
        if unknown:
            raise ValueError(f"the pair {tuple(pair)} names {unknown}, not a class")
        first, second = (place[name] for name in pair)
        partner[first], partner[second] = second, first
    return partner
