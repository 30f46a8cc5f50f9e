import mmdet.models.losses as mmdet_losses
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mmaction.models.losses import CBFocalLoss
from mmengine.registry import MODELS as ROOT_MODELS

from stal_plugin.models.losses import enf_loss
from stal_plugin.models.losses.enf_loss import ENFLoss

COUNTS = [403, 15239, 2000, 838]
K = len(COUNTS)
BALANCED = {
    "num_classes": K,
    "samples_per_class": COUNTS,
    "beta": 0.9999,
    "form": "inverse",
}


def _batch(rows: int = 16) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.randn(rows, K) * 3, torch.arange(rows) % K


@pytest.mark.parametrize("gamma", [1.0, 2.0])
@pytest.mark.parametrize("beta", [0.99, 0.9999])
def test_sigmoid_inverse_class_equals_mmaction(gamma: float, beta: float) -> None:
    pred, target = _batch()
    pred.requires_grad_()
    reference = CBFocalLoss(samples_per_cls=COUNTS, beta=beta, gamma=gamma)
    ours = ENFLoss(
        **{**BALANCED, "beta": beta},
        gamma=gamma,
        normalize="class",
        activation="sigmoid",
    )
    losses = [reference(pred, target), ours(pred, target, avg_factor=len(pred))]
    torch.testing.assert_close(*losses)
    torch.testing.assert_close(*[torch.autograd.grad(x, pred)[0] for x in losses])


def test_mmaction_is_wrong_where_exp_overflows() -> None:
    """log(1 + exp(100)) is inf in fp32, which makes its modulator 0 instead of 1."""
    pred = torch.tensor([[-100.0, -100.0, -100.0, -100.0]], requires_grad=True)
    target = torch.tensor([0])
    reference = CBFocalLoss(samples_per_cls=COUNTS)
    assert reference(pred, target).item() == 0
    ours = ENFLoss(**BALANCED, normalize="class", activation="sigmoid")
    loss = ours(pred, target, avg_factor=1)
    weight = ours.class_weights[0].item()
    assert loss.item() == pytest.approx(100 * weight)
    loss.backward()
    assert pred.grad.tolist()[0] == pytest.approx([-weight, 0, 0, 0])


def test_gamma_and_beta_zero_is_cross_entropy_with_its_gradients() -> None:
    pred, target = _batch()
    pred.requires_grad_()
    soft = ENFLoss(K, beta=0, gamma=0)
    hard = ENFLoss(K, beta=0, gamma=0, use_sigmoid=True)
    one_hot = F.one_hot(target, K).float()
    pairs = [
        (soft(pred, target), F.cross_entropy(pred, target)),
        (hard(pred, target), F.binary_cross_entropy_with_logits(pred, one_hot)),
    ]
    for ours, theirs in pairs:
        torch.testing.assert_close(ours, theirs)
        torch.testing.assert_close(
            *[torch.autograd.grad(x, pred)[0] for x in (ours, theirs)]
        )


def test_beta_zero_is_focal_loss() -> None:
    pred, target = _batch()
    ours = ENFLoss(K, beta=0, activation="sigmoid")
    theirs = mmdet_losses.FocalLoss(gamma=2.0, alpha=0.5)  # alpha halves every term
    torch.testing.assert_close(ours(pred, target) / 2, theirs(pred, target))


@pytest.mark.parametrize("form", ["paper", "inverse"])
def test_ratio_to_cross_entropy_is_the_paper_s_weight(form: str) -> None:
    pred, target = _batch()
    loss = ENFLoss(K, COUNTS, beta=0.999, form=form, reduction="none")
    p = pred.softmax(1)[torch.arange(len(pred)), target]
    n = torch.tensor(COUNTS)[target].double()
    w2 = (1 - 0.999**n) / (1 - 0.999)
    weight = w2 if form == "paper" else 1 / w2
    ratio = loss(pred, target) / F.cross_entropy(pred, target, reduction="none")
    torch.testing.assert_close(ratio, ((1 - p) ** 2 * weight).float())


def test_the_paper_s_beta_only_scales_the_focal_loss() -> None:
    pred, target = _batch()
    for activation in ("softmax", "sigmoid"):
        focal = ENFLoss(K, beta=0, activation=activation)(pred, target)
        paper = ENFLoss(K, COUNTS, activation=activation)(pred, target)
        assert (paper / focal).item() == pytest.approx(1 / 0.3, rel=1e-6)


def test_instance_normalisation_keeps_the_mean_weight() -> None:
    loss = ENFLoss(**BALANCED, normalize="instance", gamma=0, reduction="sum")
    counts = torch.tensor(COUNTS)
    labels = torch.arange(K).repeat_interleave(counts)
    # Equal logits: every row costs log(K) times its weight.
    total = loss(torch.zeros(len(labels), K), labels)
    plain = len(labels) * torch.log(torch.tensor(float(K)))
    assert (total / plain).item() == pytest.approx(1, rel=1e-5)


def test_warns_once_with_the_paper_s_beta(monkeypatch: pytest.MonkeyPatch) -> None:
    messages: list[str] = []
    monkeypatch.setattr(enf_loss, "print_log", lambda text, **_: messages.append(text))
    loss = ENFLoss(K, COUNTS)
    loss(*_batch())
    loss(*_batch())
    assert len(messages) == 1
    assert "does not balance" in messages[0]
    ENFLoss(**BALANCED)
    ENFLoss(K, beta=0)
    ENFLoss(1, [5])
    assert len(messages) == 1
    assert "0.999" in messages[0]
    assert "inverse" in messages[0]


@pytest.mark.parametrize(
    ("weights", "beta", "warned"),
    [
        ([1.0, 1.0099], 0.7, True),
        ([1.0, 1.0101], 0.7, False),
        ([1.0, 1.0], 0.0, False),
        ([1.0], 0.7, False),
    ],
)
def test_one_percent_is_uniform(
    weights: list[float], beta: float, warned: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages: list[str] = []
    monkeypatch.setattr(enf_loss, "print_log", lambda text, **_: messages.append(text))
    enf_loss.warn_if_uniform(np.array(weights), beta, "paper")
    assert len(messages) == warned
    assert all("0.999" in text and "inverse" in text for text in messages)


@pytest.mark.parametrize("activation", ["softmax", "sigmoid"])
def test_mmdet_contract(activation: str) -> None:
    pred, target = _batch(6)
    kwargs = {**BALANCED, "activation": activation}
    elements = ENFLoss(**kwargs, reduction="none")(pred, target)
    weight = torch.tensor([1.0, 0, 2, 0.5, 1, 0])
    rows = elements if elements.dim() == 1 else elements.sum(1)
    loss = ENFLoss(**kwargs, loss_weight=3)
    assert loss(pred, target).item() == pytest.approx(3 * elements.mean().item())
    weighted = loss(pred, target, weight, avg_factor=7.0).item()
    assert weighted == pytest.approx(3 * (rows @ weight).item() / 7, rel=1e-5)
    total = loss(pred, target, reduction_override="sum").item()
    assert total == pytest.approx(3 * rows.sum().item(), rel=1e-5)
    none = loss(pred, target, weight, reduction_override="none")
    expected = elements * (weight if elements.dim() == 1 else weight[:, None])
    torch.testing.assert_close(none, 3 * expected)
    with pytest.raises(ValueError, match="avg_factor"):
        loss(pred, target, avg_factor=2, reduction_override="sum")


def test_yolo_head_s_maps_equal_rows() -> None:
    """mmdet.YOLOV3Head passes (B, P, K), one-hot labels and weights (B, P, 1)."""
    pred, target = _batch(12)
    mask = (torch.arange(12) % 2).float()
    for activation in ("softmax", "sigmoid"):
        loss = ENFLoss(**BALANCED, activation=activation, reduction="sum")
        one_hot = F.one_hot(target, K).float()
        maps = [x.view(3, 4, -1) for x in (pred, one_hot, mask)]
        torch.testing.assert_close(
            loss(maps[0], maps[1], weight=maps[2]), loss(pred, target, mask)
        )


def test_background_in_sigmoid_is_a_row_of_zeros() -> None:
    pred, _ = _batch(2)
    loss = ENFLoss(**BALANCED, activation="sigmoid", reduction="sum")
    background = torch.tensor([K, K])
    torch.testing.assert_close(loss(pred, background), loss(pred, torch.zeros(2, K)))
    focal = ENFLoss(K, beta=0, activation="sigmoid", reduction="sum")
    ratio = loss(pred, background) / focal(pred, background)
    assert ratio.item() == pytest.approx(loss.class_weights.mean().item())
    normal = ENFLoss(
        **BALANCED, normalize="instance", activation="sigmoid", reduction="sum"
    )
    torch.testing.assert_close(normal(pred, background), focal(pred, background))


def test_background_in_softmax_is_one_more_column() -> None:
    pred = torch.randn(3, K + 1)
    target = torch.tensor([K, 0, K])
    loss = ENFLoss(**BALANCED, gamma=0, normalize="class", reduction="none")
    weight = torch.tensor([1, loss.class_weights[0], 1])
    expected = weight * F.cross_entropy(pred, target, reduction="none")
    torch.testing.assert_close(loss(pred, target), expected)


def test_multi_hot_takes_the_mean_weight_of_its_classes() -> None:
    pred, _ = _batch(1)
    loss = ENFLoss(**BALANCED, activation="sigmoid", reduction="none")
    plain = ENFLoss(K, beta=0, activation="sigmoid", reduction="none")
    target = torch.tensor([[1, 1, 0, 0]])
    weight = loss.class_weights[:2].mean()
    torch.testing.assert_close(loss(pred, target), weight * plain(pred, target.float()))


def test_soft_labels_in_softmax_mix_the_classes() -> None:
    """mmaction's heads pass them with ``label_smooth_eps``."""
    pred, _ = _batch(1)
    loss = ENFLoss(**BALANCED, reduction="sum")
    soft = torch.tensor([[0.7, 0.1, 0.1, 0.1]])
    parts = [t * loss(pred, torch.tensor([c])) for c, t in enumerate(soft[0])]
    torch.testing.assert_close(loss(pred, soft), sum(parts))


@pytest.mark.parametrize("activation", ["softmax", "sigmoid"])
def test_no_rows_cost_nothing_and_give_zero_gradients(activation: str) -> None:
    features = torch.ones(2, K, requires_grad=True)
    loss = ENFLoss(**BALANCED, activation=activation)
    value = loss(features[:0], torch.zeros(0, dtype=torch.long))
    value.backward()
    assert value.item() == 0
    assert features.grad.abs().sum() == 0


@pytest.mark.parametrize("activation", ["softmax", "sigmoid"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_far_logits_stay_finite(activation: str, dtype: torch.dtype) -> None:
    pred = (torch.tensor([[200.0, -200, 200, -200]])).to(dtype).requires_grad_()
    for label in range(K):
        pred.grad = None
        loss = ENFLoss(**BALANCED, activation=activation, gamma=0.5)
        value = loss(pred, torch.tensor([label]))
        value.backward()
        assert value.dtype == torch.float32
        assert torch.isfinite(value)
        assert torch.isfinite(pred.grad).all()


def test_gradcheck_in_double() -> None:
    pred, target = _batch(4)
    pred = pred.double().requires_grad_()
    for activation in ("softmax", "sigmoid"):
        loss = ENFLoss(**BALANCED, normalize="instance", activation=activation)
        torch.autograd.gradcheck(lambda x, f=loss: f(x, target), pred)


def test_weights_travel_in_the_checkpoint() -> None:
    """Also into a loss whose config asks for counts that nobody computed."""
    trained = ENFLoss(**BALANCED)
    loss = ENFLoss(**{**BALANCED, "samples_per_class": {"ann_file": "absent.csv"}})
    loss.load_state_dict({}, strict=False)
    with pytest.raises(ValueError, match=r"asks for samples_per_class.*tools/train"):
        loss(*_batch())
    loss.load_state_dict(trained.state_dict())
    batch = _batch()
    assert loss(*batch).item() == trained(*batch).item()
    assert torch.equal(loss.class_weights, trained.class_weights)


def test_weights_of_the_configuration_win_over_those_of_a_checkpoint() -> None:
    other = ENFLoss(**{**BALANCED, "samples_per_class": [1, 2, 3, 4]})
    loss = ENFLoss(**BALANCED)
    own = loss.class_weights.clone()
    loss.load_state_dict(other.state_dict())
    assert torch.equal(loss.class_weights, own)


def test_builds_by_prefix_and_names_its_switch() -> None:
    loss = ROOT_MODELS.build(
        {"type": "stal_plugin.ENFLoss", "use_sigmoid": True, **BALANCED}
    )
    assert loss.use_sigmoid
    assert loss.activation == "sigmoid"
    assert list(loss.state_dict()) == ["class_weights"]
    assert ENFLoss(K, beta=0).activation == "softmax"


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"activation": "relu"}, "'softmax' or 'sigmoid', got 'relu'"),
        ({"activation": "softmax", "use_sigmoid": True}, "contradicts"),
        ({"reduction": "avg"}, "reduction must be one of"),
        ({"gamma": -1.0}, "gamma must be >= 0, got -1.0"),
        ({"beta": 0.5}, "needs samples_per_class"),
        ({"samples_per_class": [1, 2, 3]}, "has 3 classes, but num_classes is 4"),
        ({"samples_per_class": [0] * K}, "positive count"),
    ],
)
def test_bad_arguments(kwargs: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ENFLoss(**{"num_classes": K, "beta": 0.0, **kwargs})


@pytest.mark.parametrize(
    ("columns", "labels", "use_sigmoid"),
    [(3, [0, 2], False), (4, [0, 3], False), (3, [0, 3], True), (3, [], True)],
)
def test_accepted_labels(columns: int, labels: list[int], use_sigmoid: bool) -> None:
    target = torch.tensor(labels, dtype=torch.long)
    loss = ENFLoss(3, beta=0, use_sigmoid=use_sigmoid)
    assert torch.isfinite(loss(torch.zeros(len(labels), columns), target))


@pytest.mark.parametrize(
    ("columns", "labels", "use_sigmoid", "message"),
    [
        (
            5,
            [0, 1],
            False,
            r"takes \[3, 4\] logits per row, got pred of shape \(2, 5\)",
        ),
        (4, [0, 1], True, r"takes \[3\] logits per row"),
        (3, [0, 3], False, r"0 to 2, got \[0, 3\].*label 3; it needs sigmoid or 4"),
        (3, [-1, 0], True, r"0 to 3, got \[-1, 0\]"),
        (3, [0, 1, 2], True, r"shape \(2,\), got \(3,\)"),
    ],
)
def test_refused_labels(
    columns: int, labels: list[int], use_sigmoid: bool, message: str
) -> None:
    loss = ENFLoss(3, beta=0, use_sigmoid=use_sigmoid)
    with pytest.raises(ValueError, match=message):
        loss(torch.zeros(2, columns), torch.tensor(labels))


def test_dense_labels_of_another_shape_are_refused() -> None:
    loss = ENFLoss(3, beta=0, use_sigmoid=True)
    with pytest.raises(ValueError, match=r"\(2, 3\), got \(2, 4\)"):
        loss(torch.zeros(2, 3), torch.zeros(2, 4))


def test_the_paper_s_name_of_gamma_still_works() -> None:
    loss = ROOT_MODELS.build(
        {"type": "stal_plugin.ENFLoss", "num_classes": K, "beta": 0.0, "alpha": 0.5}
    )
    assert loss.gamma == 0.5
