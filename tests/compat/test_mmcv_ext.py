import pytest
import torch

from stal_plugin.compat.import_fixes import make_mmcv_ext


def test_has_a_working_nms():
    boxes = torch.tensor([[0.0, 0, 10, 10], [1, 0, 11, 10]])
    kept = make_mmcv_ext().nms(
        boxes, torch.tensor([0.1, 0.2]), iou_threshold=0.5, offset=0
    )
    assert kept.tolist() == [1]


def test_other_operators_say_what_to_install_when_called():
    operator = make_mmcv_ext().roi_align_forward
    with pytest.raises(NotImplementedError, match=r"'roi_align_forward'.*pip install"):
        operator(torch.zeros(1))


def test_is_no_package_and_has_no_invented_attributes():
    module = make_mmcv_ext()
    assert not hasattr(module, "__path__")
    assert not hasattr(module, "__wrapped__")
