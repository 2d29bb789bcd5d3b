#!/usr/bin/env bash
# What there is to measure on a GPU, each part in one call.
#
#   bash benchmarks/gpu.sh step            steps, FLOP use, memory, a profile
#   bash benchmarks/gpu.sh cifar10 IMAGES  the CIFAR-10 recipe at full width;
#                                          IMAGES holds train/ and test/
#
# Results go to the folder $OUT (gpu_results). Wheels in .whl/, if there are
# any, are installed first, beside what the machine has. SMALL=1 makes both
# parts small enough for a CPU. PEER is a peer of benchmarks/step.py.
set -euo pipefail
cd "$(dirname "$0")/.."
OUT=${OUT:-gpu_results}
export KERAS_BACKEND=jax TF_CPP_MIN_LOG_LEVEL=3
export XLA_PYTHON_CLIENT_PREALLOCATE=false  # a peer needs room as well

if compgen -G ".whl/*.whl" >/dev/null; then
  site=$(mktemp -d)
  python3 -m pip install -q --no-index --no-deps --no-compile --no-cache-dir \
    --target "$site" .whl/*.whl
  PYTHONPATH=$site:${PYTHONPATH:-}
fi
export PYTHONPATH=$PWD:${PYTHONPATH:-}

steps() {
  mkdir -p "$OUT"
  local batches="32 64 128 256 512" arch=vit_small16 dtype=mixed_bfloat16
  local work="--steps 10 --rounds 3" status
  if [ -n "${SMALL:-}" ]; then
    batches="1 2" arch=vit_tiny16 work="--steps 1 --rounds 1"
  fi
  : >"$OUT/step.jsonl"
  for batch in $batches; do
    status=0
    # shellcheck disable=SC2086
    python3 benchmarks/step.py --backend jax --dtype $dtype --arch $arch \
      --batch "$batch" --peer "${PEER:-none}" $work --json \
      >>"$OUT/step.jsonl" || status=$?
    [ $status -eq 3 ] && break # does not fit: nor will a larger one
    [ $status -eq 0 ] || exit $status
    tail -n 1 "$OUT/step.jsonl"
  done
  set -- $batches
  python3 benchmarks/profile_step.py --backend jax --dtype $dtype \
    --arch $arch --batch "$1" --json "$OUT/profile.json"
}

cifar10() {
  local images=$1 small=()
  [ -z "${SMALL:-}" ] || small=(
    --recipe.data.limit=512 --recipe.evaluation.limit=256
    --recipe.backbone.num_layers=2 --recipe.training.epochs=1
    --recipe.training.batch_size=64
  )
  mkdir -p "$OUT"
  rm -rf "$OUT/cifar10"
  python3 -m keras_attmask pretrain --recipe=cifar10_vit_tiny \
    --run="$OUT/cifar10" --recipe.saved_model= \
    --recipe.data.source="$images/train" \
    --recipe.evaluation.bank="$images/train" \
    --recipe.evaluation.queries="$images/test" \
    --recipe.evaluation.every_epochs=10 \
    --recipe.backbone.hidden_dim=192 --recipe.backbone.num_heads=3 \
    --recipe.backbone.mlp_dim=768 --recipe.backbone.num_layers=12 \
    --recipe.training.batch_size=256 --recipe.training.epochs="${EPOCHS:-100}" \
    --recipe.training.dtype=mixed_bfloat16 \
    --recipe.optimizer.learning_rate=1e-3 --recipe.views.local_crops=6 \
    "${small[@]}" --json | tee "$OUT/cifar10.log"
  tail -n 1 "$OUT/cifar10.log" >"$OUT/cifar10.json"
}

case "${1:-}" in
  step) steps ;;
  cifar10) cifar10 "${2:?the folder of the images}" ;;
  *)
    sed -n '3,11s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
