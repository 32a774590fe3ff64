/** Samples that a person ticked for a report, with small pictures. */
import * as v from 'valibot';
import type { SampleChange } from '../metrics/changes/changed-sample';
import { sampleChangeSchema } from '../metrics/changes/changed-samples-schema';
import { count, name, text } from '../metrics/schema-parts';

export const mostReportedSamples = 12;
/** The data URI of one picture holds so many bytes at most. */
export const mostPictureBytes = 20_000;

export interface ReportSample {
  /** Id of the variant whose answers these are. */
  readonly variant: string;
  readonly change: SampleChange;
  /** `width` and `height` are those of the input, in which boxes are placed. */
  readonly picture?: { readonly uri: string; readonly width: number; readonly height: number };
  readonly text?: string;
}

/** Nothing but a picture that is part of the report: no address, and no SVG. */
const uri = v.pipe(
  v.string(),
  v.maxLength(mostPictureBytes),
  v.regex(/^data:image\/(png|jpeg);base64,[A-Za-z0-9+/]*={0,2}$/),
);

export const reportSampleSchema: v.GenericSchema<ReportSample> = v.object({
  variant: name,
  change: sampleChangeSchema,
  picture: v.optional(v.object({ uri, width: count, height: count })),
  text: v.optional(text),
});
