import numpy as np

from stal_plugin.visualization import BoxOverlay, class_colors

CLASSES = ["up", "down", "wipe"]
A, B = [0.0, 0, 5, 5], [1.0, 1, 9, 9]


def test_labels_of_one_box_stand_together_best_first() -> None:
    overlay = BoxOverlay.of_predictions(
        np.array([A, B, A, A]),
        np.array([0, 1, 2, 1]),
        np.array([0.4, 0.5, 0.9, 0.1]),
        CLASSES,
        score_thr=0.4,
    )
    assert overlay.boxes.tolist() == [A, B]
    assert overlay.lines == (("wipe 0.90", "up 0.40"), ("down 0.50",))
    np.testing.assert_array_equal(overlay.colors, class_colors(3)[[2, 1]])
    first, second = overlay.line_colors
    np.testing.assert_array_equal(first, class_colors(3)[[2, 0]])
    np.testing.assert_array_equal(second, class_colors(3)[[1]])


def test_ground_truth_from_integers_and_multi_hot() -> None:
    one = BoxOverlay.of_ground_truth(np.array([A, A, B]), np.array([0, 2, 1]), CLASSES)
    hot = np.array([[1, 0, 1], [0, 1, 0]])
    other = BoxOverlay.of_ground_truth(np.array([A, B]), hot, CLASSES)
    for overlay in (one, other):
        assert overlay.boxes.tolist() == [A, B]
        assert overlay.lines == (("up", "wipe"), ("down",))


def test_track_ids_stand_before_the_first_label() -> None:
    overlay = BoxOverlay.of_predictions(
        np.array([A, B, A]),
        np.array([0, 1, 2]),
        np.array([0.4, 0.5, 0.9]),
        CLASSES,
        track_ids=np.array([7, 3, 7]),
    )
    assert overlay.lines == (("#7 wipe 0.90", "up 0.40"), ("#3 down 0.50",))
    hot = np.array([[1, 0, 1], [0, 1, 0]])
    truth = BoxOverlay.of_ground_truth(
        np.array([A, B]), hot, CLASSES, track_ids=np.array([5, 6])
    )
    assert truth.lines == (("#5 up", "wipe"), ("#6 down",))


def test_nothing_to_show() -> None:
    none = np.zeros((0, 4))
    overlay = BoxOverlay.of_predictions(none, np.zeros(0, int), np.zeros(0), CLASSES)
    assert overlay.boxes.shape == (0, 4)
    assert overlay.colors.shape == (0, 3)
    assert overlay.lines == ()
