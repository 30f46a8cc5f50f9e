# Hooks, logging and environment of every run.
default_scope = "mmaction"

default_hooks = dict(
    runtime_info=dict(type="mmengine.RuntimeInfoHook"),
    timer=dict(type="mmengine.IterTimerHook"),
    logger=dict(type="mmengine.LoggerHook", interval=20, ignore_last=False),
    param_scheduler=dict(type="mmengine.ParamSchedulerHook"),
    checkpoint=dict(
        type="stal_plugin.AtomicCheckpointHook",
        interval=1,
        max_keep_ckpts=3,
        save_best="frame-mAP@0.5",
        rule="greater",
    ),
    sampler_seed=dict(type="mmengine.DistSamplerSeedHook"),
)
custom_hooks = [
    dict(type="stal_plugin.RNGStateHook"),
    dict(type="stal_plugin.SampleSeedHook"),
    dict(type="stal_plugin.ResumeScheduleHook"),
    dict(type="stal_plugin.NonFiniteLossHook"),
    dict(type="stal_plugin.PeakMemoryHook"),
    dict(type="stal_plugin.FineTuneHook"),
    dict(type="stal_plugin.ActorFeatureHook"),  # of actor detectors
    dict(type="stal_plugin.CleanCheckpointHook"),
]

env_cfg = dict(
    cudnn_benchmark=False,
    mp_cfg=dict(mp_start_method="fork", opencv_num_threads=0),
    dist_cfg=dict(backend="nccl"),
)
log_processor = dict(type="mmengine.LogProcessor", window_size=20, by_epoch=True)
visualizer = dict(
    type="mmengine.Visualizer",
    vis_backends=[dict(type="mmengine.LocalVisBackend")],
)
randomness = dict(seed=0)
log_level = "INFO"
load_from = None
resume = False

val_cfg = dict(type="mmengine.ValLoop")
test_cfg = dict(type="mmengine.TestLoop")
