"""Pipelines whose steps have names, so that a config overrides a step by name."""

from collections.abc import Mapping, Sequence
from typing import Any


def pipeline_steps(pipeline: Sequence[Any] | Mapping[str, Any]) -> list[Any]:
    """Return the steps of a pipeline as a list.

    mmengine's configs merge dicts by key but replace lists: to change one number of a
    list of steps, a child repeats all of them or counts. So a pipeline may also be a
    dict of steps and their order (mmengine sorts the keys of configs that it saves)::

        pipeline=dict(
            order=["sample", "decode", "flip", "pack"],
            sample=dict(type="stal_plugin.SampleKeyframeClip", clip_len=16),
            ...
        )
        # in a child
        pipeline=dict(sample=dict(clip_len=8), flip=None)

    Args:
        pipeline: Steps as elsewhere in OpenMMLab, or steps by name and ``order``, the
            list of their names; None leaves a step out.

    Returns:
        The steps in their order.

    Raises:
        ValueError: There is no ``order``, or it and the names of the steps differ.
    """
    if not isinstance(pipeline, Mapping):
        return list(pipeline)
    steps = {name: step for name, step in pipeline.items() if name != "order"}
    order = pipeline.get("order", ())
    if sorted(order) != sorted(steps):
        raise ValueError(
            f"a pipeline of the steps {sorted(steps)} has the order {list(order)}: it "
            "must name each step once"
        )
    return [steps[name] for name in order if steps[name] is not None]


def clip_shape(cfg: Any) -> tuple[int, int, int]:
    """Read frames, height and width of the clips that a model is tested on.

    Args:
        cfg: mmengine config with ``test_dataloader``; of a data set that wraps another
            the inner one has the pipeline.

    Returns:
        (T, H, W) from the last ``clip_len`` and ``scale`` of the pipeline, or the size
        of an actor detector's crops (``model.view.size``); 0 for what nothing tells.
    """
    dataset = cfg.test_dataloader.dataset
    while "pipeline" not in dataset and "dataset" in dataset:
        dataset = dataset["dataset"]
    side = cfg.get("model", {}).get("view", {}).get("size", 0)
    frames, width, height = 0, side, side
    for step in pipeline_steps(dataset.get("pipeline", ())):
        frames = step.get("clip_len", frames)
        width, height = step.get("scale", (width, height))
    return frames, height, width
