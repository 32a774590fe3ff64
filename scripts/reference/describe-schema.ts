/** The keys of a JSON document with their types, from the schema that reads it. */
import { code, table } from '../markdown.mjs';

/** The fields of a valibot schema that are read here, of every kind of schema. */
interface Schema {
  readonly type: string;
  readonly entries?: Readonly<Record<string, Schema>>;
  readonly item?: Schema;
  readonly items?: readonly Schema[];
  readonly wrapped?: Schema;
  readonly value?: Schema;
  readonly pipe?: readonly Schema[];
  readonly options?: readonly (Schema | string | number)[];
  readonly literal?: unknown;
  readonly metadata?: { readonly item?: Schema };
}

interface Row {
  readonly path: string;
  readonly type: string;
  readonly isOptional: boolean;
}

/** @param schema of valibot: an object */
export function keyTable(schema: unknown): string {
  return table(
    ['key', 'type', 'may be absent'],
    rowsOf(schema as Schema, '').map(({ path, type, isOptional }) => [code(path), type, isOptional ? 'yes' : '']),
  );
}

function rowsOf(schema: Schema, path: string): readonly Row[] {
  return Object.entries(entriesOf(schema)).flatMap(([key, value]) => {
    const own = path === '' ? key : `${path}.${key}`;
    const { inner, isOptional, suffix } = unwrap(value);
    return [{ path: own + suffix, type: typeOf(value), isOptional }, ...rowsOf(inner, own + suffix)];
  });
}

function entriesOf(schema: Schema): Readonly<Record<string, Schema>> {
  return partOf(schema, ({ entries }) => entries !== undefined)?.entries ?? {};
}

/** The first that fits, of the schema and the parts of its pipeline. */
function partOf(schema: Schema, isOne: (part: Schema) => boolean): Schema | undefined {
  return [schema, ...(schema.pipe ?? [])].find(isOne);
}

/** Removes lists, `optional` and `nullable` around a schema. */
function unwrap(schema: Schema): { readonly inner: Schema; readonly isOptional: boolean; readonly suffix: string } {
  if (schema.type === 'optional' || schema.type === 'nullable') {
    const { inner, isOptional, suffix } = unwrap(schema.wrapped!);
    return { inner, suffix, isOptional: isOptional || schema.type === 'optional' };
  }
  const item = itemOf(schema);
  return item === undefined
    ? { inner: schema, isOptional: false, suffix: '' }
    : { inner: unwrap(item).inner, isOptional: false, suffix: '[]' };
}

/** Lists that leave out unknown entries name the schema of an entry in their metadata. */
function itemOf(schema: Schema): Schema | undefined {
  return (
    schema.pipe?.find(({ metadata }) => metadata?.item !== undefined)?.metadata?.item ??
    partOf(schema, ({ type }) => type === 'array')?.item
  );
}

function typeOf(schema: Schema): string {
  const { type, wrapped } = schema;
  if (type === 'optional') return typeOf(wrapped!);
  if (type === 'nullable') return `${typeOf(wrapped!)} or ${code('null')}`;
  const item = itemOf(schema);
  if (item !== undefined) return `list of ${plural(typeOf(item))}`;
  const { options } = partOf(schema, (part) => part.options !== undefined) ?? {};
  if (type === 'picklist') return options!.map((option) => code(String(option))).join(', ');
  if (type === 'union' || type === 'variant')
    return [...new Set(options!.map((option) => typeOf(option as Schema)))].join(' or ');
  if (type === 'literal') return code(String(schema.literal));
  if (type === 'tuple') return `${schema.items!.length} ${plural(typeOf(schema.items![0]!))}`;
  if (type === 'record') return `object: ${typeOf(schema.value!)} by name`;
  return simpleTypeOf(schema);
}

function simpleTypeOf(schema: Schema): string {
  const has = (kind: string) => deepParts(schema).some(({ type }) => type === kind);
  switch (schema.type) {
    case 'number':
      return has('integer') ? 'whole number' : 'number';
    case 'string':
      return has('iso_timestamp') ? 'time (ISO 8601, UTC)' : 'text';
    case 'boolean':
      return 'true or false';
    default:
      return [schema, ...deepParts(schema)].some(({ type }) => type.endsWith('object')) ? 'object' : 'any value';
  }
}

function deepParts(schema: Schema): readonly Schema[] {
  return (schema.pipe ?? []).flatMap((part) => (part === schema ? [part] : [part, ...deepParts(part)]));
}

function plural(type: string): string {
  return (
    (
      { object: 'objects', text: 'texts', number: 'numbers', 'whole number': 'whole numbers' } as Record<string, string>
    )[type] ?? `(${type})`
  );
}
