import { describe, expect, it } from 'vitest';
import { inspect } from '../../engine/analysis/inspect';
import { DataType } from '../../engine/onnx/data-type';
import { graph, model, node, valueInfo } from '../../engine/onnx/testing/build';
import { placementClassifications, webgpuPlacement, webnnPlacement } from './placement-classes';
import type { NodeSubject } from './node-metric';

function subjectOf(size: number | string): NodeSubject {
  const described = model(
    graph({
      nodes: [
        node('Relu', ['x'], ['a'], {}, { name: 'relu' }),
        node('NonZero', ['a'], ['b'], {}, { name: 'nonzero' }),
        node('Wild', ['a'], ['c'], {}, { name: 'wild', domain: 'com.example' }),
      ],
      inputs: [valueInfo('x', [size])],
      outputs: [valueInfo('b', null, DataType.int64), valueInfo('c', [size])],
    }),
  );
  const inspection = inspect(described, { name: 'm.onnx', sizeBytes: 1, sha256: '' });
  return { id: 'original', files: null, inspection, graphs: [] };
}

const titles = (classification: typeof webgpuPlacement, subject: NodeSubject) =>
  Array.from(classification.classesOf(subject), ([path, { title }]) => [path, title]);

describe('placement classifications', () => {
  it('list nodes that leave WebGPU, the reason, and unmeasured nodes', () => {
    expect(titles(webgpuPlacement, subjectOf(4))).toEqual([
      ['graph/nonzero', 'no kernel for it'],
      ['graph/wild', 'not measured'],
    ]);
  });

  it('distinguish nodes that WebNN rejects for the operator from those with an open size', () => {
    const found = titles(webnnPlacement, subjectOf('N'));
    expect(found).toContainEqual(['graph/relu', 'a size is open']);
    expect(found).toContainEqual(['graph/nonzero', 'operator not supported']);
    expect(titles(webnnPlacement, subjectOf(4))).not.toContainEqual(['graph/relu', expect.anything()]);
  });

  it('have a color of its own for each class', () => {
    for (const { classes } of placementClassifications) {
      expect(new Set(classes.map(({ hue }) => hue)).size).toBe(classes.length);
    }
  });
});
