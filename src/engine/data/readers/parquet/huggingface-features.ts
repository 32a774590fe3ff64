/** Reads the metadata about columns that Hugging Face's `datasets` writes into a Parquet file, under the key `huggingface`. */
import * as v from 'valibot';

export interface ColumnFeature {
  /** `Image`, `Audio`, `ClassLabel`, `Value` … */
  readonly type: string | undefined;
  readonly classes: readonly string[] | undefined;
}

const schema = v.object({
  info: v.object({
    features: v.record(
      v.string(),
      // Nested features are lists or objects without a type.
      v.fallback(v.object({ _type: v.optional(v.string()), names: v.optional(v.array(v.string())) }), {}),
    ),
  }),
});

/** The features by column; none if the text is missing or of another form: then the columns speak for themselves. */
export function parseFeatures(text: string | undefined): ReadonlyMap<string, ColumnFeature> {
  const features = new Map<string, ColumnFeature>();
  let json: unknown;
  try {
    json = JSON.parse(text ?? 'null');
  } catch {
    return features;
  }
  const parsed = v.safeParse(schema, json);
  if (!parsed.success) return features;
  for (const [column, { _type: type, names }] of Object.entries(parsed.output.info.features)) {
    features.set(column, { type, classes: type === 'ClassLabel' ? names : undefined });
  }
  return features;
}
