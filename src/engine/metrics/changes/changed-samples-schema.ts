/** The schema of changed samples: saved work and reports hold them, and anybody can write such a file. */
import * as v from 'valibot';
import { count, finite, name, share, text, upTo } from '../schema-parts';
import {
  mapSide,
  mostBoxes,
  mostChanged,
  mostClasses,
  mostNumbers,
  mostOfFilter,
  type ChangedSamples,
  type SampleChange,
} from './changed-sample';

const mostSamples = mostChanged + 2 * mostOfFilter;
const mostBase64 = Math.ceil((4 * mapSide * mapSide) / 3) + 4;
const base64 = v.pipe(v.string(), v.maxLength(mostBase64), v.regex(/^[A-Za-z0-9_-]*$/));

const answer = v.variant('kind', [
  v.object({
    kind: v.literal('classes'),
    answer: name,
    classes: upTo(v.object({ name, share }), 2 * mostClasses),
  }),
  v.object({
    kind: v.literal('boxes'),
    boxes: upTo(
      v.object({
        corners: v.tuple([finite, finite, finite, finite]),
        name,
        score: finite,
        single: v.boolean(),
      }),
      mostBoxes,
    ),
  }),
  v.object({
    kind: v.literal('map'),
    width: count,
    height: count,
    values: base64,
    low: finite,
    high: finite,
    areClasses: v.boolean(),
  }),
  v.object({ kind: v.literal('text'), text }),
  v.object({ kind: v.literal('neighbor'), place: text, cosine: finite }),
  v.object({ kind: v.literal('numbers'), numbers: upTo(v.object({ place: count, value: finite }), mostNumbers) }),
  v.object({ kind: v.literal('wave'), peak: finite, values: base64 }),
]);

export const sampleChangeSchema: v.GenericSchema<SampleChange> = v.object({
  index: count,
  place: text,
  size: v.pipe(finite, v.minValue(0)),
  isOther: v.optional(v.boolean()),
  outcome: v.optional(v.picklist(['gained', 'lost'])),
  margin: v.optional(finite),
  label: v.optional(name),
  before: answer,
  after: answer,
});

export const changedSamplesSchema: v.GenericSchema<ChangedSamples> = v.object({
  output: name,
  compared: count,
  changed: v.optional(count),
  gained: v.optional(count),
  lost: v.optional(count),
  byClass: v.optional(upTo(v.object({ name, changed: count, of: count }), 8)),
  samples: upTo(sampleChangeSchema, mostSamples),
});
