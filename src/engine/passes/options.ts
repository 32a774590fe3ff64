/** Option values of a pass: checked against the pass's own description, whether they come from JSON or from a command line. */
import { ParetoError } from '../errors';
import { formatList, formatQuoted } from '../format';
import type { OptionSpec, OptionValue, OptionValues } from './option-spec';
import type { Pass } from './pass';
import { ownValue } from '../own-value';

export type PassWithOptions = Pick<Pass, 'id' | 'options'>;

/**
 * Checks the options of a recipe and completes them with defaults, in the order of the description. The same choices
 * always give the same object, so it can be a cache key. Throws `options/unknown` or `options/invalid` with the option
 * and its permitted values.
 */
export function resolveOptions(pass: PassWithOptions, given: Readonly<Record<string, unknown>>): OptionValues {
  for (const key of Object.keys(given)) optionSpec(pass, key);
  return Object.fromEntries(
    Object.entries(pass.options).map(([key, spec]) => {
      const value = ownValue(given, key);
      return [key, value === undefined ? spec.default : checkValue(pass, key, spec, value)] as const;
    }),
  );
}

/** One option as typed on a command line, `key=value`. Throws like `resolveOptions`, and `options/invalid` without a `=`. */
export function parseOptionAssignment(pass: PassWithOptions, assignment: string): readonly [string, OptionValue] {
  const separator = assignment.indexOf('=');
  if (separator < 1) {
    throw new ParetoError(
      'options/invalid',
      `${formatQuoted(assignment)} is not an option of ${pass.id}. Write key=value, for example ${exampleOf(pass)}.`,
    );
  }
  const key = assignment.slice(0, separator).trim();
  const text = assignment.slice(separator + 1).trim();
  const spec = optionSpec(pass, key);
  return [key, checkValue(pass, key, spec, fromText(spec, text))];
}

/** A value as it is typed on a command line. */
export function optionText(value: OptionValue): string {
  if (typeof value !== 'object') return String(value);
  if (isList(value)) return value.join(',');
  return Object.entries(value)
    .map(([name, number]) => `${name}=${number}`)
    .join(',');
}

function isList(value: OptionValue): value is readonly string[] {
  return Array.isArray(value);
}

/** The allowed values of an option, in words: `a number from 0 to 1`. Choices between numbers rise. */
function allowedValues(spec: OptionSpec): string {
  switch (spec.kind) {
    case 'boolean':
      return 'true or false';
    case 'number':
      return `a number from ${spec.minimum} to ${spec.maximum}`;
    case 'choice':
      return formatList(
        [...inOrder(spec.choices.map(({ value }) => value)), ...(spec.others ? [spec.others.form] : [])],
        'or',
      );
    case 'list':
      return spec.choices ? `a list of: ${spec.choices.join(', ')}` : 'a list of names';
    case 'map':
      return `names with ${spec.values ? formatList(spec.values.map(String), 'or') : `a number from ${spec.minimum} to ${spec.maximum}`} each, as conv1=${spec.maximum}`;
  }
}

/** The order of a description is that in which a form offers them. */
function inOrder(values: readonly string[]): readonly string[] {
  return values.some((value) => Number.isNaN(Number(value)))
    ? values
    : values.toSorted((a, b) => Number(a) - Number(b));
}

function optionSpec(pass: PassWithOptions, key: string): OptionSpec {
  const spec = Object.hasOwn(pass.options, key) ? pass.options[key] : undefined;
  if (!spec) {
    const known = Object.keys(pass.options).join(', ') || 'none';
    throw new ParetoError('options/unknown', `${pass.id} has no option ${formatQuoted(key)}. Its options: ${known}.`);
  }
  return spec;
}

function fromText(spec: OptionSpec, text: string): unknown {
  switch (spec.kind) {
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : text;
    case 'number':
      return text === '' || Number.isNaN(Number(text)) ? text : Number(text);
    case 'choice':
      return text;
    case 'list':
      return text
        .split(',')
        .map((entry) => entry.trim())
        .filter((entry) => entry !== '');
    case 'map':
      return mapFromText(text);
  }
}

/** The number stands behind the last `=`: names of nodes may hold one. */
function mapFromText(text: string): unknown {
  const entries = text.split(',').filter((entry) => entry.trim() !== '');
  const pairs = entries.map((entry) => /^(.+)=([^=]+)$/.exec(entry.trim()));
  if (pairs.some((pair) => pair === null || Number.isNaN(Number(pair[2])))) return text;
  return Object.fromEntries(pairs.map((pair) => [pair![1]!.trim(), Number(pair![2])]));
}

function checkValue(pass: PassWithOptions, key: string, spec: OptionSpec, given: unknown): OptionValue {
  // A choice between numbers may be written as one.
  const value = spec.kind === 'choice' && typeof given === 'number' ? String(given) : given;
  const problem = problemOf(spec, value);
  if (problem !== undefined) {
    throw new ParetoError(
      'options/invalid',
      `${pass.id}: option ${formatQuoted(key)} cannot be ${problem}. It must be ${allowedValues(spec)}.`,
    );
  }
  return spec.kind === 'list' ? [...new Set(value as readonly string[])] : (value as OptionValue);
}

/** The part of the value that is wrong, for the sentence; `undefined` when nothing is. */
function problemOf(spec: OptionSpec, value: unknown): string | undefined {
  switch (spec.kind) {
    case 'boolean':
      return typeof value === 'boolean' ? undefined : shown(value);
    case 'number':
      return isWithin(value, spec) ? undefined : shown(value);
    case 'choice':
      return isChoice(spec, value) ? undefined : shown(value);
    case 'list': {
      if (!Array.isArray(value)) return shown(value);
      const wrong = value.find(
        (entry) => typeof entry !== 'string' || (spec.choices !== undefined && !spec.choices.includes(entry)),
      ) as unknown;
      return wrong === undefined ? undefined : shown(wrong);
    }
    case 'map': {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return shown(value);
      const wrong = Object.entries(value).find(([, number]) => !isMapNumber(spec, number));
      return wrong === undefined ? undefined : `${shown(wrong[0])} with ${shown(wrong[1])}`;
    }
  }
}

function isChoice({ choices, others }: OptionSpec & { readonly kind: 'choice' }, value: unknown): boolean {
  return typeof value === 'string' && (choices.some((one) => one.value === value) || others?.isOne(value) === true);
}

/** True if a `map` may give a node this number. */
export function isMapNumber(spec: OptionSpec & { readonly kind: 'map' }, value: unknown): boolean {
  return isWithin(value, spec) && (spec.values === undefined || spec.values.includes(value as number));
}

function isWithin(
  value: unknown,
  { minimum, maximum }: { readonly minimum: number; readonly maximum: number },
): boolean {
  return typeof value === 'number' && value >= minimum && value <= maximum;
}

function shown(value: unknown): string {
  if (typeof value === 'string') return formatQuoted(value);
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return String(value);
  return Array.isArray(value) ? 'a list' : `of type ${typeof value}`;
}

function exampleOf(pass: PassWithOptions): string {
  const [key, spec] = Object.entries(pass.options)[0] ?? ['key', undefined];
  return `${key}=${spec ? optionText(spec.default) : 'value'}`;
}
