/** Repairs damaged work: it keeps each valid part, and each valid entry of lists and maps. */
import { isRecord } from '../../../engine/versioned-document';
import type { SavedParts } from '../workspace/workspace-store';

/** A kind of value; an object with these fields at least, or a list of such. */
type Shape = 'string' | 'number' | 'record' | 'record or null' | readonly [Shape] | { readonly [field: string]: Shape };

/**
 * The shapes that every value of a type fits. A field that may be absent has none: a shape for it would call good work
 * damaged.
 */
type ShapeOf<Value> = undefined extends Value
  ? never
  : null extends Value
    ? 'record or null'
    : Value extends string
      ? 'string'
      : Value extends number
        ? 'number'
        : Value extends readonly (infer Item)[]
          ? readonly [ShapeOf<Item>]
          : 'record' | { readonly [Field in keyof Value]?: ShapeOf<Value[Field]> };

const recipe = { steps: [{ pass: 'string', options: 'record' }] } as const;
const passReport = { id: 'string', options: 'record', changes: ['record'], refusals: ['record'] } as const;
const named = [{ name: 'string' }] as const;

export const inspectionShape = {
  file: { name: 'string', sizeBytes: 'number', sha256: 'string' },
  inputs: named,
  outputs: named,
  nodes: ['record'],
  values: 'record',
} as const;

const source = { key: 'string', description: { name: 'string', fields: ['record'] } } as const;
const cell = { variant: 'string', ep: 'string' } as const;

const search = {
  goal: { limits: 'record' },
  candidates: [{ id: 'string', stage: 'string' }],
  leftOut: ['record'],
} as const;
const sensitivity = {
  basis: 'string',
  found: {
    metric: 'string',
    count: 'number',
    baseline: 'record',
    layers: [{ path: 'string', op: 'string', output: 'record', local: 'record' }],
  },
} as const;

type EntryOf<Part> = Part extends readonly (infer Item)[] ? Item : Part[keyof Part];

/** The shape of the entries of each part. */
const entries = {
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
  sweeps: {
    ...{ variant: 'string', axis: 'string', ep: 'string', threads: 'number', measuredAt: 'string' },
    ...{ freeDimensions: 'record', points: [{ medianMs: 'number', samplesPerSecond: 'number', samples: 'number' }] },
    notes: ['string'],
  },
  evaluations: { evaluation: cell, context: { mapping: 'record', split: 'record' } },
  sensitivities: sensitivity,
  otherSearches: search,
  gzipBytes: 'number',
  freeDimensions: 'number',
} as const satisfies { readonly [Name in keyof SavedParts]?: ShapeOf<EntryOf<SavedParts[Name]>> };

/** The shape of each whole part that is not null. */
const wholes = {
  recipe,
  teacher: { name: 'string', key: 'string' },
  ownTokenizer: { key: 'string' },
  unfinished: { name: 'string', recipe, passes: [passReport] },
  search,
  ongoingSearch: { found: search },
  ongoingSensitivity: { ...sensitivity, key: 'string' },
  data: {
    evaluation: source,
    mapping: { inputs: 'record', labels: 'record or null' },
    suggestion: 'record',
    split: 'record',
  },
} as const satisfies { readonly [Name in keyof SavedParts]?: ShapeOf<NonNullable<SavedParts[Name]>> };

export function fits(value: unknown, shape: Shape): boolean {
  if (shape === 'record') return isRecord(value);
  if (shape === 'record or null') return value === null || isRecord(value);
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
  const whole = (wholes as Readonly<Record<string, Shape>>)[name];
  if (whole !== undefined) return value === null || fits(value, whole) ? value : nothing;
  const shape = (entries as Readonly<Record<string, Shape>>)[name];
  if (shape === undefined) return value;
  if (Array.isArray(value)) {
    const kept = value.filter((each) => fits(each, shape));
    return kept.length === value.length ? value : kept;
  }
  const all = Object.entries(value as object);
  const kept = all.filter(([, each]) => fits(each, shape));
  return kept.length === all.length ? value : Object.fromEntries(kept);
}
