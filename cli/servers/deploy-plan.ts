/** A plan of `deploy`: the commands that run on a model, with their options. */
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import * as v from 'valibot';
import { ParetoError } from '../../src/engine/errors';
import { findPath } from '../../src/runtime/node/disk/disk-path';
import { inputOptions } from '../files/input-files';

const value = v.union([v.string(), v.number(), v.boolean(), v.array(v.union([v.string(), v.number()]))]);
const options = v.record(v.string(), value);

/** Most keys are names of commands, with an object of their options. */
const planSchema = v.strictObject({
  model: v.string(),
  /** A folder for the results of all steps. */
  output: v.string(),
  /** Options about data for optimize, evaluate, check and bundle. */
  data: v.optional(options, {}),
  optimize: options,
  evaluate: v.optional(options),
  check: v.optional(options),
  benchmark: v.optional(options),
  'measure-server': v.optional(options),
  bundle: v.optional(options, {}),
});

export type StepOptions = v.InferOutput<typeof options>;

/** Paths are absolute: those in the file count from its folder. */
export type DeployPlan = v.InferOutput<typeof planSchema>;

/** Throws `options/plan` with the place that is wrong. */
export function parseDeployPlan(text: string, path: string): DeployPlan {
  let candidate: unknown;
  try {
    candidate = JSON.parse(text);
  } catch (error) {
    throw new ParetoError('options/plan', `The plan ${path} is not JSON.`, { cause: error });
  }
  const result = v.safeParse(planSchema, candidate);
  if (!result.success) {
    const place = v.getDotPath(result.issues[0]) ?? 'the document';
    const known = Object.keys(planSchema.entries).join(', ');
    throw new ParetoError('options/plan', `The plan ${path}: ${place} is missing, wrong or unknown. Keys: ${known}.`);
  }
  const folder = dirname(resolve(path));
  const { model, output, ...steps } = result.output;
  const placed = Object.entries(steps).map(([step, given]) => [step, withPaths(given, folder)]);
  return {
    ...(Object.fromEntries(placed) as typeof steps),
    model: resolve(folder, model),
    output: resolve(folder, output),
  };
}

function withPaths(given: StepOptions, folder: string): StepOptions {
  const isPath = (name: string, text: unknown): text is string => {
    if (typeof text !== 'string') return false;
    // Without a folder in it, the name of a Python is found by the system.
    if (name === 'python') return /[/\\]/.test(text);
    // Classes may be a list in place of a file.
    return inputOptions.some((one) => one === name) && !(name === 'classes' && text.includes(','));
  };
  return Object.fromEntries(
    Object.entries(given).map(([name, found]) => {
      if (Array.isArray(found)) return [name, found.map((one) => (isPath(name, one) ? resolve(folder, one) : one))];
      return [name, isPath(name, found) ? resolve(folder, found) : found];
    }),
  );
}

/** Options as a user types them: `--goal smaller`. `false` leaves an option out. */
export function argumentsOf(given: StepOptions): readonly string[] {
  return Object.entries(given).flatMap(([name, found]) => {
    if (found === false) return [];
    if (found === true) return [`--${name}`];
    const values: readonly (string | number)[] = Array.isArray(found) ? found : [found];
    return values.flatMap((one) => [`--${name}`, String(one)]);
  });
}

const mostFiles = 100_000;

/** Hashes the arguments of a step, and size and time of each file that they name. Equal keys need no second run. */
export function stepKey(argv: readonly string[], version: string): string {
  const files = argv.filter((word) => !word.startsWith('--')).flatMap((word) => filesAt(word, { left: mostFiles }));
  return createHash('sha256')
    .update(JSON.stringify([version, argv, files]))
    .digest('hex');
}

type FileFacts = readonly [path: string, sizeBytes: number, modifiedMs: number];

function filesAt(path: string, budget: { left: number }): readonly FileFacts[] {
  // Most words are values of options, not paths.
  const stats = path.includes('\0') || path.length > 4096 ? undefined : findPath(path);
  if (stats === undefined || budget.left-- <= 0) return [];
  if (!stats.isDirectory()) return [[path, stats.size, stats.mtimeMs]];
  return readdirSync(path)
    .toSorted()
    .flatMap((name) => filesAt(join(path, name), budget));
}
