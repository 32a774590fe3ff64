import { describe, expect, it } from 'vitest';
import { attribute, floatTensor, graph, int64Tensor, model, node, valueInfo } from '../onnx/testing/build';
import { attributeText, inspectNodeContents, findWeight } from './inspect-node-contents';

describe('attributeText', () => {
  it.each([
    ['2', attribute('a', 2n)],
    ['0.1', attribute('a', Math.fround(0.1))],
    ['"SAME_UPPER"', attribute('a', 'SAME_UPPER')],
    ['int64 [2]', attribute('a', int64Tensor('', [2], [1, 2]))],
    ['[1, 2]', { name: 'a', ints: [1n, 2n] }],
    ['[0.5]', { name: 'a', floats: [0.5] }],
    ['["b"]', { name: 'a', strings: [new TextEncoder().encode('b')] }],
    ['graph of 0 nodes', attribute('a', graph({}))],
    ["as the function's attribute alpha", { name: 'a', refAttrName: 'alpha' }],
    ['[]', { name: 'a' }],
  ])('shows %s', (text, shown) => expect(attributeText(shown)).toBe(text));

  it('truncates long attributes', () => {
    const many = attributeText({ name: 'a', ints: Array.from({ length: 1000 }, () => 1n) });
    expect(many).toMatch(/^\[1, .*, … 1000 in all\]$/);
    expect(many.length).toBeLessThan(100);
    expect(attributeText(attribute('a', 'x'.repeat(10_000))).length).toBeLessThan(200);
  });
});

describe('inspectNodeContents', () => {
  const example = model(
    graph({
      nodes: [node('Conv', ['x', 'w', 'w'], ['y'], { group: 1n }, { name: 'conv' })],
      initializers: [floatTensor('w', [2, 2], [1, 2, 3, 4])],
      inputs: [valueInfo('x', [1])],
    }),
  );

  it('gives attributes, and the weights with the inputs that read them', () => {
    expect(inspectNodeContents(example, 'graph/conv')).toEqual({
      path: 'graph/conv',
      documentation: '',
      attributes: [{ name: 'group', text: '1' }],
      weights: [
        { path: 'graph/w', name: 'w', inputs: [1, 2], dtype: 'float32', shape: [2, 2], elements: 4, sizeBytes: 16 },
      ],
    });
    expect(findWeight(example, 'graph/w')?.name).toBe('w');
  });

  it('knows no other paths', () => {
    expect(inspectNodeContents(example, 'graph/other')).toBeUndefined();
    expect(findWeight(example, 'graph/other')).toBeUndefined();
  });
});
