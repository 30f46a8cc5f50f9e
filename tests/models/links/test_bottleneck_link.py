import torch


def test_keeps_what_every_link_keeps(check_kind):
    check_kind("BottleneckLink")


def test_all_frames_get_the_same_residual_or_only_the_last(build, signal):
    source = torch.rand(1, 4, 5, 5)
    out = signal(build("BottleneckLink", gated=False), source, 3)
    assert out[:, :, 0].abs().sum() > 0
    assert torch.equal(out[:, :, 0], out[:, :, 2])
    last = signal(build("BottleneckLink", gated=False, frames="keyframe"), source, 3)
    assert torch.equal(last[:, :, 2], out[:, :, 2])
    assert last[:, :, :2].abs().max() == 0


def test_cost(build, count, macs):
    link = build("BottleneckLink")
    assert count(link) == 27 * 4 * 4 + 2 * 2 + 2 * 4 + 4  # two convs, norms, gate
    assert macs(link, 4, 6) == 27 * 16 * 36
