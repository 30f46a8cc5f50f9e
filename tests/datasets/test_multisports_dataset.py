from stal_plugin.registry import DATASETS


def test_it_names_what_is_not_scored(gray_footage):
    data = DATASETS.build(
        {"type": "stal_plugin.MultiSportsDataset", "ann_file": str(gray_footage)}
    )
    assert data.metainfo["dataset_name"] == "MultiSports"
    assert len(data.metainfo["unscored_classes"]) == 6
    assert "basketball save" in data.metainfo["unscored_classes"]
