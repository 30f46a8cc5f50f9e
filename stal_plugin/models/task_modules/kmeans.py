"""K-means on box sizes, and how well a set of anchors covers them.

Everything here is a function of float64 arrays of (w, h) in pixels. Two boxes are
compared as if they had the same centre, as YOLO matches anchors.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

METRICS = ("euclidean", "iou")
_RESTARTS = 10
_MAX_ITERATIONS = 300
_TOLERANCE = 1e-4  # of a centre, relative: far below the spread of real boxes

Array = NDArray[np.float64]


def kmeans_anchors(
    sizes: ArrayLike, k: int, metric: str = "euclidean", seed: int = 0
) -> Array:
    """Cluster box sizes; the result depends on nothing but the arguments.

    Args:
        sizes: ``(N, 2)`` w and h in pixels.
        k: Number of anchors.
        metric: 'euclidean' minimises the inertia, as in the paper; 'iou' uses the
            distance 1 - IoU of YOLOv2, so that large boxes do not dominate.
        seed: Of the ten random starts, of which the best is returned.

    Returns:
        ``(k, 2)`` w and h in pixels, sorted by area.

    Raises:
        ValueError: If ``k`` exceeds the number of distinct sizes, or a size or
            ``metric`` is invalid.
    """
    if metric not in METRICS:
        raise ValueError(f"metric='{metric}' is unknown, use one of {list(METRICS)}")
    # Differences below a millionth of a pixel come from rounding, not from boxes.
    rounded = check_sizes(np.round(np.asarray(sizes, dtype=np.float64), 6))
    points, counts = np.unique(rounded, axis=0, return_counts=True)
    if not 1 <= k <= len(points):
        raise ValueError(
            f"cannot make {k} anchors from {len(points)} distinct box sizes: give more "
            f"boxes or set num_anchors to 1..{len(points)} in all levels together"
        )
    cluster = _euclidean_centers if metric == "euclidean" else _iou_centers
    centers = cluster(points, counts.astype(np.float64), k, seed)
    return centers[np.lexsort((centers[:, 0], centers.prod(axis=1)))]


def anchors_by_level(
    sizes: ArrayLike,
    strides: Sequence[Any],
    num_anchors: int = 5,
    metric: str = "euclidean",
    seed: int = 0,
) -> Array:
    """Cluster box sizes into the anchors of several feature levels.

    Args:
        sizes: ``(N, 2)`` w and h in pixels.
        strides: Pixels per cell of each of L levels, a number or (x, y). The largest
            stride gets the largest anchors.
        num_anchors: Anchors per cell, A, of each level.
        metric: See :func:`kmeans_anchors`.
        seed: See :func:`kmeans_anchors`.

    Returns:
        ``(L, A, 2)`` w and h in pixels, sorted by area in each level.

    Raises:
        ValueError: See :func:`kmeans_anchors`.
    """
    anchors = kmeans_anchors(sizes, len(strides) * num_anchors, metric, seed)
    areas = [np.prod(np.broadcast_to(stride, 2)) for stride in strides]
    rank = np.argsort(np.argsort(areas, kind="stable"))
    return anchors.reshape(len(strides), num_anchors, 2)[rank]


def check_sizes(sizes: ArrayLike) -> Array:
    """Return sizes as ``(N, 2)`` float64.

    Raises:
        ValueError: If the shape is wrong or a size is not finite and positive.
    """
    points = np.asarray(sizes, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != 2 or not len(points):
        raise ValueError(f"box sizes must be (N, 2) with N > 0, got {points.shape}")
    wrong = np.flatnonzero(~((points > 0) & np.isfinite(points)).all(axis=1))
    if len(wrong):
        raise ValueError(
            f"box sizes must be positive: {len(wrong)} of {len(points)} are not, the "
            f"first is number {wrong[0]}: {points[wrong[0]].tolist()}"
        )
    return points


def size_iou(sizes: Array, anchors: Array) -> Array:
    """IoU of boxes with one centre: ``(N, 2)`` and ``(k, 2)`` to ``(N, k)``."""
    # Boxes along the contiguous axis: many times faster than (N, k, 2).
    (w, h), (anchor_w, anchor_h) = np.ascontiguousarray(sizes.T), anchors.T[:, :, None]
    inter = np.minimum(w, anchor_w) * np.minimum(h, anchor_h)
    return (inter / (w * h + anchor_w * anchor_h - inter)).T


def mean_best_iou(sizes: ArrayLike, anchors: ArrayLike) -> float:
    """Mean over boxes of the IoU with the best anchor."""
    return float(_best_iou(sizes, anchors).mean())


def best_possible_recall(
    sizes: ArrayLike, anchors: ArrayLike, iou_thr: float = 0.5
) -> float:
    """Share of boxes whose best anchor reaches ``iou_thr``."""
    return float((_best_iou(sizes, anchors) >= iou_thr).mean())


def inertia(sizes: ArrayLike, anchors: ArrayLike) -> float:
    """Sum over boxes of the squared distance to the nearest anchor, in pixels^2."""
    difference = check_sizes(sizes)[:, None] - check_sizes(anchors)[None]
    return float((difference**2).sum(axis=2).min(axis=1).sum())


def choose_k(inertias: Sequence[float]) -> int:
    """Return K at the knee of the inertia curve.

    The knee is the point farthest below the chord from the first to the last point,
    with both axes scaled to [0, 1].

    Args:
        inertias: Of K = 1, 2, 3, ..., in this order.

    Returns:
        K; 1 if the curve is too short or too flat to have a knee.
    """
    curve = np.asarray(inertias, dtype=np.float64)
    drop = curve[0] - curve[-1]
    if len(curve) < 3 or drop <= 0:
        return 1
    chord = 1 - np.linspace(0, 1, len(curve))
    return int(np.argmax(chord - (curve - curve[-1]) / drop)) + 1


def _best_iou(sizes: ArrayLike, anchors: ArrayLike) -> Array:
    return size_iou(check_sizes(sizes), check_sizes(anchors)).max(axis=1)


def _euclidean_centers(points: Array, counts: Array, k: int, seed: int) -> Array:
    # One thread: scikit-learn adds the sums of its threads in any order.
    with threadpool_limits(limits=1):
        model = KMeans(n_clusters=k, n_init=_RESTARTS, random_state=seed)
        model.fit(points, sample_weight=counts)
    return np.asarray(model.cluster_centers_, dtype=np.float64)


def _iou_centers(points: Array, counts: Array, k: int, seed: int) -> Array:
    """Best of several Lloyd iterations with distance 1 - IoU.

    scikit-learn has no K-means for another distance than Euclid's.
    """
    rng = np.random.default_rng(seed)
    runs = [
        _iou_lloyd(points, counts, _iou_plusplus(points, counts, k, rng))
        for _ in range(_RESTARTS)
    ]
    return min(runs, key=lambda run: run[0])[1]


def _iou_plusplus(
    points: Array, counts: Array, k: int, rng: np.random.Generator
) -> Array:
    """K-means++: draw each next centre in proportion to its distance so far."""
    chosen = [rng.choice(len(points), p=counts / counts.sum())]
    distance = np.ones(len(points))
    for _ in range(k - 1):
        distance = np.minimum(distance, 1 - size_iou(points, points[chosen[-1:]])[:, 0])
        distance[chosen] = 0  # 1 - IoU may round to a tiny positive number
        mass = counts * distance**2
        chosen.append(rng.choice(len(points), p=mass / mass.sum()))
    return points[chosen]


def _iou_lloyd(points: Array, counts: Array, centers: Array) -> tuple[float, Array]:
    """Return the lowest cost on the way, and its centres.

    The mean of a cluster does not minimise 1 - IoU, so that a step may raise the cost:
    it goes on until the centres rest.
    """
    best = (np.inf, centers)
    for _ in range(_MAX_ITERATIONS):
        distance = 1 - size_iou(points, centers)
        nearest = distance.argmin(axis=1)
        own = distance[np.arange(len(points)), nearest]
        cost = float(counts @ own)
        if cost < best[0]:
            best = (cost, centers)
        moved = _cluster_means(points, counts, nearest, own, len(centers))
        if np.allclose(moved, centers, rtol=_TOLERANCE, atol=0):
            break
        centers = moved
    return best


def _cluster_means(
    points: Array, counts: Array, nearest: NDArray[np.intp], own: Array, k: int
) -> Array:
    """Weighted mean of each cluster; an empty one restarts at the worst boxes."""
    total = np.bincount(nearest, weights=counts, minlength=k)
    sums = np.stack(
        [np.bincount(nearest, weights=counts * side, minlength=k) for side in points.T],
        axis=1,
    )
    empty = np.flatnonzero(total == 0)
    total[empty] = 1
    centers = sums / total[:, None]
    if len(empty):
        centers[empty] = points[np.argsort(-own, kind="stable")[: len(empty)]]
    return centers
