import numpy as np
import pytest

from stal_plugin.visualization import (
    BoxOverlay,
    add_caption,
    add_status,
    centred,
    class_colors,
    draw_frame,
    overlay_heatmap,
    resize_frame,
)
from stal_plugin.visualization.labels import TextStyle

CLASSES = [f"Put down sauce {i}" for i in range(9)]
GREY = 90


def _frame(height: int = 240, width: int = 320) -> np.ndarray:
    return np.full((height, width, 3), GREY, np.uint8)


def _predictions(boxes: list, label: int = 4) -> BoxOverlay:
    size = len(boxes)
    return BoxOverlay.of_predictions(
        np.array(boxes, float), np.full(size, label), np.ones(size), CLASSES
    )


def _truth(boxes: list) -> BoxOverlay:
    return BoxOverlay.of_ground_truth(
        np.array(boxes, float), np.full(len(boxes), 4), CLASSES
    )


@pytest.mark.parametrize("scale", [1, 12])
def test_edge_has_the_colour_of_the_class_and_inside_stays(scale: int) -> None:
    x1, y1, x2, y2 = (np.array([40, 100, 120, 180]) * scale).tolist()
    image = draw_frame(
        _frame(240 * scale, 320 * scale), _predictions([[x1, y1, x2, y2]])
    )
    color = class_colors(9)[4].tolist()
    middle = ((x1 + x2) // 2, (y1 + y2) // 2)
    for y, x in ((y2, middle[0]), (middle[1], x1), (middle[1], x2)):
        assert image[y, x].tolist() == color
    thick = TextStyle.for_frame(*image.shape[:2]).line
    inside = image[y1 + thick : y2 - thick, x1 + thick : x2 - thick]
    assert (inside == GREY).all()
    assert (image[y2 + thick :] == GREY).all()
    assert (image[:, : x1 - thick] == GREY).all()


def test_input_is_not_changed_and_drawing_is_repeatable() -> None:
    frame = _frame()
    overlays = _predictions([[40, 100, 120, 180]]), _truth([[50, 100, 120, 180]])
    first = draw_frame(frame, *overlays)
    assert (frame == GREY).all()
    np.testing.assert_array_equal(first, draw_frame(frame, *overlays))
    np.testing.assert_array_equal(draw_frame(frame), frame)


def test_ground_truth_is_dashed_in_black_and_white() -> None:
    image = draw_frame(_frame(), None, _truth([[40, 100, 200, 180]]))
    edge = {tuple(p) for p in image[100, 44:196].tolist()}
    assert edge == {(0, 0, 0), (255, 255, 255)}
    # and it shows on top of a prediction at the same place
    both = draw_frame(
        _frame(), _predictions([[40, 100, 200, 180]]), _truth([[40, 100, 200, 180]])
    )
    colors = {tuple(p) for p in both[98:103, 150].tolist()}
    assert tuple(class_colors(9)[4].tolist()) in colors
    assert colors & {(0, 0, 0), (255, 255, 255)}


@pytest.mark.parametrize(
    "box",
    [[0, 0, 5, 5], [315, 0, 319, 239], [0, 0, 319, 239], [300, 230, 500, 400]],
)
@pytest.mark.parametrize(
    ("size", "with_truth"), [((240, 320), True), ((40, 60), False)]
)
def test_labels_stay_complete_at_the_border(
    box: list, size: tuple, with_truth: bool
) -> None:
    truth = _truth([box]) if with_truth else None
    image = draw_frame(_frame(*size), _predictions([box]), truth)
    assert image.shape == (*size, 3)
    color = class_colors(9)[4]
    style = TextStyle.for_frame(*size)
    filled = (image == color).all(2).sum()
    text = style.fit("Put down sauce 4 1.00", size[1])
    # a label that leaves the frame would lose part of its area
    assert filled > 0.5 * (style.width(text) + 2 * style.pad) * style.height


def test_every_label_of_crowded_boxes_can_be_read() -> None:
    boxes = [[100, 90, 160, 150], [104, 92, 160, 150], [98, 94, 160, 150]]
    overlay = BoxOverlay.of_predictions(
        np.array(boxes, float), np.array([0, 1, 2]), np.ones(3), CLASSES
    )
    image = draw_frame(_frame(), overlay)
    style = TextStyle.for_frame(240, 320)
    width = style.width("Put down sauce 0 1.00") + 2 * style.pad
    for color in class_colors(3):
        area = (image == color).all(2).sum()
        assert area > 0.6 * width * style.height


def test_all_labels_of_a_box_are_written() -> None:
    hot = np.zeros((1, 9))
    one, three = hot.copy(), hot.copy()
    one[:, 4], three[:, [0, 4, 7]] = 1, 1
    box = np.array([[100.0, 60, 160, 120]])
    dark = [
        (draw_frame(_frame(), None, overlay) == 32).all(2).sum()
        for overlay in (
            BoxOverlay.of_ground_truth(box, one, CLASSES),
            BoxOverlay.of_ground_truth(box, three, CLASSES),
        )
    ]
    assert dark[1] == pytest.approx(3 * dark[0], rel=0.1)


def test_each_label_has_the_colour_of_its_class() -> None:
    box = np.array([[100.0, 60, 160, 120]] * 2)
    labels, scores = np.array([4, 7]), np.array([0.9, 0.8])
    overlay = BoxOverlay.of_predictions(box, labels, scores, CLASSES)
    image = draw_frame(_frame(), overlay)
    style = TextStyle.for_frame(240, 320)
    for label in (4, 7):
        area = (image == class_colors(9)[label]).all(2).sum()
        assert area > 0.6 * style.width("Put down sauce 4 0.90") * style.height
    # of annotated boxes the bar beside each label
    truth = BoxOverlay.of_ground_truth(box, labels, CLASSES)
    image = draw_frame(_frame(), None, truth)
    for label in (4, 7):
        bar = (image == class_colors(9)[label]).all(2).sum()
        assert bar == 2 * style.pad * style.height


def test_heatmap_lies_below_the_boxes() -> None:
    heatmap = np.zeros((12, 16))
    heatmap[5:8, 2:6] = 1  # of 20 x 20 pixels: rows 100 to 160, columns 40 to 120
    image = draw_frame(_frame(), _predictions([[40, 100, 120, 180]]), heatmap=heatmap)
    assert image[130, 80, 0] > 200  # yellow
    assert (image[130, 250] == GREY).all()
    assert image[130, 40].tolist() == class_colors(9)[4].tolist()


def test_status_is_in_the_corner_and_none_changes_nothing() -> None:
    frame = _frame()
    image = add_status(frame, "12 fps\nlatency 80 ms")
    style = TextStyle.for_frame(240, 320)
    assert image[1, 1].tolist() == [GREY // 4] * 3
    assert image[: 2 * style.height].max() > 240
    assert (image[2 * style.height :] == GREY).all()
    assert (frame == GREY).all()
    assert add_status(frame, "") is frame


def test_centred() -> None:
    image = centred(np.full((2, 4, 3), 7, np.uint8), (8, 6))
    assert image.shape == (6, 8, 3)
    assert (image[2:4, 2:6] == 7).all()
    assert image.sum() == 7 * 2 * 4 * 3


def test_caption_is_below_the_image() -> None:
    frame = _frame()
    image = add_caption(frame, "a video with a very long name " * 20)
    height = TextStyle.for_frame(240, 320).height
    assert image.shape == (240 + height, 320, 3)
    np.testing.assert_array_equal(image[:240], frame)
    assert image[240:].max() > 200


def test_the_end_of_a_caption_is_never_cut() -> None:
    image = add_caption(_frame(), "a long name of a video " * 9, ", frame 12345")
    end = add_caption(_frame(), "", ", frame 12345")
    style = TextStyle.for_frame(240, 320)
    width = style.width(", frame 12345")
    bars = [picture[240:] > 128 for picture in (image, end)]
    columns = [np.flatnonzero(bar.any((0, 2))) for bar in bars]
    assert columns[0].max() > 320 - 2 * style.pad - 12
    begin = columns[0].max() - columns[1].max()
    last = bars[0][:, begin + style.pad : begin + style.pad + width]
    np.testing.assert_array_equal(last[:, 4:], bars[1][:, style.pad :][:, 4:width])


def test_resize() -> None:
    frame = np.random.default_rng(0).integers(0, 255, (90, 160, 3)).astype(np.uint8)
    assert resize_frame(frame, 160, 90) is frame
    assert resize_frame(frame, 640, 360).shape == (360, 640, 3)
    flat = resize_frame(_frame(200, 400), 40, 20)
    assert (flat == GREY).all()


FRAME = np.full((40, 80, 3), 100, np.uint8)
YELLOW = np.array([255, 234, 70])  # the upper end of matplotlib's cividis


def test_cold_places_stay_and_hot_ones_turn_yellow():
    heatmap = np.zeros((4, 8))
    heatmap[1:3, 5:7] = 1.0
    before = FRAME.copy()
    image = overlay_heatmap(FRAME, heatmap)
    assert (image[:, :40] == 100).all()
    # cells of 10 x 10 pixels; a quarter of the frame still shows
    centre = image[16:24, 56:64].reshape(-1, 3)
    assert np.abs(centre - (0.25 * 100 + 0.75 * YELLOW)).max() < 12
    assert np.array_equal(FRAME, before)


def test_of_several_maps_the_hottest_shows():
    maps = np.random.default_rng(0).random((3, 5, 7))
    assert np.array_equal(
        overlay_heatmap(FRAME, maps), overlay_heatmap(FRAME, maps.max(0))
    )


def test_hotter_is_lighter_for_everyone():
    """A ramp on black: luminance never falls."""
    ramp = np.tile(np.linspace(0, 1, 80), (40, 1))
    image = overlay_heatmap(np.zeros_like(FRAME), ramp)
    luminance = image[20] @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(luminance) > -1).all()
    assert luminance[-1] > 150


@pytest.mark.parametrize(
    ("heatmap", "said"),
    [
        (np.full((4, 4), 1.5), r"in \[0, 1\].*1.5"),
        (np.full((4, 4), np.nan), "nan"),
        (np.zeros(4), r"\(4,\)"),
    ],
)
def test_other_values_are_refused(heatmap, said):
    with pytest.raises(ValueError, match=said):
        overlay_heatmap(FRAME, heatmap)
