#!/usr/bin/env bash
# Used by dist_train.sh and dist_test.sh: launch.sh SCRIPT N FILE... PROCESSES [more]
# where N is the number of files before the number of processes.
set -euo pipefail
script=$1
files=("${@:3:$2}")
processes=${*:$((3 + $2)):1}
if ! [[ "$processes" =~ ^[1-9][0-9]*$ ]]; then
    echo "Error: a number of processes was expected, not '$processes'. Usage:" >&2
    sed -n 's/^#   //p' "$(dirname "$0")/dist_${script%.py}.sh" >&2
    exit 1
fi
shift $((3 + $2))

here=$(cd "$(dirname "$0")" && pwd)
cores=$(getconf _NPROCESSORS_ONLN)
threads=$((cores / processes))
# more threads than cores make every process wait for the others
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-$((threads > 0 ? threads : 1))}
export PYTHONPATH=$here/..${PYTHONPATH:+:$PYTHONPATH}

exec "${PYTHON:-python}" -m torch.distributed.run \
    --nnodes "${NNODES:-1}" \
    --node_rank "${NODE_RANK:-0}" \
    --nproc_per_node "$processes" \
    --master_addr "${MASTER_ADDR:-127.0.0.1}" \
    --master_port "${PORT:-29500}" \
    "$here/$script" "${files[@]}" --launcher pytorch "$@"
