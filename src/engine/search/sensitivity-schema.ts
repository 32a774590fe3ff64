/** The sensitivity of layers as a document that measuring goes on from. It comes from a file, so nothing of it is trusted. */
import * as v from 'valibot';
import { ParetoError } from '../errors';
import { count, finite, interval, name, nonNegative, upTo } from '../metrics/schema-parts';
import { sensitivityMetrics, type Sensitivity } from './sensitivity';
import { sensitivityPasses } from './sensitivity-techniques';

/** A measurement has fewer layers. */
const mostLayers = 20_000;

const taskUnit = v.picklist(['accuracy', 'error', 'perplexity', 'answers', 'cosine']);
const task = v.optional(v.object({ of: taskUnit, drop: finite, interval, samples: count }));
const level = v.nullable(finite);
const output = { sqnrDb: level, kl: level, cosineLoss: v.optional(nonNegative) };
const together = v.object({ ...output, task });

const documentSchema: v.GenericSchema<unknown, KeptSensitivity> = v.object({
  basis: v.string(),
  technique: v.picklist(sensitivityPasses),
  bits: v.optional(v.picklist([4, 8])),
  metric: v.picklist(sensitivityMetrics),
  layers: upTo(
    v.object({
      path: name,
      op: name,
      together: v.optional(upTo(name, mostLayers)),
      local: v.object({ sqnrDb: level }),
      output: v.object(output),
      task,
      accumulated: v.optional(together),
    }),
    mostLayers,
  ),
  count,
  baseline: together,
  samples: count,
  inputs: v.picklist(['data', 'synthetic']),
  isOver: v.boolean(),
  ms: nonNegative,
});

/** A measurement with its basis: model, data and technique, as text. */
export interface KeptSensitivity extends Sensitivity {
  readonly basis: string;
}

/** Throws `sensitivity/document` when it is none. */
export function parseSensitivityText(document: string): KeptSensitivity {
  const result = v.safeParse(documentSchema, parseJson(document));
  if (result.success) return result.output;
  const place = v.getDotPath(result.issues[0]) ?? 'the document';
  throw new ParetoError('sensitivity/document', `This is not a sensitivity document: ${place} is missing or wrong.`);
}

function parseJson(document: string): unknown {
  try {
    return JSON.parse(document);
  } catch (error) {
    throw new ParetoError('sensitivity/document', 'This is not a sensitivity document: it is not JSON.', {
      cause: error,
    });
  }
}
