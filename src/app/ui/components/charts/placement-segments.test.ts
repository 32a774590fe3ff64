import { describe, expect, it } from 'vitest';
import { describePlacement, placementSegments } from './placement-segments';

describe('placement', () => {
  it('orders providers by nodes and gives their shares', () => {
    expect(placementSegments({ CPUExecutionProvider: 1, WebGpuExecutionProvider: 3 })).toEqual([
      { provider: 'WebGPU', nodes: 3, share: 0.75 },
      { provider: 'WASM', nodes: 1, share: 0.25 },
    ]);
  });

  it('says it in words', () => {
    expect(describePlacement({ WebGpuExecutionProvider: 120, CPUExecutionProvider: 3 })).toBe(
      '120 nodes on WebGPU, 3 on WASM',
    );
    expect(describePlacement({ CPUExecutionProvider: 1 })).toBe('1 node on WASM');
    expect(describePlacement({})).toBe('not recorded');
  });

  it('keeps the name of a provider that it does not know', () => {
    expect(placementSegments({ NewExecutionProvider: 2 })[0]?.provider).toBe('NewExecutionProvider');
  });
});
