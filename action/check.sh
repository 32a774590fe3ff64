#!/usr/bin/env bash
# Runs `pareto check` for the action. Everything comes in by environment variables: nothing from a pull request becomes a command.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
summary="$(mktemp)"

# Without a model, each one that the pull request changes is checked by itself. The base is one commit away in a shallow checkout.
if [[ -z "${MODEL:-}" ]]; then
  if [[ -z "${BASE_SHA:-}" ]]; then
    echo '::error::Name the model: only a pull request shows which models changed.'
    exit 1
  fi
  git cat-file -e "$BASE_SHA" 2>/dev/null || git fetch --quiet --depth=1 origin "$BASE_SHA"
  if [[ -z "${BUDGET:-}" && -f budget.json ]]; then export BUDGET=budget.json; fi
  failed=0
  while IFS= read -r -d '' changed; do
    # A file whose name begins with a dash is no option.
    MODEL="./$changed" bash "${BASH_SOURCE[0]}" || failed=1
  done < <(git -c core.quotePath=false diff -z --name-only --diff-filter=d --relative "$BASE_SHA" -- '*.onnx')
  exit "$failed"
fi

# The path from the root of the repository, also if the model is named from elsewhere. A model that is not in git keeps its name.
tracked=''
if [[ -f "$MODEL" ]]; then
  tracked="$(git --literal-pathspecs -c core.quotePath=false ls-files --full-name -- "$MODEL" 2>/dev/null || true)"
fi
export MODEL_NAME="${tracked:-$MODEL}"

# A checkout has only its own commit, unless it asked for more.
if [[ -z "${BASE:-}" && -n "${BASE_SHA:-}" ]]; then
  git cat-file -e "$BASE_SHA" 2>/dev/null || git fetch --quiet --depth=1 origin "$BASE_SHA"
  # A new model has no base.
  kind="$(git cat-file -t "$BASE_SHA:$MODEL_NAME" 2>/dev/null || true)"
  if [[ "$kind" == blob ]]; then BASE="$BASE_SHA:$MODEL_NAME"; fi
fi

if [[ "${RUNNER_ENVIRONMENT:-}" == github-hosted && -n "${BUDGET:-}" ]] && grep -qs p95Ms "$BUDGET"; then
  echo '::warning::Times on a shared runner depend on what else runs there. Limit latency.wasm.ratio instead of p95Ms.'
fi

parameters=(check "$MODEL" --markdown "$summary" --junit pareto-check.xml)
if [[ -n "${BUDGET:-}" ]]; then parameters+=(--budget "$BUDGET"); fi
if [[ -n "${DATA:-}" ]]; then parameters+=(--data "$DATA"); fi
if [[ -n "${BASE:-}" ]]; then parameters+=(--base "$BASE"); fi
# The options may take several lines: reading stops at their end, which read reports as a failure.
read -r -d '' -a further <<<"${OPTIONS:-}" || true
# Bash before 4.4, as on macOS, calls an empty list unset.
parameters+=(${further[@]+"${further[@]}"})

status=0
node "$here/../cli/pareto.mjs" "${parameters[@]}" 2>&1 | tee pareto-check.log || status=$?
if [[ ! -s "$summary" ]]; then
  # Indented: no line of the log can end the block.
  { printf '### %s\n\n' "$MODEL_NAME" && tail -n 20 pareto-check.log | sed 's/^/    /'; } >"$summary"
fi
if [[ -n "${GITHUB_STEP_SUMMARY:-}" ]]; then cat "$summary" >>"$GITHUB_STEP_SUMMARY"; fi

if [[ "${COMMENT:-true}" == true && -n "${PULL_REQUEST:-}" ]]; then
  # The token of a pull request from a fork cannot write. The outcome of the check must not depend on it.
  node "$here/comment.mjs" "$summary" ||
    echo '::warning::The comment was not written. The job needs the permission pull-requests: write.'
fi
exit "$status"
