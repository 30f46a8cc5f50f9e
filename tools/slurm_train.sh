#!/usr/bin/env bash
# Train on a cluster that slurm manages:
#   [GPUS=8 GPUS_PER_NODE=8 CPUS_PER_TASK=5] tools/slurm_train.sh PARTITION JOB CONFIG
#       [arguments of train.py]
# GPUS_PER_NODE=0 asks for no GPU: GPUS processes with gloo on CPUs.
# Further options of srun go into SRUN_ARGS.
set -euo pipefail
if (($# < 3)); then
    echo "Error: usage: tools/slurm_train.sh PARTITION JOB CONFIG [...]" >&2
    exit 1
fi
partition=$1 job=$2 config=$3
shift 3

here=$(cd "$(dirname "$0")" && pwd)
gpus=${GPUS:-8}
per_node=${GPUS_PER_NODE:-8}
per_node=$((per_node < gpus ? per_node : gpus))
cpus=${CPUS_PER_TASK:-5}
options=(--partition "$partition" --job-name "$job" --ntasks "$gpus"
    --cpus-per-task "$cpus" --kill-on-bad-exit 1)
if ((per_node > 0)); then
    options+=(--gres "gpu:$per_node" --ntasks-per-node "$per_node")
else
    export OMP_NUM_THREADS=${OMP_NUM_THREADS:-$cpus}
fi
export PYTHONPATH=$here/..${PYTHONPATH:+:$PYTHONPATH}

# shellcheck disable=SC2086 # SRUN_ARGS holds several words
exec srun "${options[@]}" ${SRUN_ARGS:-} \
    "${PYTHON:-python}" -u "$here/train.py" "$config" --launcher slurm "$@"
