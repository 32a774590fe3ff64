/** Small choices that outlive the page, in localStorage. Checked on the way in; an odd value falls back to the default. */
import * as v from 'valibot';
import { largestSeed } from '../../engine/seeded-random';

const settingsSchema = v.object({
  theme: v.optional(v.fallback(v.picklist(['light', 'dark', 'auto']), 'auto'), 'auto'),
  budget: v.optional(v.fallback(v.picklist(['quick', 'standard', 'careful']), 'standard'), 'standard'),
  /** Seed of the synthetic inputs: 32 bits without a sign. */
  seed: v.optional(v.fallback(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(largestSeed)), 1), 1),
  /** WASM threads; `null`: as many as the device is best with. */
  threads: v.optional(v.fallback(v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1))), null), null),
  singleKeyShortcuts: v.optional(v.fallback(v.boolean(), true), true),
  /** SHA-256 of the model that was open last, which a reload restores. */
  lastWork: v.optional(v.fallback(v.nullable(v.string()), null), null),
});

export type Settings = v.InferOutput<typeof settingsSchema>;

export const settingsKey = 'pareto.settings';

type TextStorage = Pick<Storage, 'getItem' | 'setItem'>;

export function parseSettings(text: string | null): Settings {
  try {
    return v.parse(settingsSchema, JSON.parse(text ?? '{}'));
  } catch {
    return v.parse(settingsSchema, {});
  }
}

export function readSettings(storage: TextStorage = localStorage): Settings {
  try {
    return parseSettings(storage.getItem(settingsKey));
  } catch {
    // Storage is switched off: settings live as long as the page.
    return parseSettings(null);
  }
}

export function writeSettings(changes: Partial<Settings>, storage: TextStorage = localStorage): void {
  try {
    storage.setItem(settingsKey, JSON.stringify({ ...readSettings(storage), ...changes }));
  } catch {
    // Full or switched off: nothing else depends on it.
  }
}
