/** Wires an encoder and its decoder: finds the source of each input of the decoder while it writes a sequence. */
import { nextOutput } from '../decoder/next-output';
import { inputRoles, tokensInput } from '../decoder/input-roles';
import type { InputDescription } from '../feeds';
import { haveSameShape } from '../mapping/check-mapping';
import type { PartSides } from './wire-chain';

/** The source of an input of a decoder in one run. */
export type DecoderSource =
  | { readonly kind: 'tokens' }
  /** 1 for each token that was read. */
  | { readonly kind: 'mask' }
  | { readonly kind: 'positions' }
  /** True once the cache is filled. */
  | { readonly kind: 'cache-switch' }
  /** The mask of the encoder's input. */
  | { readonly kind: 'encoder-mask' }
  /** The number of the encoder's positions. */
  | { readonly kind: 'encoder-length' }
  | { readonly kind: 'encoder'; readonly output: string }
  /** Empty at first, then the output of the run before. `isKept`: the first output stays, because it is the encoder's. */
  | { readonly kind: 'cache'; readonly output: string; readonly axis: number; readonly isKept: boolean }
  /** The state of a recurrent decoder: at first the encoder's output, or zeros, then the output of the run before. */
  | { readonly kind: 'state'; readonly output: string; readonly first: string | null };

export interface DecoderWiring {
  readonly part: string;
  readonly sources: readonly { readonly input: InputDescription; readonly source: DecoderSource }[];
  /** The output with the scores of the next token: its last row. */
  readonly logits: string;
  /** A decoder without cache and state reads the whole sequence in each run. */
  readonly readsAll: boolean;
}

/** An encoder that reads a sample, and a decoder that writes a sequence about it. */
export interface WriterWiring {
  readonly kind: 'writer';
  readonly encoder: string;
  /** The decoder of the first run, and of the later ones, which may read its cache. They may be the same part. */
  readonly first: DecoderWiring;
  readonly later: DecoderWiring;
}

/** Returns `undefined` for parts that are not an encoder with a decoder, and a sentence if an input of the decoder has no source. */
export function wireWriter(parts: readonly PartSides[]): WriterWiring | string | undefined {
  const encoder = only(parts, /(^|[^a-z])enc(oder)?([^a-z]|$)/i);
  const decoders = parts.filter((part) => part !== encoder && tokensInput(part.inputs) !== undefined);
  if (encoder === undefined || decoders.length === 0) return undefined;
  const merged = decoders.find(({ name }) => /merged/i.test(name));
  const withPast = decoders.find(({ name }) => /with_?past/i.test(name));
  const plain = decoders.filter((part) => part !== merged && part !== withPast);
  const [start] = merged === undefined ? plain : [merged];
  if (start === undefined || (merged === undefined && plain.length > 1)) return undefined;
  const first = wireDecoder(start, encoder, start);
  if (typeof first === 'string') return first;
  if (merged !== undefined || withPast === undefined)
    return { kind: 'writer', encoder: encoder.name, first, later: first };
  const later = wireDecoder(withPast, encoder, start);
  return typeof later === 'string' ? later : { kind: 'writer', encoder: encoder.name, first, later };
}

function only(parts: readonly PartSides[], name: RegExp): PartSides | undefined {
  const found = parts.filter((part) => name.test(part.name) && !/decoder/i.test(part.name));
  return found.length === 1 ? found[0] : undefined;
}

/** @param start the decoder of the first run. Its outputs fill the caches that `part` only reads. */
function wireDecoder(part: PartSides, encoder: PartSides, start: PartSides): DecoderWiring | string {
  const logits = logitsOf(part);
  if (logits === undefined) return `No output of ${part.name} holds the scores of the next token.`;
  const roles = inputRoles(part.inputs);
  const sources: { input: InputDescription; source: DecoderSource }[] = [];
  for (const input of part.inputs) {
    const source =
      besideSource(input, roles) ?? carriedSource(input, part, start, roles) ?? encoderSource(input, encoder);
    if (source === undefined) {
      return `Input "${input.name}" of ${part.name} is fed by no output of ${encoder.name} and by none of its own.`;
    }
    const states = sources.filter(({ source: { kind } }) => kind === 'state').length;
    sources.push({ input, source: source.kind === 'state' ? withFirst(source, input, encoder, states) : source });
  }
  const readsAll = sources.every(({ source: { kind } }) => kind !== 'cache' && kind !== 'state');
  return { part: part.name, sources, logits: logits.name, readsAll };
}

type Roles = ReturnType<typeof inputRoles>;

/** Tokens, and what follows from their number. */
function besideSource(input: InputDescription, roles: Roles): DecoderSource | undefined {
  const { name, dtype, shape } = input;
  const isOfEncoder = /enc|src|source|memory/i.test(name);
  if (/mask/i.test(name) && isOfEncoder) return { kind: 'encoder-mask' };
  if (/len/i.test(name) && isOfEncoder && dtype.startsWith('int') && (shape?.length ?? 0) <= 1)
    return { kind: 'encoder-length' };
  const kind = roles.get(name)?.kind;
  return kind === undefined || kind === 'cache' ? undefined : { kind };
}

/** A cache or a state that an output of the run before continues. */
function carriedSource(
  input: InputDescription,
  part: PartSides,
  start: PartSides,
  roles: Roles,
): DecoderSource | undefined {
  const role = roles.get(input.name);
  if (role?.kind === 'cache') {
    const isKept = /encoder/i.test(input.name);
    const own = new Set(part.outputs.map(({ name }) => name));
    const outputs = [...part.outputs, ...start.outputs.filter(({ name }) => !own.has(name))];
    const output = nextOutput(input, { outputs });
    return output && { kind: 'cache', output: output.name, axis: role.axis, isKept };
  }
  if (/enc|memory|context/i.test(input.name)) return undefined;
  const output = nextOutput(input, part);
  return output && { kind: 'state', output: output.name, first: null };
}

/** An output of the encoder of the same name, or else the only one that fits. */
function encoderSource(input: InputDescription, encoder: PartSides): DecoderSource | undefined {
  const fitting = fittingOutputs(input, encoder);
  const output = namedAlike(input, fitting) ?? (fitting.length === 1 ? fitting[0] : undefined);
  return output && { kind: 'encoder', output: output.name };
}

/** A state begins with an output of the encoder: by its name, or else in the order of the states. `null`: with zeros. */
function withFirst(
  source: Extract<DecoderSource, { readonly kind: 'state' }>,
  input: InputDescription,
  encoder: PartSides,
  statesBefore: number,
): DecoderSource {
  const fitting = fittingOutputs(input, encoder);
  return { ...source, first: (namedAlike(input, fitting) ?? fitting[statesBefore])?.name ?? null };
}

function fittingOutputs(input: InputDescription, { outputs }: PartSides): readonly InputDescription[] {
  return outputs.filter(
    (output) =>
      output.dtype === input.dtype && output.shape?.length === input.shape?.length && haveSameShape(input, output),
  );
}

function namedAlike({ name }: InputDescription, outputs: readonly InputDescription[]): InputDescription | undefined {
  const alike = (stem: RegExp) => (stem.test(name) ? outputs.find((output) => stem.test(output.name)) : undefined);
  return outputs.find((output) => stemOf(output.name) === stemOf(name)) ?? alike(/cell/i) ?? alike(/hidden|state/i);
}

/** The name without words for the direction of a value: `memory_out` is `memory`. */
function stemOf(name: string): string {
  const words = name.toLowerCase().split(/[._]/);
  return words
    .filter((word) => !/^(in|out|input|output|last|final|encoder)$/.test(word))
    .join('_')
    .replace(/s$/, '');
}

function logitsOf({ outputs }: PartSides): InputDescription | undefined {
  const fitting = outputs.filter(
    ({ name, dtype, shape }) =>
      dtype.startsWith('float') &&
      (shape === null || [2, 3].includes(shape.length)) &&
      !/present|past|hidden|cell/i.test(name),
  );
  return fitting.find(({ name }) => /logit|score|prob/i.test(name)) ?? fitting[0];
}
