/** The roofs of this device's execution providers in localStorage. They are measured once for each device and browser version. */
import * as v from 'valibot';
import { executionProviders, type Device, type ExecutionProvider } from '../../engine/metrics/cell';
import type { Roof } from '../../engine/profiling/roofline';

export const roofsKey = 'pareto.roofs';
/** There is one for each number of threads. The latest are kept. */
const mostRoofs = 32;

const positive = v.pipe(v.number(), v.finite(), v.minValue(Number.MIN_VALUE));

const keptSchema = v.object({
  /** Another browser version, processor or runtime has other roofs. */
  device: v.string(),
  roofs: v.array(
    v.object({
      ep: v.picklist(executionProviders),
      threads: v.pipe(v.number(), v.integer(), v.minValue(1)),
      peakGflops: positive,
      bandwidthGbps: positive,
      launchMs: positive,
      profiledLaunchMs: positive,
    }),
  ),
});

type TextStorage = Pick<Storage, 'getItem' | 'setItem'>;

/** The device, the browser and the runtime in one text. */
export function nameOfDevice({ browser, os, cores, crossOriginIsolated, webgpu, ortVersion }: Device): string {
  const adapter = webgpu ? [webgpu.vendor, webgpu.architecture, webgpu.description] : [];
  return JSON.stringify([browser, os, cores, crossOriginIsolated, ...adapter, ortVersion]);
}

/** Returns the roofs of this device; none if storage is switched off or contains something else. */
export function readRoofs(device: Device, storage: TextStorage = localStorage): readonly Roof[] {
  try {
    const kept = v.parse(keptSchema, JSON.parse(storage.getItem(roofsKey) ?? ''));
    return kept.device === nameOfDevice(device) ? kept.roofs : [];
  } catch {
    return [];
  }
}

export function findRoof(roofs: readonly Roof[], ep: ExecutionProvider, threads: number): Roof | undefined {
  return roofs.find((roof) => roof.ep === ep && (roof.threads === threads || ep !== 'wasm'));
}

export function keepRoof(
  device: Device,
  { ep, threads, peakGflops, bandwidthGbps, launchMs, profiledLaunchMs }: Roof,
  storage: TextStorage = localStorage,
): void {
  const others = othersThan({ ep, threads }, readRoofs(device, storage));
  write(device, [...others, { ep, threads, peakGflops, bandwidthGbps, launchMs, profiledLaunchMs }], storage);
}

/** The next measurement then measures the roof too. */
export function forgetRoof(
  device: Device,
  roof: Pick<Roof, 'ep' | 'threads'>,
  storage: TextStorage = localStorage,
): void {
  write(device, othersThan(roof, readRoofs(device, storage)), storage);
}

function othersThan({ ep, threads }: Pick<Roof, 'ep' | 'threads'>, roofs: readonly Roof[]): readonly Roof[] {
  return roofs.filter((one) => one.ep !== ep || one.threads !== threads);
}

function write(device: Device, all: readonly Roof[], storage: TextStorage): void {
  const roofs = all.slice(-mostRoofs);
  try {
    storage.setItem(roofsKey, JSON.stringify({ device: nameOfDevice(device), roofs }));
  } catch {
    // Full or switched off: they are measured again.
  }
}
