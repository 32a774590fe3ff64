/** Lists of class names as people have them: a line each, or the JSON files that models come with. */
import { ParetoError } from '../../errors';
import { mostOrderedClasses } from './mapping-schema';
import { ownValue } from '../../own-value';

/** Far more than the longest list of classes takes. */
const maximumTextLength = 4_000_000;

/**
 * Returns the classes of a list in its order. A list has one name a line, with or without numbers before them (`0
 * tench`, `1: goldfish`). It may also be a JSON list, or a JSON object by number (`{"0": "tench"}`, `{"0":
 * ["n01440764", "tench"]}`). A line may have several words for one class, as in WordNet (`n01440764 tench, Tinca
 * tinca`). The position that finds most classes among `known`, the classes of the data, is used. A class with
 * another word, letter case or hyphens there gets the name that it has in the data, if that fits one line.
 *
 * The list of ImageNet names two classes "crane". If `known` has classes, and the repeated name is none of them, the
 * repeats get numbers. Throws `classes/invalid` naming the file, for fewer than two names, other repeats, or too many.
 */
export function parseClassList(text: string, fileName: string, known: readonly string[] = []): readonly string[] {
  if (text.length > maximumTextLength) throw refusal(fileName, 'it is too long for a list of classes');
  const rows = jsonRows(text, fileName) ?? textRows(text);
  const words = new Set(known);
  const named = withOtherWords(mostFamiliar(rows, words), rows, words);
  const names = known.length === 0 ? named : withoutRepeats(named, words);
  if (names.length < 2) throw refusal(fileName, 'it must name at least two classes, one per line');
  if (names.length > mostOrderedClasses) throw refusal(fileName, `it names more than ${mostOrderedClasses} classes`);
  const seen = new Set<string>();
  for (const [index, name] of names.entries()) {
    if (name === '' || name.length > 1024) throw refusal(fileName, `class ${index} has no usable name`);
    if (seen.has(name)) throw refusal(fileName, `the class "${name.slice(0, 60)}" is in it twice`);
    seen.add(name);
  }
  return names;
}

function refusal(fileName: string, why: string): ParetoError {
  return new ParetoError('classes/invalid', `${fileName} cannot be used as class order: ${why}.`);
}

/** Candidates for the name of one class, the likeliest first. */
type Row = readonly string[];

function textRows(text: string): readonly Row[] {
  const lines = text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\r|\n/)
    // A wide space may be one of the characters that a model reads.
    .map((line) => line.replace(/^[\t ]+|[\t ]+$/g, ''));
  while (lines.at(-1) === '') lines.pop();
  while (lines[0] === '') lines.shift();
  const numbered = lines.map((line) => /^(\d+)\s*[:,;\s]\s*(.+)$/.exec(line));
  const isNumbered = lines.length > 0 && numbered.every((match, index) => Number(match?.[1] ?? Number.NaN) === index);
  return lines.map((line, index) => {
    const name = isNumbered ? numbered[index]![2]! : line;
    return [name, ...(/^\S+(?=\s)/.exec(name) ?? [])];
  });
}

function jsonRows(text: string, fileName: string): readonly Row[] | undefined {
  if (!/^[\s\uFEFF]*[[{]/.test(text)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    // A list of names may begin with a bracket too.
    return undefined;
  }
  const entries = Array.isArray(value) ? (value as unknown[]) : byNumber(value as Record<string, unknown>);
  const rows = entries?.map((entry) => (Array.isArray(entry) ? (entry as unknown[]) : [entry]));
  if (rows?.every((row) => row.length > 0 && row.every((each) => typeof each === 'string'))) return rows as string[][];
  throw refusal(fileName, 'its JSON is neither a list of names nor an object with a name for each number from 0');
}

function byNumber(object: Record<string, unknown>): readonly unknown[] | undefined {
  const count = Object.keys(object).length;
  const places = Array.from({ length: count }, (_, index) => String(index));
  return places.every((place) => Object.hasOwn(object, place))
    ? places.map((place) => ownValue(object, place))
    : undefined;
}

function mostFamiliar(rows: readonly Row[], known: ReadonlySet<string>): readonly string[] {
  const ways = Math.max(0, ...rows.map(({ length }) => length));
  let best = rows.map(([first]) => first!);
  let familiar = best.filter((name) => known.has(name)).length;
  for (let way = 1; way < ways; way++) {
    const names = rows.map((row) => row[way] ?? row[0]!);
    const count = names.filter((name) => known.has(name)).length;
    if (count > familiar) [best, familiar] = [names, count];
  }
  return best;
}

/** The names of one class in a line: `tench` and `Tinca tinca` of `n01440764 tench, Tinca tinca`. */
function wordsOf(row: Row): readonly string[] {
  const rests = row.map((name) => name.replace(/^\S+\s+/, ''));
  return [...row, ...rests].flatMap((each) => [each, ...each.split(',')]).map(plainWord);
}

/** Lists differ in letter case and in the characters between words. */
function plainWord(word: string): string {
  return word
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, ' ')
    .trim();
}

/** Renames lines to classes of the data that equal no name, if exactly one line has such a word. */
function withOtherWords(names: readonly string[], rows: readonly Row[], known: ReadonlySet<string>): readonly string[] {
  const found = new Set(names);
  const missing = new Map([...known].filter((name) => !found.has(name)).map((name) => [plainWord(name), name]));
  if (missing.size === 0) return names;
  const linesOf = new Map<string, number[]>();
  for (const [line, row] of rows.entries()) {
    if (known.has(names[line]!)) continue;
    for (const word of new Set(wordsOf(row))) {
      if (missing.has(word)) linesOf.set(word, [...(linesOf.get(word) ?? []), line]);
    }
  }
  const renamed = [...names];
  for (const [word, lines] of linesOf) if (lines.length === 1) renamed[lines[0]!] = missing.get(word)!;
  return renamed;
}

function withoutRepeats(names: readonly string[], known: ReadonlySet<string>): readonly string[] {
  const seen = new Set<string>();
  return names.map((name, place) => {
    const isRepeat = name !== '' && seen.has(name) && !known.has(name);
    seen.add(name);
    return isRepeat ? `${name} (${place})` : name;
  });
}
