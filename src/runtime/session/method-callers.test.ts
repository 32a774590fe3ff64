import { afterEach, describe, expect, it } from 'vitest';
import { installMethodCallers } from './browser-realm';

const original = globalThis.Function;
afterEach(() => {
  globalThis.Function = original;
});

/** Copies the glue of onnxruntime-web 1.30.0: kind 0 calls, 1 calls a method, 2 constructs, 3 converts. */
function makeLikeGlue(kind: 0 | 1 | 2 | 3, readers: ((pointer: number) => unknown)[], returns: boolean) {
  const objects: unknown[] = [Math.max, [3, 1, 2], Date];
  const captured: Record<string, unknown> = { toValue: (handle: number) => objects[handle] };
  const list = readers.map((reader, index) => {
    captured[`argFromPtr${index}`] = reader;
    return `argFromPtr${index}(args${index ? `+${8 * index}` : ''})`;
  });
  let text = ['toValue(handle)', 'toValue(handle)[getStringOrSymbol(methodName)]', 'new (toValue(handle))', ''][kind]!;
  if (kind === 1) captured.getStringOrSymbol = () => 'join';
  text += `(${list.join()})`;
  if (returns) {
    captured.toReturnWire = (value: unknown) => ['wire', value];
    captured.emval_returnValue = (wire: (value: unknown) => unknown, _: number, value: unknown) => wire(value);
    text = `return emval_returnValue(toReturnWire, destructorsRef, ${text})`;
  }
  text = `return function (handle, methodName, destructorsRef, args) {\n  ${text}\n  }`;
  const make = new Function(Object.keys(captured) as unknown as string, text) as (...values: unknown[]) => unknown;
  return make(...Object.values(captured)) as (handle: number, name: number, ref: number, args: number) => unknown;
}

const cases = [
  ['calls a function', 0, 0, [(at: number) => at, (at: number) => at * 2]],
  ['calls a method on its object', 1, 1, [() => '-']],
  ['constructs', 2, 2, [() => 12345]],
  ['converts a value', 3, 0, [(at: number) => `at ${at}`]],
] as const;

describe('installMethodCallers', () => {
  for (const [what, kind, handle, readers] of cases) {
    it(`${what} like the text does`, () => {
      const evaluated = makeLikeGlue(kind, [...readers], true)(handle, 0, 0, 16);
      installMethodCallers();
      const caller = makeLikeGlue(kind, [...readers], true);
      expect(caller.toString()).not.toContain('emval_returnValue(toReturnWire, destructorsRef,');
      expect(caller(handle, 0, 0, 16)).toEqual(evaluated);
    });
  }

  it('gives nothing back if the text does not', () => {
    installMethodCallers();
    expect(makeLikeGlue(0, [() => 1], false)(0, 0, 0, 0)).toBeUndefined();
  });

  it('leaves other uses of Function as they are', () => {
    installMethodCallers();
    expect(new Function('a', 'return a + 1')(2)).toBe(3);
    expect(() => 1).toBeInstanceOf(Function);
  });
});
