import { expect, it } from 'vitest';
import { describeGraphs } from '../../../../engine/analysis/describe-graphs';
import { layoutGraph } from '../../../../engine/analysis/graph-layout';
import { inspect } from '../../../../engine/analysis/inspect';
import { graph, model, node, valueInfo } from '../../../../engine/onnx/testing/build';
import { firstCamera, type Camera } from './camera';
import { GraphPainter } from './graph-painter';
import { createScene, layoutRequestOf, rectangleOf, sceneItems, type Scene } from './graph-scene';

/** Much higher than the canvas. */
async function chainOf(length: number): Promise<Scene> {
  const chain = model(
    graph({
      nodes: Array.from({ length }, (_, at) => node('Relu', [`v${at}`], [`v${at + 1}`])),
      inputs: [valueInfo('v0', [4])],
      outputs: [valueInfo(`v${length}`, [4])],
    }),
  );
  const [structure] = describeGraphs(chain);
  const items = sceneItems(structure!, inspect(chain, { name: 'chain.onnx', sizeBytes: 0, sha256: '' }), () => 60);
  const limits = { checkpoint: () => Promise.resolve(), deadlineMs: 10_000 };
  return createScene(structure!, items, await layoutGraph(layoutRequestOf(structure!, items), limits));
}

const size = { width: 500, height: 300 };
const begun = (scene: Scene): Camera => firstCamera(scene.layout, size, rectangleOf(scene, 0));
const newPainter = (): GraphPainter => new GraphPainter(document.createElement('canvas'), () => undefined);

it('begins at the upper end of the graph, whether the scene or the size of the canvas comes first', async () => {
  const scene = await chainOf(20);
  const sizeFirst = newPainter();
  sizeFirst.resize(size);
  sizeFirst.setScene(scene, null, false);
  const sceneFirst = newPainter();
  sceneFirst.setScene(scene, null, false);
  sceneFirst.resize(size);
  expect(sizeFirst.camera).toEqual(begun(scene));
  expect(sceneFirst.camera).toEqual(begun(scene));
});

it('keeps in the middle what was there when the same nodes are laid out again', async () => {
  const scene = await chainOf(20);
  const painter = newPainter();
  painter.resize(size);
  painter.setScene(scene, null, false);
  painter.pan(0, -400);
  const before = painter.camera;
  painter.setScene(await chainOf(20), null, false);
  expect(painter.camera.zoom).toBe(before.zoom);
  expect(painter.camera.y).toBeCloseTo(before.y, 6);
});
