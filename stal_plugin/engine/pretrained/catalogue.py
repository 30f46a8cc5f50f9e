"""Models that work without training, and where the weights of their parts come from.

Only addresses that stand here are ever fetched from.
"""

from dataclasses import dataclass
from pathlib import Path

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class PublishedFile:
    """A file that its authors publish.

    Args:
        name: Under which it is looked for and kept.
        address: Where it is fetched from.
        sha256: Of what was fetched there; a user's own file may be another.
        licence: What its authors say.
    """

    name: str
    address: str
    sha256: str
    licence: str


@dataclass(frozen=True)
class PretrainedPart:
    """A part of a model that was trained elsewhere.

    Args:
        what: What it is, for messages.
        format: Of ``tools/convert_weights.py``.
        files: Of which one is enough; the first is fetched.
        places: Beginning of a converted name, and of the model's name for it.
    """

    what: str
    format: str
    files: tuple[PublishedFile, ...]
    places: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class PretrainedModel:
    """A model that works without training.

    Args:
        config: Its config among ours, with ``model`` and ``test_pipeline``.
        parts: Where its weights come from.
        class_file: Names of its classes, one a line, in order.
        frame_rate: Frames per second that its clip network sees.
    """

    config: str
    parts: tuple[PretrainedPart, ...]
    class_file: Path
    frame_rate: float

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of its classes."""
        return tuple(self.class_file.read_text(encoding="utf-8").splitlines())


_YOLOX = "https://github.com/Megvii-BaseDetection/YOLOX/releases/download/0.1.1rc0"
_YOLOX_NANO = PretrainedPart(
    what="YOLOX-nano, COCO",
    format="yolox-person",
    files=(
        PublishedFile(
            "yolox_nano.pth",
            f"{_YOLOX}/yolox_nano.pth",
            "cd28f55fbbc1829f99d9ac9b38a16d259a22889739c8728ea877610201feff7b",
            "Apache-2.0",
        ),
        PublishedFile(
            "yolox_nano.onnx",
            f"{_YOLOX}/yolox_nano.onnx",
            "c789161ed43c8269fcd4e67c67eeeb4e80c622da2eb296a20bc6007bd18a0b7d",
            "Apache-2.0",
        ),
    ),
    places=(("", "person_detector.detector."),),
)
_MOVINET_A0 = PretrainedPart(
    what="MoViNet-A0 (stream), Kinetics-600",
    format="movinet",
    files=(
        PublishedFile(
            "movinet_a0_stream_int8.tflite",
            "https://tfhub.dev/tensorflow/lite-model/movinet/a0/stream/kinetics-600/"
            "classification/tflite/int8/1?lite-format=tflite",
            "6125b36e2485eeb5cc1fd6206cf5e5d70235593fbc84610d1dce97fe3aa9c2ac",
            "Apache-2.0",
        ),
    ),
    places=(("backbone.", "clip_network."), ("cls_head.", "head.")),
)
CATALOGUE = {
    "kinetics600": PretrainedModel(
        config="_base_/models/actor_kinetics600.py",
        parts=(_YOLOX_NANO, _MOVINET_A0),
        class_file=_HERE / "kinetics600.txt",
        frame_rate=6.0,
    ),
}
