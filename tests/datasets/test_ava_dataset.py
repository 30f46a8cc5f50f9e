import numpy as np

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
