"""AVA Actions: movies, 80 actions, several per person, labelled by the second."""

from typing import Any

from numpy.typing import NDArray

from stal_plugin.annotations.unscored_classes import rare_actions
from stal_plugin.datasets.stal_dataset import STALDataset
from stal_plugin.registry import DATASETS


@DATASETS.register_module()
class AVADataset(STALDataset):
    """AVA Actions as a data set of key frames.

    Takes what ``tools/dataset_converters/ava.py`` writes: the key frames are the
    labelled seconds, without the excluded ones. The metainfo's ``unscored_classes``
    names the 20 actions that ``FrameMAP`` leaves out, as the published numbers do.

    Args:
        *args: See :class:`STALDataset`.
        multilabel: Several actions per person.
        **kwargs: See :class:`STALDataset`.
    """

    METAINFO = {"dataset_name": "AVA"}  # noqa: RUF012  (the host's attribute)

    def __init__(self, *args: Any, multilabel: bool = True, **kwargs: Any) -> None:
        kwargs["multilabel"] = multilabel
        super().__init__(*args, **kwargs)

    def load_data_list(self) -> NDArray:
        """Read the annotation and name the actions that are not scored."""
        places = super().load_data_list()
        self._metainfo["unscored_classes"] = rare_actions(self._metainfo["classes"])
        return places
