"""Agot: actions of the staff of a restaurant, seen by fixed cameras."""

from stal_plugin.datasets.stal_dataset import STALDataset
from stal_plugin.registry import DATASETS


@DATASETS.register_module()
class AgotDataset(STALDataset):
    """The Agot data, or its synthetic stand-in, as an AVA-style data set.

    Takes what ``tools/dataset_converters/agot.py`` writes; the classes come from the
    annotation (24 of the 45 labels in the paper, those with 10 clips or more).
    Arguments are those of :class:`STALDataset`. The log and ``metainfo`` say whether
    the footage is synthetic.

    Args:
        *args: See :class:`STALDataset`.
        **kwargs: See :class:`STALDataset`.
    """
