"""Text of a leaf config for a data set in our format."""

import json
from collections.abc import Sequence
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
        clip_len: Wanted number of frames; a slow camera gets fewer.

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


# Model: base, schedule, pixels, stride, most frames of a clip.
MODELS = {
    "mini": ("yowo_mini.py", "adamw_mini_12e.py", 112, 16, 8),
    "full": ("yowo_d19_r18.py", "sgd_yowo.py", 224, 32, 16),
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
    anchors = kmeans_anchors(sizes, min(_NUM_ANCHORS, len(np.unique(sizes, axis=0))))
    fps = float(np.median([info.fps for info in annotation.videos.values()]))
    clip_len, interval = choose_clip(fps, MODELS[model][4])
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


def config_text(
    facts: OwnFacts,
    model: str,
    data_root: str,
    base: str,
    batch_size: int,
    work_dir: str,
    balance: bool = False,
) -> str:
    """Write the config.

    Args:
        facts: From :func:`facts_of`.
        model: ``'mini'`` or ``'full'``.
        data_root: Folder of the data set, as seen from where training starts.
        base: Folder ``configs/_base_``, as seen from the config.
        batch_size: Clips in a batch.
        work_dir: Folder for logs and checkpoints.
        balance: Weigh classes by the effective number of their training frames.

    Returns:
        Python source.
    """
    network, schedule, _, stride, _ = MODELS[model]
    pairs = ", ".join(f"({w:.1f}, {h:.1f})" for w, h in facts.anchors)
    names = "\n".join(f"    {_quoted(name)}," for name in facts.classes)
    lines = [
        f"# {len(facts.classes)} classes of {data_root}.",
        "# Written by tools/new_config.py.",
        "_base_ = [",
        f'    "{base}/models/{network}",',
        f'    "{base}/datasets/own.py",',
        f'    "{base}/schedules/{schedule}",',
        f'    "{base}/default_runtime.py",',
        "]",
        "",
        f"work_dir = {_quoted(work_dir)}",
        f"data_root = {_quoted(data_root)}",
        f"class_names = [\n{names}\n]",
        f"num_classes = {len(facts.classes)}",
        f"class_counts = {list(facts.counts)}  # training frames that show each class",
        f"multilabel = {facts.multilabel}  # several actions of a person at once",
        "",
        _model_text(facts, stride, pairs, balance),
        _pipelines(facts),
        _loaders(facts, batch_size),
    ]
    if model == "full":
        lr = 1e-4 * batch_size / 12
        lines += [
            f"optim_wrapper = dict(optimizer=dict(lr={lr:.3g}))  # 1e-4 for 12 clips"
        ]
    return "\n".join(lines).rstrip() + "\n"


def _quoted(text: str) -> str:
    """A text as Python source, in double quotes."""
    return json.dumps(text, ensure_ascii=False)


def _model_text(facts: OwnFacts, stride: int, pairs: str, balance: bool) -> str:
    loss = ["num_classes=num_classes"]
    if facts.multilabel:
        loss.append('activation="sigmoid"')
    if balance:
        loss += ["samples_per_class=class_counts", "beta=0.999"]
        loss += ['form="inverse"', 'normalize="instance"']
    inside = ",\n            ".join(loss)
    return f"""model = dict(
    bbox_head=dict(
        num_classes=num_classes,
        multilabel=multilabel,
        loss_cls=dict(
            {inside},
        ),
        # K-means; {facts.recall:.0%} of the training boxes overlap an anchor by half.
        prior_generator=dict(
            strides=[{stride}],
            base_sizes=[[{pairs}]],
        ),
    ),
)
"""


def _pipelines(facts: OwnFacts) -> str:
    clip = f"clip_len={facts.clip_len}, frame_interval={facts.frame_interval}"
    size = f"({facts.size}, {facts.size})"
    return f"""meta_keys = (
    "video_id",
    "frame",
    "split",
    "img_shape",
    "original_shape",
    "scale_factor",
    "flip",
    "ann_boxes",
    "ann_labels",
    "ann_person_ids",
)
train_pipeline = [
    dict(type="stal_plugin.SampleKeyframeClip", {clip}),
    dict(type="stal_plugin.DecodeClip", max_open=64),
    dict(type="stal_plugin.BoxesToPixels"),
    dict(type="stal_plugin.JitterResize", scale={size}, jitter=0.2),
    dict(type="stal_plugin.FlipClip", flip_ratio=0.5),
    dict(type="stal_plugin.DistortClip", hue=0.1, saturation=1.5, exposure=1.5),
    dict(type="mmaction.FormatShape", input_format="NCTHW", collapse=True),
    dict(type="mmaction.PackActionInputs", meta_keys=meta_keys),
]
test_pipeline = [
    dict(type="stal_plugin.SampleKeyframeClip", {clip}, test_mode=True),
    dict(type="stal_plugin.DecodeClip", max_open=64),
    dict(type="stal_plugin.BoxesToPixels"),
    dict(type="mmaction.Resize", scale={size}, keep_ratio=False),
    dict(type="mmaction.FormatShape", input_format="NCTHW", collapse=True),
    dict(type="mmaction.PackActionInputs", meta_keys=meta_keys),
]
"""


def _loaders(facts: OwnFacts, batch_size: int) -> str:
    empty, why = (0.0, "unlabelled") if facts.sparse else (0.2, "without a box")
    return f"""train_dataloader = dict(
    batch_size={batch_size},
    dataset=dict(
        data_root=data_root,
        num_classes=num_classes,
        multilabel=multilabel,
        empty_ratio={empty},  # share of the frames {why} that train as background
        pipeline=train_pipeline,
    ),
)
val_dataloader = dict(
    batch_size={batch_size},
    dataset=dict(
        data_root=data_root,
        num_classes=num_classes,
        multilabel=multilabel,
        pipeline=test_pipeline,
    ),
)
test_dataloader = val_dataloader
"""
