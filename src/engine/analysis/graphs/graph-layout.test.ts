import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { startCpuClock } from '../../testing/cpu-clock';
import { layoutGraph, type GraphLayout, type LayoutRequest } from './graph-layout';
import { addBends, assignLayers } from './graph-layout-layers';
import { countCrossings, orderLayers } from './graph-layout-order';

const context = { checkpoint: () => Promise.resolve(), deadlineMs: 60_000 };

function requestOf(count: number, edges: readonly (readonly [number, number])[]): LayoutRequest {
  return {
    widths: Float32Array.from({ length: count }, (_, item) => 60 + ((item * 37) % 80)),
    heights: Float32Array.from({ length: count }, (_, item) => 28 + ((item * 13) % 30)),
    from: Int32Array.from(edges, ([from]) => from),
    to: Int32Array.from(edges, ([, to]) => to),
  };
}

/** Residual blocks with a bypass over some of them, and a mask that every tenth node reads. */
function deepNetwork(count: number): LayoutRequest {
  const edges: [number, number][] = [];
  for (let item = 1; item < count; item++) {
    edges.push([item - 1, item]);
    if (item % 5 === 0 && item >= 4) edges.push([item - 4, item]);
    if (item % 10 === 0) edges.push([0, item]);
    if (item % 97 === 0) edges.push([item - 96, item]);
  }
  return requestOf(count, edges);
}

function expectNoOverlap({ left, top }: GraphLayout, { widths, heights }: LayoutRequest): void {
  const items = Array.from(left.keys()).sort((a, b) => top[a]! - top[b]!);
  for (const [position, a] of items.entries()) {
    for (const b of items.slice(position + 1)) {
      if (top[b]! >= top[a]! + heights[a]!) break;
      const apart = left[a]! + widths[a]! <= left[b]! + 0.01 || left[b]! + widths[b]! <= left[a]! + 0.01;
      if (!apart) throw new Error(`Items ${a} and ${b} overlap.`);
    }
  }
}

const requests = fc.integer({ min: 1, max: 60 }).chain((count) =>
  fc
    .array(fc.tuple(fc.integer({ min: 0, max: count - 1 }), fc.integer({ min: 0, max: count - 1 })), { maxLength: 150 })
    .map((pairs) =>
      requestOf(
        count,
        pairs.filter(([a, b]) => a !== b).map(([a, b]): [number, number] => [Math.min(a, b), Math.max(a, b)]),
      ),
    ),
);

describe('layoutGraph', () => {
  it('never lets items overlap, leads every edge down, and keeps everything inside its size', async () => {
    await fc.assert(
      fc.asyncProperty(requests, async (request) => {
        const layout = await layoutGraph(request, context);
        expectNoOverlap(layout, request);
        request.from.forEach((from, edge) => {
          const to = request.to[edge]!;
          expect(layout.top[from]! + request.heights[from]!).toBeLessThanOrEqual(layout.top[to]!);
        });
        request.widths.forEach((width, item) => {
          expect(layout.left[item]!).toBeGreaterThanOrEqual(-0.01);
          expect(layout.left[item]! + width).toBeLessThanOrEqual(layout.width + 0.5);
          expect(layout.top[item]! + request.heights[item]!).toBeLessThanOrEqual(layout.height + 0.01);
        });
      }),
    );
  });

  it('routes every edge from its source to its target without a gap', async () => {
    await fc.assert(
      fc.asyncProperty(requests, async (request) => {
        const { pieces, layers } = await layoutGraph(request, context);
        request.from.forEach((from, edge) => {
          const to = request.to[edge]!;
          const ends = Array.from(pieces.target.keys()).filter(
            (piece) => pieces.source[piece] === from && pieces.target[piece] === to,
          );
          expect(ends.length).toBeGreaterThan(0);
          for (let layer = layers[from]!; layer < layers[to]! - 1; layer++) {
            const passing = Array.from(pieces.target.keys()).slice(
              pieces.layerStarts[layer]!,
              pieces.layerStarts[layer + 1]!,
            );
            expect(passing.some((piece) => pieces.source[piece] === from && pieces.target[piece] === -1)).toBe(true);
          }
        });
      }),
      { numRuns: 40 },
    );
  });

  it('is the same every time', async () => {
    const request = deepNetwork(500);
    expect(await layoutGraph(request, context)).toEqual(await layoutGraph(request, context));
  });

  it('draws a chain straight, and puts both sides of a branch beside its middle', async () => {
    const chain = await layoutGraph(
      { ...requestOf(3, [[0, 1], [1, 2]]), widths: Float32Array.of(40, 100, 60) }, // prettier-ignore
      context,
    );
    expect(Array.from(chain.left)).toEqual([30, 0, 20]);
    const diamond = await layoutGraph(
      { ...requestOf(4, [[0, 1], [0, 2], [1, 3], [2, 3]]), widths: new Float32Array(4).fill(100) }, // prettier-ignore
      context,
    );
    expect(Array.from(diamond.left)).toEqual([62, 0, 124, 62]);
  });

  it('places a late value near its reader and shares the bends of a frequently read one', () => {
    const late = requestOf(5, [[0, 1], [1, 2], [2, 4], [3, 4]]); // prettier-ignore
    expect(Array.from(assignLayers(late))).toEqual([0, 1, 2, 2, 3]);
    const shared = requestOf(5, [[0, 1], [1, 2], [2, 3], [3, 4], [0, 3], [0, 4]]); // prettier-ignore
    const graph = addBends(shared, assignLayers(shared));
    expect(graph.layers.length - graph.itemCount).toBe(3);
  });

  it('takes crossings out that need not be', async () => {
    const request = requestOf(6, [[0, 5], [1, 4], [2, 3]]); // prettier-ignore
    const graph = addBends(request, assignLayers(request));
    expect(countCrossings(graph, [Int32Array.of(0, 1, 2), Int32Array.of(3, 4, 5)])).toBe(3);
    expect(countCrossings(graph, await orderLayers(graph, () => Promise.resolve(true)))).toBe(0);
  });

  it('lays out without improvements once the deadline has passed', async () => {
    const request = deepNetwork(300);
    const layout = await layoutGraph(request, { ...context, deadlineMs: 0 });
    expect(layout.isComplete).toBe(false);
    expectNoOverlap(layout, request);
  });

  it('bounds the bends and draws long edges directly if every item reads the first ones', async () => {
    const edges: [number, number][] = [];
    for (let item = 1; item < 3000; item++) {
      edges.push([item - 1, item]);
      if (item > 1000) edges.push([item - 1000, item]);
    }
    const layout = await layoutGraph(requestOf(3000, edges), context);
    expect(layout.directEdges.length).toBeGreaterThan(0);
    expect(layout.pieces.source.length).toBeLessThan(100_000);
  });

  it('copes with nothing and with one item', async () => {
    expect(await layoutGraph(requestOf(0, []), context)).toMatchObject({ width: 0, height: 0 });
    expect((await layoutGraph(requestOf(1, []), context)).left[0]).toBe(0);
  });

  it('ends when it is canceled', async () => {
    const canceled = { ...context, checkpoint: () => Promise.reject(new Error('canceled')) };
    await expect(layoutGraph(deepNetwork(50), canceled)).rejects.toThrow('canceled');
  });

  // 5,000 items take about a tenth of this limit on a quiet machine.
  it('lays out 5,000 items within 2 s', async () => {
    const request = deepNetwork(5000);
    const spentMs = startCpuClock();
    const layout = await layoutGraph(request, context);
    const layoutMs = spentMs();
    expectNoOverlap(layout, request);
    expect(layoutMs).toBeLessThan(2000);
  });
});
