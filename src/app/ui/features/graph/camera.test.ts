import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { centeredOn, firstCamera, fitCamera, isInSight, keptInSight, overviewCamera, panned, zoomed } from './camera';

const canvas = { width: 800, height: 600 };

describe('camera', () => {
  it('fits a graph into the canvas, and never enlarges it', () => {
    expect(fitCamera({ width: 400, height: 300 }, canvas)).toEqual({ zoom: 1, x: -200, y: -150 });
    const deep = { width: 300, height: 400_000 };
    const camera = fitCamera(deep, canvas);
    expect(deep.height * camera.zoom).toBeLessThanOrEqual(canvas.height);
  });

  it('shows the first screenful across if the whole would be a thread', () => {
    const deep = { width: 1600, height: 400_000 };
    const camera = overviewCamera(deep, canvas);
    expect(camera.zoom).toBeCloseTo((canvas.width - 48) / deep.width);
    expect(camera.y).toBeCloseTo(-24 / camera.zoom);
    expect(overviewCamera({ width: 300, height: 400_000 }, canvas).zoom).toBe(0.85);
    const small = { width: 400, height: 300 };
    expect(overviewCamera(small, canvas)).toEqual(fitCamera(small, canvas));
  });

  it('begins at the upper end if the whole could not be read', () => {
    const first = { left: 100, top: 0, width: 100, height: 30 };
    const camera = firstCamera({ width: 300, height: 40_000 }, canvas, first);
    expect(isInSight(first, camera, canvas)).toBe(true);
    expect(firstCamera({ width: 300, height: 300 }, canvas, first)).toEqual(
      fitCamera({ width: 300, height: 300 }, canvas),
    );
  });

  it('begins with the whole if that is hardly smaller than a readable size', () => {
    const [phone, graph] = [
      { width: 358, height: 524 },
      { width: 490, height: 320 },
    ];
    const item = { left: 0, top: 90, width: 110, height: 40 };
    expect(firstCamera(graph, phone, item)).toEqual(fitCamera(graph, phone));
    // Wider, it is still in the middle from top to bottom.
    const wide = firstCamera({ ...graph, width: 900 }, phone, item);
    expect(wide.zoom).toBe(0.85);
    expect(wide.y).toBe(fitCamera({ width: 0, height: 320 }, { ...phone, height: 524 / 0.85 }).y);
  });

  it('zooms around a fixed point', () => {
    const whole = fitCamera({ width: 5000, height: 5000 }, canvas);
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 10, noNaN: true }),
        fc.record({ x: fc.integer({ min: 0, max: 800 }), y: fc.integer({ min: 0, max: 600 }) }),
        (factor, at) => {
          const before = { x: 10, y: 20, zoom: 0.7 };
          const after = zoomed(before, factor, at, whole);
          expect(after.x + at.x / after.zoom).toBeCloseTo(before.x + at.x / before.zoom, 6);
          expect(after.y + at.y / after.zoom).toBeCloseTo(before.y + at.y / before.zoom, 6);
          expect(after.zoom).toBeGreaterThanOrEqual(Math.min(0.1, whole.zoom));
          expect(after.zoom).toBeLessThanOrEqual(2.5);
        },
      ),
    );
  });

  it('keeps some of the graph in sight, however far one drags', () => {
    const graph = { width: 300, height: 300 };
    const camera = keptInSight(panned({ x: 0, y: 0, zoom: 1 }, 1e6, -1e6), graph, canvas);
    expect(camera.x + canvas.width).toBeGreaterThan(0);
    expect(camera.y).toBeLessThan(graph.height);
  });

  it('comes close enough to read the centered node', () => {
    const target = { left: 5000, top: 9000, width: 100, height: 40 };
    expect(isInSight(target, centeredOn(target, { x: 0, y: 0, zoom: 0.01 }, canvas), canvas)).toBe(true);
  });
});
