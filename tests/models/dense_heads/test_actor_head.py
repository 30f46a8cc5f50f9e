import pytest
import torch

from stal_plugin.models.dense_heads import ActorHead


def _head(**changes: int) -> ActorHead:
    torch.manual_seed(0)
    head = ActorHead(4, 3, **{"window": 3, **changes})
    torch.nn.init.normal_(head.fc_cls.weight)
    head.norm.running_mean.uniform_(-1, 1)
    head.norm.running_var.uniform_(0.5, 2)
    return head.eval()


def test_logits_are_linear_in_the_normal_mean_of_the_last_steps() -> None:
    head, maps = _head(), torch.randn(2, 4, 5, 6, 6)
    mean = maps[:, :, -3:].mean(dim=(2, 3, 4))
    normal = (mean - head.norm.running_mean) / (head.norm.running_var + 1e-5).sqrt()
    expected = normal @ head.fc_cls.weight.T + head.fc_cls.bias
    assert torch.allclose(head(maps), expected, atol=1e-5)


@pytest.mark.parametrize("pool_size", [1, 2])
def test_streaming_equals_the_whole_clip(pool_size: int) -> None:
    head = _head(pool_size=pool_size)
    maps, state = torch.randn(2, 4, 7, 6, 6), head.stream_state(2)
    assert state["vectors"].shape == (2, 3, 4 * pool_size**2)
    for t in range(7):
        logits, state = head.step(maps[:, :, t], state)
        assert torch.allclose(logits, head(maps[:, :, : t + 1]), atol=1e-5)
    assert state["counts"].tolist() == [3, 3]


def test_parts_of_the_map_stay_apart() -> None:
    head, maps = _head(pool_size=2), torch.arange(16.0).view(1, 1, 4, 4)
    vectors = head.vectors(maps.expand(1, 4, 4, 4))
    assert vectors[0, :4].tolist() == [2.5, 4.5, 10.5, 12.5]


def test_a_single_actor_trains_with_the_known_statistics() -> None:
    head = _head().train()
    one = torch.randn(1, 2, 4)
    assert torch.allclose(head.classify(one), head.eval().classify(one))


def test_norm_learns_the_statistics_of_the_training_data() -> None:
    head = ActorHead(2, 3).train()
    vectors = torch.randn(4000, 1, 2) * torch.tensor([2.0, 0.5]) + 3
    for _ in range(60):
        head.classify(vectors)
    assert torch.allclose(head.norm.running_mean, torch.tensor([3.0, 3.0]), atol=0.15)
    assert torch.allclose(head.norm.running_var, torch.tensor([4.0, 0.25]), rtol=0.1)


def test_without_norm_features_go_straight_to_the_layer() -> None:
    head = ActorHead(4, 3, norm=False)
    vectors = torch.randn(2, 2, 4)
    assert torch.allclose(head.classify(vectors), head.fc_cls(vectors.mean(1)))


def test_classes_start_equal() -> None:
    head = ActorHead(4, 3)
    head.init_weights()
    assert head(torch.randn(5, 4, 2, 3, 3)).abs().max() < 0.3


@pytest.mark.parametrize("changes", [{"window": 0}, {"pool_size": 0}])
def test_sizes_are_checked(changes: dict) -> None:
    with pytest.raises(ValueError, match="must be at least 1"):
        ActorHead(4, 3, **changes)
