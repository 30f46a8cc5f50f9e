"""Numbers that a network needs from its training data, written into the config.

No network reads data while it is built. A config may ask for two kinds of numbers:
``samples_per_class=dict(ann_file=..., split='train', unit='frames')`` of a loss, and
``ann_file=..., input_size=(w, h)`` of ``stal_plugin.KMeansAnchorGenerator``. The
training start-up computes them once, so that the config in the work folder and in the
checkpoint holds them; testing takes them from there.
"""

import functools
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import Any, NamedTuple

from mmengine.config import Config
from mmengine.logging import print_log

from stal_plugin.annotations import Annotation, read_annotation
from stal_plugin.annotations.statistics import box_sizes, class_counts
from stal_plugin.engine.checkpoints.inference_config import (
    stored_config,
    stored_numbers,
)
from stal_plugin.engine.checkpoints.safe_load import load_meta
from stal_plugin.engine.config_options import dict_nodes
from stal_plugin.models.task_modules.kmeans import anchors_by_level

_COUNTS, _ANCHORS = "samples_per_class", "base_sizes"
_CLUSTERING = ("num_anchors", "metric", "seed")
_Node = MutableMapping[str, Any]
_Reader = Callable[[str], Annotation]


class _Request(NamedTuple):
    path: str  # of the node, such as model.bbox_head.loss_cls
    node: _Node
    key: str  # where the numbers belong
    ann_file: str


def fill_from_data(cfg: Config) -> None:
    """Compute what the config asks of annotations, and write it into the config.

    Counts replace the request. Anchors come beside it as ``base_sizes``; a generator
    that has some keeps them.

    Args:
        cfg: Config to change, below ``model``.

    Raises:
        FileNotFoundError: An annotation does not exist.
        ValueError: It has no box in the split, or an argument of a request is wrong.
    """
    read = functools.cache(read_annotation)
    done = []
    for path, node, key, ann_file in _requests(cfg):
        if key == _COUNTS:
            node[key] = _sample_counts(read, **node[key])
            text = f"{path}.{key} = {node[key]}"
        else:
            node[key] = _base_sizes(read, node)
            sizes = " ".join(
                f"{w:.0f}x{h:.0f}" for level in node[key] for w, h in level
            )
            text = f"{path}.{key} = {sizes} px"
        done.append(f"{text} (from {ann_file})")
    if done:
        print_log(f"Computed from the training data: {'; '.join(done)}")


def fill_from_checkpoint(cfg: Config, path: str) -> None:
    """Take such numbers from the config in a checkpoint instead.

    Requests that it does not answer stay; the network then has what it needs in the
    buffers among its weights.

    Args:
        cfg: Config to change, below ``model``.
        path: Checkpoint file; an address is not read.

    Raises:
        FileNotFoundError: The checkpoint does not exist.
        ValueError: It is damaged, or holds objects that run code.
    """
    requests = list(_requests(cfg))
    if not requests or "://" in path:
        return
    try:
        trained = stored_config(load_meta(path))
    except ValueError:  # such a config answers nothing
        return
    for request in requests:
        numbers = stored_numbers(trained, f"{request.path}.{request.key}")
        if numbers:
            request.node[request.key] = numbers


def _requests(cfg: Config) -> Iterator[_Request]:
    for path, node in list(dict_nodes(cfg.get("model"), "model")):
        counts = node.get(_COUNTS)
        if isinstance(counts, Mapping) and "ann_file" in counts:
            yield _Request(path, node, _COUNTS, counts["ann_file"])
        is_generator = str(node.get("type")).endswith("KMeansAnchorGenerator")
        if is_generator and node.get("ann_file") and not node.get(_ANCHORS):
            yield _Request(path, node, _ANCHORS, node["ann_file"])


def _sample_counts(
    read: _Reader, ann_file: str, split: str = "train", unit: str = "frames"
) -> list[int]:
    counts = class_counts(read(ann_file), split, unit)
    if not counts.any():
        raise ValueError(
            f"{ann_file} has no sample of any class in split '{split}'; name another"
        )
    return [int(count) for count in counts]


def _base_sizes(read: _Reader, node: _Node) -> list[list[tuple[float, float]]]:
    ann_file, split = node["ann_file"], node.get("split", "train")
    if node.get("input_size") is None:
        raise ValueError("ann_file needs input_size=(w, h), the network's input")
    sizes = box_sizes(read(ann_file), split, tuple(node["input_size"]))
    if len(sizes) == 0:
        raise ValueError(
            f"{ann_file} has no box in split '{split}' to make anchors from: name "
            "another split, or give base_sizes"
        )
    settings = {key: node[key] for key in _CLUSTERING if key in node}
    levels = anchors_by_level(sizes, node["strides"], **settings)
    return [[(w, h) for w, h in level] for level in levels.tolist()]
