"""What the metrics of tested key frames share."""

import sys
from collections.abc import Sequence
from typing import Any

from mmengine.evaluator import BaseMetric

from stal_plugin.evaluation.sample_record import SampleRecord


class RecordMetric(BaseMetric):
    """Collects compact records of the tested key frames from all processes.

    Samplers of distributed runs repeat frames to give each process the same number.
    mmengine cuts the collected list to the size of the data set, which is right only
    if the repetitions stand at its end. Here the whole list is kept, and
    ``first_of_each_frame`` removes repetitions by video and frame.
    """

    default_prefix = ""  # None would make mmengine warn

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Keep compact arrays of each sample; see ``SampleRecord``."""
        self.results += [SampleRecord.from_data_sample(s) for s in data_samples]

    def evaluate(self, size: int) -> dict:
        """Compute the metrics over the records of all processes.

        Args:
            size: Length of the data set; not needed, see the class.

        Returns:
            Scores by name.
        """
        return super().evaluate(sys.maxsize)

    def class_names(self) -> tuple[str, ...]:
        """Names of the classes, from the data set.

        Raises:
            ValueError: The data set names no classes.
        """
        if not (self.dataset_meta and self.dataset_meta.get("classes")):
            raise ValueError(
                f"{type(self).__name__} needs the class names: the dataset's metainfo "
                "must have 'classes' (stal_plugin.AgotDataset sets it)"
            )
        return tuple(self.dataset_meta["classes"])
