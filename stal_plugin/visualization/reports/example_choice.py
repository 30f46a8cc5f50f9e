"""Choose the false positives, misses and hits that are worth a look."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from stal_plugin.evaluation.evaluation_input import EvaluationInput
from stal_plugin.evaluation.matching import match_frames
from stal_plugin.evaluation.protocol import get_protocol
from stal_plugin.structures.iou import best_overlap

Kind = Literal["false positive", "miss", "hit"]

_FOUND = 0.3  # the score from which a detection counts as shown
_APART = 25  # frames, about a second


@dataclass(frozen=True)
class Example:
    """One box to show.

    Args:
        kind: What it is an example of.
        frame_id: Its frame.
        box: ``(4,)`` xyxy in pixels, detection or, of a miss, ground truth.
        label: Its class.
        score: Of the detection; of a miss, the highest score of a detection that lies
            on the box with the right class (0 without one).
        iou: With the ground truth of its class; of a miss, that with the best
            detection of its class.
        confused: Class of the ground truth that a false positive lies on; -1 for none.
    """

    kind: Kind
    frame_id: int
    box: np.ndarray
    label: int
    score: float
    iou: float
    confused: int = -1


def choose_examples(
    boxes: EvaluationInput, num_classes: int, count: int = 8, iou_thr: float = 0.5
) -> dict[Kind, list[Example]]:
    """Choose the worst false positives, the worst misses and the best hits.

    False positives go by falling score, misses by rising score of what found them
    (never found first, of those the largest box first), hits by falling score times
    IoU. Misses are ground truth that no detection found, at any score, then what was
    found with a score below 0.3. The choice goes over the videos in turn, then over
    the classes, and takes no two frames within a second of one video while there are
    others, so that one long mistake does not fill the strip.

    Args:
        boxes: Predictions and ground truth in pixels.
        num_classes: K.
        count: Most examples of a kind.
        iou_thr: Smallest IoU of a hit (matching as in VOC).
    """
    dets, gts = boxes.dets, boxes.gts
    matching = match_frames(dets, gts, num_classes, get_protocol("voc"), iou_thr)
    match = matching.matched_gt(iou_thr)
    order = matching.order
    score, best_iou = dets.scores[order], matching.best_iou
    places = _places(boxes, dets.frames[order], matching.labels)

    def detection(kind: Kind, rank: int, confused: int = -1) -> Example:
        row = order[rank]
        return Example(
            kind,
            int(dets.frames[row]),
            dets.boxes[row],
            int(dets.labels[row]),
            float(dets.scores[row]),
            float(best_iou[rank]),
            confused,
        )

    wrong = np.flatnonzero(match < 0)
    wrong = _spread(wrong[np.argsort(-score[wrong], kind="stable")], places, count)
    any_iou, any_gt = best_overlap(
        dets.frames[order[wrong]], dets.boxes[order[wrong]], gts.frames, gts.boxes
    )
    right = np.flatnonzero(match >= 0)
    quality = score[right] * best_iou[right]
    best = _spread(right[np.argsort(-quality, kind="stable")], places, count)
    return {
        "false positive": [
            detection("false positive", p, gts.labels[p_gt] if p_iou >= iou_thr else -1)
            for p, p_gt, p_iou in zip(wrong.tolist(), any_gt, any_iou, strict=True)
        ],
        "miss": _misses(boxes, match, score, num_classes, count),
        "hit": [detection("hit", rank) for rank in best.tolist()],
    }


def _misses(
    boxes: EvaluationInput,
    match: np.ndarray,
    score: np.ndarray,
    num_classes: int,
    count: int,
) -> list[Example]:
    gts, dets = boxes.gts, boxes.dets
    best_score = np.zeros(len(gts.labels))
    best_score[match[match >= 0]] = score[match >= 0]
    box, frames = gts.boxes, gts.frames
    area = (box[:, 2] - box[:, 0]) * (box[:, 3] - box[:, 1])
    ranked = np.lexsort((-area, best_score))
    ranked = ranked[best_score[ranked] < _FOUND]
    rows = _spread(ranked, _places(boxes, frames, gts.labels), count)
    iou, _ = best_overlap(
        frames[rows] * num_classes + gts.labels[rows],
        box[rows],
        dets.frames * num_classes + dets.labels,
        dets.boxes,
    )
    return [
        Example(
            "miss",
            int(frames[row]),
            box[row],
            int(gts.labels[row]),
            float(best_score[row]),
            row_iou,
        )
        for row, row_iou in zip(rows.tolist(), iou.tolist(), strict=True)
    ]


def _places(
    boxes: EvaluationInput, frame_ids: np.ndarray, labels: np.ndarray
) -> np.ndarray:
    """Return video, frame number and class of rows, ``(N, 3)``."""
    index = boxes.index
    return np.stack([index.videos[frame_ids], index.frames[frame_ids], labels], 1)


def _spread(ranked: np.ndarray, places: np.ndarray, count: int) -> np.ndarray:
    """Choose rows from many videos and classes, the first of equals.

    Args:
        ranked: Row numbers, best first.
        places: ``(N, 3)`` video, frame number and class of all rows.
        count: Most rows to choose.
    """
    videos, numbers, labels = places[ranked].T
    uses_of_video = np.zeros(int(videos.max(initial=0)) + 1)
    uses_of_class = np.zeros(int(labels.max(initial=0)) + 1)
    is_near = np.zeros(len(ranked), bool)
    is_free = np.ones(len(ranked), bool)
    chosen: list[int] = []
    while len(chosen) < min(count, len(ranked)):
        # a video's uses outweigh those of a class, nearness outweighs both
        uses = uses_of_video[videos] * count + uses_of_class[labels]
        cost = uses + is_near * (count + 1.0) ** 2
        row = int(np.argmin(np.where(is_free, cost, np.inf)))
        chosen.append(row)
        is_free[row] = False
        uses_of_video[videos[row]] += 1
        uses_of_class[labels[row]] += 1
        is_near |= (videos == videos[row]) & (abs(numbers - numbers[row]) < _APART)
    return ranked[chosen]
