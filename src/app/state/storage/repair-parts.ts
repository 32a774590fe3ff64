/** Repairs damaged work: it keeps each valid part, and each valid entry of lists and maps. */
import { isRecord } from '../../../engine/versioned-document';
import type { SavedParts } from '../workspace/workspace-store';

/** A kind of value; an object with these fields at least, or a list of such. */
type Shape = 'string' | 'number' | 'record' | readonly [Shape] | { readonly [field: string]: Shape };

const recipe: Shape = { steps: [{ pass: 'string', options: 'record' }] };
const passReport: Shape = { id: 'string', options: 'record', changes: ['record'], refusals: ['record'] };
const named: Shape = [{ name: 'string' }];

export const inspectionShape: Shape = {
  file: { name: 'string', sizeBytes: 'number', sha256: 'string' },
  inputs: named,
  outputs: named,
  nodes: ['record'],
  values: 'record',
};

const source: Shape = { key: 'string', description: { name: 'string', fields: ['record'] } };
const cell: Shape = { variant: 'string', ep: 'string' };

const search: Shape = {
  goal: { limits: 'record' },
  candidates: [{ id: 'string', stage: 'string' }],
  leftOut: ['record'],
};
const sensitivity = {
  basis: 'string',
  found: {
    metric: 'string',
    count: 'number',
    baseline: 'record',
    layers: [{ path: 'string', op: 'string', output: 'record', local: 'record' }],
  },
} as const;

/** The shape of the entries of each part. */
const entries: Readonly<Record<string, Shape>> = {
  variants: {
    id: 'string',
    name: 'string',
    filesKey: 'string',
    recipe,
    inspection: inspectionShape,
    optimization: { passes: [passReport], variant: 'record', sizeBytes: 'record' },
  },
  cells: { ...cell, steady: { medianMs: 'number' }, samplesMs: ['number'], outputMatch: 'record', placement: 'record' },
  comparisons: cell,
  failures: cell,
  contexts: { freeDimensions: 'record' },
  evaluations: { evaluation: cell, context: { mapping: 'record', split: 'record' } },
  sensitivities: sensitivity,
  otherSearches: search,
  gzipBytes: 'number',
  freeDimensions: 'number',
};

/** The shape of each whole part that is not null. */
const wholes: Readonly<Record<string, Shape>> = {
  recipe,
  teacher: { name: 'string', key: 'string' },
  ownTokenizer: { key: 'string' },
  unfinished: { name: 'string', recipe, passes: [passReport] },
  search,
  ongoingSearch: { found: search },
  ongoingSensitivity: { ...sensitivity, key: 'string' },
  data: { evaluation: source, mapping: { inputs: 'record', labels: 'record' }, suggestion: 'record', split: 'record' },
};

export function fits(value: unknown, shape: Shape): boolean {
  if (shape === 'record') return isRecord(value);
  if (typeof shape === 'string') return typeof value === shape;
  if (isList(shape)) return Array.isArray(value) && value.every((each) => fits(each, shape[0]));
  return isRecord(value) && Object.entries(shape).every(([field, inner]) => fits(value[field], inner));
}

function isList(shape: object): shape is readonly [Shape] {
  return Array.isArray(shape);
}

/** True for a value of the same kind as the initial one. A part that may be null is null or a record. */
function isLike(value: unknown, empty: unknown): boolean {
  if (empty === null) return value === null || isRecord(value);
  return typeof value === typeof empty && value !== null && Array.isArray(value) === Array.isArray(empty);
}

/** The parts with what is whole of them, and the names of those that lost something. */
export function repairParts(work: Readonly<Record<string, unknown>>, empty: SavedParts) {
  const damaged: string[] = [];
  const repaired = Object.entries(empty).map(([name, nothing]: readonly [string, unknown]) => {
    const kept = keptOf(name, work[name], nothing);
    if (kept !== work[name]) damaged.push(name);
    return [name, kept] as const;
  });
  return { parts: Object.fromEntries(repaired) as unknown as SavedParts, damaged };
}

/** The very value where nothing of it is damaged. */
function keptOf(name: string, value: unknown, nothing: unknown): unknown {
  if (!isLike(value, nothing)) return nothing;
  const whole = wholes[name];
  if (whole !== undefined) return value === null || fits(value, whole) ? value : nothing;
  const shape = entries[name];
  if (shape === undefined) return value;
  if (Array.isArray(value)) {
    const kept = value.filter((each) => fits(each, shape));
    return kept.length === value.length ? value : kept;
  }
  const all = Object.entries(value as object);
  const kept = all.filter(([, each]) => fits(each, shape));
  return kept.length === all.length ? value : Object.fromEntries(kept);
}
