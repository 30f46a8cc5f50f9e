import base64
import xml.etree.ElementTree as ET

import cv2
import numpy as np
import pytest

from stal_plugin.visualization.charts import new_figure
from stal_plugin.visualization.reports.report_part import Picture, themed_svg


def _figure():
    figure = new_figure(2, 1)
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color="#0072B2")
    axes.set_title("Ähnlich & <anders>")
    return figure


def test_black_and_white_of_a_chart_follow_the_colour_scheme():
    text = themed_svg(_figure())
    ET.fromstring(text)  # well formed
    style = text[text.index("<style>") : text.index("</style>")]
    assert "prefers-color-scheme: dark" in style
    rest = text.replace(style, "")
    assert "#000000" not in rest
    assert "#ffffff" not in rest
    assert "var(--paper)" in rest
    assert "#0072b2" in rest  # other colours stay
    assert "Ähnlich &amp; &lt;anders&gt;" in rest  # text, not outlines
    assert "DejaVu Sans', Verdana" in rest


def test_the_same_chart_gives_the_same_text():
    assert themed_svg(_figure()) == themed_svg(_figure())


def test_an_image_can_be_read_back():
    image = np.zeros((24, 32, 3), np.uint8)
    image[..., 0] = 200  # red
    picture = Picture.of_image(image, "red", "caption")
    head, data = picture.uri.split(",")
    assert head == "data:image/jpeg;base64"
    back = cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), 1)
    assert back.shape == (24, 32, 3)
    np.testing.assert_allclose(back[12, 16], [0, 0, 200], atol=6)  # BGR


def test_a_picture_needs_a_text_alternative():
    with pytest.raises(ValueError, match="text alternative"):
        Picture("data:,", " ")
