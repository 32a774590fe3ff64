/** The label of a sample as numbers, and which class of the model it stands for. */
import { ParetoError } from '../../errors';
import { tensorNumbers } from '../tensor-numbers';
import type { DataField, FieldValue } from '../dataset';
import type { EvaluationTask, LabelMapping } from './mapping';
import { numbersPerBox } from '../pictures/place-boxes';

export interface LabelReader {
  /** Names of the classes in the order of their numbers; `undefined` if they have none. */
  readonly classNames: readonly string[] | undefined;
  /** The same as `labels.classes` of a mapping would write them; `undefined` if it would write their numbers. */
  readonly orderNames: readonly string[] | undefined;
  /**
   * One number for a class or a scalar, several for a vector (which `classOfLabel` may read as one-hot). Throws
   * `data/label` for a sample without a label, and for one whose label is no number and no class that is known.
   */
  read(value: FieldValue | undefined): Float64Array;
}

/**
 * Reads the labels of a field according to a mapping. With an order of classes, a label is the place of its name in the
 * order. With a positive class (binary only), it is 1 for that class and 0 for all others. Otherwise it is the number of its class in the data, and a text without a class is the number that it
 * spells. For a regression, a name counts as the number that it spells. If no class spells a number, the class numbers
 * are grades. Boxes: see `createBoxReader`. Texts that the model reads: see `createTextReader`.
 */
export function createLabelReader(
  field: DataField,
  labels: NonNullable<LabelMapping>,
  task?: EvaluationTask,
): LabelReader {
  if (field.kind === 'boxes') return createBoxReader(field, labels.classes);
  if (task?.kind === 'transcription') return createTextReader(field, labels.classes);
  const order = task?.kind === 'regression' ? undefined : labels.classes;
  const positive = task?.kind === 'binary' ? task.positive : undefined;
  const names = order ?? field.classes;
  const plain = task?.kind === 'regression' ? amountIn(field) : plainNumber(field);
  const classify = order === undefined ? plain : placeIn(order, field);
  const answer = positive === undefined ? classify : yesOrNo(positive, { order, field, classify });
  return {
    classNames: positive === undefined ? names : [otherThan(positive, names), positive],
    orderNames: order !== undefined && onlyNames(order, field) ? undefined : names,
    read(value) {
      const given = givenLabel(value, field);
      const label = given.length === 1 ? [answer(given[0]!)] : given.map(plain);
      if (label.length > 0 && label.every(Number.isFinite)) return Float64Array.from(label);
      throw new ParetoError('data/label', `The label in "${field.name}" is not a finite number.`);
    },
  };
}

/** Reads boxes, `numbersPerBox` numbers each. An order of classes numbers the classes as the model does; a picture may have no box. */
function createBoxReader(field: DataField, order: readonly string[] | undefined): LabelReader {
  const places = order && new Map(order.map((name, place) => [name, place]));
  const numberOf = (own: number): number => {
    if (places === undefined) return own;
    const name = field.classes?.[own] ?? String(own);
    const place = places.get(name);
    if (place !== undefined) return place;
    throw new ParetoError(
      'data/label',
      `The class "${shorten(name)}" of a box is not one of the ${order!.length} classes in the class order.`,
    );
  };
  return {
    classNames: order ?? field.classes,
    orderNames: order ?? field.classes,
    read(value) {
      const numbers = value?.kind === 'tensor' ? tensorNumbers(value.tensor) : undefined;
      if (numbers === undefined) throw new ParetoError('data/label', `The sample has no boxes in "${field.name}".`);
      return Float64Array.from(numbers, (each, index) => (index % numbersPerBox === 0 ? numberOf(each) : each));
    },
  };
}

/** Reads texts as code points. `characters`: those of the output, in its order. */
function createTextReader(field: DataField, characters: readonly string[] | undefined): LabelReader {
  return {
    classNames: characters,
    orderNames: characters,
    read(value) {
      const [given, more] =
        value?.kind === 'tensor' ? Array.from<unknown>(value.tensor.data as ArrayLike<unknown>) : [];
      const text = typeof given === 'string' ? given : field.classes?.[Number(given)];
      if (text !== undefined && more === undefined) return Float64Array.from(text, (each) => each.codePointAt(0)!);
      throw new ParetoError('data/label', `The sample has no text in "${field.name}".`);
    },
  };
}

/** A label as the data has it. */
type GivenLabel = number | string;
type Classify = (given: GivenLabel) => number;

function givenLabel(value: FieldValue | undefined, { name, areNumbers }: DataField): readonly GivenLabel[] {
  const numbers = value?.kind === 'tensor' ? tensorNumbers(value.tensor) : undefined;
  if (numbers !== undefined) return Array.from(numbers);
  // The texts are trimmed in the same way as the readers trim classes.
  const texts = value?.kind === 'tensor' ? (value.tensor.data as readonly string[]).map((text) => text.trim()) : [''];
  if (texts.includes('')) throw new ParetoError('data/label', `The sample has no label in "${name}".`);
  return areNumbers ? texts.map(Number) : texts;
}

/** True if the labels of a field are numbers without names. */
export function isOfNumbers({ classes, dtype, areNumbers }: LabelValues): boolean {
  return classes === undefined && (dtype !== 'string' || areNumbers === true);
}

type LabelValues = Pick<DataField, 'classes' | 'dtype' | 'areNumbers'>;

/** True if a text spells a number. */
export function isNumber(text: string): boolean {
  return text.trim() !== '' && Number.isFinite(Number(text));
}

function amountIn(field: DataField): Classify {
  const areGrades = field.kind === 'class' && field.classes?.some(isNumber) !== true;
  return (given) => {
    const text = nameOf(given, field);
    if (typeof given === 'number' && (areGrades || field.classes === undefined)) return given;
    if (isNumber(text)) return Number(text);
    throw new ParetoError('data/label', `The label "${shorten(text)}" in "${field.name}" is not a number.`);
  };
}

function plainNumber({ name, classes }: DataField): Classify {
  const places = new Map(classes?.map((each, place) => [each, place]));
  return (given) => {
    if (typeof given === 'number') return given;
    const number = places.get(given) ?? Number(given);
    if (Number.isFinite(number)) return number;
    throw new ParetoError(
      'data/label',
      `The label "${shorten(given)}" in "${name}" is neither a number nor a class name.`,
    );
  };
}

function placeIn(order: readonly string[], field: DataField): Classify {
  if (onlyNames(order, field)) return (given) => classWithin(Number(given), order.length, field.name);
  const places = new Map(order.map((each, place) => [isOfNumbers(field) ? String(Number(each)) : each, place]));
  return (given) => {
    const name = nameOf(given, field);
    const place = places.get(name);
    if (place !== undefined) return place;
    throw new ParetoError(
      'data/label',
      `The label "${shorten(name)}" in "${field.name}" is not one of the ${order.length} classes in the class order.`,
    );
  };
}

/** True if an order does not tell which label is which class: labels are numbers, and its entries are not. */
export function onlyNames(order: readonly string[], field: LabelValues): boolean {
  return isOfNumbers(field) && !order.every(isNumber);
}

function classWithin(label: number, count: number, fieldName: string): number {
  if (Number.isInteger(label) && label >= 0 && label < count) return label;
  throw new ParetoError(
    'data/label',
    `The label ${label} in "${fieldName}" is not one of the ${count} classes in the class order, 0 to ${count - 1}.`,
  );
}

interface YesOrNo {
  readonly order: readonly string[] | undefined;
  readonly field: DataField;
  readonly classify: Classify;
}

/** A label that the order does not know is refused here too. */
function yesOrNo(positive: string, { order, field, classify }: YesOrNo): Classify {
  const hasNames = order !== undefined && onlyNames(order, field);
  const wanted = isOfNumbers(field) && !hasNames ? String(Number(positive)) : positive;
  return (given) => {
    if (typeof given === 'number' && !Number.isFinite(given)) return given;
    const number = order === undefined ? undefined : classify(given);
    const name = hasNames ? order[number!] : nameOf(given, field);
    return name === wanted ? 1 : 0;
  };
}

/** A label as the data writes it. Many data sets have −1 for a sample without a label, which is none of the classes. */
function nameOf(given: GivenLabel, { name, classes }: DataField): string {
  if (typeof given === 'string') return given;
  const known = classes === undefined ? String(given) : classes[given];
  if (known !== undefined) return known;
  throw new ParetoError(
    'data/label',
    `The label ${given} in "${name}" is not one of the data’s ${classes!.length} classes.`,
  );
}

function otherThan(positive: string, names: readonly string[] | undefined): string {
  const others = names?.filter((name) => name !== positive) ?? [];
  return others.length === 1 ? others[0]! : `not ${positive}`;
}

function shorten(text: string): string {
  return text.slice(0, 60);
}

/** The class that a label stands for: a whole number, or the place of the 1 in a one-hot vector. `null` for any other. */
export function classOfLabel(label: Float64Array): number | null {
  if (label.length === 1) return Number.isInteger(label[0]) && label[0]! >= 0 ? label[0]! : null;
  const place = label.indexOf(1);
  const isOneHot = place >= 0 && label.every((value, index) => value === (index === place ? 1 : 0));
  return isOneHot ? place : null;
}
