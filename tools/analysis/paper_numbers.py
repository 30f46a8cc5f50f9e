"""The numbers that arXiv:2012.08097 prints, by the config that stands for each row."""

from typing import NamedTuple


class PaperRow(NamedTuple):
    """One row of table 2 or 3.

    Attributes:
        model: Name in the paper.
        hours: Training time per epoch.
        recall: Localization recall in percent, at confidence 0.005.
        accuracy: Classification accuracy in percent.
        frame_map: Frame-mAP at IoU 0.5 in percent.
    """

    model: str
    hours: float
    recall: float
    accuracy: float
    frame_map: float


TABLE2: dict[str, PaperRow] = {
    "yowo_jhmdb": PaperRow("Baseline", 0.55, 97.6, 69.6, 68.0),
    "linknet-expand_jhmdb": PaperRow("Linknet, expand", 0.55, 97.3, 54.9, 53.2),
    "linknet-conv3d_jhmdb": PaperRow("Linknet, conv3d", 0.63, 97.6, 54.9, 53.4),
    "linknet-expand-conv3d_jhmdb": PaperRow(
        "Linknet, expand + conv3d", 0.65, 97.2, 53.3, 51.7
    ),
    "center3d-blend_jhmdb": PaperRow("Center3D", 0.38, 99.1, 63.1, 62.7),
}

TABLE3: dict[str, PaperRow] = {
    "yowo_agot": PaperRow("Baseline", 1.2, 32.5, 91.0, 8.01),
    "yowo_diyanchor_agot": PaperRow("DIYAnchorBox", 3.0, 30.9, 93.8, 8.39),
    "yowo_enfloss_agot": PaperRow("ENFLoss", 2.0, 32.3, 84.4, 5.36),
}

#: Actions of Agot with at least ten clips, in the order of table 1.
AGOT_LABELS = (
    "Pick up from bin with tong or scooper",
    "Put item into meal using tongs",
    "Put tongs or scooper back in bin",
    "Operating POS",
    "Put item into meal using hands",
    "Pick up from bin with hands",
    "Pick up sauce",
    "Put sauce down",
    "Clean counter",
    "Squirt sauce",
    "Put roll into roll cut machine",
    "Place cut roll into boat",
    "Pickup cut roll from roll machine",
    "Operating sushi roll cutter",
    "Roll a sushi roll",
    "Pick up a drink",
    "Hand item to customer",
    "Put gloves on",
    "Handing credit card",
    "Put lid on roll",
    "Put drink down",
    "Operating fivestar",
    "Using a cell phone",
    "Inserting chip of credit card",
)

#: AP in percent of each of these actions.
TABLE4: dict[str, tuple[float, ...]] = {
    "yowo_agot": (
        *(6.4, 3.9, 2.2, 27.6, 8.3, 3.0, 0.0, 0.0, 11.1, 2.0, 19.7, 21.5),
        *(1.9, 17.9, 44.3, 0.0, 4.4, 1.1, 9.8, 0.2, 0.0, 1.7, 0.6, 6.8),
    ),
    "yowo_diyanchor_agot": (
        *(1.2, 3.8, 0.1, 27.1, 4.9, 7.0, 0.0, 0.0, 10.3, 1.4, 42.1, 19.9),
        *(0.2, 5.3, 39.3, 0.0, 8.3, 0.5, 24.3, 2.9, 0.0, 0.7, 2.0, 0.0),
    ),
    "yolov3_agot": (
        *(56.7, 48.9, 15.5, 75.0, 48.5, 65.0, 25.6, 11.3, 86.2, 58.3, 80.2, 91.5),
        *(67.0, 97.4, 96.2, 0.9, 55.4, 26.8, 49.5, 61.9, 0.0, 86.9, 96.6, 26.0),
    ),
    "yowo_enfloss_agot": (
        *(3.34, 4.18, 0.0, 29.39, 7.6, 3.41, 0.0, 0.0, 12.61, 0.0, 0.0, 15.2),
        *(0.79, 11.11, 21.36, 0.0, 0.0, 1.62, 0.96, 0.0, 0.0, 16.74, 0.27, 0.0),
    ),
}

#: What the paper's numbers were made on.
SETTING = "16 x 224 x 224 clips, pretrained branches, one run"
