"""A config that trains the head of an actor detector on a data set of one's own."""

from pathlib import Path

import numpy as np

from stal_plugin.annotations import Annotation
from stal_plugin.annotations.statistics import class_counts
from stal_plugin.engine.own_config import has_several_labels, quoted, quoted_lines

#: Steps of the clip network per second that suit short movements.
STEPS_PER_SECOND = 12.5


def step_interval(annotation: Annotation) -> int:
    """Frames from one step of the clip network to the next, for the videos' rate."""
    fps = float(np.median([info.fps for info in annotation.videos.values()]))
    return max(1, round(fps / STEPS_PER_SECOND))


_PARTS = (
    *("models/actor_head.py", "datasets/own_actor.py"),
    *("schedules/adamw_head.py", "default_runtime.py"),
)
_TEXT = """\
# {num_classes} classes of {data_root}, named from kept features.
# Written by tools/new_config.py --model actor.
_base_ = [
{parts}]

work_dir = {work_dir}
data_root = {data_root}
class_names = [
{classes}]
num_classes = {num_classes}
class_counts = {counts}  # training frames that show each class
multilabel = {multilabel}  # several actions of a person at once

# Detector and clip network, trained on COCO and Kinetics-600.
weights = {weights}
model = dict(
    person_detector=dict(
        detector=dict(
            init_cfg=dict(
                _delete_=True,
                type="Pretrained",
                checkpoint=weights,
                prefix="person_detector.detector.",
            )
        )
    ),
    clip_network=dict(
        init_cfg=dict(type="Pretrained", checkpoint=weights, prefix="clip_network.")
    ),
    head=dict(num_classes=num_classes),
    multilabel=multilabel,
    loss_cls=dict(num_classes=num_classes{activation}),
)

dataset = dict(
    data_root=data_root,
    num_classes=num_classes,
    multilabel=multilabel,
    pipeline=dict(sample=dict(frame_interval={interval})),
)
train_dataloader = dict(batch_size={batch_size}, dataset=dict(dataset=dataset))
val_dataloader = dict(batch_size={batch_size}, dataset=dict(dataset=dataset))
test_dataloader = val_dataloader
"""


def actor_config_text(
    annotation: Annotation,
    weights: Path,
    data_root: str,
    base: str,
    batch_size: int,
    work_dir: str,
) -> str:
    """Return the text of the config.

    Args:
        annotation: With splits ``train`` and ``test``.
        weights: Checkpoint of ``pretrained("kinetics600")``.
        data_root: Folder of the data set, as seen from where training starts.
        base: Folder ``configs/_base_``, as seen from the config.
        batch_size: Key frames in a batch.
        work_dir: Folder for logs and checkpoints.

    Returns:
        Python source. It overrides parts of ``_base_`` by name.

    Raises:
        ValueError: A split is missing, or the training split has no box.
    """
    annotation.in_split("test")  # raises if there is none
    counts = class_counts(annotation, "train", "frames").tolist()
    if not sum(counts):
        raise ValueError("split 'train' has no box: run tools/data.py split first")
    multilabel = has_several_labels(annotation)
    return _TEXT.format(
        parts=quoted_lines(f"{base}/{name}" for name in _PARTS),
        work_dir=quoted(work_dir),
        data_root=quoted(data_root),
        classes=quoted_lines(annotation.classes),
        num_classes=len(annotation.classes),
        counts=counts,
        multilabel=multilabel,
        activation=', activation="sigmoid"' if multilabel else "",
        weights=quoted(weights.as_posix()),
        interval=step_interval(annotation),
        batch_size=batch_size,
    )
