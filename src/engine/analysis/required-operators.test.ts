import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MemorySource } from '../onnx/byte-source';
import { decodeModel } from '../onnx/codec/decode';
import type { ModelFunction } from '../onnx/graph';
import { graph, model, node, valueInfo } from '../onnx/testing/build';
import { inspect } from './inspect';
import expected from './fixtures/required-operators.json';
import { requiredOperators, requiredOperatorsFile } from './required-operators';

const twice: ModelFunction = {
  ...{ domain: 'own', name: 'Twice', inputs: ['v'], outputs: ['w'], attributes: [] },
  nodes: [node('Add', ['v', 'v'], ['w'])],
  opsetImports: [{ domain: '', version: 17n }],
};

const root = new URL('../../../', import.meta.url);

describe('requiredOperators', () => {
  // tools/compare-required-operators.py --golden wrote the fixture with ONNX Runtime's script.
  it.each(Object.entries(expected))('lists the same operators as the ONNX Runtime script: %s', (path, lines) => {
    const given = decodeModel(new MemorySource(readFileSync(new URL(path, root))));
    const text = requiredOperatorsFile(inspect(given, { name: path, sizeBytes: 0, sha256: '' }));
    expect(text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))).toEqual(lines);
  });

  it('lists operators in graphs of nodes, in functions and of other domains', () => {
    const branch = (op: string) => graph({ nodes: [node(op, ['x'], ['b'])], outputs: [valueInfo('b', [2])] });
    const given = model(
      graph({
        nodes: [
          node('If', ['yes'], ['a'], { then_branch: branch('Relu'), else_branch: branch('Abs') }),
          { ...node('Twice', ['a'], ['c']), domain: 'own' },
          { ...node('Gelu', ['c'], ['y']), domain: 'com.microsoft' },
        ],
        inputs: [valueInfo('x', [2]), valueInfo('yes', [])],
        outputs: [valueInfo('y', [2])],
      }),
      { opset: 17 },
    );
    const withFunction = {
      ...given,
      opsetImports: [...given.opsetImports, { domain: 'own', version: 1n }],
      functions: [twice],
    };
    const facts = inspect(withFunction, { name: 'a\nb', sizeBytes: 0, sha256: '' });
    expect(requiredOperators(facts)).toEqual([
      { domain: 'ai.onnx', opset: 17, operators: ['Abs', 'Add', 'If', 'Relu'] },
      { domain: 'com.microsoft', opset: 1, operators: ['Gelu'] },
    ]);
    expect(requiredOperatorsFile(facts)).toBe('# Operators of a b\nai.onnx;17;Abs,Add,If,Relu\ncom.microsoft;1;Gelu\n');
  });
});
