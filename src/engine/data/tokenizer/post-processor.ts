/** Reads which special tokens a tokenizer puts around one text, or around two. */
import * as v from 'valibot';
import { ParetoError } from '../../errors';
import { readPart, readSequence, typeOf, unknownPart } from './component';

/** A place in what a model gets: the tokens of the first or the second text, or special ones. */
export interface Place {
  /** `null`: special tokens. */
  readonly text: 0 | 1 | null;
  readonly ids: readonly number[];
  /** The text that is shown for each of `ids`. */
  readonly tokens: readonly string[];
  readonly typeId: number;
}

export interface Template {
  readonly single: readonly Place[];
  readonly pair: readonly Place[];
}

const id = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 31 - 1));
const typeId = v.optional(id, 0);
const special = v.object({ id: v.string(), type_id: typeId });
const sequence = v.object({ id: v.picklist(['A', 'B']), type_id: typeId });
const places = v.pipe(
  v.array(v.union([v.object({ SpecialToken: special }), v.object({ Sequence: sequence })])),
  v.maxLength(64),
);
const idList = v.pipe(v.array(id), v.maxLength(64));
const tokenList = v.optional(v.pipe(v.array(v.string()), v.maxLength(64)), []);
const template = v.object({
  single: places,
  pair: places,
  special_tokens: v.optional(v.record(v.string(), v.object({ ids: idList, tokens: tokenList })), {}),
});
const named = v.tuple([v.string(), id]);
const around = v.object({ cls: named, sep: named });

const first = (type: number): Place => ({ text: 0, ids: [], tokens: [], typeId: type });
const second = (type: number): Place => ({ text: 1, ids: [], tokens: [], typeId: type });
/** Nothing is put around texts. Tokens of the second text have another type id. */
const plain: Template = { single: [first(0)], pair: [first(0), second(1)] };

/**
 * Throws as `createNormalizer` does. Also throws for several processors that add tokens, because their combined result
 * is not defined.
 */
export function readTemplate(part: unknown, depth = 0): Template {
  if (part === null || part === undefined) return plain;
  switch (typeOf(part)) {
    case 'ByteLevel':
      return plain;
    case 'BertProcessing':
      return bertTemplate(readPart(part, around));
    case 'RobertaProcessing':
      return robertaTemplate(readPart(part, around));
    case 'TemplateProcessing':
      return readPlaces(readPart(part, template));
    case 'Sequence': {
      const adding = readSequence(part, 'processors', depth, readTemplate).filter((each) => each !== plain);
      if (adding.length > 1) throw unknownPart('multi-part post-processor', part);
      return adding[0] ?? plain;
    }
    default:
      throw unknownPart('post-processor', part);
  }
}

function token([name, number]: v.InferOutput<typeof named>, type: number): Place {
  return { text: null, ids: [number], tokens: [name], typeId: type };
}

function bertTemplate({ cls, sep }: v.InferOutput<typeof around>): Template {
  const single = [token(cls, 0), first(0), token(sep, 0)];
  return { single, pair: [...single, second(1), token(sep, 1)] };
}

function robertaTemplate({ cls, sep }: v.InferOutput<typeof around>): Template {
  const single = [token(cls, 0), first(0), token(sep, 0)];
  return { single, pair: [...single, token(sep, 0), second(0), token(sep, 0)] };
}

function readPlaces(given: v.InferOutput<typeof template>): Template {
  const tokens = new Map(Object.entries(given.special_tokens));
  const placesOf = (list: v.InferOutput<typeof places>): readonly Place[] =>
    list.map((each) => {
      if ('Sequence' in each)
        return each.Sequence.id === 'A' ? first(each.Sequence.type_id) : second(each.Sequence.type_id);
      const { id: name, type_id: type } = each.SpecialToken;
      const known = tokens.get(name);
      if (known === undefined)
        throw new ParetoError('tokenizer/damaged', `Its template has no token "${name.slice(0, 60)}".`);
      return { text: null, ids: known.ids, tokens: known.ids.map((_, at) => known.tokens[at] ?? name), typeId: type };
    });
  return { single: placesOf(given.single), pair: placesOf(given.pair) };
}

/** Counts the special tokens that are added to the texts. */
export function addedCount(list: readonly Place[]): number {
  return list.reduce((sum, { ids }) => sum + ids.length, 0);
}
