"""IoU thresholds and what their scores are called."""

from collections.abc import Sequence

import numpy as np

COCO_RANGE = "0.5:0.95"
_COCO_THRS = tuple(round(0.5 + 0.05 * i, 2) for i in range(10))

ThresholdSpec = float | str | Sequence[float | str]


def threshold_groups(spec: ThresholdSpec) -> dict[str, tuple[float, ...]]:
    """Name the scores of some thresholds.

    Args:
        spec: One threshold or several; the text ``'0.5:0.95'`` stands for the mean
            over 0.5, 0.55, ..., 0.95.

    Returns:
        The thresholds that each score is the mean of, by the part of its name behind
        the ``@``: ``{'0.5': (0.5,), '0.5:0.95': (0.5, ..., 0.95)}``.

    Raises:
        ValueError: Something is neither a number in (0, 1] nor ``'0.5:0.95'``.
    """
    single = isinstance(spec, str | float | int) or np.ndim(spec) == 0
    groups: dict[str, tuple[float, ...]] = {}
    for item in [spec] if single else spec:  # type: ignore[union-attr]
        if item == COCO_RANGE:
            groups[COCO_RANGE] = _COCO_THRS
            continue
        try:
            thr = float(item)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            thr = np.nan
        if not 0 < thr <= 1:
            raise ValueError(
                f"iou_thrs {item!r}: allowed are numbers in (0, 1] and '{COCO_RANGE}'"
            )
        groups[f"{thr:g}"] = (thr,)
    if not groups:
        raise ValueError("iou_thrs is empty: give one number in (0, 1] or several")
    return groups


def all_thresholds(groups: dict[str, tuple[float, ...]]) -> tuple[float, ...]:
    """Return the distinct thresholds of all groups, ascending."""
    return tuple(sorted({thr for thrs in groups.values() for thr in thrs}))


def group_means(
    groups: dict[str, tuple[float, ...]], iou_thrs: Sequence[float], means: np.ndarray
) -> dict[str, float]:
    """Average over the thresholds of each group.

    Args:
        groups: From :func:`threshold_groups`.
        iou_thrs: ``(I,)`` thresholds that were evaluated.
        means: ``(I,)`` score at each.

    Returns:
        Score by the name of the group.
    """
    score = dict(zip(iou_thrs, means.tolist(), strict=True))
    return {name: float(np.mean([score[t] for t in g])) for name, g in groups.items()}
