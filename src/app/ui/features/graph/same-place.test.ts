import { beforeAll, describe, expect, it } from 'vitest';
import { inspectGraphs } from '../../../../engine/analysis/graphs/inspect-graphs';
import { layoutGraph } from '../../../../engine/analysis/graphs/graph-layout';
import { inspect } from '../../../../engine/analysis/inspect';
import { graph, model, node, valueInfo } from '../../../../engine/onnx/testing/build';
import { createScene, layoutRequestOf, rectangleOf, sceneItems, type Scene } from './graph-scene';
import { samePlace } from './same-place';

const size = { width: 200, height: 100 };

/** `x` through operators one after another. */
async function chainOf(operators: readonly string[]): Promise<Scene> {
  const nodes = operators.map((op, at) =>
    node(op, [at === 0 ? 'x' : `v${at}`], [at === operators.length - 1 ? 'y' : `v${at + 1}`], {}, { name: op }),
  );
  const built = model(
    graph({ nodes, inputs: [valueInfo('x', [4])], outputs: [valueInfo('y', [4])], initializers: [] }),
  );
  const [structure] = inspectGraphs(built);
  const items = sceneItems(structure!, inspect(built, { name: 'm', sizeBytes: 0, sha256: '' }), () => 60);
  const layout = await layoutGraph(layoutRequestOf(structure!, items), {
    checkpoint: () => Promise.resolve(),
    deadlineMs: 10_000,
  });
  return createScene(structure!, items, layout);
}

/** A camera with the item in the middle. */
function lookingAt(scene: Scene, path: string) {
  const { left, top, width, height } = rectangleOf(scene, scene.byPath.get(path)!);
  return { x: left + width / 2 - size.width / 2, y: top + height / 2 - size.height / 2, zoom: 1 };
}

describe('the node in the middle', () => {
  let long: Scene;
  let short: Scene;

  beforeAll(async () => {
    long = await chainOf(['Relu', 'Abs', 'Neg', 'Exp']);
    short = await chainOf(['Relu', 'Exp']);
  });

  it('is that of its partner, at the same point of the canvas', () => {
    const leader = { scene: long, camera: lookingAt(long, 'graph/Exp'), size };
    const place = samePlace(leader, { scene: short, size: { width: 400, height: 100 } }, (path) => path);
    expect(place).toEqual({
      target: rectangleOf(short, short.byPath.get('graph/Exp')!),
      at: { x: 200, y: 50 },
      zoom: 1,
    });
  });

  it('goes by the nearest item that has a partner', () => {
    const leader = { scene: long, camera: lookingAt(long, 'graph/Abs'), size };
    const place = samePlace(leader, { scene: short, size }, (path) => path);
    expect(place!.target).toEqual(rectangleOf(short, short.byPath.get('graph/Relu')!));
    expect(place!.at.y).toBeLessThan(50);
  });

  it('is nowhere without a partner', () => {
    const leader = { scene: long, camera: lookingAt(long, 'graph/Abs'), size };
    expect(samePlace(leader, { scene: short, size }, () => null)).toBeNull();
  });
});
