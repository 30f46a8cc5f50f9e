"""AVA Actions: movies, 80 actions, several per person, labelled by the second."""

from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray

from stal_plugin.datasets.stal_dataset import STALDataset
from stal_plugin.registry import DATASETS

NUM_ACTIONS = 80

# Fewer than 25 examples in the val part, so not in the published mAP: the others are
# the 60 of ava_action_list_v2.2_for_activitynet_2019.pbtxt (and of v2.1's for 2018).
_RARE = (2, 16, 18, 19, 21, 23, 25, 31, 32, 33, 35, 39, 40, 42, 44, 50, 53, 55, 71, 75)


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


def rare_actions(classes: Sequence[str]) -> tuple[str, ...]:
    """Name AVA's actions that are too rare to be scored.

    Args:
        classes: Names of all actions in AVA's order.

    Returns:
        The 20 of AVA's 80; none of another list, which is a user's own.
    """
    if len(classes) != NUM_ACTIONS:
        return ()
    return tuple(classes[number - 1] for number in _RARE)
