import { beforeAll, describe, expect, it } from 'vitest';
import { inspectGraphs } from '../../../../engine/analysis/graphs/inspect-graphs';
import { layoutGraph } from '../../../../engine/analysis/graphs/graph-layout';
import { inspect } from '../../../../engine/analysis/inspect';
import { floatTensor, graph, model, node, valueInfo } from '../../../../engine/onnx/testing/build';
import { findInGraphs, findInModels, locate, trailTo } from './find-in-graphs';
import { mix } from './graph-palette';
import { createScene, itemAt, itemNear, layoutRequestOf, neighborOf, rectangleOf, sceneItems } from './graph-scene';
import type { Scene } from './graph-scene';
import { macsMetric, parametersMetric } from '../../../node-facts/inspected-metrics';
import { metricScale } from '../../../node-facts/metric-scale';
import type { NodeMetric, NodeNumbers } from '../../../node-facts/node-metric';
import { nodeClassifications } from '../../../node-facts/node-classifications';
import { colorItems, type Coloring } from './node-colors';
import { createPartners } from './partners';

const example = model(
  graph({
    nodes: [
      node('Conv', ['x', 'w'], ['a'], {}, { name: 'conv1' }),
      node('Relu', ['a'], ['b'], {}, { name: 'relu_of_conv' }),
      node('Add', ['a', 'b'], ['y'], {}, { name: 'add' }),
    ],
    initializers: [floatTensor('w', [4, 4, 1, 1], new Float32Array(16))],
    inputs: [valueInfo('x', [1, 4, 8, 8])],
    outputs: [valueInfo('y', [1, 4, 8, 8])],
  }),
);
const inspection = inspect(example, { name: 'm.onnx', sizeBytes: 0, sha256: '' });
const graphs = inspectGraphs(example);
let scene: Scene;

beforeAll(async () => {
  const items = sceneItems(graphs[0]!, inspection, (text) => 7 * text.length);
  const layout = await layoutGraph(layoutRequestOf(graphs[0]!, items), {
    checkpoint: () => Promise.resolve(),
    deadlineMs: 10_000,
  });
  scene = createScene(graphs[0]!, items, layout);
});

const titleOf = (index: number | null): string => (index === null ? 'nothing' : scene.items[index]!.item.title);
const at = (path: string): number => scene.byPath.get(path)!;

describe('scene', () => {
  it('shows outputs and weights on a node, and the type on an input', () => {
    expect(scene.items.map(({ lines }) => lines)).toEqual([
      ['x', 'float32 1 × 4 × 8 × 8'],
      ['Conv', '1 × 4 × 8 × 8', '16 parameters'],
      ['Relu', '1 × 4 × 8 × 8'],
      ['Add', '1 × 4 × 8 × 8'],
      ['y', 'float32 1 × 4 × 8 × 8'],
    ]);
  });

  it('finds the item at a point, and none beside', () => {
    scene.items.forEach((_, index) => {
      const { left, top, width, height } = rectangleOf(scene, index);
      expect(itemAt(scene, left + width / 2, top + height / 2)).toBe(index);
      expect(itemAt(scene, left - 5, top + height / 2)).not.toBe(index);
    });
    expect(itemAt(scene, -1000, -1000)).toBeNull();
    const add = rectangleOf(scene, at('graph/add'));
    expect(titleOf(itemNear(scene, add.left, add.top, (index) => titleOf(index) !== 'Add'))).toBe('Relu');
  });

  it('follows edges up and down, and stays at an end', () => {
    expect(titleOf(neighborOf(scene, at('graph/conv1'), 'up'))).toBe('x');
    expect(titleOf(neighborOf(scene, at('graph/conv1'), 'down'))).toBe('Relu');
    expect(titleOf(neighborOf(scene, at('graph/add'), 'down'))).toBe('y');
    expect(titleOf(neighborOf(scene, at('graph:output:y'), 'down'))).toBe('y');
    expect(titleOf(neighborOf(scene, at('graph/add'), 'left'))).toBe('Add');
  });

  const subject = { id: 'original', files: null, inspection, graphs };
  const byClass = (id: string): Coloring => {
    const classification = nodeClassifications.find((one) => one.id === id)!;
    return { kind: 'classes', classification, classes: classification.classesOf(subject) };
  };
  const byNumber = (metric: NodeMetric, numbers: NodeNumbers = metric.numbersOf(subject)): Coloring => {
    return { kind: 'numbers', metric, numbers, scale: metricScale(metric, [numbers]) };
  };

  it('colors by kind, by numbers and by precision', () => {
    expect(colorItems(scene.items, byClass('operator')).map(({ hue }) => hue)).toEqual([
      'plain',
      'compute',
      'activate',
      'combine',
      'plain',
    ]);
    expect(colorItems(scene.items, byNumber(macsMetric)).map(({ hue }) => hue)).toEqual([
      'plain',
      'compute',
      'plain',
      'plain',
      'plain',
    ]);
    expect(colorItems(scene.items, byClass('precision'))[1]?.hue).toBe('compute');
    const measuredInPart: NodeNumbers = { state: 'known', byPath: new Map([['graph/conv1', null]]), source: null };
    expect(colorItems(scene.items, byNumber(macsMetric, measuredInPart))[1]?.hue).toBe('unknown');
    const notMeasured: NodeNumbers = { state: 'not-known', why: 'Nothing was measured.', commandId: null };
    expect(colorItems(scene.items, byNumber(macsMetric, notMeasured)).map(({ hue }) => hue)).toEqual([
      'plain',
      'unknown',
      'unknown',
      'unknown',
      'plain',
    ]);
    expect(mix('#fff', '#000000', 0.5)).toBe('rgb(128 128 128)');
  });

  it('gives the bar of a block the shares of its nodes', () => {
    const block = {
      ...scene.items[1]!.item,
      kind: 'block',
      members: ['graph/conv1', 'graph/add', 'graph/none'],
    } as const;
    const [color] = colorItems([{ ...scene.items[1]!, item: block }], byClass('operator'));
    expect(color).toMatchObject({
      hue: 'plain',
      shares: [
        { hue: 'compute', share: 1 / 3 },
        { hue: 'combine', share: 1 / 3 },
      ],
    });
  });

  it('distinguishes numbers from afar without readable names', () => {
    const items = colorItems(scene.items, byNumber(parametersMetric));
    expect(items[1]!.farStrength).toBe(1);
    const both: NodeNumbers = {
      state: 'known',
      byPath: new Map([
        ['graph/conv1', 100],
        ['graph/add', 1],
      ]),
      source: null,
    };
    const [, most, , least] = colorItems(scene.items, byNumber(parametersMetric, both));
    expect(most!.farStrength).toBe(1);
    expect(least!.farStrength).toBeLessThan(0.5);
  });
});

describe('finding', () => {
  it('finds by operator first, then by name and shape', () => {
    const found = (query: string) => findInGraphs('original', { graphs, inspection }, query).map(({ title }) => title);
    expect(found('conv')).toEqual(['Conv', 'Relu']);
    expect(found('relu 4x8x8')).toEqual(['Relu']);
    expect(found('')).toEqual([]);
    expect(locate({ graphs, inspection }, 'graph/add')?.item.title).toBe('Add');
    expect(locate({ graphs, inspection }, 'graph/none')).toBeNull();
    expect(trailTo(graphs, 'graph').map(({ path }) => path)).toEqual(['graph']);
  });
});

describe('finding in two models', () => {
  it('begins with the model in work, and adds nodes that it lacks', () => {
    const inspected = { graphs, inspection };
    const models = [
      { id: 'original', entry: { inspected } },
      { id: 'variant-1', entry: { inspected: { graphs: [], inspection } } },
    ];
    const found = findInModels(models, 'relu', new Set(['graph/relu_of_conv']));
    expect(found.map(({ of, path }) => [of, path])).toEqual([['original', 'graph/relu_of_conv']]);
    expect(findInModels(models, 'relu', new Set())).toEqual([]);
    expect(findInModels(models.toReversed(), 'conv', new Set()).map(({ of }) => of)).toEqual(['original', 'original']);
  });
});

describe('partners', () => {
  const partners = createPartners({
    same: 1,
    changed: [{ a: 'graph/a', b: 'graph/b', op: 'Conv', what: 'Its weight changed.' }],
    onlyA: ['graph/gone'],
    onlyB: ['graph/new'],
    pairs: [['graph/a', 'graph/b']],
  });

  it('leads from one model to the other, and describes the difference', () => {
    expect(partners.pathIn('original', { of: 'variant-1', path: 'graph/b' })).toBe('graph/a');
    expect(partners.pathIn('variant-1', { of: 'original', path: 'graph/gone' })).toBeNull();
    expect(partners.pathIn('variant-1', { of: 'original', path: 'graph:input:x' })).toBe('graph:input:x');
    expect(partners.marksOf('original').get('graph/gone')).toBe('only-here');
    expect(partners.marksOf('variant-1').get('graph/b')).toBe('changed');
    expect(partners.whatChanged({ of: 'variant-1', path: 'graph/b' })).toBe('Its weight changed.');
    expect(partners.whatChanged({ of: 'variant-1', path: 'graph/new' })).toMatch(/original does not have/);
  });
});
