# The detector and the clip network of actor_kinetics600.py, frozen, and a head of their
# own data set's classes: the only part that is trained. tools/new_config.py adds where
# the weights are.
_base_ = "./actor_kinetics600.py"

model = dict(
    head=dict(
        _delete_=True,
        type="stal_plugin.ActorHead",
        in_channels=480,
        num_classes=24,
        window=8,
        dropout=0.3,
    ),
    # With gamma = beta = 0 this is cross entropy.
    loss_cls=dict(type="stal_plugin.ENFLoss", num_classes=24, gamma=0.0, beta=0.0),
    # the head's window is all that is remembered
    view=dict(history=0),
    test_cfg=dict(score_thr=0.005, detect_every=1),
)
