"""The config that a run was trained with."""

from pathlib import Path

from mmengine.config import Config

from stal_plugin.visualization.training_curve import has_training


def training_config(work_dir: Path, tested: Config) -> Config:
    """Find the config of the training.

    A test that writes to the work folder of its training puts its own config there:
    seed, schedule and weights are those of the test's command line then. Each start
    leaves its config in ``<time>/vis_data/config.py`` too.

    Args:
        work_dir: Folder of the run; it may have been moved.
        tested: Config in the folder; it is not changed.

    Returns:
        Config of the last start that logged a loss, or a copy of ``tested`` if there
        is none. ``load_from`` is what the training began with, None for a checkpoint
        of the run itself, from which it was resumed or which was tested.
    """
    starts = sorted(work_dir.glob("*/vis_data/config.py"), reverse=True)
    trained = [path for path in starts if has_training(path.with_name("scalars.json"))]
    cfg = Config.fromfile(trained[0]) if trained else tested.copy()
    if _is_own_checkpoint(cfg, work_dir):
        cfg.load_from = None
    return cfg


def _is_own_checkpoint(cfg: Config, work_dir: Path) -> bool:
    """Whether ``load_from`` lies in the work folder, which may have been moved."""
    folder = Path(cfg.get("load_from") or "").parent
    moved = folder.name != "" and folder.name == Path(cfg.get("work_dir") or "").name
    return moved or folder.resolve() == work_dir.resolve()
