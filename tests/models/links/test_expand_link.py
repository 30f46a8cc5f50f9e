import torch


def test_keeps_what_every_link_keeps(check_kind):
    check_kind("ExpandLink")


def test_has_no_parameter_in_the_published_form(build, count, macs):
    assert count(build("ExpandLink", gated=False)) == 0
    assert count(build("ExpandLink")) == 4
    assert macs(build("ExpandLink", gated=False), 4, 6) == 0
    assert count(build("ExpandLink", source=4, target=6, gated=False)) == 24


def test_every_slot_gets_the_map_or_only_the_last(build, signal):
    source = torch.rand(1, 4, 2, 2)
    out = signal(build("ExpandLink", gated=False), source, 3)
    assert all(torch.equal(out[:, :, t], source) for t in range(3))
    out = signal(build("ExpandLink", gated=False, frames="keyframe"), source, 3)
    assert torch.equal(out[:, :, 2], source)
    assert out[:, :, :2].abs().max() == 0


def test_from_3d_to_2d_is_the_mean(build):
    clip = torch.rand(1, 4, 3, 2, 2)
    out = build("ExpandLink", gated=False)(clip, torch.zeros(1, 4, 2, 2))
    assert torch.allclose(out, clip.mean(2))
