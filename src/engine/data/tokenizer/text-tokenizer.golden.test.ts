/** Tokenizers against the Python package `tokenizers`, which trained them (tools/golden/make-tokenizers.py). */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { memoryFile } from '../testing/memory-files';
import { padTokens } from './pad-tokens';
import { openTokenizer, type TextTokenizer } from './text-tokenizer';

interface GoldenEncoding {
  readonly ids: readonly number[];
  /** Absent: all 0. */
  readonly types?: readonly number[];
  /** Absent: all 1. */
  readonly mask?: readonly number[];
}

interface GoldenCase {
  readonly name: string;
  readonly inputs: readonly (string | readonly [string, string])[];
  readonly all: readonly GoldenEncoding[];
  readonly cut: Readonly<Record<string, readonly GoldenEncoding[]>>;
}

const folder = 'src/engine/data/tokenizer/fixtures';
const cases = JSON.parse(readFileSync(`${folder}/cases.json`, 'utf8')) as readonly GoldenCase[];

const open = (name: string): Promise<TextTokenizer> =>
  openTokenizer(memoryFile('tokenizer.json', new Uint8Array(readFileSync(`${folder}/${name}.json`))));

function whole({ ids, types, mask }: GoldenEncoding) {
  return {
    input_ids: ids,
    attention_mask: mask ?? ids.map(() => 1),
    token_type_ids: types ?? ids.map(() => 0),
  };
}

describe('openTokenizer, against Python', () => {
  it.each(cases.map((golden) => [golden.name, golden] as const))('%s', async (name, { inputs, all, cut }) => {
    const tokenizer = await open(name);
    const encode = (input: GoldenCase['inputs'][number], length: number | null) =>
      padTokens(
        tokenizer.encode(typeof input === 'string' ? [input] : [...input], length),
        length ?? 0,
        tokenizer.description.padding,
      );
    const wrong: unknown[] = [];
    const compare = (input: GoldenCase['inputs'][number], length: number | null, golden: GoldenEncoding): void => {
      const [found, expected] = [encode(input, length), whole(golden)];
      if (JSON.stringify(found) !== JSON.stringify(expected)) wrong.push({ input, length, found, expected });
    };
    inputs.forEach((input, at) => compare(input, null, all[at]!));
    for (const [length, encodings] of Object.entries(cut)) {
      inputs.forEach((input, at) => compare(input, Number(length), encodings[at]!));
    }
    expect(wrong).toEqual([]);
  });
});
