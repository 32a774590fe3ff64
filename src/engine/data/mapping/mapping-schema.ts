/** Mappings come from files, recipes and storage: none of them is trusted. */
import * as v from 'valibot';
import { ParetoError } from '../../errors';
import { outputKinds } from '../output-kind';
import {
  boxBackgrounds,
  boxCorners,
  boxScorings,
  boxUnits,
  largestSide,
  madeInputs,
  mostListedColumns,
  mostSoundSamples,
  mostTokens,
  sampleRatesHz,
  type ArrayChoice,
  type DataMapping,
  type LabelMapping,
  type PerPosition,
} from './mapping';

const maximumNameLength = 1024;
const maximumInputs = 1024;
const maximumOutputs = 1024;
/** 200 MB of float32 in three channels. */
const maximumPixels = 2 ** 24;
/** More than any public list of classes has: ImageNet-21k has 21,841. */
export const mostOrderedClasses = 32_768;
/** A mapping is a page of text; whatever is longer is something else. */
const maximumTextLength = 1_000_000;

const name = v.pipe(v.string(), v.nonEmpty(), v.maxLength(maximumNameLength));
const number = v.pipe(v.number(), v.finite());
const side = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(largestSide));
const perChannel = v.pipe(v.array(number), v.minLength(1), v.maxLength(3));

const imageOptions = v.strictObject({
  width: side,
  height: side,
  fit: v.picklist(['exact', 'cover', 'contain']),
  filter: v.picklist(['bilinear', 'bicubic', 'nearest']),
  layout: v.picklist(['NCHW', 'NHWC']),
  channels: v.picklist(['rgb', 'bgr', 'gray']),
  scale: number,
  mean: perChannel,
  std: v.pipe(
    perChannel,
    v.check((values) => values.every((value) => Math.fround(value) !== 0)),
  ),
  shorterSide: v.optional(side),
  padding: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255))),
  array: v.optional(name),
});

const imageSchema = v.pipe(
  imageOptions,
  v.check(({ width, height, channels, mean, std }) => {
    const count = channels === 'gray' ? 1 : 3;
    return width * height <= maximumPixels && [mean, std].every(({ length }) => length === 1 || length === count);
  }),
);

const soundSchema = v.strictObject({
  sampleRateHz: v.pipe(v.number(), v.integer(), v.minValue(sampleRatesHz.least), v.maxValue(sampleRatesHz.most)),
  samples: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(mostSoundSamples)),
  array: v.optional(name),
});

const textSchema = v.strictObject({
  gives: v.picklist(['input_ids', 'attention_mask', 'token_type_ids']),
  length: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(mostTokens)),
  padding: v.optional(v.literal('longest')),
  array: v.optional(name),
  pair: v.optional(name),
});

const columnList = v.pipe(
  v.array(name),
  v.minLength(1),
  v.maxLength(mostListedColumns),
  v.check((columns) => new Set(columns).size === columns.length),
);

/** The schema is chosen by the form of the value, so that a mistake in a list is reported at its place. */
const arrayChoice = v.lazy((value): v.GenericSchema<ArrayChoice> =>
  Array.isArray(value) ? columnList : name,
) as v.GenericSchema<ArrayChoice>;

const numberList = v.pipe(v.array(number), v.minLength(1), v.maxLength(mostListedColumns));
const perPosition = v.lazy((value): v.GenericSchema<PerPosition> =>
  Array.isArray(value) ? numberList : number,
) as v.GenericSchema<PerPosition>;

const arraySchema = v.strictObject({
  array: arrayChoice,
  scale: v.optional(perPosition),
  offset: v.optional(perPosition),
});

/** The schema is chosen by the key of the value, so that a mistake is reported at its place. */
const inputSchemas = {
  array: arraySchema,
  image: v.strictObject({ image: imageSchema }),
  sound: v.strictObject({ sound: soundSchema }),
  text: v.strictObject({ text: textSchema }),
  value: v.strictObject({ value: number }),
  state: v.strictObject({ state: name }),
  cache: v.strictObject({ cache: name }),
  made: v.strictObject({ made: v.picklist(madeInputs) }),
} as const;

const taskSchema = v.variant('kind', [
  v.strictObject({ kind: v.literal('classification'), output: name }),
  v.strictObject({ kind: v.literal('binary'), output: name, threshold: number, positive: v.optional(name) }),
  v.strictObject({ kind: v.literal('regression'), output: name }),
  v.strictObject({ kind: v.literal('detection'), output: name }),
  v.strictObject({ kind: v.literal('transcription'), output: name }),
  v.strictObject({ kind: v.literal('retrieval'), output: name }),
  v.strictObject({ kind: v.literal('next-token'), output: name }),
  v.strictObject({ kind: v.literal('match') }),
]);

const boxesSchema = v.strictObject({
  output: v.optional(name),
  scores: v.optional(name),
  classes: v.optional(name),
  arrangement: v.optional(v.picklist(['rows', 'columns'])),
  corners: v.optional(v.picklist(boxCorners)),
  unit: v.optional(v.picklist(boxUnits)),
  after: v.optional(v.picklist(['scores', 'class'])),
  objectness: v.optional(v.boolean()),
  scoring: v.optional(v.picklist(boxScorings)),
  background: v.optional(v.picklist(boxBackgrounds)),
  suppressAbove: v.optional(v.nullable(v.pipe(v.number(), v.minValue(0), v.maxValue(1)))),
});

const classOrder = v.pipe(
  v.array(name),
  v.minLength(2),
  v.maxLength(mostOrderedClasses),
  v.check((classes) => new Set(classes).size === classes.length),
);

const labelSchemas = {
  array: v.strictObject({ array: name, classes: v.optional(classOrder) }),
  folders: v.strictObject({ folders: v.literal(true), classes: v.optional(classOrder) }),
} as const;

const labelSchema = v.nullable(
  v.lazy((value) => {
    const isByFolder = typeof value === 'object' && value !== null && 'folders' in value;
    return labelSchemas[isByFolder ? 'folders' : 'array'] as v.GenericSchema<NonNullable<LabelMapping>>;
  }),
);

const inputSchema = v.lazy((value) => {
  const key = Object.keys(inputSchemas).find((each) => typeof value === 'object' && value !== null && each in value);
  return inputSchemas[(key ?? 'array') as keyof typeof inputSchemas] as v.GenericSchema<DataMapping['inputs'][string]>;
});

export const mappingSchema: v.GenericSchema<unknown, DataMapping> = v.strictObject({
  inputs: v.pipe(
    v.record(name, inputSchema),
    v.check((inputs) => Object.keys(inputs).length <= maximumInputs),
  ),
  labels: v.optional(labelSchema, null),
  task: v.optional(taskSchema),
  outputs: v.optional(
    v.pipe(
      v.record(name, v.picklist(outputKinds)),
      v.check((outputs) => Object.keys(outputs).length <= maximumOutputs),
    ),
  ),
  boxes: v.optional(boxesSchema),
});

function oneOf(values: readonly string[]): string {
  return `must be one of ${values.map((value) => `"${value}"`).join(', ')}`;
}

/**
 * Describes in words the value that belongs at a place of the mapping, because the validator's own messages ("Invalid key") are not for
 * people.
 */
const expectations: readonly (readonly [RegExp, string])[] = [
  [/\.(width|height|shorterSide)$/, `must be an integer from 1 to ${largestSide}`],
  [/\.fit$/, 'must be "exact", "cover" or "contain"'],
  [/\.filter$/, 'must be "bilinear", "bicubic" or "nearest"'],
  [/\.layout$/, 'must be "NCHW" or "NHWC"'],
  [/\.channels$/, 'must be "rgb", "bgr" or "gray"'],
  [/\.mean(\.\d+)?$/, 'must be a list of one number, or one per channel'],
  [/\.std(\.\d+)?$/, 'must be a list of one number, or one per channel, none of them 0'],
  [/\.image$/, `needs one number in "mean" and in "std", or one per channel, and at most ${maximumPixels} pixels`],
  [/\.gives$/, 'must be "input_ids", "attention_mask" or "token_type_ids"'],
  [/\.length$/, `must be an integer number of tokens, 1 to ${mostTokens}`],
  [/\.text\.padding$/, 'must be "longest" or absent'],
  [/\.padding$/, 'must be an integer from 0 to 255'],
  [/\.sampleRateHz$/, 'must be an integer from 100 to 1000000'],
  [/\.samples$/, 'must be an integer of at least 1'],
  [
    /^inputs\.[^.]+\.(scale|offset)(\.\d+)?$/,
    `must be a number, or a list with one per column or channel, at most ${mostListedColumns}`,
  ],
  [/\.(scale|value|threshold)$/, 'must be a number'],
  [/^boxes\.(output|scores|classes)$/, 'must be the name of an output'],
  [/^boxes\.arrangement$/, 'must be "rows" or "columns"'],
  [/^boxes\.corners$/, oneOf(boxCorners)],
  [/^boxes\.unit$/, oneOf(boxUnits)],
  [/^boxes\.after$/, 'must be "scores" or "class"'],
  [/^boxes\.objectness$/, 'must be true or false'],
  [/^boxes\.scoring$/, oneOf(boxScorings)],
  [/^boxes\.background$/, oneOf(boxBackgrounds)],
  [/^boxes\.suppressAbove$/, 'must be a number from 0 to 1, or null'],
  [/^boxes$/, 'must be an object that describes the boxes of a detector'],
  [/\.(state|cache|output)$/, 'must be the name of an output'],
  [/\.made$/, 'must be "mask" or "positions"'],
  [
    /(^labels|\.(image|sound|text))\.(array|pair)$/,
    'must be the name of an array, a column or another field of the data',
  ],
  [
    /\.array(\.\d+)?$/,
    `must be the name of an array, a column or another field of the data, or a list of 1 to ${mostListedColumns} different columns`,
  ],
  [
    /^labels\.classes/,
    `must be a list of 2 to ${mostOrderedClasses} different names, in the order of the model's outputs`,
  ],
  [/\.positive$/, 'must be the name of the class that means yes'],
  [/^labels/, 'must be { "array": … }, { "folders": true } or null'],
  [
    /^task/,
    'must be { "kind": "classification", "binary", "regression", "detection", "transcription", "retrieval", "next-token" or "match" } with its other keys',
  ],
  [/^outputs/, `must be, for each output, one of ${outputKinds.map((kind) => `"${kind}"`).join(', ')}`],
  [/^inputs\.[^.]+$/, 'must be one of "array", "image", "sound", "text", "value", "state", "cache" and "made"'],
  [/^inputs$/, `must have one entry for each input of the model, at most ${maximumInputs}`],
];

/**
 * Checks the form of a mapping; whether it fits a model and data, `checkMapping` tells. Keys that nobody knows are refused:
 * a misspelled option would change numbers unseen. Throws `mapping/invalid` naming the place.
 */
export function parseMapping(value: unknown, fileName = 'The mapping'): DataMapping {
  const result = v.safeParse(mappingSchema, value);
  if (result.success) return result.output;
  throw new ParetoError('mapping/invalid', `${fileName} cannot be used: ${describeIssue(result.issues[0])}.`);
}

/** A mapping from the text of a file. Throws like `parseMapping`, and `mapping/invalid` when the text is not JSON. */
export function parseMappingText(text: string, fileName: string): DataMapping {
  let value: unknown;
  try {
    if (text.length > maximumTextLength) throw new Error('too long');
    value = JSON.parse(text);
  } catch (error) {
    // The parser's own message quotes the text, which may be anything.
    throw new ParetoError(
      'mapping/invalid',
      `${fileName} cannot be used: a mapping is a JSON document of at most ${maximumTextLength} characters with "inputs" and "labels".`,
      { cause: error },
    );
  }
  return parseMapping(value, fileName);
}

function describeIssue(issue: v.BaseIssue<unknown>): string {
  const place = v.getDotPath(issue);
  if (place === null) return 'it must be an object with "inputs" and "labels"';
  const shown = place.length > 200 ? `${place.slice(0, 199)}…` : place;
  if (issue.type === 'strict_object' && issue.expected === 'never') return `${shown} is not a known key`;
  const takes = expectations.find(([pattern]) => pattern.test(place))?.[1];
  if (issue.received === 'undefined') return `${shown} is missing${takes === undefined ? '' : `; it ${takes}`}`;
  return takes === undefined ? `${shown} is not valid` : `${shown} ${takes}`;
}
