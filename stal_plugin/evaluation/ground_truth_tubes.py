"""Ground-truth tubes from the persons of an annotation."""

import numpy as np

from stal_plugin.evaluation.ground_truth import GroundTruth
from stal_plugin.evaluation.tubes import Tubes, tubes_of_rows


def ground_truth_tubes(
    gts: GroundTruth, person_ids: np.ndarray, videos: np.ndarray, max_gap: int = 0
) -> Tubes:
    """Join the boxes of one person and action to tubes.

    A tube is an unbroken run of evaluated frames: who does the same action twice in a
    video gives two tubes. Each label of a box belongs to a tube of its own.

    Args:
        gts: Ground truth; frames of one video have ids in a row, as evaluated.
        person_ids: ``(N,)`` person of each box, unique within a video.
        videos: ``(F,)`` video of each frame id.
        max_gap: Number of frames without the box that do not end a tube.

    Returns:
        The tubes, ordered by video, person, label and time.

    Raises:
        ValueError: A person id is below 0 (unknown), or a person has two boxes of one
            label on a frame.
    """
    unknown = np.flatnonzero(person_ids < 0)
    if len(unknown):
        raise ValueError(
            f"{len(unknown)} of {len(person_ids)} ground-truth boxes have no person id "
            "(-1 or none): video-mAP needs the track of each person. Annotate "
            "person_id, or leave video-mAP out"
        )
    frames = gts.frame_ids[gts.box_inds].astype(np.int64)
    persons = person_ids[gts.box_inds].astype(np.int64)
    order = np.lexsort((frames, gts.labels, persons, videos[frames]))
    columns = (videos[frames][order], persons[order], gts.labels[order])
    frames = frames[order]
    same = np.ones(max(len(order) - 1, 0), bool)
    for column in columns:
        same &= np.diff(column) == 0
    step = np.diff(frames)
    twice = np.flatnonzero(same & (step == 0))
    if len(twice):
        video, person, label = (int(column[twice[0]]) for column in columns)
        raise ValueError(
            f"person {person} of video number {video} has two boxes of label {label} "
            "on one frame: person ids must be unique within a frame"
        )
    is_new = np.ones(len(order), bool)
    is_new[1:] = ~(same & (step <= max_gap + 1))
    return tubes_of_rows(
        np.cumsum(is_new),
        frames,
        gts.boxes[gts.box_inds][order],
        gts.labels[order],
        np.ones(len(order)),
    )
