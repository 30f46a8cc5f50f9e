import numpy as np

from stal_plugin.datasets.ava_dataset import rare_actions
from stal_plugin.registry import DATASETS


def test_a_person_has_all_of_its_actions(gray_footage):
    ava = DATASETS.build(
        {"type": "stal_plugin.AVADataset", "ann_file": str(gray_footage)}
    )
    plain = DATASETS.build(
        {
            "type": "stal_plugin.STALDataset",
            "ann_file": str(gray_footage),
            "multilabel": True,
        }
    )
    names = {"dataset_type": "AVADataset", "dataset_name": "AVA"}
    assert ava.metainfo == {**plain.metainfo, **names, "unscored_classes": ()}
    np.testing.assert_equal(ava.get_data_info(4), plain.get_data_info(4))


def test_20_of_80_actions_are_not_scored():
    actions = [f"action {number}" for number in range(1, 81)]
    rare = rare_actions(actions)
    assert len(set(rare)) == 20
    # in both published lists: 1, 3 and 80 are scored, 2, 16 and 75 are not
    assert {"action 2", "action 16", "action 75"} < set(rare)
    assert not {"action 1", "action 3", "action 80"} & set(rare)
    assert rare_actions(actions[:60]) == ()
