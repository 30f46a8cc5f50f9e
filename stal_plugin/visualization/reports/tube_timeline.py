"""The part of a report on tubes: when each action happens, and when it was detected."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from matplotlib.figure import Figure

from stal_plugin.evaluation.evaluation_input import EvaluationInput
from stal_plugin.evaluation.greedy_linker import GREEDY_RULES, greedy_tubes
from stal_plugin.evaluation.video_ap import ground_truth_tubes
from stal_plugin.structures.tubes import Tubes
from stal_plugin.visualization.charts import WIDTH, new_axes, shorten
from stal_plugin.visualization.labels import class_colors
from stal_plugin.visualization.reports.evaluated_run import (
    EvaluatedRun,
    MissingDataError,
)
from stal_plugin.visualization.reports.html_page import Picture, ReportPart
from stal_plugin.wording import counted

_LANE = 0.38
RULE = replace(GREEDY_RULES["act"], min_length=5)
"""ACT's rule, which drops tubes below 15 frames; shorter ones are worth a look."""


def timeline_part(
    run: EvaluatedRun, max_videos: int = 100, score_thr: float = 0.3
) -> ReportPart:
    """Show, for each test video, when each action happens and was detected.

    Raises:
        MissingDataError: The annotation does not tell persons apart.
    """
    boxes = run.boxes
    detected, truth = linked_tubes(boxes, len(run.classes), score_thr)
    pictures = []
    for video, name in enumerate(boxes.index.names[:max_videos]):
        spans = [tube_spans(tubes, boxes, video) for tubes in (truth, detected)]
        frames = boxes.index.frames[boxes.index.videos == video]
        bounds = (int(frames[0]), int(frames[-1]))
        summary = "; ".join(
            f"{run.classes[label]} {first} to {last}"
            for label, first, last, _ in spans[0]
        )
        alt = (
            f"Timeline of {name}, frames {bounds[0]} to {bounds[1]}. Ground truth: "
            f"{summary or 'no action'}. Detected tubes: {len(spans[1])}."
        )
        figure = timeline_figure(spans[0], spans[1], run.classes, bounds)
        pictures.append(Picture.of_figure(figure, alt, name))
    more = "" if len(pictures) == len(boxes.index.names) else ", more with --videos"
    text = (
        f"{len(pictures)} of {counted(len(boxes.index.names), 'test video')}{more}. "
        "Upper bar "
        f"(black or white): ground truth. Lower bar: tubes of detections with score >= "
        f"{score_thr:g}, linked as ACT does; weak ones are pale, those below "
        f"{RULE.min_length} frames are not drawn."
    )
    summary = counted(len(pictures), "video")
    return ReportPart("Tube timelines", [text], pictures=pictures, summary=summary)


def linked_tubes(
    boxes: EvaluationInput, num_classes: int, score_thr: float
) -> tuple[Tubes, Tubes]:
    """Link the detections above a score (ACT's linker), and the ground truth.

    Returns:
        Tubes of the detections and of the ground truth.

    Raises:
        MissingDataError: The annotation does not tell persons apart.
    """
    if (boxes.gts.person_ids < 0).any():
        raise MissingDataError(
            "the annotation has boxes without person_id, so that there are no tubes of "
            "ground truth"
        )
    dets = boxes.dets.take(boxes.dets.scores >= score_thr)
    videos = boxes.index.videos
    detected = greedy_tubes(dets, videos, num_classes, RULE)
    return detected, ground_truth_tubes(boxes.gts, videos)


def tube_spans(tubes: Tubes, boxes: EvaluationInput, video: int) -> list[tuple]:
    """List the tubes of a video: label, first and last frame number, score."""
    begin = np.flatnonzero(np.diff(tubes.tube_ids, prepend=-1))
    end = np.append(begin, len(tubes.tube_ids))[1:] - 1
    first, last = tubes.frame_ids[begin], tubes.frame_ids[end]
    chosen = np.flatnonzero(boxes.index.videos[first] == video)
    frames = boxes.index.frames
    return [
        (int(tubes.labels[i]), int(a), int(b), float(tubes.scores[i]))
        for i, a, b in zip(
            chosen, frames[first[chosen]], frames[last[chosen]], strict=True
        )
    ]


def timeline_figure(
    truth: Sequence[tuple],
    detected: Sequence[tuple],
    classes: Sequence[str],
    frames: tuple[int, int],
) -> Figure:
    """Draw a lane for each class: ground truth above (black), detections below.

    Args:
        truth: From :func:`tube_spans`.
        detected: The same of the detections; weak scores are pale.
        classes: K names.
        frames: First and last tested frame.
    """
    labels = sorted({span[0] for span in (*truth, *detected)})
    lane = {label: i for i, label in enumerate(labels)}
    figure, axes = new_axes(WIDTH, 0.75 + 0.34 * max(1, len(labels)))
    colors = class_colors(len(classes)) / 255
    for label, first, last, _ in truth:
        width = [(first - 0.5, last - first + 1)]
        axes.broken_barh(width, (lane[label] - 0.4, _LANE), color="black")
    for label, first, last, score in detected:
        face = (*colors[label], 0.25 + 0.75 * min(max(score, 0.0), 1.0))
        width = [(first - 0.5, last - first + 1)]
        axes.broken_barh(width, (lane[label] + 0.02, _LANE), facecolor=face)
    names = [shorten(classes[label]) for label in labels]
    axes.set_yticks(np.arange(len(labels)), names, fontsize=8)
    axes.set(
        xlim=(frames[0] - 0.5, frames[1] + 0.5), ylim=(max(1, len(labels)) - 0.5, -0.5)
    )
    axes.set_xlabel("frame", fontsize=8)
    return figure
