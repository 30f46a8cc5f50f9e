# Links between YOWO's branches, of the paper (arXiv:2012.08097, Table 2 and section
# 6.1) and corrected; they join stages of the same stride, alike in both sizes.
# "gated": through a weight per channel that is zero at first, so that training starts
# as YOWO; without it a link is added at full strength from the first step.
__stages = [("stage2", "layer1"), ("stage3", "layer2"), ("stage4", "layer3")]

links = dict(
    # As published: 2 of 8, 2 of 4 and 2 of 2 temporal slots see the 2D map.
    conv3d=[
        dict(
            type="stal_plugin.Conv3dLink", stages=__stages, frames="padded", gated=False
        ),
    ],
    # As published: the 2D map is repeated over time and added.
    expand=[dict(type="stal_plugin.ExpandLink", stages=__stages, gated=False)],
    # As published: repeated over time, two convolutions, added.
    expand_conv3d=[
        dict(type="stal_plugin.ExpandConv3dLink", stages=__stages, gated=False),
    ],
    gated_bottleneck=[dict(type="stal_plugin.BottleneckLink", stages=__stages)],
    gated_conv3d=[dict(type="stal_plugin.Conv3dLink", stages=__stages)],
    gated_expand=[dict(type="stal_plugin.ExpandLink", stages=__stages)],
    gated_expand_conv3d=[dict(type="stal_plugin.ExpandConv3dLink", stages=__stages)],
    # From the 2D branch into the 3D branch and back.
    gated_both=[
        dict(type="stal_plugin.ExpandConv3dLink", stages=__stages, direction="both"),
    ],
)
