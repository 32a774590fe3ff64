import { describe, expect, it } from 'vitest';
import type { FieldValue } from '../dataset';
import { recordedFields, recordedOutputs } from './recorded-outputs';

const field = (name: string) => ({ name, kind: 'numbers', dtype: 'float32', shape: [] }) as const;
const value = (number: number): FieldValue => ({
  kind: 'tensor',
  tensor: { dtype: 'float32', dims: [], data: Float32Array.of(number) },
});

/** The first values by output: two were recorded, 7 first and then 8. */
function valuesOf(recordedNames: readonly [string, string], outputs: readonly string[]) {
  const fields = recordedNames.map((name, position) => ({
    ...field(`output_${position}`),
    recordedOutput: { name, position },
  }));
  const feeds = recordedOutputs(fields, { output_0: value(7), output_1: value(8), input_0: value(9) }, outputs);
  return Object.fromEntries(Object.entries(feeds).map(([name, { data }]) => [name, data[0]]));
}

describe('recordedOutputs', () => {
  it('matches by name in any order if all names are outputs', () => {
    expect(valuesOf(['a', 'b'], ['b', 'a', 'c'])).toEqual({ a: 7, b: 8 });
  });

  it.each([
    ['other names', ['p', 'q']],
    ['no names', ['', '']],
    ['one that is known', ['b', 'q']],
    ['the same name twice', ['b', 'b']],
  ] as const)('goes by position with %s', (_, names) => {
    expect(valuesOf(names, ['a', 'b'])).toEqual({ a: 7, b: 8 });
  });

  it('keeps a recorded output without a model output, so that validation reports it missing', () => {
    expect(valuesOf(['p', 'q'], ['a'])).toEqual({ a: 7, output_1: 8 });
  });
});

describe('recordedFields', () => {
  it('finds the fields that hold outputs', () => {
    const recorded = { ...field('y'), recordedOutput: { name: 'y', position: 0 } };
    const description = { name: 'd', format: 'npz', samples: 1, sizeBytes: 0, notes: [] } as const;
    expect(recordedFields({ ...description, fields: [field('x'), recorded] })).toEqual([recorded]);
  });
});
