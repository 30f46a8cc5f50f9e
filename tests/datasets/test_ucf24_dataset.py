import numpy as np

from stal_plugin.registry import DATASETS


def test_is_a_stal_dataset_with_a_name_of_its_own(gray_footage):
    kwargs = {"ann_file": str(gray_footage), "multilabel": True}
    ucf = DATASETS.build({"type": "stal_plugin.UCF24Dataset", **kwargs})
    plain = DATASETS.build({"type": "stal_plugin.STALDataset", **kwargs})
    names = {"dataset_type": "UCF24Dataset", "dataset_name": "UCF101-24"}
    assert ucf.metainfo == {**plain.metainfo, **names}
    assert "dataset_name" not in plain.metainfo
    np.testing.assert_equal(ucf.get_data_info(4), plain.get_data_info(4))
