/** `server/settings.py`: what differs between models, and every limit. */
import type { DeployFacts } from '../../deploy-facts';
import { deploymentName } from '../../deploy-facts';
import { checkSha256, inComment } from '../../python-parts';
import { quoted } from '../../../quoted';
import { shapeRanges } from '../../shape-ranges';

const mebibyte = 2 ** 20;
/** Of a number in JSON: `-0.12345678806304932, `. */
const bytesOfNumber = 24;
const rowsOfBody = 16;
/** JSON of more blocks the server for longer than a probe waits; a model that needs more for one row gets it. */
const mostBody = 8 * mebibyte;

export function settingsPy(facts: DeployFacts): string {
  const { joining, reason } = facts.batching;
  const name = deploymentName(facts.inspection.file.name);
  const hasTrees = facts.inspection.nodes.some(
    ({ op, domain }) => domain === 'ai.onnx.ml' && op.startsWith('TreeEnsemble'),
  );
  return `"""What this server serves, and its limits. Each limit is an environment variable of the same name."""
import logging
import os
import pathlib
${checkSha256(facts)}

log = logging.getLogger("uvicorn.error")
NAME = ${quoted(name)}
# ${inComment(reason)}
JOINING = ${quoted(joining)}
# Missing values reach a model of trees as NaN; any other model refuses what is not finite.
TAKES_NAN = ${hasTrees ? 'True' : 'False'}


def number(name: str, usual: float) -> float:
    return float(os.environ.get(name, usual))


# Rows that run together at most: the batch. The default was chosen when the bundle was made, by runs alone and joined.
MAX_BATCH = max(1, int(number("MAX_BATCH", ${joining === 'independent' ? 16 : 1})))
if JOINING not in ("independent", "approximate") and MAX_BATCH > 1:
    log.warning("MAX_BATCH is 1: ${pythonText(reason)}")
    MAX_BATCH = 1
# Rows of one request at most. Of a model whose first dimension is no batch there is nothing to count.
MAX_ROWS = int(number("MAX_ROWS", MAX_BATCH if MAX_BATCH > 1 else 16)) if JOINING in ("independent", "approximate") else None
# Of ONNX Runtime, for one batch; 0: one for each core.
THREADS = int(number("THREADS", 0))
MAX_WAIT_S = number("MAX_WAIT_MS", 5) / 1000
MAX_QUEUE = int(number("MAX_QUEUE", 256))
# From the arrival of a request to its answer.
TIMEOUT_S = number("TIMEOUT_MS", 1000) / 1000
MAX_BODY_BYTES = int(number("MAX_BODY_BYTES", ${bodyBytes(facts)}))
# Bodies that are read at the same time hold no more than this together.
MAX_BODIES_BYTES = 8 * MAX_BODY_BYTES
BODY_TIMEOUT_S = number("BODY_TIMEOUT_MS", 10_000) / 1000
# After SIGTERM a body that is still on its way gets this long.
STOP_BODY_S = min(BODY_TIMEOUT_S, 2)
CACHE_ENTRIES = int(number("CACHE_ENTRIES", 0))
CACHE_TTL_S = number("CACHE_TTL_S", 3600)
if CACHE_ENTRIES > 0 and JOINING == "approximate" and MAX_BATCH > 1:
    log.warning("The cache is off: it would keep answers that depend on the requests beside them.")
    CACHE_ENTRIES = 0
`;
}

function pythonText(sentence: string): string {
  return quoted(sentence).slice(1, -1);
}

/** For 16 rows of the largest usual shape, from 1 to 8 MiB; one row always fits. */
function bodyBytes({ inspection, batching }: DeployFacts): number {
  const alone = { ...batching, joining: 'fixed' } as const;
  const numbers = shapeRanges(inspection, alone).reduce(
    (sum, { most }) => sum + most.reduce((product, size) => product * size, 1),
    0,
  );
  const row = numbers * bytesOfNumber + mebibyte / 16;
  return Math.max(row, Math.min(mostBody, Math.max(mebibyte, rowsOfBody * row)));
}
