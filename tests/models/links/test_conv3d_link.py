import pytest
import torch


def _lit(link, frames: int) -> list[int]:
    """Slots that change when the map changes."""
    target = torch.zeros(1, 4, frames, 6, 6)
    link.eval()
    with torch.no_grad():
        a, b = (
            link(torch.rand(1, 4, 6, 6), target),
            link(torch.rand(1, 4, 6, 6), target),
        )
    return (a != b).any(dim=(0, 1, 3, 4)).nonzero().flatten().tolist()


def test_keeps_what_every_link_keeps(check_kind):
    check_kind("Conv3dLink")


@pytest.mark.parametrize(
    ("frames", "lit"), [(8, [3, 4]), (4, [1, 2]), (2, [0, 1]), (1, [0])]
)
def test_published_form_leaves_most_frames_dead(build, frames, lit):
    # Padding 8 and 4 with stride 2: output t sees padded positions 2t .. 2t + 2, the
    # map stands at 8 or 4. Hence frames 3 and 4 of 8, and 1 and 2 of 4.
    assert _lit(build("Conv3dLink", gated=False, frames="padded"), frames) == lit


@pytest.mark.parametrize(("frames", "lit"), [("all", [0, 1, 2, 3]), ("keyframe", [3])])
def test_corrected_forms_reach_the_frames_they_name(build, frames, lit):
    assert _lit(build("Conv3dLink", gated=False, frames=frames), 4) == lit


def test_padded_frames_exist_in_one_direction_only(build):
    link = build("Conv3dLink", frames="padded")
    with pytest.raises(ValueError, match="from the 2D to the 3D branch only"):
        link(torch.zeros(1, 4, 4, 6, 6), torch.zeros(1, 4, 6, 6))


def test_on_one_frame_it_is_a_2d_convolution(build):
    link = build("Conv3dLink", gated=False).eval()
    source = torch.rand(1, 4, 6, 6)
    kernel = link.conv[0].weight[:, :, 1]
    expected = torch.nn.functional.conv2d(source, kernel, padding=1)
    expected = (expected / (1 + 1e-5) ** 0.5).relu()
    out = link(source, torch.zeros(1, 4, 3, 6, 6))
    assert torch.allclose(out[:, :, 0], expected, atol=1e-5)


def test_cost(build, count, macs):
    link = build("Conv3dLink")
    assert count(link) == 27 * 4 * 4 + 2 * 4 + 4  # convolution, norm, gate
    assert macs(link, 4, 6) == 27 * 16 * 36  # on one slot
    assert macs(build("Conv3dLink", frames="padded"), 4, 6) == 27 * 16 * 36 * 4
