import pytest
import torch

from stal_plugin.engine.checkpoints.fitting import fit_tensors

MODEL = {
    "conv.weight": torch.zeros(4, 3),
    "bn.bias": torch.zeros(4),
    "bn.num_batches_tracked": torch.tensor(0),
    "output.bias": torch.zeros(7),
}


def test_tensors_are_loaded_skipped_or_missing() -> None:
    tensors = {
        "conv.weight": torch.ones(4, 3),
        "output.bias": torch.ones(9),
        "fc.weight": torch.ones(2),
    }
    fit = fit_tensors(tensors, MODEL, class_layers=("output.",))
    assert [*fit.loaded] == ["conv.weight"]
    assert fit.skipped == {
        "output.bias": "shape (9,) in the file, (7,) in the model: other classes",
        "fc.weight": "the model has no such layer",
    }
    assert fit.missing == ("bn.bias",)


def test_other_shapes_are_refused_with_both() -> None:
    tensors = {"conv.weight": torch.ones(8, 3), "bn.bias": torch.ones(8)}
    with pytest.raises(ValueError, match="2 of 2 tensors have another") as error:
        fit_tensors(tensors, MODEL, advice="Do this")
    assert error.match(r"conv.weight: \(8, 3\) in the file, \(4, 3\) in the model; bn")
    assert error.match(r"Do this$")


def test_many_differences_are_shortened() -> None:
    model = {str(i): torch.zeros(1) for i in range(9)}
    with pytest.raises(ValueError, match="and 6 more"):
        fit_tensors({name: torch.zeros(2) for name in model}, model)


def test_a_file_that_shares_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match=r"none of the 1 tensors is one of the model"):
        fit_tensors({"a.b": torch.zeros(1)}, MODEL)


def test_a_stem_of_rgb_is_filled_up_for_motion() -> None:
    stem = torch.rand(4, 3, 3, 5, 5)
    model = {"conv1.weight": torch.rand(4, 6, 3, 5, 5)}
    fit = fit_tensors({"conv1.weight": stem}, model)
    loaded = fit.loaded["conv1.weight"]
    assert torch.equal(loaded[:, :3], stem)
    assert (loaded[:, 3:] == 0).all()
    assert loaded.shape == (4, 6, 3, 5, 5)
    assert fit.widened == ("conv1.weight",)


@pytest.mark.parametrize("shape", [(4, 6, 3, 3, 3), (8, 6, 3, 5, 5), (4, 9, 3, 5, 5)])
def test_another_stem_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="do not fit"):
        fit_tensors(
            {"conv1.weight": torch.rand(4, 3, 3, 5, 5)},
            {"conv1.weight": torch.rand(shape)},
        )
