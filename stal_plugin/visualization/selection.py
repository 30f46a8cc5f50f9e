"""Choose the frames and videos that are worth a look."""

import numpy as np

from stal_plugin.evaluation.matching import first_matches
from stal_plugin.structures.iou import best_overlap
from stal_plugin.visualization.split_frames import SplitFrames


def frame_outcomes(
    frames: SplitFrames, num_classes: int, score_thr: float, iou_thr: float = 0.5
) -> np.ndarray:
    """Count hits, misses and false alarms by frame and class.

    Args:
        frames: F frames with detections and ground truth.
        num_classes: K.
        score_thr: Detections with a smaller score do not count.
        iou_thr: Least overlap of a hit.

    Returns:
        ``(F, 3, K)`` uint16: hits, misses, false alarms.
    """
    dets = frames.detections
    dets = dets.take(dets.scores >= score_thr)
    dets = dets.take(np.argsort(-dets.scores, kind="stable"))
    truth = frames.truth
    iou, best = best_overlap(
        dets.frames * num_classes + dets.labels,
        dets.boxes,
        truth.frames * num_classes + truth.labels,
        truth.boxes,
    )
    hit = first_matches(best, iou >= iou_thr)
    missed = np.ones(len(truth), bool)
    missed[best[hit]] = False
    outcomes = np.zeros((len(frames), 3, num_classes), np.uint16)
    for kind, ids, labels in (
        (0, dets.frames[hit], dets.labels[hit]),
        (1, truth.frames[missed], truth.labels[missed]),
        (2, dets.frames[~hit], dets.labels[~hit]),
    ):
        np.add.at(outcomes[:, kind], (ids, labels), 1)
    return outcomes


def evaluated_frames(frames: SplitFrames) -> np.ndarray:
    """Return the ids of frames that have a prediction of any score.

    A test with a key-frame stride leaves frames out; those show no misses. Without
    any prediction every frame counts as tested.
    """
    ids = np.unique(frames.detections.frames)
    return ids if len(ids) else np.arange(len(frames))


def choose_varied(tags: np.ndarray, groups: np.ndarray, count: int) -> np.ndarray:
    """Choose rows so that all tags show, rare ones as well, from many groups.

    Greedy: each time the row with the largest gain, where a tag is worth a quarter
    for every time that it was chosen, and a row is worth less the more rows of its
    group were chosen. The first of equal rows is taken, so the choice is repeatable.

    Args:
        tags: ``(P, Q)`` bool, the tags of each row.
        groups: ``(P,)`` group (say, video) of each row.
        count: Most rows to choose.

    Returns:
        Chosen row numbers, in the order of the rows.
    """
    tags = tags.astype(np.float32)
    worth = np.ones(tags.shape[1], np.float32)
    used = np.zeros(int(groups.max(initial=-1)) + 1)
    free = np.ones(len(tags), bool)
    chosen: list[int] = []
    for _ in range(min(count, len(tags))):
        # the small constant lets rows without a tag follow when tags run out
        gain = (tags @ worth + 1e-9) / (1 + used[groups])
        row = int(np.argmax(np.where(free, gain, -1.0)))
        chosen.append(row)
        free[row] = False
        used[groups[row]] += 1
        worth = np.where(tags[row] > 0, worth / 4, worth)
    return np.array(sorted(chosen), np.int64)


def choose_frames(
    frames: SplitFrames, outcomes: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Choose frame ids for a contact sheet.

    Args:
        frames: F frames.
        outcomes: ``(F, 3, K)`` from :func:`frame_outcomes`.
        count: Most frames to choose.

    Returns:
        Two thirds at even distances, of the tested frames on which somebody acts or is
        said to: how good the detector is. And others with errors of every class.
    """
    ids = evaluated_frames(frames)
    busy = ids[outcomes[ids].any(axis=(1, 2))]
    num_even = min(len(busy), -(-2 * count // 3))
    middles = (np.arange(num_even) + 0.5) * len(busy) / max(num_even, 1)
    even = busy[middles.astype(np.int64)]
    rest = np.setdiff1d(busy, even)
    rest = rest[outcomes[rest, 1:].any(axis=(1, 2))]
    errors = np.hstack([outcomes[rest, 1], outcomes[rest, 2]]) > 0
    chosen = choose_varied(errors, frames.video_of(rest), count - num_even)
    return even, rest[chosen]


def choose_videos(frames: SplitFrames, outcomes: np.ndarray, count: int) -> np.ndarray:
    """Choose positions in ``frames.videos`` that together show every class.

    Args:
        frames: F frames.
        outcomes: ``(F, 3, K)`` from :func:`frame_outcomes`.
        count: Most videos to choose.
    """
    flat = outcomes.reshape(len(outcomes), -1)
    tags = np.add.reduceat(flat, frames.offsets[:-1], axis=0) > 0
    return choose_varied(tags, np.arange(len(tags)), count)


def choose_windows(
    frames: SplitFrames, num_classes: int, columns: int, step: int, count: int
) -> np.ndarray:
    """Choose rows of frames so that every class shows, from many videos.

    A row shows a class if at least half of its frames were tested and have it. Rows of
    a video begin half a row apart. Where a video ends too early, its last frame
    repeats.

    Args:
        frames: F frames with ground truth.
        num_classes: K.
        columns: Frames in a row.
        step: From one frame of a row to the next.
        count: Most rows.

    Returns:
        ``(W, columns)`` frame ids.

    Raises:
        ValueError: There is no frame.
    """
    if not len(frames):
        raise ValueError("the split has no frame to draw")
    truth = frames.truth
    present = np.zeros((len(frames), num_classes), np.int64)
    present[truth.frames, truth.labels] = 1
    tested = np.zeros(len(frames), bool)
    tested[evaluated_frames(frames)] = True
    present[~tested] = 0
    ids = np.arange(len(frames))
    video = frames.video_of(ids)
    begin, end = frames.offsets[video], frames.offsets[video + 1]
    first = (ids - begin) % max(1, columns * step // 2) == 0
    first &= (ids + step * (columns - 1) < end) | (ids == begin)
    windows = ids[first, None] + step * np.arange(columns)
    windows = np.minimum(windows, end[first, None] - 1)
    shown = 2 * sum(present[column] for column in windows.T) >= columns
    return windows[choose_varied(shown, video[first], count)]
