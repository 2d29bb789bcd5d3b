#!/usr/bin/env bash
# The whole test suite on every backend. Needs, in this environment:
#   pip install "torch==2.13.0" && pip install -e ".[test,jax]"
set -eu
cd "$(dirname "$0")/.."
for backend in tensorflow jax torch; do
  echo "== $backend"
  KERAS_BACKEND=$backend python -m pytest
done
