/** The JSON schema of a request, for clients that let a model write it. */
import * as v from 'valibot';

type Json = Readonly<Record<string, unknown>>;

/** @param describe the description of an entry by its name */
export function jsonSchema(schema: v.GenericSchema, describe: (name: string) => string = () => ''): Json {
  const known = schema as unknown as {
    readonly type: string;
    readonly entries: Readonly<Record<string, v.GenericSchema>>;
    readonly options: readonly unknown[];
    readonly literal: unknown;
    readonly item: v.GenericSchema;
    readonly value: v.GenericSchema;
    readonly wrapped: v.GenericSchema;
  };
  switch (known.type) {
    case 'optional':
      return jsonSchema(known.wrapped, describe);
    case 'string':
    case 'boolean':
    case 'number':
      return { type: known.type };
    case 'literal':
      return { const: known.literal };
    case 'picklist':
      return { enum: known.options };
    case 'union':
      return { anyOf: known.options.map((option) => jsonSchema(option as v.GenericSchema)) };
    case 'array':
      return { type: 'array', items: jsonSchema(known.item, describe) };
    case 'record':
      return { type: 'object', additionalProperties: jsonSchema(known.value, describe) };
    case 'custom':
      return v.getMetadata(schema as never);
    case 'strict_object':
      return objectSchema(known.entries, describe);
    default:
      throw new Error(`A request has a value of the kind ${known.type}.`);
  }
}

function objectSchema(entries: Readonly<Record<string, v.GenericSchema>>, describe: (name: string) => string): Json {
  const named = Object.entries(entries);
  const properties = named.map(([name, entry]) => {
    const description = describe(name);
    return [name, { ...jsonSchema(entry, describe), ...(description !== '' && { description }) }] as const;
  });
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    required: named.flatMap(([name, { type }]) => (type === 'optional' ? [] : [name])),
    additionalProperties: false,
  };
}
