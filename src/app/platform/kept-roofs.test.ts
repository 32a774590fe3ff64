import { describe, expect, it } from 'vitest';
import type { Device } from '../../engine/metrics/cell';
import type { Roof } from '../../engine/profiling/roofline';
import { findRoof, forgetRoof, keepRoof, readRoofs, roofsKey } from './kept-roofs';

function memoryStorage() {
  const entries = new Map<string, string>();
  return {
    getItem: (key: string) => entries.get(key) ?? null,
    setItem: (key: string, value: string) => void entries.set(key, value),
  };
}

const device: Device = {
  browser: 'Chrome 147',
  os: 'Linux',
  cores: 8,
  threads: 4,
  crossOriginIsolated: true,
  timerResolutionUs: 5,
  webgpu: null,
  ortVersion: '1.30.0',
  providers: [],
};
const roof: Roof = {
  ep: 'wasm',
  threads: 4,
  peakGflops: 80,
  bandwidthGbps: 20,
  launchMs: 0.002,
  profiledLaunchMs: 0.006,
};

describe('roofs', () => {
  it('are kept for a device and a browser version, one for each provider and number of threads', () => {
    const storage = memoryStorage();
    keepRoof(device, roof, storage);
    keepRoof(device, { ...roof, threads: 1, peakGflops: 20 }, storage);
    keepRoof(device, { ...roof, peakGflops: 82 }, storage);
    const kept = readRoofs(device, storage);
    expect(kept.map(({ threads, peakGflops }) => [threads, peakGflops])).toEqual([
      [1, 20],
      [4, 82],
    ]);
    expect(findRoof(kept, 'wasm', 4)?.peakGflops).toBe(82);
    expect(findRoof(kept, 'wasm', 2)).toBeUndefined();
    expect(readRoofs({ ...device, browser: 'Chrome 148' }, storage)).toEqual([]);
    forgetRoof(device, roof, storage);
    expect(readRoofs(device, storage).map(({ threads }) => threads)).toEqual([1]);
  });

  it('are empty if the storage holds anything else', () => {
    const storage = memoryStorage();
    for (const text of [
      '',
      '{',
      '[]',
      '{"device":1}',
      JSON.stringify({ device: 'x', roofs: [{ ...roof, ep: 'x' }] }),
    ]) {
      storage.setItem(roofsKey, text);
      expect(readRoofs(device, storage)).toEqual([]);
    }
    const broken = {
      getItem: () => {
        throw new Error('denied');
      },
      setItem: () => {
        throw new Error('denied');
      },
    };
    expect(() => keepRoof(device, roof, broken)).not.toThrow();
    expect(readRoofs(device, broken)).toEqual([]);
  });
});
