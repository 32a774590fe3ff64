/** Defaults against the schemas of ONNX: a fixture made by tools/golden/make-attribute-defaults.py. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { node } from '../testing/build';
import { attributeDefault, isAtDefault, operatorsWithDefaults } from './attribute-defaults';

interface Schema {
  readonly op: string;
  readonly since: number;
  readonly attributes: Readonly<Record<string, { readonly required?: true; readonly default?: number | string }>>;
}

const { schemas } = JSON.parse(
  readFileSync(new URL('./fixtures/attribute-defaults.json', import.meta.url), 'utf8'),
) as { readonly schemas: readonly Schema[] };

it.each(Object.entries(operatorsWithDefaults))('matches the defaults of %s to its schemas', (op, defaults) => {
  const versions = schemas.filter((schema) => schema.op === op);
  for (const name of Object.keys(defaults)) {
    const having = versions.filter(({ attributes }) => attributes[name] !== undefined);
    expect(having, name).not.toEqual([]);
    for (const { since, attributes } of having) {
      const value = attributeDefault(op, name, since);
      const { required, default: stated } = attributes[name]!;
      expect(required, `${name} ${since}`).toBeUndefined();
      if (value === 'each 0' || value === 'each 1') expect(stated, name).toBeUndefined();
      else if (typeof value === 'number')
        expect(Math.fround(value), `${name} ${since}`).toBe(Math.fround(Number(stated)));
      else if (value !== undefined) expect(value, `${name} ${since}`).toBe(stated);
    }
  }
});

it('tells lists and texts at their defaults from others', () => {
  const conv = node('Conv', ['x', 'w'], ['y'], { strides: [1n, 1n], pads: [0n, 1n], auto_pad: 'NOTSET', group: 2n });
  const atDefault = (opset: number, given = conv) =>
    given.attributes.filter((attribute) => isAtDefault(given, attribute, opset)).map(({ name }) => name);
  expect(atDefault(13)).toEqual(['strides', 'auto_pad']);
  // Older schemas do not say what a list is that is not given.
  expect(atDefault(10)).toEqual(['auto_pad']);
  expect(atDefault(13, { ...conv, domain: 'com.microsoft' })).toEqual([]);
  // A list that a function hands on is empty here, and any where the function is called.
  const [handedOn] = node('Conv', ['x', 'w'], ['y'], { strides: [] }).attributes;
  expect(atDefault(13, { ...conv, attributes: [{ ...handedOn, refAttrName: 'strides' }, { ...handedOn }] })).toEqual(
    [],
  );
});
