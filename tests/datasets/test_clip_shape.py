from mmengine.config import Config

from stal_plugin.datasets.pipeline_steps import clip_shape


def _config(*pipeline: dict) -> Config:
    return Config({"test_dataloader": {"dataset": {"pipeline": list(pipeline)}}})


def test_clip_shape_is_read_from_the_pipeline():
    steps = (
        {"clip_len": 16},
        {"type": "x"},
        {"scale": (340, 256)},
        {"scale": (224, 112)},
    )
    assert clip_shape(_config(*steps)) == (16, 112, 224)


def test_what_no_step_tells_is_zero():
    assert clip_shape(_config({"clip_len": 8})) == (8, 0, 0)


def test_crops_of_an_actor_detector_are_as_large_as_its_view():
    inner = {"pipeline": [{"clip_len": 16}]}
    dataset = {"type": "stal_plugin.ActorFeatureDataset", "dataset": inner}
    model = {"view": {"size": 172}}
    cfg = Config({"test_dataloader": {"dataset": dataset}, "model": model})
    assert clip_shape(cfg) == (16, 172, 172)
