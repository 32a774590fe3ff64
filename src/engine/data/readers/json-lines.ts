/** JSON objects, one per line. */
import { ParetoError } from '../../errors';
import { formatList } from '../../format';
import type { DataField, DataFile, Dataset, FieldValue, ReadContext } from '../dataset';
import { findCalledLabel } from '../label-names';
import { baseName } from './file-name';
import { findLines, LineDataset } from './line-dataset';
import { rowsLookedAt } from './table-columns';
import { TextClasses } from './text-classes';

const mostFields = 1000;

type Kind = 'number' | 'text' | 'numbers' | 'other';

/** Facts about the values of a key in the first lines. */
interface SeenKey {
  readonly kinds: Set<Kind>;
  /** Lengths of the lists of numbers. */
  readonly lengths: Set<number>;
  readonly classes: TextClasses;
}

/**
 * Opens the objects of a file as samples. A key with numbers (true is 1) or lists of numbers becomes a field of
 * float64, and a key with texts a field of text. Texts with the name of a label become classes. Other keys are in the
 * notes. Kinds are detected from the first thousand lines. A line with another kind is an unreadable sample of the
 * fields that need it.
 */
export async function openJsonLines(file: DataFile, context: ReadContext): Promise<Dataset> {
  const keys = new Map<string, SeenKey>();
  let seen = 0;
  let label: string | undefined;
  const look = (line: string): void => {
    seen += 1;
    if (seen <= rowsLookedAt) lookAt(line, keys);
    else if (label !== undefined) gatherTexts(line, label, keys.get(label)!);
    if (seen === rowsLookedAt) label = labelOf(keys);
  };
  const { places, samples } = await findLines(file, look, context);
  if (keys.size === 0) {
    throw new ParetoError(
      'data/lines',
      `No line of "${file.path}" is a JSON object such as {"text": "…", "label": 1}. Write one for each sample.`,
    );
  }
  const { fields, leftOut } = fieldsOf(keys);
  const numbers = new Map(
    fields.map(({ name, classes = [] }) => [name, new Map(classes.map((text, at) => [text, BigInt(at)]))] as const),
  );
  const description = {
    name: baseName(file.path),
    format: 'jsonl',
    samples,
    fields,
    sizeBytes: file.source.sizeBytes,
    notes:
      leftOut.length === 0
        ? []
        : [`Left out, because they are neither numbers nor texts in every line: ${formatList(leftOut)}.`],
  } as const;
  return new LineDataset(description, file, places, (line, requested) => {
    const record = parseOrNothing(line);
    if (record === undefined) throw new ParetoError('data/lines', 'The line is not a JSON object.');
    return Object.fromEntries(
      requested.map((field) => [field.name, valueOf(record.get(field.name), field, numbers.get(field.name)!)]),
    );
  });
}

/** A map, since keys may be called anything. */
function parseOrNothing(line: string): ReadonlyMap<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? new Map(Object.entries(value)) : undefined;
  } catch {
    return undefined;
  }
}

function lookAt(line: string, keys: Map<string, SeenKey>): void {
  for (const [key, value] of parseOrNothing(line) ?? []) {
    if (value === null) continue;
    let about = keys.get(key);
    if (about === undefined) {
      if (keys.size >= mostFields) continue;
      keys.set(key, (about = { kinds: new Set(), lengths: new Set(), classes: new TextClasses() }));
    }
    about.kinds.add(kindOf(value));
    if (Array.isArray(value)) about.lengths.add(value.length);
    if (typeof value === 'string') about.classes.add(value);
  }
}

/** Later lines may add classes to a field that is named like a label. Other texts need no classes. */
function gatherTexts(line: string, label: string, { kinds, classes }: SeenKey): void {
  if (!kinds.has('text') || classes.areTooMany) return;
  const value = parseOrNothing(line)?.get(label);
  if (typeof value === 'string') classes.add(value);
}

function labelOf(keys: ReadonlyMap<string, SeenKey>): string | undefined {
  return findCalledLabel(Array.from(keys.keys(), (name) => ({ name })))?.name;
}

function kindOf(value: unknown): Kind {
  if (typeof value === 'number' || typeof value === 'boolean') return 'number';
  if (typeof value === 'string') return 'text';
  return Array.isArray(value) && value.every((each) => typeof each === 'number') ? 'numbers' : 'other';
}

function fieldsOf(keys: ReadonlyMap<string, SeenKey>): { fields: readonly DataField[]; leftOut: readonly string[] } {
  const label = labelOf(keys);
  const fields: DataField[] = [];
  const leftOut: string[] = [];
  for (const [name, { kinds, lengths, classes }] of keys) {
    const [kind] = kinds.size === 1 ? kinds : ['other' as const];
    const { described } = classes;
    if (kind === 'number') fields.push({ name, kind: 'numbers', dtype: 'float64', shape: [] });
    else if (kind === 'numbers') {
      fields.push({ name, kind: 'numbers', dtype: 'float64', shape: [lengths.size === 1 ? [...lengths][0]! : null] });
    } else if (kind === 'text') {
      const isClass = name === label && described.classes !== undefined;
      fields.push({
        name,
        kind: isClass ? 'class' : 'text',
        dtype: isClass ? 'int64' : 'string',
        shape: [],
        ...described,
      });
    } else leftOut.push(`"${name}"`);
  }
  return { fields, leftOut };
}

function valueOf(value: unknown, field: DataField, classes: ReadonlyMap<string, bigint>): FieldValue {
  const { kind, shape } = field;
  if (kind === 'numbers') {
    const list = shape.length === 1 ? value : [typeof value === 'boolean' ? Number(value) : value];
    if (!Array.isArray(list) || !list.every((each) => typeof each === 'number')) throw otherValue(value, field);
    const dims = shape.length === 1 ? [list.length] : [];
    return { kind: 'tensor', tensor: { dtype: 'float64', dims, data: Float64Array.from(list as readonly number[]) } };
  }
  if (typeof value !== 'string') throw otherValue(value, field);
  if (kind === 'text') return { kind: 'tensor', tensor: { dtype: 'string', dims: [], data: [value] } };
  const number = classes.get(value.trim());
  if (number === undefined) throw otherValue(value, field);
  return { kind: 'tensor', tensor: { dtype: 'int64', dims: [], data: BigInt64Array.of(number) } };
}

function otherValue(value: unknown, { name }: DataField): ParetoError {
  return new ParetoError(
    'data/lines',
    value === null || value === undefined
      ? `The line has no value for "${name}".`
      : `The value of "${name}" in this line is of another type than in the others.`,
  );
}
