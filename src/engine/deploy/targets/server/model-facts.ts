/** `server/model.json`: the facts that differ between models. */
import { runsAlone } from '../../../serving/batch-verdict';
import { deploymentName, modelPath, type DeployFacts } from '../../deploy-facts';
import { shapeRanges, type ShapeRange } from '../../shape-ranges';
import { productOf } from '../../../product-of';

const mebibyte = 2 ** 20;
/** Bytes of a number in JSON: `-0.12345678806304932, `. */
const bytesOfNumber = 24;
const rowsOfBody = 16;
/** JSON of more blocks the server for longer than a probe waits; a model that needs more for one row gets it. */
const mostBody = 8 * mebibyte;
/** Rows that run together where nobody says otherwise. */
const usualBatch = 16;

export function modelFacts(facts: DeployFacts): object {
  const { inspection, batching } = facts;
  return {
    name: deploymentName(inspection.file.name),
    path: modelPath(facts),
    sha256: inspection.file.sha256,
    joining: batching.joining,
    reason: batching.reason,
    padding: batching.padding?.padding ?? null,
    takesNan: inspection.nodes.some(({ op, domain }) => domain === 'ai.onnx.ml' && op.startsWith('TreeEnsemble')),
    maxBatch: runsAlone(batching) ? 1 : usualBatch,
    maxBodyBytes: bodyBytes(facts),
    maxRowNumbers: mostRowNumbers(facts),
  };
}

/** Attention grows with the square of a text: texts of about this length cannot exhaust the memory. */
const fewestTextNumbers = 4096;

/** The usual length of a sound or a series is unknown, so these may fill a body. */
const fewestOtherNumbers = Math.floor(mostBody / bytesOfNumber);

function mostRowNumbers(facts: DeployFacts): number {
  const isText = rowShapes(facts).some(({ dtype, isFree }) => isFree && (dtype === 'int32' || dtype === 'int64'));
  const fewest = isText ? fewestTextNumbers : fewestOtherNumbers;
  return Math.max(fewest, rowNumbers(facts));
}

function rowShapes({ inspection, batching }: DeployFacts): readonly ShapeRange[] {
  return shapeRanges(inspection, { ...batching, joining: 'fixed' });
}

/** Numbers of all inputs of one row in the largest usual shape. */
function rowNumbers(facts: DeployFacts): number {
  return rowShapes(facts).reduce((sum, { most }) => sum + productOf(most), 0);
}

/** The limit of a request's body: 16 rows of the largest usual shape, from 1 to 8 MiB. One row always fits. */
function bodyBytes(facts: DeployFacts): number {
  const row = rowNumbers(facts) * bytesOfNumber + mebibyte / 16;
  return Math.max(row, Math.min(mostBody, Math.max(mebibyte, rowsOfBody * row)));
}
