/** Requests of use cases: validated objects that page, shell and library build. A plan file can hold one. */
import * as v from 'valibot';
import { inspectInputs } from '../engine/analysis/inspect';
import type { FreeDimensions, InputDescription } from '../engine/data/feeds';
import { freeDimensionsOf } from '../engine/data/free-dimensions';
import { mostTokens, type DataMapping } from '../engine/data/mapping/mapping';
import { mostNamedSamples } from '../engine/data/split';
import { ParetoError } from '../engine/errors';
import { formatQuoted } from '../engine/format';
import { executionProviders } from '../engine/metrics/cell';
import type { Model } from '../engine/onnx/graph';
import { largestSeed } from '../engine/seeded-random';

/** The name of an option as the user typed it: `--sqnr-db` in the shell, `sqnrDb` in code. */
export type OptionName = (name: string) => string;

/** A request that is written wrongly. The shell ends with the exit code of wrong usage. */
export class RequestError extends ParetoError {
  constructor(message: string) {
    super('options/invalid', message);
  }
}

export function integer(minimum: number, maximum: number, otherwise = '') {
  const fits = (value: unknown): boolean =>
    Number.isInteger(value) && (value as number) >= minimum && (value as number) <= maximum;
  const needs = `must be an integer from ${minimum} to ${maximum}${otherwise}`;
  const refusal = ({ input }: v.CustomIssue): string => `${needs}, not ${formatQuoted(String(input))}.`;
  return v.pipe(v.custom<number>(fits, refusal), v.metadata({ type: 'integer', minimum, maximum }));
}

export function word<const Word extends string>(words: readonly Word[]) {
  return v.picklist(words, ({ input }) => `must be one of ${words.join(', ')}, not ${formatQuoted(String(input))}.`);
}

export const flag = v.optional(v.boolean('must be true or false.'));
export const seed = integer(0, largestSeed);
export const count = integer(1, mostNamedSamples);
export const threads = v.optional(integer(1, 64));
export const batch = v.optional(integer(1, 65_536));
export const provider = word(executionProviders);
/** Calibration samples. `all`: every sample, in file order. */
export const samples = v.optional(v.union([v.literal('all'), integer(1, mostNamedSamples, ', or all')]));
export const dimensions = v.optional(
  v.record(v.string(), integer(0, 2 ** 31 - 1), 'must be an object, such as { batch: 1 }.'),
);

export const listOf = <Entry extends v.GenericSchema>(entry: Entry) =>
  v.pipe(v.array(entry, 'must be a list.'), v.readonly());
export const words = listOf(v.string());

/** How samples become inputs and labels. */
export const mappingRequest = v.strictObject({
  tokenizer: v.optional(v.string()),
  /** Absent: suggested from the data and the model. */
  mapping: v.optional(v.custom<DataMapping>((value) => value !== undefined)),
  preset: v.optional(v.string()),
  /** Longer texts are cut to so many tokens. */
  length: v.optional(integer(1, mostTokens)),
  /** The classes in the order of the model's outputs, one a line. */
  classes: v.optional(v.object({ text: v.string(), name: v.string() })),
  /** `output=kind` */
  outputKinds: v.optional(words),
});

/** The data of a use case, by the names that the host knows. */
export const dataRequest = v.strictObject({ sources: words, ...mappingRequest.entries });

export type DataRequest = v.InferOutput<typeof dataRequest>;

/** Throws RequestError with a sentence that names the first wrong option. */
export function parseRequest<Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
  option: OptionName,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const issue = deepest(result.issues[0]);
  const [name = '', ...place] = (issue.path ?? result.issues[0].path ?? []).map(({ key }) => String(key));
  if (issue.type === 'strict_object') throw new RequestError(`There is no option ${formatQuoted(name)}.`);
  const subject = name === 'dimensions' && place[0] ? `The dimension ${formatQuoted(place[0])}` : option(name);
  throw new RequestError(`${subject} ${issue.message}`);
}

/** The issue of the last choice of a union, which names all of them. */
function deepest(issue: v.BaseIssue<unknown>): v.BaseIssue<unknown> {
  const last = issue.type === 'union' ? issue.issues?.at(-1) : undefined;
  return last === undefined ? issue : { ...deepest(last), path: issue.path };
}

/** Throws RequestError for a size of a free dimension that the inputs do not have. */
export function refuseUnknownDimensions(
  given: FreeDimensions | undefined,
  { inputs }: { readonly inputs: readonly InputDescription[] },
  option: OptionName,
): void {
  const known = freeDimensionsOf(inputs).map(({ key }) => key);
  const unknown = Object.keys(given ?? {}).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const choice = known.length === 0 ? 'It has none.' : `It has ${known.join(', ')}.`;
  const from = option('dimensions');
  throw new RequestError(
    `The model's inputs have no free dimension ${formatQuoted(unknown)} (from ${from}). ${choice}`,
  );
}

/** Inputs without sizes that the model was opened with. */
export const ownInputs = (model: Model) => ({ inputs: inspectInputs(model) });
