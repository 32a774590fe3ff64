import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isParetoError } from '../errors';
import { parseOptionAssignment, resolveOptions, type PassWithOptions } from './options';

const common = { label: '', explanation: '' };
const pass: PassWithOptions = {
  id: 'example',
  options: {
    amount: { ...common, kind: 'number', default: 0.5, minimum: 0, maximum: 1, step: 0.1 },
    deep: { ...common, kind: 'boolean', default: false },
    mode: {
      ...common,
      kind: 'choice',
      default: 'a',
      choices: [
        { value: 'a', label: 'A', explanation: '' },
        { value: 'b', label: 'B', explanation: '' },
      ],
    },
    nodes: { ...common, kind: 'list', default: [] },
    ops: { ...common, kind: 'list', default: ['Conv'], choices: ['Conv', 'Gemm'] },
    width: {
      ...common,
      kind: 'choice',
      default: '4',
      choices: ['4', '16', '2'].map((value) => ({ value, label: value, explanation: '' })),
    },
    bits: { ...common, kind: 'map', default: {}, minimum: 4, maximum: 16, values: [4, 8, 16] },
  },
};

describe('resolveOptions', () => {
  it('completes with the defaults, in the order of the description', () => {
    const values = resolveOptions(pass, { nodes: ['x', 'y', 'x'], amount: 0.1 });
    expect(values).toEqual({
      amount: 0.1,
      deep: false,
      mode: 'a',
      nodes: ['x', 'y'],
      ops: ['Conv'],
      width: '4',
      bits: {},
    });
    expect(Object.keys(values)).toEqual(Object.keys(pass.options));
  });

  it.each([
    [
      { amuont: 0.1 },
      'options/unknown',
      'example has no option “amuont”. Its options: amount, deep, mode, nodes, ops, width, bits.',
    ],
    [{ amount: 2 }, 'options/invalid', 'example: option “amount” cannot be 2. It must be a number from 0 to 1.'],
    [{ amount: NaN }, 'options/invalid', 'example: option “amount” cannot be NaN. It must be a number from 0 to 1.'],
    [
      { amount: '0.5' },
      'options/invalid',
      'example: option “amount” cannot be “0.5”. It must be a number from 0 to 1.',
    ],
    [{ deep: 1 }, 'options/invalid', 'example: option “deep” cannot be 1. It must be true or false.'],
    [{ mode: 'c' }, 'options/invalid', 'example: option “mode” cannot be “c”. It must be a or b.'],
    [{ width: 3 }, 'options/invalid', 'example: option “width” cannot be “3”. It must be 2, 4 or 16.'],
    [{ nodes: 'x' }, 'options/invalid', 'example: option “nodes” cannot be “x”. It must be a list of names.'],
    [
      { ops: ['Conv', 'Relu'] },
      'options/invalid',
      'example: option “ops” cannot be “Relu”. It must be a list of: Conv, Gemm.',
    ],
    [
      { bits: { conv: 8, fc: 5 } },
      'options/invalid',
      'example: option “bits” cannot be “fc” with 5. It must be names with 4, 8 or 16 each, as conv1=16.',
    ],
    [
      { constructor: 1 },
      'options/unknown',
      'example has no option “constructor”. Its options: amount, deep, mode, nodes, ops, width, bits.',
    ],
  ])('refuses %j', (given, code, message) => {
    expect(() => resolveOptions(pass, given)).toThrow(expect.objectContaining({ code, message }));
  });

  it('answers anything with complete options or a ParetoError', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...Object.keys(pass.options), '__proto__', 'x'), fc.anything()),
        (given) => {
          try {
            expect(Object.keys(resolveOptions(pass, given))).toEqual(Object.keys(pass.options));
          } catch (error) {
            expect(isParetoError(error)).toBe(true);
          }
        },
      ),
    );
  });
});

describe('parseOptionAssignment', () => {
  it.each([
    ['amount=0.25', ['amount', 0.25]],
    ['deep=true', ['deep', true]],
    ['mode=b', ['mode', 'b']],
    ['nodes=a, b=c,', ['nodes', ['a', 'b=c']]],
    ['nodes=', ['nodes', []]],
  ])('reads %s', (text, expected) => {
    expect(parseOptionAssignment(pass, text)).toEqual(expected);
  });

  it.each([
    ['amount', '“amount” is not an option of example. Write key=value, for example amount=0.5.'],
    ['amount=', 'example: option “amount” cannot be “”. It must be a number from 0 to 1.'],
    ['amount=half', 'example: option “amount” cannot be “half”. It must be a number from 0 to 1.'],
    ['deep=yes', 'example: option “deep” cannot be “yes”. It must be true or false.'],
  ])('refuses %s', (text, message) => {
    expect(() => parseOptionAssignment(pass, text)).toThrow(expect.objectContaining({ message }));
  });
});
