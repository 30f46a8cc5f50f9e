import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stal_plugin.models.backbones import ResNet3D18
from stal_plugin.models.backbones.causal_time import (
    CausalConv3d,
    CausalMaxPool3d,
    StreamBuffers,
    causal_window,
    ending_at_newest,
)


def _clip(*frames: float) -> Tensor:
    return torch.tensor(frames, dtype=torch.float32).view(1, 1, -1, 1, 1)


def test_strides_end_at_the_newest_frame() -> None:
    for frames in range(1, 8):
        clip = torch.arange(frames).view(1, 1, -1, 1, 1)
        taken = ending_at_newest(clip, 3).flatten().tolist()
        assert taken == [t for t in range(frames) if (frames - 1 - t) % 3 == 0]


def test_a_causal_convolution_by_hand() -> None:
    layer = CausalConv3d(1, 1, (3, 1, 1), stride=(2, 1, 1), padding=(1, 0, 0))
    layer.weight.data = torch.tensor([100.0, 10.0, 1.0]).view(1, 1, 3, 1, 1)
    layer.bias.data.zero_()
    # 1 2 3 4: outputs of frames 2 and 4 with the frames before them
    assert layer(_clip(1, 2, 3, 4)).flatten().tolist() == [12, 234]
    assert layer(_clip(1, 2, 3)).flatten().tolist() == [1, 123]
    assert layer(_clip(1, 2)).flatten().tolist() == [12]
    assert layer(_clip(7)).flatten().tolist() == [7]


def test_a_causal_pool_by_hand() -> None:
    pool = CausalMaxPool3d((3, 1, 1), stride=(2, 1, 1), padding=(1, 0, 0))
    assert pool(_clip(5, 1, 2, 3)).flatten().tolist() == [5, 3]
    assert pool(_clip(9, 5, 1, 2, 3)).flatten().tolist() == [9, 9, 3]


def test_an_ordinary_convolution_has_the_same_kernels_shifted_in_time() -> None:
    torch.manual_seed(0)
    plain = nn.Conv3d(2, 3, 3, padding=1)
    causal = CausalConv3d(2, 3, 3, padding=1)
    causal.load_state_dict(plain.state_dict())
    clip = torch.randn(2, 2, 6, 5, 5)
    torch.testing.assert_close(causal(clip)[:, :, 2:], plain(clip)[:, :, 1:-1])


def test_a_convolution_of_few_frames_leaves_out_zeros_only() -> None:
    torch.manual_seed(0)
    layer = CausalConv3d(2, 3, (5, 3, 3), stride=(3, 1, 1), padding=(2, 1, 1))
    for frames in range(1, 6):
        clip = torch.randn(1, 2, frames, 4, 4)
        full = F.conv3d(
            causal_window(clip, 5, 3), layer.weight, layer.bias, (3, 1, 1), (0, 1, 1)
        )
        torch.testing.assert_close(layer(clip), full)


def test_taps_are_so_many_frames_apart() -> None:
    state = None
    for t in range(1, 7):
        buffers = StreamBuffers(state)
        taps = buffers.taps(_clip(t)[:, :, 0], 3, 2).flatten().tolist()
        assert taps == [max(t - 4, 0), max(t - 2, 0), t]
        state = buffers.state
        assert state[0].shape == (1, 1, 4, 1, 1)


NETWORKS = {
    "default": {},
    "mini": {
        "stem_kernel": (3, 5, 5),
        "stem_stride": (2, 2, 2),
        "pool_kernel": (1, 3, 3),
        "pool_stride": (1, 2, 2),
    },
    "strides": {"temporal_strides": (2, 1, 3, 1)},
    "projected": {"shortcut": "B"},
}


@pytest.fixture(params=NETWORKS)
def net(request: pytest.FixtureRequest) -> ResNet3D18:
    torch.manual_seed(0)
    net = ResNet3D18(width=0.0625, causal=True, **NETWORKS[request.param]).eval()
    for module in net.modules():
        if isinstance(module, nn.BatchNorm3d):
            nn.init.uniform_(module.running_mean, -0.1, 0.1)
            nn.init.uniform_(module.bias, -0.1, 0.3)
    return net


def test_streamed_maps_are_those_of_the_whole_video(net: ResNet3D18) -> None:
    video = torch.randn(2, 3, 40, 32, 32)
    state = net.stream_state(2, (32, 32))
    moved = []
    for t in range(40):
        kept = [part.clone() for part in state]
        newest, new_state = net.step(video[:, :, t], state)
        assert all(map(torch.equal, kept, state))  # the old one is not changed
        state = new_state
        if t < 20 or t % 7 == 0:
            with torch.no_grad():
                (whole,) = net(video[:, :, : t + 1])
            torch.testing.assert_close(newest, whole[:, :, -1], rtol=0, atol=1e-5)
        moved.append(newest)
    spread = torch.stack(moved).std(dim=0).mean()
    assert spread > 1e-3  # the maps do change


def test_rows_are_streams_of_their_own(net: ResNet3D18) -> None:
    videos = torch.randn(2, 3, 6, 32, 32)
    both = net.stream_state(2, (32, 32))
    for t in range(6):
        if t == 3:  # the second stream begins anew
            both = tuple(
                part * torch.tensor([1.0, 0]).view(-1, 1, 1, 1, 1) for part in both
            )
        maps, both = net.step(videos[:, :, t], both)
    own = net.stream_state(1, (32, 32))
    for t in range(3, 6):
        newest, own = net.step(videos[1:, :, t], own)
    torch.testing.assert_close(maps[1:], newest, rtol=0, atol=1e-6)


def test_the_future_changes_nothing_and_the_past_does(net: ResNet3D18) -> None:
    video = torch.randn(1, 3, 17, 32, 32, requires_grad=True)
    run = net(video)[0]
    (grad,) = torch.autograd.grad(run[:, :, -1].sum(), video)
    seen = grad.abs().sum(dim=(0, 1, 3, 4)) > 0
    assert seen[-1]
    assert seen[0]
    if run.shape[2] > 1:
        (grad,) = torch.autograd.grad(net(video)[0][:, :, 0].sum(), video)
        first = 16 - net.layer4[1].conv1.frame_step * (run.shape[2] - 1)
        assert not grad[:, :, first + 1 :].any()


def test_weights_of_the_ordinary_network_load() -> None:
    plain, causal = ResNet3D18(width=0.0625), ResNet3D18(width=0.0625, causal=True)
    causal.load_state_dict(plain.state_dict())
    with pytest.raises(ValueError, match="cannot run frame by frame: train it with"):
        plain.step(torch.zeros(1, 3, 32, 32), None)
