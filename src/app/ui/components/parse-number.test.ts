import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  describeLimits,
  keypadFor,
  nearestNumber,
  parseNumber,
  parseNumbers,
  stepNumber,
  writeNumber,
} from './NumberField';

describe('numbers of preprocessing', () => {
  it('may be fractions', () => {
    expect(parseNumber('1/255')).toBe(1 / 255);
    expect(parseNumber(' 0.5 ')).toBe(0.5);
    expect(['', '1/0', '1/2/3', 'a', '/', '1/'].map((text) => parseNumber(text))).toEqual([
      null,
      null,
      null,
      null,
      null,
      null,
    ]);
  });

  it('may have limits, and have to be whole for counts of pixels or samples', () => {
    const side = { least: 1, most: 8192, isWhole: true };
    expect(['1', '224', '8192', '448/2'].map((text) => parseNumber(text, side))).toEqual([1, 224, 8192, 224]);
    expect(['0', '2.5', '8193', '1/2', ''].map((text) => parseNumber(text, side))).toEqual(Array(5).fill(null));
  });

  it('may have an exponent, and are moved to the nearest limit unless they are not numbers', () => {
    const rate = { least: 0, most: 1 };
    expect(['1e-4', '1e300', '1e'].map((text) => parseNumber(text, rate))).toEqual([0.0001, null, null]);
    expect(['1e300', '1e999', '-3', '1e', '', '1/0', 'x'].map((text) => nearestNumber(text, rate))).toEqual([
      ...[1, 1, 0],
      ...[null, null, null, null],
    ]);
    expect(nearestNumber('1e999', {})).toBeNull();
    expect(['2.5', '70000'].map((text) => nearestNumber(text, { least: 1, most: 64, isWhole: true }))).toEqual([
      null,
      64,
    ]);
  });

  it('go up and down in steps, within the limits', () => {
    expect(stepNumber(0.1, 0.2, {})).toBe(0.3);
    expect([stepNumber(0.95, 0.1, { most: 1 }), stepNumber(1, -8, { least: 1 })]).toEqual([1, 1]);
  });

  it('are typed on a keypad of digits if they need no sign', () => {
    const keypads = [{ least: 1, isWhole: true }, { least: 0 }, { least: -1, isWhole: true }, {}].map(keypadFor);
    expect(keypads).toEqual(['numeric', 'decimal', undefined, undefined]);
  });

  it('are described with their limits', () => {
    expect(describeLimits({ least: 1, most: 8192, isWhole: true })).toBe('Takes a whole number from 1 to 8,192.');
    expect(describeLimits({ least: 0 })).toBe('Takes a number from 0.');
    expect(describeLimits({})).toBe('Takes a number, such as 0.5 or 1/255.');
  });

  it('may be several', () => {
    expect(parseNumbers('0.485, 0.456,0.406')).toEqual([0.485, 0.456, 0.406]);
    expect(parseNumbers('1 2')).toEqual([1, 2]);
    expect(parseNumbers('1, x')).toBeNull();
    expect(parseNumbers(' ')).toBeNull();
  });

  it('are written so that they are read back the same', () => {
    expect(writeNumber(1 / 255)).toBe('1/255');
    expect(writeNumber(1 / 127.5)).toBe('1/127.5');
    expect(writeNumber(0.5)).toBe('0.5');
    expect(writeNumber(0)).toBe('0');
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        // A zero has no sign here.
        expect(parseNumber(writeNumber(value))).toBe(value === 0 ? 0 : value);
      }),
    );
  });
});
