/** Operators that pass elements on unchanged, or in another type. */
import { DataType, isFloatDataType, type DataTypeCode } from '../data-type';
import { coupleCast, coupleSamePlaces } from './coupling/elementwise';
import { typeInAttribute, typeOfInput } from './element-type-rules';
import { heldNumber } from './held-number';
import { likeInput, type ContentRule, type NodeFacts, type SymbolicShape } from './operator';
import type { OperatorFamily } from './operator-record';

const unchanged: ContentRule = (facts) => facts.content(0);

/** Types that hold the length of any axis. */
const typesOfSizes = new Set<DataTypeCode>([DataType.int64, DataType.int32, DataType.float32, DataType.float64]);

/** Casting to an integer type cuts the fraction off; sizes that are symbols are whole already. */
function castTo(to: DataTypeCode | undefined, content: SymbolicShape | undefined): SymbolicShape | undefined {
  if (to === undefined) return undefined;
  return content?.map((size) => {
    if (typeof size !== 'number') return typesOfSizes.has(to) ? heldNumber(to, size) : null;
    if (to === DataType.bool) return Number(size !== 0);
    return heldNumber(to, isFloatDataType(to) ? size : Math.trunc(size));
  });
}

/** In opsets before 6 a Cast states its type in words. */
const typesByText: ReadonlyMap<string, DataTypeCode> = new Map([
  ...Object.entries(DataType),
  ['float', DataType.float32],
  ['double', DataType.float64],
]);

const typeInWords = (facts: NodeFacts) => typesByText.get((facts.string('to') ?? '').toLowerCase());

/** In versions before this one the mask has the type of the input. */
const opsetOfBooleanMask = 10;

export const casting: OperatorFamily = {
  Identity: {
    shapes: likeInput(0),
    elementTypes: typeOfInput(0),
    content: unchanged,
    coupling: coupleSamePlaces,
    optionalOutputsFrom: 1,
  },
  Dropout: {
    shapes: likeInput(0),
    elementTypes(facts) {
      const type = facts.elementType(0);
      return [type, facts.opset < opsetOfBooleanMask ? type : DataType.bool];
    },
    content: unchanged,
    coupling: coupleSamePlaces,
    // It draws when it trains, which its third input says (opset 12 and later).
    isRandom: ({ inputs }) => (inputs[2] ?? '') !== '',
    optionalOutputsFrom: 1,
  },
  Cast: {
    shapes: likeInput(0),
    elementTypes: typeInAttribute('to', typeInWords),
    content: (facts) => castTo(facts.int('to'), facts.content(0)),
    coupling: coupleCast,
  },
  CastLike: {
    shapes: likeInput(0),
    elementTypes: typeOfInput(1),
    content: (facts) => castTo(facts.elementType(1), facts.content(0)),
  },
  BitCast: { shapes: likeInput(0), elementTypes: typeInAttribute('to', () => undefined) },
};
