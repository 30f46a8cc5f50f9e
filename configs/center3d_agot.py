# Center3D as the paper's text has it: classes from keypoint heatmaps alone, one vector
# for all actors of a clip. The paper does not train the localizer, and did not run
# Center3D on Agot. Here the localizer is trained, from the COCO checkpoint if it is
# there, because Agot's boxes are not COCO's persons.
_base_ = [
    "./_base_/models/center3d_r18.py",
    "./_base_/datasets/agot.py",
    "./_base_/schedules/adam_centernet.py",
    "./_base_/default_runtime.py",
]
