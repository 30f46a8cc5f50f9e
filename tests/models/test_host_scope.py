from mmengine.registry import DefaultScope

from stal_plugin.models.host_scope import in_own_scope
from stal_plugin.registry import MODELS

HEAD = {"type": "mmdet.RetinaHead", "num_classes": 2, "in_channels": 4}


def test_defaults_of_a_host_class_are_of_its_library() -> None:
    with DefaultScope.overwrite_default_scope("mmaction"):
        head = MODELS.build(in_own_scope(HEAD))
        assert DefaultScope.get_current_instance().scope_name == "mmaction"
    assert type(head.loss_cls).__module__.startswith("mmdet.")


def test_other_configs_stay_as_they_are() -> None:
    assert in_own_scope({"type": "stal_plugin.CFAM"}) == {"type": "stal_plugin.CFAM"}
    assert in_own_scope({"type": "BN"}) == {"type": "BN"}
    assert in_own_scope({"type": dict}) == {"type": dict}
    given = {"type": "mmdet.FPN", "_scope_": "mmaction"}
    assert in_own_scope(given) == given
    assert in_own_scope(HEAD) == {"_scope_": "mmdet", **HEAD}
    assert "_scope_" not in HEAD


def test_modules_one_after_the_other() -> None:
    assert in_own_scope([HEAD, {"type": "BN"}]) == [
        {"_scope_": "mmdet", **HEAD},
        {"type": "BN"},
    ]
