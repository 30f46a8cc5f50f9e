# Center3D, corrected: the localizer is trained, each actor has classes of its own, from
# the features in its box, and the frames stay visible under the heatmaps.
_base_ = "./center3d_r18.py"

model = dict(
    classifier_input="blend",
    blend_weight=0.3,
    classifier=dict(
        per="actor",
        pool_size=3,
        backbone=dict(
            _delete_=True,
            type="stal_plugin.ResNet3D18",
            spatial_strides=(1, 2, 2, 1),
            init_cfg=dict(
                type="stal_plugin.PretrainedIfPresent",
                checkpoint="weights/resnet3d18-kinetics.pth",
                made_by="python tools/convert_weights.py kinetics-resnet3d18 "
                "resnet-18-kinetics.pth weights/resnet3d18-kinetics.pth",
            ),
        ),
    ),
)
