"""MultiSports: four sports, 66 actions, several athletes, tubes of parts of a video."""

from stal_plugin.annotations.unscored_classes import MULTISPORTS
from stal_plugin.datasets.stal_dataset import STALDataset
from stal_plugin.registry import DATASETS


@DATASETS.register_module()
class MultiSportsDataset(STALDataset):
    """MultiSports as an AVA-style data set.

    Takes what ``tools/data.py import --from multisports`` writes. The metainfo's
    ``unscored_classes`` names the six actions that the data set's own evaluation
    leaves out; so do ``FrameMAP`` and ``VideoMAP``. Arguments are those of
    :class:`STALDataset`.

    Args:
        *args: See :class:`STALDataset`.
        **kwargs: See :class:`STALDataset`.
    """

    METAINFO = {  # noqa: RUF012  (the host's attribute)
        "dataset_name": "MultiSports",
        "unscored_classes": MULTISPORTS,
    }
