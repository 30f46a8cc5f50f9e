import torch

from stal_plugin.engine.checkpoints.inference_config import META_KEY, InferenceConfig
from stal_plugin.engine.checkpoints.legacy_config import parse_config_text
from stal_plugin.engine.checkpoints.transfer import checkpoint_anchors

CFG = """
model = dict(
    bbox_head=dict(prior_generator=dict(base_sizes=[[(4, 8), (16.5, 9)]])),
    detector=dict(
        bbox_head=dict(anchor_generator=dict(base_sizes=[[(1, 2)], [(3, 4)]]))
    ),
)
"""


def test_base_sizes_of_the_config() -> None:
    names = [
        "bbox_head.prior_generator.anchor_sizes",
        "detector.bbox_head.prior_generator.anchor_sizes",
        "classifier.bbox_head.prior_generator.anchor_sizes",
    ]
    found = checkpoint_anchors({"cfg": CFG}, names)
    assert {name: sizes.tolist() for name, sizes in found.items()} == {
        names[0]: [[[4, 8], [16.5, 9]]],
        names[1]: [[[1, 2]], [[3, 4]]],
    }
    config = InferenceConfig(parse_config_text(CFG)["model"], ())
    again = checkpoint_anchors({META_KEY: config.to_json()}, names)
    assert all(torch.equal(again[name], found[name]) for name in (*found, *again))
    assert checkpoint_anchors({}, names) == {}
    assert checkpoint_anchors({"cfg": "model = ("}, names) == {}


def test_anything_but_numbers_is_passed_over() -> None:
    name = "bbox_head.prior_generator.anchor_sizes"
    for sizes in ([{"type": "x"}], "abc", [[(1, 2)], [(3, 4), (5, 6)]]):
        head = {"prior_generator": {"base_sizes": sizes}}
        config = InferenceConfig({"bbox_head": head}, ())
        assert checkpoint_anchors({META_KEY: config.to_json()}, [name]) == {}
    for head in ("abc", [1], {"prior_generator": 3}):
        config = InferenceConfig({"bbox_head": head}, ())
        assert checkpoint_anchors({META_KEY: config.to_json()}, [name]) == {}
