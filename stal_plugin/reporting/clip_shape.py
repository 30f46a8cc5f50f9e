"""The size of a config's clips."""

from mmengine.config import Config


def clip_shape(cfg: Config) -> tuple[int, int, int]:
    """Read frames, height and width of the clips that a model is tested on.

    Args:
        cfg: A config with ``test_dataloader``.

    Returns:
        (T, H, W) from the last ``clip_len`` and ``scale`` of the pipeline; 0 for what
        no step tells.
    """
    frames, width, height = 0, 0, 0
    for step in cfg.test_dataloader.dataset.pipeline:
        frames = step.get("clip_len", frames)
        width, height = step.get("scale", (width, height))
    return frames, height, width
