/** Runs parts one after the other, each with the outputs of those before it. */
import type { Feeds, FeedTensor } from '../../engine/data/feeds';
import type { ChainWiring } from '../../engine/data/parts/wire-chain';
import type { PartSessions } from './part-sessions';

/**
 * Returns the outputs of the whole. Rejects as sessions do.
 * @param last the part before which the chain ends; its own inputs are returned. Absent: all parts run
 */
export async function runChain(
  sessions: PartSessions,
  { order, outputs }: Pick<ChainWiring, 'order' | 'outputs'>,
  feeds: Feeds,
  last?: string,
): Promise<Feeds> {
  const values = new Map<string, FeedTensor>(Object.entries(feeds));
  const named = (names: readonly string[]): Feeds =>
    Object.fromEntries(names.flatMap((name) => (values.has(name) ? [[name, values.get(name)!] as const] : [])));
  for (const part of order) {
    const own = named(sessions.inputsOf(part).map(({ name }) => name));
    if (part === last) return own;
    for (const [name, value] of Object.entries(await sessions.run(part, own))) values.set(name, value);
  }
  return named(outputs.map(({ name }) => name));
}
