import { expect, it } from 'vitest';
import { inspectGraphs } from '../../../../engine/analysis/graphs/inspect-graphs';
import { layoutGraph } from '../../../../engine/analysis/graphs/graph-layout';
import { inspect } from '../../../../engine/analysis/inspect';
import { graph, model, node, valueInfo } from '../../../../engine/onnx/testing/build';
import { centeredOn, firstCamera, fitCamera, overviewCamera, type Camera, type Size } from './camera';
import { followOther, GraphPainter } from './graph-painter';
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
  const [structure] = inspectGraphs(chain);
  const items = sceneItems(structure!, inspect(chain, { name: 'chain.onnx', sizeBytes: 0, sha256: '' }), () => 60);
  const limits = { checkpoint: () => Promise.resolve(), deadlineMs: 10_000 };
  return createScene(structure!, items, await layoutGraph(layoutRequestOf(structure!, items), limits));
}

const size = { width: 500, height: 300 };
const begun = (scene: Scene): Camera => firstCamera(scene.layout, size, rectangleOf(scene, 0));
const newPainter = (onMove: (isOwn: boolean) => void = () => undefined): GraphPainter =>
  new GraphPainter(document.createElement('canvas'), (_, isOwn) => onMove(isOwn));
const painterOf = (scene: Scene, onMove?: (isOwn: boolean) => void): GraphPainter => {
  const painter = newPainter(onMove);
  painter.resize(size);
  painter.setScene(scene, null, false);
  return painter;
};

/** Two canvases of the same graph, each of which follows the other. */
function sideBySide(scene: Scene): readonly [GraphPainter, GraphPainter] {
  const painters: GraphPainter[] = [];
  for (const at of [0, 1]) {
    painters.push(
      painterOf(scene, (isOwn) => {
        const [painter, other] = [painters[at], painters[1 - at]];
        if (isOwn && painter && other) followOther(other, painter, (path) => path);
      }),
    );
  }
  return [painters[0]!, painters[1]!];
}

const nextFrame = (): Promise<unknown> => new Promise((resolve) => requestAnimationFrame(resolve));
/** Longer than a glide, and the frame that ends it: on a busy machine frames come late. */
async function untilStill(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 400));
  await nextFrame();
  await nextFrame();
}
const centerOf = (scene: Scene, index: number, at: Size): Camera =>
  centeredOn(rectangleOf(scene, index), { x: 0, y: 0, zoom: 0 }, at);

it('begins at the upper end of the graph, in either order of scene and canvas size', async () => {
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

it('begins again in the size that the canvas gets, until one looks at something', async () => {
  const scene = await chainOf(3);
  const [large, larger] = [
    { width: 600, height: 500 },
    { width: 400, height: 700 },
  ];
  const painter = painterOf(scene);
  painter.resize(large);
  expect(painter.camera).toEqual(fitCamera(scene.layout, large));
  painter.reveal(0, true);
  const { y } = painter.camera;
  painter.resize(larger);
  expect(painter.camera.y).toBe(y);
});

it('keeps the middle when the same nodes are laid out again', async () => {
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

it('continues to the selection when details take room on the way, and the other canvas with it', async () => {
  const scene = await chainOf(60);
  const [follower, leader] = sideBySide(scene);
  leader.reveal(40, true);
  await nextFrame();
  const narrow = { ...size, width: 380 };
  follower.resize(narrow);
  leader.resize(narrow);
  await untilStill();
  expect(leader.camera).toEqual(centerOf(scene, 40, narrow));
  expect(follower.camera).toEqual(leader.camera);
});

it('shows the selection on the way to something else', async () => {
  const scene = await chainOf(60);
  const painter = painterOf(scene);
  painter.reveal(40, true);
  painter.reveal(0, true);
  await untilStill();
  expect(painter.camera).toEqual(centerOf(scene, 0, size));
});

it('fits the graph of each canvas, wherever another one looks', async () => {
  const [large, small] = [await chainOf(6), await chainOf(3)];
  const [first, second] = sideBySide(large);
  second.setScene(small, null, false);
  const zoom = first.overviewZoom;
  expect(zoom).toBeLessThan(second.overviewZoom);
  first.fit(zoom);
  second.fit(zoom);
  await untilStill();
  expect(first.camera).toEqual(overviewCamera(large.layout, size));
  expect(second.camera).toEqual(overviewCamera(small.layout, size, zoom));
});

it('fits the graph to the size that the canvas has by then', async () => {
  const scene = await chainOf(60);
  const painter = painterOf(scene);
  painter.fit();
  await nextFrame();
  painter.resize({ width: 380, height: 200 });
  await untilStill();
  expect(painter.camera).toEqual(overviewCamera(scene.layout, { width: 380, height: 200 }));
});

it('zooms two canvases once each, as the buttons do', async () => {
  const painters = sideBySide(await chainOf(20));
  for (const painter of painters) painter.zoom(0.8, false);
  expect(painters.map(({ camera }) => camera.zoom)).toEqual([0.85 * 0.8, 0.85 * 0.8]);
});
