#!/usr/bin/env bash
# How long `liao import` takes beside the two steps of llama.cpp (convert_hf_to_gguf.py, then llama-quantize), how much
# memory and how much more disk than the result, in turns. Not run in CI: a 13B takes half an hour and 60 GB.
#
#   tests/peer/import.sh CHECKPOINT LLAMA_CPP QUANTIZE [LIAO] [FOLDER]
#
# CHECKPOINT: a folder, for instance of large.py. LLAMA_CPP: its source, in which convert_hf_to_gguf.py is. QUANTIZE:
# llama-quantize, built like liao (release, native). LIAO: target/release/liao. FOLDER: on a disk with room for the
# checkpoint once more and the result. PYTHON has what the converter needs. QUANT (Q4_K_M) and N_ROUNDS (1) change the rest.
set -euo pipefail
export LC_ALL=C

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
checkpoint=$(realpath "$1") llama_cpp=$(realpath "$2") quantize=$(realpath "$3")
liao=$(realpath "${4:-$root/target/release/liao}")
work=$(mktemp -d "${5:-${TMPDIR:-/tmp}}/liao-import.XXXXXX")
python=${PYTHON:-python3} quant=${QUANT:-Q4_K_M} n_rounds=${N_ROUNDS:-1}
trap 'rm -rf "$work"' EXIT

# Runs a command; writes down its seconds, with the disk's own time to take what was written, and its peak memory in KiB.
measure() { # NAME COMMAND...
  local name=$1 begun
  shift
  # Whoever comes second must not find the source in memory.
  sync
  { echo 3 >/proc/sys/vm/drop_caches; } 2>/dev/null || true
  begun=$EPOCHREALTIME
  /usr/bin/time -o "$work/time" -f '%M' "$@" >"$work/said" 2>&1 || { cat "$work/said" >&2; exit 1; }
  sync
  awk -v name="$name" -v from="$begun" -v to="$EPOCHREALTIME" -v kib="$(tail -n1 "$work/time")" \
    'BEGIN { printf "%s %.1f %d\n", name, to - from, kib }' | tee -a "$work/all" |
    awk '{ printf "%-10s %8.1f s  peak %8.1f MiB\n", $1, $2, $3 / 1024 }'
}

for round in $(seq "$n_rounds"); do
  echo "round $round"
  measure liao env LIAO_HOME="$work/home" LIAO_LANG=en "$liao" import "$checkpoint" --quant "$quant" --output "$work/ours.gguf"
  n_bytes=$(stat -c %s "$work/ours.gguf")
  # What was made must answer, whatever its weights say.
  LIAO_HOME="$work/home" LIAO_LANG=en "$liao" -m "$work/ours.gguf" -p 你好 --max-tokens 4 --ctx 256 >"$work/said" 2>&1 || { cat "$work/said" >&2; exit 1; }
  rm -f "$work/ours.gguf"
  measure convert "$python" "$llama_cpp/convert_hf_to_gguf.py" "$checkpoint" --outtype f16 --outfile "$work/f16.gguf"
  n_between=$(stat -c %s "$work/f16.gguf")
  measure quantize "$quantize" "$work/f16.gguf" "$work/theirs.gguf" "$quant"
  rm -f "$work/f16.gguf" "$work/theirs.gguf"
done
awk -v n_bytes="$n_bytes" -v n_between="$n_between" '
  { took[$1] += $2 }
  END {
    printf "time of liao: %.2f of both steps\n", took["liao"] / (took["convert"] + took["quantize"])
    printf "disk beside the source: liao %.2f GB, both steps %.2f GB: %.2f\n", n_bytes / 1e9, (n_bytes + n_between) / 1e9, n_bytes / (n_bytes + n_between)
  }' "$work/all"
