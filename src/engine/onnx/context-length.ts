/** The number of tokens that a model with computed positions reads. No table shows it, so metadata state it. */
import type { Model, StringEntry } from './graph';

const contextKey = 'pareto.context_length';

export function contextLengthEntry(tokens: number): StringEntry {
  return { key: contextKey, value: String(tokens) };
}

/** `undefined` if the metadata state no positive integer. */
export function statedContextLength({ metadata }: Pick<Model, 'metadata'>): number | undefined {
  const stated = Number(metadata.find(({ key }) => key === contextKey)?.value);
  return Number.isSafeInteger(stated) && stated > 0 ? stated : undefined;
}
