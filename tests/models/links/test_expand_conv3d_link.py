import torch


def test_keeps_what_every_link_keeps(check_kind):
    check_kind("ExpandConv3dLink")


def test_every_slot_is_lit_but_the_ends_see_empty_padding(build, signal):
    out = signal(build("ExpandConv3dLink", gated=False), torch.rand(1, 4, 5, 5), 6)
    assert (out.abs().sum(dim=(0, 1, 3, 4)) > 0).all()
    assert torch.allclose(out[:, :, 2], out[:, :, 3], atol=1e-6)
    assert not torch.allclose(out[:, :, 0], out[:, :, 2], atol=1e-6)


def test_key_frame_slot_spreads_to_the_two_before(build):
    link = build("ExpandConv3dLink", gated=False, frames="keyframe").eval()
    target = torch.zeros(1, 4, 6, 5, 5)
    with torch.no_grad():
        a, b = (
            link(torch.rand(1, 4, 5, 5), target),
            link(torch.rand(1, 4, 5, 5), target),
        )
    changed = (a != b).any(dim=(0, 1, 3, 4)).nonzero().flatten().tolist()
    assert changed == [3, 4, 5]


def test_cost_of_the_paper_at_full_size(build, count, macs):
    link = build("ExpandConv3dLink")
    assert count(link) == 27 * 4 * 4 + 2 * 2 + 2 * 4 + 4
    assert macs(link, 4, 6) == 27 * 16 * 36 * 4  # in every slot
    # Three links of 64, 128 and 256 channels: 27 C^2 weights each, 2.32 M in all,
    # and 4.86 G multiply-adds on 8x56x56, 4x28x28 and 2x14x14.
    links = [build("ExpandConv3dLink", source=c, target=c) for c in (64, 128, 256)]
    weights = [sum(p.numel() for p in x.parameters() if p.ndim == 5) for x in links]
    assert sum(weights) == 2_322_432
    cells = (8 * 56 * 56, 4 * 28 * 28, 2 * 14 * 14)
    total = sum(w * n for w, n in zip(weights, cells, strict=True))
    assert round(total / 1e9, 2) == 4.86
