"""Whether two detectors differ by more than the choice of test videos explains."""

from typing import NamedTuple

import numpy as np

from stal_plugin.evaluation.average_precision import precision_envelope
from stal_plugin.evaluation.matching import match_frames
from stal_plugin.evaluation.protocol import get_protocol
from stal_plugin.structures.box_table import BoxTable

_MAX_CELLS = 1 << 22  # of a table (resamples, hits) that is in memory at a time


class Interval(NamedTuple):
    """A number with its percentile interval.

    Attributes:
        value: Of the data as they are.
        low: Lower end; NaN if no resample has a value.
        high: Upper end.
    """

    value: float
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Whether both ends have the same sign."""
        return self.low > 0 or self.high < 0


def video_resamples(
    num_videos: int, num_resamples: int = 1000, seed: int = 0
) -> np.ndarray:
    """Draw as many videos as there are, with replacement.

    Args:
        num_videos: V, at least 1.
        num_resamples: S.
        seed: Of the draw.

    Returns:
        ``(S, V)`` float64, how often each resample has each video; rows sum to V.
    """
    shares = np.full(num_videos, 1 / num_videos)
    draws = np.random.default_rng(seed).multinomial(num_videos, shares, num_resamples)
    return draws.astype(np.float64)


def resampled_ap(
    dets: BoxTable,
    gts: BoxTable,
    videos: np.ndarray,
    num_classes: int,
    weights: np.ndarray,
    iou_thr: float = 0.5,
) -> np.ndarray:
    """Compute frame-AP of each class (VOC) when videos count several times or not.

    The same as ``frame_ap`` on data where each video stands as often as its weight
    says. Matching happens within a frame, so it is done once; the curves of all
    resamples are sums over videos, which are matrix products.

    Args:
        dets: Detections of all frames.
        gts: Ground truth of all frames.
        videos: ``(F,)`` video of each frame id, 0 to V - 1.
        num_classes: K.
        weights: ``(S, V)`` how often each video counts.
        iou_thr: Smallest IoU of a match.

    Returns:
        ``(S, K)``; NaN where a resample has no ground truth of a class.
    """
    matching = match_frames(dets, gts, num_classes, get_protocol("voc"), iou_thr)
    right = matching.matched_gt(iou_thr) >= 0
    det_videos = videos[dets.frames[matching.order]]
    gt_videos = videos[gts.frames]
    edges = np.searchsorted(matching.labels, np.arange(num_classes + 1))
    result = np.full((len(weights), num_classes), np.nan)
    for label in range(num_classes):
        part = slice(edges[label], edges[label + 1])
        counts = np.bincount(gt_videos[gts.labels == label], minlength=weights.shape[1])
        num_gt = weights @ counts
        area = _areas(right[part], det_videos[part], weights)
        np.divide(area, num_gt, out=result[:, label], where=num_gt > 0)
    return result


def _areas(right: np.ndarray, videos: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Sum the precision envelope over the hits: AP times ground truth, ``(S,)``.

    Args:
        right: ``(M,)`` bool, detections of one class by falling score.
        videos: ``(M,)`` their videos.
        weights: ``(S, V)``.
    """
    hits = np.flatnonzero(right)
    if not len(hits):
        return np.zeros(len(weights))
    # how many detections of each video stand at or before each hit
    segment = np.searchsorted(hits, np.arange(hits[-1] + 1))
    before = np.zeros((weights.shape[1], len(hits)))
    np.add.at(before, (videos[: hits[-1] + 1], segment), 1)
    before = before.cumsum(1)
    own = np.zeros_like(before)
    own[videos[hits], np.arange(len(hits))] = 1
    hits_so_far = own.cumsum(1)
    areas = []
    step = max(1, _MAX_CELLS // len(hits))
    for begin in range(0, len(weights), step):
        chunk = weights[begin : begin + step]
        num_dets = chunk @ before
        precision = np.divide(
            chunk @ hits_so_far,
            num_dets,
            out=np.zeros_like(num_dets),
            where=num_dets > 0,
        )
        envelope = precision_envelope(precision)
        areas.append((chunk[:, videos[hits]] * envelope).sum(1))
    return np.concatenate(areas)


def paired_intervals(
    base: np.ndarray, other: np.ndarray, coverage: float = 0.95
) -> tuple[list[Interval], Interval]:
    """Compare two runs on the same resamples.

    Args:
        base: ``(1 + S, K)`` of :func:`resampled_ap`; the first row is that of the data
            as they are (weights 1).
        other: The same of the other run, with the same weights.
        coverage: Share of the resamples that an interval holds.

    Returns:
        Difference ``other - base`` of each class, and of the mean over the classes
        that a resample has ground truth of. Resamples without a class do not count
        for it.
    """
    difference = other - base
    tails = ((1 - coverage) / 2, (1 + coverage) / 2)
    present = ~np.isnan(difference)
    sums = np.where(present, difference, 0).sum(1)
    means = np.divide(
        sums, present.sum(1), out=np.full(len(sums), np.nan), where=present.any(1)
    )
    columns = [*difference.T, means]
    intervals = []
    for column in columns:
        resampled = column[1:][~np.isnan(column[1:])]
        ends = np.quantile(resampled, tails) if len(resampled) else (np.nan, np.nan)
        intervals.append(Interval(float(column[0]), float(ends[0]), float(ends[1])))
    return intervals[:-1], intervals[-1]
