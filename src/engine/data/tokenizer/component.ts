/** Parts of a tokenizer.json: each is an object with a `type`. None of them is trusted. */
import * as v from 'valibot';
import { ParetoError } from '../../errors';

/** The limit of sequences within sequences. Real files have two levels. */
const deepest = 8;
/** The most parts of one sequence. */
const mostParts = 64;
/** The longest text or regular expression in a part. Real tokenizers have up to 600 characters. */
const longestPattern = 4096;

export const patternText = v.pipe(v.string(), v.maxLength(longestPattern));

/** The pattern to find: a literal text, or a regular expression in the dialect of Oniguruma. */
export const patternSchema = v.union([v.object({ String: patternText }), v.object({ Regex: patternText })]);

export type Pattern = v.InferOutput<typeof patternSchema>;

/** Throws `tokenizer/damaged` for a part that lacks what its type needs. */
export function readPart<Output>(part: unknown, schema: v.GenericSchema<unknown, Output>): Output {
  const parsed = v.safeParse(schema, part);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw new ParetoError(
    'tokenizer/damaged',
    `Its part "${typeOf(part)}" is not valid at "${v.getDotPath(issue) ?? ''}". Save it again with the Python package "tokenizers".`,
  );
}

const typed = v.object({ type: v.pipe(v.string(), v.maxLength(100)) });

export function typeOf(part: unknown): string {
  const parsed = v.safeParse(typed, part);
  return parsed.success ? parsed.output.type : '';
}

/** The parts of a part that is a list of them under `key`, each made by `make`. */
export function readSequence<Part>(
  part: unknown,
  key: string,
  depth: number,
  make: (each: unknown, depth: number) => Part,
): Part[] {
  const list = readPart(part, v.looseObject({ [key]: v.pipe(v.array(v.unknown()), v.maxLength(mostParts)) }));
  if (depth >= deepest) throw new ParetoError('tokenizer/damaged', 'Its parts are nested too deeply.');
  return (list[key] as readonly unknown[]).map((each) => make(each, depth + 1));
}

/** `kind` continues "Its …": `normalizer`. */
export function unknownPart(kind: string, part: unknown): ParetoError {
  return new ParetoError(
    'tokenizer/unknown',
    `Its ${kind} "${typeOf(part).slice(0, 60)}" is not supported. Tokenize the texts in Python, and use the ids as an .npz file.`,
  );
}
