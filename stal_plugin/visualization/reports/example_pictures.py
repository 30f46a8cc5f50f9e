"""The part of a report with examples: pictures of false positives, misses and hits."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stal_plugin.annotations import Annotation
from stal_plugin.evaluation.evaluation_input import EvaluationInput
from stal_plugin.video import read_frames
from stal_plugin.visualization.box_overlay import BoxOverlay
from stal_plugin.visualization.draw import draw_frame, resize_frame
from stal_plugin.visualization.reports.evaluated_run import EvaluatedRun
from stal_plugin.visualization.reports.example_choice import Example, choose_examples
from stal_plugin.visualization.reports.html_page import Picture, ReportPart
from stal_plugin.wording import counted

STRIPS = {
    "false positive": "Worst false positives",
    "miss": "Worst misses",
    "hit": "Best hits",
}
_SIZE = (360, 270)  # width and height of a picture
_SHOWN = 3  # detections beside a miss
_CONTEXT = 2.5  # the picture is wider than its box by this, if the frame is


def examples_part(run: EvaluatedRun, count: int = 8) -> ReportPart:
    """Show false positives, misses and hits as pictures.

    Raises:
        FileNotFoundError: A video is missing.
    """
    chosen = choose_examples(run.boxes, len(run.classes), count)
    root = run.ann_file.parent
    strips = [
        (STRIPS[kind], example_pictures(examples, run.boxes, run.annotation, root))
        for kind, examples in chosen.items()
        if examples
    ]
    text = (
        "Solid: prediction, dashed: ground truth. Videos and classes take turns, no "
        "two frames of a strip lie within a second of one video while there are "
        "others. False positives by falling score; misses: what no box of any score "
        "found, then what a score below 0.3 found; hits by score times IoU."
    )
    numbers = [
        counted(len(examples), kind, "misses" if kind == "miss" else None)
        for kind, examples in chosen.items()
    ]
    return ReportPart("Examples", [text], strips=strips, summary=", ".join(numbers))


def example_pictures(
    examples: Sequence[Example],
    boxes: EvaluationInput,
    annotation: Annotation,
    root: Path,
) -> list[Picture]:
    """Cut the surroundings of examples out of their frames and draw the boxes.

    The frames of a video are decoded in one go.

    Args:
        examples: What to show.
        boxes: Predictions and ground truth in pixels.
        annotation: Its videos are read.
        root: Folder that the video files are relative to.

    Returns:
        A picture for each example, in their order.

    Raises:
        FileNotFoundError: A video is missing.
    """
    pictures: dict[int, Picture] = {}
    order = sorted(range(len(examples)), key=lambda i: examples[i].frame_id)
    videos = boxes.index.videos[[examples[i].frame_id for i in order]]
    for video in np.unique(videos).tolist():
        info = annotation.videos[boxes.index.names[video]]
        path = root / info.file
        if not path.exists():
            raise FileNotFoundError(f"video {path} is missing")
        own = np.array(order)[videos == video].tolist()
        numbers = [int(boxes.index.frames[examples[i].frame_id]) for i in own]
        images = read_frames(path, (number - 1 for number in numbers))
        for i, image in zip(own, images, strict=True):
            pictures[i] = _picture(examples[i], image, boxes, annotation.classes)
    return [pictures[i] for i in range(len(examples))]


def example_text(example: Example, classes: Sequence[str]) -> str:
    """Return what happened in words, without video and frame."""
    name = classes[example.label]
    if example.kind == "hit":
        return f"{name}: score {example.score:.2f}, IoU {example.iou:.2f}"
    if example.kind == "miss":
        how = f"found with score {example.score:.3f} only"
        if not example.score:
            how = f"not found; the nearest box of its class has IoU {example.iou:.2f}"
            if not example.iou:
                how = "not found; no box of its class lies on it"
        return f"{name}: {how}"
    why = f"its class is there, IoU {example.iou:.2f}"
    if example.iou >= 0.5:
        why = f"found already, IoU {example.iou:.2f}"
    elif example.confused >= 0:
        why = f"annotated as {classes[example.confused]}"
    elif not example.iou:
        why = "no such action is annotated there"
    return f"{name}, score {example.score:.2f}: {why}"


def crop_window(box: np.ndarray, width: int, height: int) -> tuple[int, int, int, int]:
    """Choose the part of a frame to show around a box.

    Args:
        box: ``(4,)`` xyxy in pixels; it may reach beyond the frame.
        width: Of the frame.
        height: Of the frame.

    Returns:
        x1, y1, x2, y2: with the aspect of the picture as far as the frame allows, and
        at least a third of the frame.
    """
    clipped = np.clip(box, 0, [width, height, width, height])
    aspect = _SIZE[0] / _SIZE[1]
    wide = _CONTEXT * max(clipped[2] - clipped[0], (clipped[3] - clipped[1]) * aspect)
    wide = max(wide, width / 3, height / 3 * aspect)
    sides = [min(round(wide), width), min(round(wide / aspect), height)]
    result = []
    for side, full, centre in zip(
        sides, (width, height), (clipped[:2] + clipped[2:]) / 2, strict=True
    ):
        begin = int(np.clip(round(centre - side / 2), 0, full - side))
        result.append((begin, begin + side))
    (x1, x2), (y1, y2) = result
    return x1, y1, x2, y2


@dataclass(frozen=True)
class _Crop:
    """Part of a frame, enlarged: its corner, factors and size in pixels."""

    corner: tuple[int, int]
    scale: np.ndarray  # from annotated to decoded pixels
    zoom: float
    size: tuple[int, int]

    def to_picture(self, boxes: np.ndarray) -> np.ndarray:
        return (boxes * self.scale - np.tile(self.corner, 2)) * self.zoom

    def shows(self, boxes: np.ndarray) -> np.ndarray:
        placed = self.to_picture(boxes)
        begins = (placed[:, :2] < np.array(self.size)).all(axis=1)
        return np.logical_and((placed[:, 2:] > 0).all(axis=1), begins)


def _picture(
    example: Example,
    image: np.ndarray,
    boxes: EvaluationInput,
    classes: Sequence[str],
) -> Picture:
    frame_id = example.frame_id
    height, width = image.shape[:2]
    scale = np.tile(np.array([width, height]) / boxes.sizes[frame_id], 2)
    x1, y1, x2, y2 = crop_window(example.box * scale, width, height)
    zoom = min(_SIZE[0] / (x2 - x1), _SIZE[1] / (y2 - y1))
    size = (round((x2 - x1) * zoom), round((y2 - y1) * zoom))
    crop = _Crop((x1, y1), scale, zoom, size)
    part = resize_frame(image[y1:y2, x1:x2], *size)
    predictions = _predictions(example, boxes, classes, crop)
    drawn = draw_frame(part, predictions, _truth(frame_id, boxes, classes, crop))
    video = boxes.index.names[boxes.index.videos[frame_id]]
    where = f"{video}, frame {boxes.index.frames[frame_id]}"
    text = example_text(example, classes)
    alt = f"Video frame with a {example.kind}: {text} ({where})"
    return Picture.of_image(drawn, alt, f"{text} ({where})")


def _predictions(
    example: Example, boxes: EvaluationInput, classes: Sequence[str], crop: _Crop
) -> BoxOverlay:
    """Show the detection in question; for a miss, the strongest ones in sight."""
    if example.kind != "miss":
        label, score = np.array([example.label]), np.array([example.score])
        box = crop.to_picture(example.box[None])
        return BoxOverlay.of_predictions(box, label, score, classes, 0.0)
    rows = np.flatnonzero(boxes.dets.frames == example.frame_id)
    rows = rows[crop.shows(boxes.dets.boxes[rows])]
    rows = rows[np.argsort(-boxes.dets.scores[rows], kind="stable")][:_SHOWN]
    dets = boxes.dets.take(rows)
    return BoxOverlay.of_predictions(
        crop.to_picture(dets.boxes), dets.labels, dets.scores, classes, 0.0
    )


def _truth(
    frame_id: int, boxes: EvaluationInput, classes: Sequence[str], crop: _Crop
) -> BoxOverlay:
    gts = boxes.gts
    shown = gts.take((gts.frames == frame_id) & crop.shows(gts.boxes))
    return BoxOverlay.of_ground_truth(
        crop.to_picture(shown.boxes), shown.labels, classes
    )
