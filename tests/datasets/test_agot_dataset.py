import numpy as np

from stal_plugin.registry import DATASETS


def test_is_a_stal_dataset_with_a_name_of_its_own(gray_footage):
    kwargs = {"ann_file": str(gray_footage), "multilabel": True}
    agot = DATASETS.build({"type": "stal_plugin.AgotDataset", **kwargs})
    plain = DATASETS.build({"type": "stal_plugin.STALDataset", **kwargs})
    assert agot.metainfo == {**plain.metainfo, "dataset_type": "AgotDataset"}
    assert len(agot) == len(plain) == 37
    np.testing.assert_equal(agot.get_data_info(4), plain.get_data_info(4))
