"""UCF101-24: sports, one action per video, often several actors."""

from stal_plugin.datasets.stal_dataset import STALDataset
from stal_plugin.registry import DATASETS


@DATASETS.register_module()
class UCF24Dataset(STALDataset):
    """UCF101-24 as an AVA-style data set.

    Takes what ``tools/data.py import --from tubes`` writes. The classes come from
    the annotation (24, in alphabetical order, or those that occur in a part of the
    data). Arguments are those of :class:`STALDataset`.

    Args:
        *args: See :class:`STALDataset`.
        **kwargs: See :class:`STALDataset`.
    """

    METAINFO = {"dataset_name": "UCF101-24"}  # noqa: RUF012  (the host's attribute)
