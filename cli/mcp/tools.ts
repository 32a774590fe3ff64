/** The tools: each is a command, called with a validated request in place of options. The requests are those of the use cases. */
import * as v from 'valibot';
import {
  capitalize,
  formatBytes,
  formatChange,
  formatCount,
  formatCounted,
  formatRatioInterval,
} from '../../src/engine/format';
import { nameOfBest, type LossVerdict } from '../../src/engine/verdict/loss-verdict';
import { optionText } from '../../src/engine/passes/options';
import { benchmarkRequest } from '../../src/work/benchmark';
import { optimizeRequest } from '../../src/work/optimize';
import * as schema from '../../src/work/request';
import { searchRequest } from '../../src/work/search';
import { shellOption } from '../shell-host';
import type { OptionValue } from '../../src/engine/passes/option-spec';

export type Document = Readonly<Record<string, unknown>>;

export interface Tool {
  readonly name: string;
  readonly description: string;
  readonly request: v.GenericSchema;
  /** One sentence: the result of the call. */
  readonly verdict: (document: never) => string;
}

/** Entries whose values are paths. Only those in the roots are read or written. */
export const pathEntries: ReadonlySet<string> = new Set([
  'model',
  'variant',
  'variants',
  'against',
  'output',
  'data',
  'calibrationData',
  'tokenizer',
  'mapping',
  'teacher',
  'student',
  'limits',
  'base',
]);

/** Describes an entry where its name and its type do not suffice. */
export function describeEntry(name: string): string {
  if (pathEntries.has(name)) return 'In the roots.';
  return name === 'lossLimits' ? 'Such as accuracyLoss=0.01, cosineLoss=0.02, sqnrDb=30 and sizeBytes=200000.' : '';
}

/** Entries that are arguments, not options. */
const positional = ['model', 'variant', 'variants'] as const;

const { tokenizer, preset, length } = schema.mappingRequest.entries;
/** The data of a call, without the forms that only a program builds. */
const data = { data: v.optional(schema.words), mapping: v.optional(v.string()), tokenizer, preset, length };
const ofRun = { threads: schema.threads, dimensions: schema.dimensions };
const { goal, sqnrDb, seed, samples, withoutData, teacher, student } = optimizeRequest.entries;
const step = v.strictObject({
  pass: v.string(),
  options: v.optional(v.record(v.string(), v.union([v.string(), v.number(), v.boolean(), schema.words]))),
});
const model = v.string();
const sampleCount = v.optional(schema.count);
const loss = { lossLimits: v.optional(schema.words) };

interface Sized {
  readonly sizeBytes: { readonly original: number; readonly variant: number };
}

export const tools: readonly Tool[] = [
  {
    name: 'inspect',
    description:
      'Describes a model: size, operators, inputs, outputs, costs, and what runs on which provider. Changes nothing.',
    request: v.strictObject({ model, dimensions: schema.dimensions }),
    verdict: ({
      file,
      parameters,
      nodes,
    }: {
      file: { name: string; sizeBytes: number };
      parameters: number;
      nodes: readonly unknown[];
    }) =>
      `${file.name} has ${formatBytes(file.sizeBytes)}, ${formatCount(nodes.length)} nodes and ${formatCount(parameters)} parameters.`,
  },
  {
    name: 'optimize',
    description:
      'Writes a smaller or faster variant of a model, by a goal or by passes. An output that ends with / is a folder with config, tokenizer and card.',
    request: v.strictObject({
      ...{ model, output: v.string(), goal, passes: v.optional(schema.listOf(step)) },
      ...{ sqnrDb, seed, ...data, samples, withoutData, teacher, student, dimensions: schema.dimensions },
    }),
    verdict: ({ variant, sizeBytes }: Sized & { variant?: { path: string } }) =>
      `${variant?.path ?? 'The folder'} has ${formatBytes(sizeBytes.variant)} (${formatChange(sizeBytes.original, sizeBytes.variant)}).`,
  },
  {
    name: 'search',
    description:
      'Tries recipes within a time, evaluates them on data, and recommends one within lossLimits. output is a new folder: best.onnx in it is the recommended model.',
    request: v.strictObject({
      ...{ model, output: v.optional(v.string()), goal: searchRequest.entries.goal, ...loss },
      ...{ budgetS: v.optional(schema.integer(1, 86_400)), techniques: searchRequest.entries.techniques },
      ...{ ...data, calibrationData: v.optional(schema.words), samples, seed: searchRequest.entries.seed, ...ofRun },
    }),
    verdict: ({
      best,
      reason,
      candidates,
      originalBytes,
    }: {
      best: string | null;
      reason?: string;
      originalBytes: number;
      candidates: readonly { id: string; name: string; sizeBytes?: number; lossVerdict?: Pick<LossVerdict, 'word'> }[];
    }) => {
      const found = candidates.find(({ id }) => id === best);
      if (found?.sizeBytes === undefined) return reason ?? 'No candidate is recommended.';
      return `${capitalize(nameOfBest(found.lossVerdict?.word))}: ${found.name}, ${formatBytes(found.sizeBytes)} (${formatChange(originalBytes, found.sizeBytes)}).`;
    },
  },
  {
    name: 'evaluate',
    description: 'Measures accuracy or output error on data, alone or against the original.',
    request: v.strictObject({
      ...{ model, against: v.optional(v.string()), ...data, limit: sampleCount, ...loss },
      ...{ seed, batch: schema.batch, ...ofRun },
    }),
    verdict: ({ lossVerdict, samples: count }: { lossVerdict?: Pick<LossVerdict, 'sentence'>; samples: number }) =>
      lossVerdict?.sentence ?? `Evaluated on ${formatCounted(count, 'sample')}.`,
  },
  {
    name: 'benchmark',
    description: 'Measures latency, of a variant in turns with the original.',
    request: v.strictObject({
      ...{ model, variant: benchmarkRequest.entries.variant, eps: benchmarkRequest.entries.eps },
      ...{ budget: benchmarkRequest.entries.budget, batch: schema.batch, seed, ...data, ...ofRun },
    }),
    verdict: ({
      comparison,
      cells,
    }: {
      comparison: readonly { verdict: string; ratio: number; interval: readonly [number, number] }[];
      cells: readonly { steady: { medianMs: number } }[];
    }) => {
      const [first] = comparison;
      if (first === undefined)
        return cells[0] ? `The median is ${cells[0].steady.medianMs.toFixed(2)} ms.` : 'Nothing was measured.';
      return `${first.verdict}: ${formatRatioInterval(first.ratio, first.interval)} the speed of the original.`;
    },
  },
  {
    name: 'check',
    description:
      'Checks a model, or a variant against the original, against the limits of a JSON file. limits or base is needed.',
    request: v.strictObject({
      ...{ model, variant: v.optional(v.string()), limits: v.optional(v.string()), base: v.optional(v.string()) },
      ...{ strict: schema.flag, ...data, limit: sampleCount, ...ofRun },
    }),
    verdict: ({
      passed,
      checks,
    }: {
      passed: boolean;
      checks: readonly { limit: string; holds: boolean; what: string }[];
    }) => {
      const broken = checks.filter(({ holds }) => !holds).map(({ limit, what }) => `${limit} (${what})`);
      return passed
        ? `${formatCounted(checks.length, 'limit')} of ${checks.length} kept.`
        : `Broken: ${broken.join('; ')}.`;
    },
  },
  {
    name: 'compare',
    description: 'Compares models with the first one: size, costs, outputs, speed, and accuracy with data.',
    request: v.strictObject({
      ...{ model, variants: schema.words, budget: benchmarkRequest.entries.budget },
      ...{ ...data, limit: sampleCount, seed, ...ofRun },
    }),
    verdict: ({ variants }: { variants: readonly unknown[] }) =>
      `Compared ${formatCounted(variants.length, 'variant')} with the model.`,
  },
];

/** Options whose name in a request is another one, because one request has both meanings. */
const otherNames = new Map([
  ['lossLimits', '--limit'],
  ['limits', '--budget'],
]);

/** The command line of a validated request. */
export function commandLineOf(tool: string, request: Readonly<Record<string, unknown>>): readonly string[] {
  const given = positional.flatMap((name) => [request[name] ?? []].flat() as string[]);
  const options = Object.entries(request).flatMap(([name, value]) => {
    if (positional.some((one) => one === name) || value === undefined || value === false) return [];
    if (name === 'passes') return (value as readonly v.InferOutput<typeof step>[]).flatMap(wordsOfStep);
    const option = otherNames.get(name) ?? shellOption(name);
    if (value === true) return [option];
    if (name === 'dimensions') return Object.entries(value as object).map(([key, size]) => `${option}=${key}=${size}`);
    return [value].flat().map((one) => `${option}=${String(one)}`);
  });
  return [tool, ...options, '--json', '--', ...given];
}

const wordsOfStep = ({ pass, options = {} }: v.InferOutput<typeof step>): readonly string[] => [
  `--pass=${pass}`,
  ...Object.entries(options).map(([key, value]) => `--set=${key}=${optionText(value as OptionValue)}`),
];
