"""A config for a data set of the user's own: what it measures, and its text."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from stal_plugin.annotations import Annotation
from stal_plugin.annotations.statistics import box_sizes, class_counts, looks_sparse
from stal_plugin.models.task_modules.kmeans import best_possible_recall, kmeans_anchors
from stal_plugin.structures.box_table import BOX_COLUMNS

CLIP_SECONDS = 0.64  # 16 frames at 25 frames per second, as YOWO's
_LENGTHS = (8, 16, 32)  # that the network takes


def choose_clip(fps: float, clip_len: int = 16) -> tuple[int, int]:
    """Choose length and frame interval, so that a clip lasts about 0.64 s.

    Args:
        fps: Frames per second.
        clip_len: Number of frames at most; a slow camera gets fewer.

    Returns:
        Number of frames (8, 16 or 32) and distance between them.

    Raises:
        ValueError: An argument is out of range.
    """
    if fps <= 0 or clip_len not in _LENGTHS:
        raise ValueError(
            f"fps={fps} must be above 0, clip_len={clip_len} in {_LENGTHS}"
        )
    frames = CLIP_SECONDS * fps
    fitting = [n for n in _LENGTHS if n <= clip_len and n <= 1.5 * frames]
    length = max(fitting, default=min(_LENGTHS))
    return length, max(1, round(frames / length))


# Model: base, schedule, pixels, most frames of a clip.
MODELS = {
    "mini": ("yowo_mini.py", "adamw_mini_12e.py", 112, 8),
    "full": ("yowo_d19_r18.py", "sgd_yowo.py", 224, 16),
}
_NUM_ANCHORS = 5


@dataclass(frozen=True)
class OwnFacts:
    """What a config needs to know about a data set.

    Args:
        classes: Names of the classes.
        counts: Training frames of each class.
        anchors: ``(A, 2)`` width and height in pixels at the network's input.
        recall: Share of the training boxes that an anchor overlaps by half or more.
        clip_len: Frames of a clip.
        frame_interval: Distance between them.
        size: Height and width of the network's input.
        multilabel: Whether a box may have several labels.
        sparse: Whether only some frames seem to be labelled and the json does not say
            which.
    """

    classes: Sequence[str]
    counts: Sequence[int]
    anchors: np.ndarray
    recall: float
    clip_len: int
    frame_interval: int
    size: int
    multilabel: bool
    sparse: bool


def facts_of(annotation: Annotation, model: str, size: int | None = None) -> OwnFacts:
    """Measure a data set.

    Args:
        annotation: With splits ``train`` and ``test``.
        model: ``'mini'`` or ``'full'``.
        size: Height and width of the network's input; None: the model's.

    Returns:
        What the config needs.

    Raises:
        ValueError: A split is missing, or the training split has no box.
    """
    side = size or MODELS[model][2]
    annotation.in_split("test")  # raises if there is none
    sizes = box_sizes(annotation, "train", (side, side))
    if not len(sizes):
        raise ValueError("split 'train' has no box: run tools/data.py split first")
    sizes = np.round(sizes, 2)  # the csv has six decimals; boxes that differ less equal
    anchors = kmeans_anchors(sizes, min(_NUM_ANCHORS, len(np.unique(sizes, axis=0))))
    fps = float(np.median([info.fps for info in annotation.videos.values()]))
    clip_len, interval = choose_clip(fps, MODELS[model][3])
    return OwnFacts(
        classes=annotation.classes,
        counts=class_counts(annotation, "train", "frames").tolist(),
        anchors=anchors,
        recall=best_possible_recall(sizes, anchors),
        clip_len=clip_len,
        frame_interval=interval,
        size=side,
        multilabel=has_several_labels(annotation),
        sparse=looks_sparse(annotation),
    )


def has_several_labels(annotation: Annotation) -> bool:
    """Whether a box of a person has more than one row."""
    return bool(annotation.rows.repeats(BOX_COLUMNS).any())


_TEXT = """\
# {num_classes} classes of {data_root}.
# Written by tools/new_config.py.
_base_ = [
{parts}]

work_dir = {work_dir}
data_root = {data_root}
class_names = [
{classes}]
num_classes = {num_classes}
class_counts = {counts}  # training frames that show each class
multilabel = {facts.multilabel}  # several actions of a person at once

model = dict(
    bbox_head=dict(
        num_classes=num_classes,
        multilabel=multilabel,
        loss_cls=dict({loss}),
        # K-means; {facts.recall:.0%} of the training boxes overlap an anchor by half.
        prior_generator=dict(base_sizes=[[{anchors}]]),
    ),
)

# The other steps of the pipelines are in _base_/datasets/clips.py; a name with None
# leaves its step out.
dataset = dict(
    data_root=data_root,
    num_classes=num_classes,
    multilabel=multilabel,
    pipeline=dict(
        sample=dict(clip_len={facts.clip_len}, frame_interval={facts.frame_interval}),
        resize=dict(scale=({facts.size}, {facts.size})),
    ),
)
train_dataloader = dict(
    batch_size={batch_size},
    # empty_ratio: share of the frames {which} that train as background
    dataset=dict(dataset, empty_ratio={empty}),
)
val_dataloader = dict(batch_size={batch_size}, dataset=dataset)
test_dataloader = val_dataloader
"""


def config_text(
    facts: OwnFacts,
    model: str,
    data_root: str,
    base: str,
    batch_size: int,
    work_dir: str,
    balance: bool = False,
) -> str:
    """Return the text of the config.

    Args:
        facts: From :func:`facts_of`.
        model: ``'mini'`` or ``'full'``.
        data_root: Folder of the data set, as seen from where training starts.
        base: Folder ``configs/_base_``, as seen from the config.
        batch_size: Clips in a batch.
        work_dir: Folder for logs and checkpoints.
        balance: Weigh classes by the effective number of their training frames.

    Returns:
        Python source. It overrides parts of ``_base_`` by name.
    """
    network, schedule = MODELS[model][:2]
    empty, which = (0.0, "unlabelled") if facts.sparse else (0.2, "without a box")
    names = (f"models/{network}", "datasets/own.py", f"schedules/{schedule}")
    text = _TEXT.format(
        facts=facts,
        parts=quoted_lines(f"{base}/{name}" for name in (*names, "default_runtime.py")),
        work_dir=quoted(work_dir),
        data_root=quoted(data_root),
        classes=quoted_lines(facts.classes),
        num_classes=len(facts.classes),
        counts=list(facts.counts),
        loss=_loss_arguments(facts.multilabel, balance),
        anchors=", ".join(f"({w:.1f}, {h:.1f})" for w, h in facts.anchors),
        batch_size=batch_size,
        which=which,
        empty=empty,
    )
    if model == "full":
        rate = f"lr={1e-4 * batch_size / 12:.3g}"
        text += f"\noptim_wrapper = dict(optimizer=dict({rate}))  # 1e-4 for 12 clips\n"
    return text


def quoted(text: str) -> str:
    """A text as Python source, in double quotes."""
    return json.dumps(text, ensure_ascii=False)


def quoted_lines(texts: Iterable[str]) -> str:
    """Texts as lines of a list or tuple of Python source."""
    return "".join(f"    {quoted(text)},\n" for text in texts)


def _loss_arguments(multilabel: bool, balance: bool) -> str:
    arguments = ["num_classes=num_classes"]
    if multilabel:
        arguments.append('activation="sigmoid"')
    if balance:
        arguments += ["samples_per_class=class_counts", "beta=0.999"]
        arguments += ['form="inverse"', 'normalize="instance"']
    if len(arguments) == 1:
        return arguments[0]
    lines = "".join(f"\n            {argument}," for argument in arguments)
    return f"{lines}\n        "
