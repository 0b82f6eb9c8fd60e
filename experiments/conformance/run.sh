#!/usr/bin/env bash
# The official MCP conformance suite and the inspector, against our servers. Needs npm and a network for the first run.
#   experiments/conformance/run.sh [NODE_DIR]      NODE_DIR keeps node and the packages between runs
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
node_dir=${1:-$(mktemp -d)}
results=$(mktemp -d)
python=${PYTHON:-python}
export PYTHONPATH=$root

cd "$node_dir"
[ -x node_modules/node/bin/node ] || npm install --no-fund --no-audit node@22
export PATH="$PWD/node_modules/node/bin:$PATH" # both packages need node 22; an older npm resolves an old inspector
[ -d node_modules/@modelcontextprotocol/conformance ] ||
  npm install --no-fund --no-audit @modelcontextprotocol/conformance@0.2.0-alpha.12 @modelcontextprotocol/inspector@2.12.0
suite() { node node_modules/@modelcontextprotocol/conformance/dist/index.js server "$@"; }

check() { # TARGET COMMAND… : serves over HTTP, runs both revisions, ends the server
  local target=$1 url
  shift
  coproc SERVER { cd "$root" && exec "$@"; }
  read -r url <&"${SERVER[0]}"
  suite --url "$url" --requirements 2026-07-28 -o "$results/$target/2026-07-28" \
    --expected-failures "$here/expected_failures.yml" > "$results/$target-2026-07-28.log" 2>&1 || status=$?
  suite --url "$url" --spec-version 2025-11-25 -o "$results/$target/2025-11-25" > "$results/$target-2025-11-25.log" 2>&1 || true
  kill "$SERVER_PID"
  wait "$SERVER_PID" || true
}

status=0
check banking "$python" -m servers banking --http 127.0.0.1:0
[ "$status" = 0 ] || { tail -n 15 "$results/banking-2026-07-28.log"; exit 1; }
check fixture "$python" "$here/fixture.py" # passes more than the baseline expects: two tools it may call
"$python" "$here/collect.py" "$results" > "$here/results.csv"

for server in $("$python" -c "from servers.host import server_names; print(*server_names())"); do
  tool=$("$python" -c "from servers.host import Host; t = Host('$server').tools
print(next(n for n, x in t.items() if x.hints.read_only and not x.input_schema.get('required')))")
  inspect() { (cd "$root" && "$node_dir/node_modules/.bin/mcp-inspector" --cli "$python" -m servers "$server" "$@"); }
  listed=$(inspect --method tools/list | grep -c '"inputSchema"')
  called=$(inspect --method tools/call --tool-name "$tool" | grep -c '"structuredContent"')
  echo "inspector,stdio,$server tools/list ($listed tools) and tools/call $tool,$((listed > 0 && called > 0 ? 2 : 0)),$((listed > 0 && called > 0 ? 0 : 1)),$([ "$called" -gt 0 ] && echo pass || echo FAIL)," >> "$here/results.csv"
done
grep -c ',pass,' "$here/results.csv" | sed 's/$/ passed/'
grep ',FAIL,' "$here/results.csv" && exit 1 || echo "nothing failed that applies"
