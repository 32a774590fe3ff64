import type { DataMapping } from './mapping';

/**
 * Returns the outputs that may be a model's answer. Outputs that are fed back as a state or a cache are left out,
 * because they look like scores of many classes. Returns all outputs if no other is left.
 */
export function answeringOutputs<Output extends { readonly name: string }>(
  outputs: readonly Output[],
  { inputs }: Pick<DataMapping, 'inputs'>,
): readonly Output[] {
  const states = new Set(Object.values(inputs).flatMap((input) => ('state' in input ? [input.state] : [])));
  const caches = cacheOutputs({ inputs });
  const answers = outputs.filter(({ name }) => !states.has(name) && !caches.has(name));
  return answers.length > 0 ? answers : outputs;
}

/** Outputs that only a later run on the same text reads, each with its input. */
export function cacheOutputs({ inputs }: Pick<DataMapping, 'inputs'>): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(inputs).flatMap(([name, input]) => ('cache' in input ? [[input.cache, name] as const] : [])),
  );
}
