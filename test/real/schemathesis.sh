#!/usr/bin/env bash
# Fuzzes the running service by its own contract with schemathesis (from Python's package index, in a venv
# that is thrown away): no 500, no answer that the contract does not name, no body that is not its schema.
#   bash test/real/schemathesis.sh [examples per call (50)] [seed (1)]
# The service has a store and a simulated target of its own. First every call with ids that do not exist; then
# the calls of one search and one gate that have ended; last the kill switch, after which 503 is right.
set -euo pipefail
cd "$(dirname "$0")/../.."
export PATH="$PWD/node_modules/.bin:$PATH"
examples=${1:-50}
seed=${2:-1}
version=4.32.5
work=$(mktemp -d)
pids=()
stop() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null || true; done
  rm -rf "$work"
}
trap stop EXIT

# Starts a program of ours; its address, which it tells on stderr, is in $url.
start() { # name, pattern of the address, file, arguments
  local name=$1 pattern=$2
  shift 2
  node "$@" 2>"$work/$name.log" &
  pids+=($!)
  for _ in $(seq 200); do
    url=$(sed -n "s/.*$pattern.*/\1/p" "$work/$name.log" | head -1)
    [ -n "$url" ] && return
    sleep 0.1
  done
  cat "$work/$name.log"
  return 1
}

python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check "schemathesis==$version"
start sim 'listens on \(http:[^ ]*\)\/v1' src/cli/plimsoll.ts sim --port 0
target=$url/v1
export PLIMSOLL_PORT=0 PLIMSOLL_DATA_DIR="$work/data"
start service '"url":"\(http:[^"]*\)"' src/main.ts
curl -s "$url/openapi.json" -o "$work/openapi.json"

# Streams are held open for a browser, so the fuzzer would wait for their end: they have tests of their own.
cat >"$work/none.toml" </dev/null
status=0
run() { # title, configuration, checks, further options
  local title=$1 config=$2 checks=$3
  shift 3
  echo "== $title"
  (cd "$work" && timeout 900 venv/bin/schemathesis --config-file "$config" run openapi.json --url "$url" \
    --phases examples,coverage,fuzzing --mode all --max-examples "$examples" --seed "$seed" \
    --generation-database none --workers 1 --request-timeout 20 --suppress-health-check all \
    --checks "$checks" --exclude-path-regex '/events$' --no-color "$@") || status=1
}
answers=status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance,unsupported_method

run 'every call' none.toml "not_a_server_error,$answers" --exclude-path-regex '/kill-switch$|/events$'

ask() { # resource, more of the body: prints the id of what has ended
  curl -s "$url/v1/$1" -H 'Content-Type: application/json' -H 'Prefer: wait=55' -d "{
    \"target\": {\"base_url\": \"$target\"}, \"slo\": \"p90(ttft) < 300 ms\",
    \"workload\": {\"input_tokens\": 64, \"output_tokens\": 8}, \"budget\": {\"load_seconds\": 8}, $2}" |
    sed -n 's/^{"id":"\([^"]*\)".*/\1/p'
}
for resource in searches gates; do
  more='"load": {"max": 64}, "resolution": 0.5'
  [ "$resource" = gates ] && more='"at_least": 8'
  id=$(ask "$resource" "$more")
  [ -n "$id" ] || { echo "no $resource could be started"; exit 1; }
  printf '[parameters]\n"path.id" = "%s"\n' "$id" >"$work/$resource.toml"
  run "$resource/$id" "$resource.toml" "not_a_server_error,$answers" --include-path-regex "^/v1/$resource/"
done

run 'kill switch' none.toml "$answers" --include-path-regex '/kill-switch$|^/v1/(searches|gates)$|/readyz$'

errors=$(grep -cE '"level":"(error|fatal)"' "$work/service.log" || true)
echo "== errors in the service's log: $errors"
[ "$errors" = 0 ] || { grep -E '"level":"(error|fatal)"' "$work/service.log" | head -5; status=1; }
curl -sf "$url/healthz" >/dev/null || { echo 'the service does not answer any more'; status=1; }
exit $status
