#!/usr/bin/env bash
# How fast `liao pull` is beside curl: a 1 GB file from an nginx on this machine, the programs taking turns, the hash
# included. Prints every round, the medians, the ratios and the peak memory of each. Not run in CI.
#
#   tests/peer/throughput.sh [LIAO] [FOLDER]
#
# LIAO is the program (target/release/liao), FOLDER a place on a disk with 4 GB free ($TMPDIR or /tmp). Needs nginx and
# GNU time: apt-get install nginx-light time. N_MB and N_ROUNDS change the size (1000) and the rounds (5).
set -euo pipefail
export LC_ALL=C

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
liao=$(realpath "${1:-$root/target/release/liao}")
work=$(mktemp -d "${2:-${TMPDIR:-/tmp}}/liao-throughput.XXXXXX")
n_mb=${N_MB:-1000}
n_rounds=${N_ROUNDS:-5}
port=${PORT:-18437}
commit=0123456789abcdef0123456789abcdef01234567
server=

finish() {
  if [[ -n $server ]]; then
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  rm -rf "$work"
}
trap finish EXIT

nginx=$(command -v nginx || echo /usr/sbin/nginx)
for program in "$nginx" /usr/bin/time "$liao"; do
  [[ -x $program ]] || { echo "there is no $program: apt-get install nginx-light time; cargo build --release" >&2; exit 1; }
done

# What is served: the address of a file on a hub, and bytes that do not compress.
served=$work/served/peer/Throughput-GGUF/resolve/$commit
mkdir -p "$served" "$work/home/config" "$work/temp"
{ printf 'GGUF'; head -c $((n_mb * 1000000 - 4)) /dev/urandom; } >"$served/x.Q4_0.gguf"
sum=$(sha256sum "$served/x.Q4_0.gguf" | cut -d' ' -f1)
cat >"$work/home/config/models.toml" <<EOF
[throughput]
repo = "peer/Throughput-GGUF"
revision = "$commit"
[throughput.files]
Q4_0 = { file = "x.Q4_0.gguf", bytes = $((n_mb * 1000000)), sha256 = "$sum" }
EOF
# Started by root, the workers would be somebody who cannot read what root made.
[[ $EUID -eq 0 ]] && user='user root;' || user=
cat >"$work/nginx.conf" <<EOF
$user
daemon off;
worker_processes 1;
pid $work/nginx.pid;
error_log $work/error.log;
events {}
http {
  access_log off;
  sendfile on;
  default_type application/octet-stream;
  client_body_temp_path $work/temp;
  proxy_temp_path $work/temp;
  fastcgi_temp_path $work/temp;
  uwsgi_temp_path $work/temp;
  scgi_temp_path $work/temp;
  server { listen 127.0.0.1:$port; root $work/served; }
}
EOF
"$nginx" -e "$work/error.log" -c "$work/nginx.conf" &
server=$!
url=http://127.0.0.1:$port/peer/Throughput-GGUF/resolve/$commit/x.Q4_0.gguf
for _ in {1..50}; do
  curl -sf -r 0-3 -o /dev/null "$url" && break
  kill -0 "$server" 2>/dev/null || { cat "$work/error.log" >&2; exit 1; }
  sleep 0.1
done

# Runs a command, and writes down its seconds and its peak memory in KiB.
measure() { # NAME COMMAND...
  local name=$1
  shift
  sync
  /usr/bin/time -a -o "$work/$name" -f '%e %M' "$@" >"$work/said" 2>&1 || { cat "$work/said" >&2; exit 1; }
  printf '%-14s %s\n' "$name" "$(tail -n1 "$work/$name" | awk '{ printf "%7.2f s  %6.1f MiB", $1, $2 / 1024 }')"
}

median() { # NAME COLUMN
  awk -v column="$2" '{ print $column }' "$work/$1" | sort -n | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'
}

fetched=$work/home/data/models/throughput/x.Q4_0.gguf
hashed=("$BASH" -c 'curl -sf -o "$1" "$2" && sha256sum "$1" | grep -q "^$3"' - "$work/by-curl" "$url" "$sum")
pulled=(env -u HTTP_PROXY -u http_proxy HF_ENDPOINT="http://127.0.0.1:$port" LIAO_HOME="$work/home" LIAO_LANG=en "$liao" pull throughput:Q4_0)
"$nginx" -v
curl --version | head -n1
"$liao" --version
for round in $(seq "$n_rounds"); do
  echo "round $round"
  rm -f "$work/by-curl"
  measure curl curl -sf -o "$work/by-curl" "$url"
  rm -f "$work/by-curl"
  measure curl+sha256sum "${hashed[@]}"
  rm -rf "$work/by-curl" "$(dirname "$fetched")"
  measure liao "${pulled[@]}"
  cmp "$fetched" "$served/x.Q4_0.gguf"
done

echo "medians of $n_rounds"
for name in curl curl+sha256sum liao; do
  awk -v name="$name" -v s="$(median "$name" 1)" -v kib="$(median "$name" 2)" -v mb="$n_mb" \
    'BEGIN { printf "%-14s %7.2f s  %7.1f MB/s  peak %6.1f MiB\n", name, s, mb / s, kib / 1024 }'
done
awk -v liao="$(median liao 1)" -v alone="$(median curl 1)" -v both="$(median curl+sha256sum 1)" \
  'BEGIN { printf "throughput of liao: %.2f of curl with sha256sum, %.2f of curl without any hash\n", both / liao, alone / liao }'
