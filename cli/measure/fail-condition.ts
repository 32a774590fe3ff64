import type { CellResult, Comparison } from '../../src/engine/metrics/cell';
import { formatQuoted } from '../../src/engine/format';
import { UsageError } from '../command';

export interface BenchmarkFigures {
  readonly cells: readonly CellResult[];
  readonly comparison: readonly Comparison[];
}

interface Condition {
  readonly text: string;
  /** Without a variant it would never hold, and a pipeline would pass that checks nothing. */
  readonly needsVariant: boolean;
  /** Places where the condition holds, as text: `quantized.onnx on wasm: ratio 0.8`. */
  find(figures: BenchmarkFigures): readonly string[];
}

type Measured = { readonly where: string; readonly value: number };
type Metric = (figures: BenchmarkFigures) => readonly Measured[];

const operators: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

const ofCells =
  (read: (cell: CellResult) => number | null): Metric =>
  ({ cells }) =>
    cells.flatMap((cell) => {
      const value = read(cell);
      return value === null ? [] : [{ where: `${cell.variant} on ${cell.ep}`, value }];
    });

const metrics: Readonly<Record<string, Metric>> = {
  medianMs: ofCells((cell) => cell.steady.medianMs),
  p95Ms: ofCells((cell) => cell.steady.p95Ms),
  p99Ms: ofCells((cell) => cell.steady.p99Ms),
  loadMs: ofCells((cell) => cell.loadMs),
  firstRunMs: ofCells((cell) => cell.firstRunMs),
  sqnrDb: ofCells((cell) => cell.outputMatch.sqnrDb),
  maxAbs: ofCells((cell) => cell.outputMatch.maxAbs),
  cosine: ofCells((cell) => cell.outputMatch.cosine),
  ratio: ({ comparison }) =>
    comparison.map(({ variant, ep, ratio }) => ({ where: `${variant} on ${ep}`, value: ratio })),
};

const verdicts = ['faster', 'slower', 'same', 'undecided', 'invalid'] as const;

/** The text of the conditions in `--help`. */
export const failConditionHelp = `a verdict (${verdicts.join(', ')}) or a figure (${Object.keys(metrics).join(', ')}) with <, <=, > or >= and a number`;

/** Reads `slower`, `ratio<1.2`, `sqnrDb < 20`; several joined by commas fail when any holds. Throws UsageError. */
export function parseFailConditions(text: string): readonly Condition[] {
  return text.split(',').map((part) => parseCondition(part.trim()));
}

function parseCondition(text: string): Condition {
  if ((verdicts as readonly string[]).includes(text)) {
    return {
      text,
      needsVariant: true,
      find: ({ comparison }) =>
        comparison.filter(({ verdict }) => verdict === text).map(({ variant, ep }) => `${variant} on ${ep}: ${text}`),
    };
  }
  const match = /^(\w+)\s*(<=|>=|<|>)\s*(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/.exec(text);
  const metric = match && Object.hasOwn(metrics, match[1]!) ? metrics[match[1]!] : undefined;
  if (!match || !metric) throw new UsageError(`--fail-if must be ${failConditionHelp}, not ${formatQuoted(text)}.`);
  const [, name, operator, limit] = match;
  return {
    text,
    needsVariant: name === 'ratio',
    find: (figures) =>
      metric(figures)
        .filter(({ value }) => operators[operator!]!(value, Number(limit)))
        .map(({ where, value }) => `${where}: ${name} ${Number(value.toPrecision(4))}`),
  };
}
