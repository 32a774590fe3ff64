/** The tokens that begin and end a sequence, from `generation_config.json` and `config.json`. */
import { ParetoError } from '../../errors';
import { formatCount } from '../../format';
import { isRecord } from '../../versioned-document';

export interface GenerationConfig {
  /** The token before the first written one. */
  readonly start: number;
  /** Tokens that end a sequence. */
  readonly ends: readonly number[];
  /** Tokens that are never written. */
  readonly suppressed: readonly number[];
  /** Tokens that are written whatever the scores are, by their place. The start token has place 0. */
  readonly forced: ReadonlyMap<number, number>;
}

/** The most ids in one list. A longer one is damaged. */
const mostIds = 10_000;

/** Tokens that the user gives in place of the files. */
export type GivenTokens = Partial<Pick<GenerationConfig, 'start' | 'ends'>>;

/**
 * Reads the keys of `transformers` from the texts of both files, the generation's first; `null` for a file that is not there.
 * The start token is `decoder_start_token_id`, or else `bos_token_id`. Returns `undefined` if neither they nor `given` name it. Throws
 * `generation/config` for a text that is not a JSON object, and for ids that are no whole numbers.
 */
export function readGenerationConfig(
  generationText: string | null,
  configText: string | null,
  given: GivenTokens = {},
): GenerationConfig | undefined {
  const generation = keysOf(generationText, 'generation_config.json');
  const config = keysOf(configText, 'config.json');
  const decoder = isRecord(config['decoder']) ? config['decoder'] : {};
  const value = (key: string): unknown => generation[key] ?? config[key] ?? decoder[key];
  const [first = ids(value('bos_token_id'), 'bos_token_id')[0]] = ids(
    value('decoder_start_token_id'),
    'decoder_start_token_id',
  );
  const start = given.start ?? first;
  if (start === undefined) return undefined;
  const bad = listOf(value('bad_words_ids')).flatMap((words) => (listOf(words).length === 1 ? listOf(words) : []));
  return {
    start,
    ends: given.ends ?? ids(value('eos_token_id'), 'eos_token_id'),
    suppressed: ids([...bad, ...listOf(value('suppress_tokens'))], 'suppress_tokens'),
    forced: forcedOf(value('forced_decoder_ids'), value('forced_bos_token_id')),
  };
}

type Keys = Readonly<Record<string, unknown>>;

function keysOf(text: string | null, name: string): Keys {
  if (text === null) return {};
  try {
    const value: unknown = JSON.parse(text);
    if (isRecord(value)) return value;
  } catch {
    // Both mistakes have the same sentence.
  }
  throw new ParetoError('generation/config', `${name} is not a JSON object. Use the file of the model.`);
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Token ids in a value that may be one or a list; none for `null`. */
function ids(value: unknown, key: string): readonly number[] {
  const list = Array.isArray(value) ? (value as readonly unknown[]) : value == null ? [] : [value];
  if (list.length > mostIds || !list.every((id) => Number.isSafeInteger(id) && (id as number) >= 0)) {
    throw new ParetoError(
      'generation/config',
      `${key} must hold token ids: at most ${formatCount(mostIds)} whole numbers from 0.`,
    );
  }
  return list as readonly number[];
}

function forcedOf(pairs: unknown, first: unknown): ReadonlyMap<number, number> {
  const [begin] = ids(first, 'forced_bos_token_id');
  const forced = new Map<number, number>(begin === undefined ? [] : [[1, begin]]);
  for (const pair of listOf(pairs).slice(0, mostIds)) {
    const [place, id] = listOf(pair);
    if (typeof place === 'number' && id !== null && id !== undefined)
      forced.set(place, ids(id, 'forced_decoder_ids')[0]!);
  }
  return forced;
}
