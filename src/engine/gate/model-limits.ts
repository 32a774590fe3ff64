/** The limits of a pipeline for a model: a JSON document in a repository beside the model. */
import * as v from 'valibot';
import { ParetoError } from '../errors';
import { formatQuoted } from '../format';
import { executionProviders } from '../metrics/cell';
import { ownValue } from '../own-value';

/** A number, or a text with a unit such as "800 kB". */
function withUnit<Schema extends v.GenericSchema<number>>(schema: Schema, units: Readonly<Record<string, number>>) {
  const text = v.pipe(
    v.string(),
    v.transform((value) => {
      const [, number, unit = ''] = /^(\d+(?:\.\d+)?) ?(\D+)$/.exec(value) ?? [];
      // 0.3 MB is a whole number of bytes.
      return Number((Number(number) * (ownValue(units, unit) ?? NaN)).toPrecision(15));
    }),
    schema,
  );
  return v.optional(v.union([schema, text]));
}

const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER));
const size = withUnit(count, { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 });
const amount = withUnit(count, { k: 1e3, M: 1e6, G: 1e9 });
const positive = v.pipe(v.number(), v.finite(), v.gtValue(0));
const ofProvider = v.strictObject({
  p95Ms: withUnit(positive, { µs: 1e-3, us: 1e-3, ms: 1, s: 1e3 }),
  ratio: withUnit(positive, { '×': 1, x: 1 }),
});
const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));

/** Strict: a limit that is spelled wrongly would never be broken. */
export const modelLimitsSchema = v.strictObject({
  sizeBytes: size,
  gzipBytes: size,
  parameters: amount,
  macs: amount,
  opsNotOn: v.optional(
    v.strictObject({ webgpu: v.optional(count), webnn: v.optional(count), tensorrt: v.optional(count) }),
  ),
  latency: v.optional(v.strictObject(v.entriesFromList(executionProviders, v.optional(ofProvider)))),
  accuracyLoss: withUnit(share, { '%': 0.01, point: 0.01, points: 0.01 }),
  sqnrDb: withUnit(v.pipe(v.number(), v.finite()), { dB: 1 }),
});

/**
 * The limits of a model. `sizeBytes` includes the data files, and `macs` are those of one run. `opsNotOn` counts nodes
 * that run on the CPU instead of a provider, and those that TensorRT refuses. The others compare with the original.
 * `latency.<provider>.ratio` is the least ratio of the original's time to the variant's. `accuracyLoss` is the largest
 * share of right answers that may be lost, and `sqnrDb` the least signal-to-noise ratio of the outputs.
 */
export type ModelLimits = v.InferOutput<typeof modelLimitsSchema>;

/** Names of the limits, for `--help` and refusals. */
export const limitNames = Object.keys(modelLimitsSchema.entries);

/** Throws `options/limits` with the wrong place if the text is no such document. */
export function readModelLimits(text: string, name: string): ModelLimits {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new ParetoError('options/limits', `${name} is not JSON: write limits such as {"sizeBytes": 500000}.`, {
      cause: error,
    });
  }
  const result = v.safeParse(modelLimitsSchema, document);
  if (!result.success) {
    const place = v.getDotPath(result.issues[0]);
    throw new ParetoError(
      'options/limits',
      `${name} is not a valid limits file${place === null ? '' : `: ${formatQuoted(place)} is wrong`}. It may have ` +
        `${limitNames.join(', ')}, as numbers of 0 or more or with a unit, such as "800 kB" (docs/reference/limits.md).`,
    );
  }
  if (leaves(result.output) === 0) {
    throw new ParetoError(
      'options/limits',
      `${name} holds no limit, so the check would always pass. Add at least one.`,
    );
  }
  return result.output;
}

function leaves(value: object): number {
  return Object.values(value).reduce<number>(
    (sum, inner: unknown) =>
      sum + (typeof inner === 'object' && inner !== null ? leaves(inner) : inner === undefined ? 0 : 1),
    0,
  );
}
