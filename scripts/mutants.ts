/** Small changes of a source, each of which a test of it should notice. */
import { parseSync } from 'vite';
import { createSeededRandom } from '../src/engine/seeded-random.ts';

export interface Mutant {
  /** Place of the replaced text. */
  readonly start: number;
  readonly end: number;
  /** The replacement. */
  readonly text: string;
}

interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

const swapped: Readonly<Record<string, string>> = {
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '===': '!==',
  '!==': '===',
  '+': '-',
  '-': '+',
  '*': '/',
  '/': '*',
  '%': '*',
  '&&': '||',
  '||': '&&',
  some: 'every',
  every: 'some',
  min: 'max',
  max: 'min',
};

/**
 * Returns every mutant of a source, in the order of their places. A mutant has one change: a neighboring operator, a
 * constant condition, a missing negation, a number plus one, or an inverted boolean. Types have no mutants.
 * @param file name, which says the language
 */
export function mutantsOf(file: string, source: string): readonly Mutant[] {
  const { program, errors } = parseSync(file, source);
  if (errors.length > 0) throw new Error(`${file} cannot be read: ${errors[0]?.message}`);
  const found: Mutant[] = [];
  visit(program as unknown as SyntaxNode, source, found);
  return found.toSorted((a, b) => a.start - b.start || a.end - b.end || (a.text < b.text ? -1 : 1));
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

function visit(node: SyntaxNode, source: string, found: Mutant[]): void {
  const { type } = node;
  if (/^TS(Type|Interface)|^Import|^Export(All|Named)Declaration$/.test(type) && node['declaration'] == null) return;
  mutate(node, source, found);
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) visit(child, source, found);
  }
}

function mutate(node: SyntaxNode, source: string, found: Mutant[]): void {
  switch (node.type) {
    case 'BinaryExpression':
    case 'LogicalExpression':
      return swapOperator(node, source, found);
    case 'ConditionalExpression':
    case 'IfStatement':
      return fixCondition(node['test'] as SyntaxNode, found);
    case 'UnaryExpression':
      if (node['operator'] === '!') found.push({ start: node.start, end: node.start + 1, text: '' });
      return;
    case 'Literal':
      return changeLiteral(node, found);
    case 'MemberExpression': {
      const property = node['property'] as SyntaxNode;
      const other = node['computed'] === true ? undefined : swapped[String(property['name'])];
      if (other !== undefined) found.push({ start: property.start, end: property.end, text: other });
      return;
    }
    default:
  }
}

function swapOperator(node: SyntaxNode, source: string, found: Mutant[]): void {
  const operator = String(node['operator']);
  const other = swapped[operator];
  if (other === undefined) return;
  const [left, right] = [node['left'] as SyntaxNode, node['right'] as SyntaxNode];
  // Texts can be joined, not subtracted.
  if (operator === '+' && [left, right].some(isText)) return;
  const start = source.indexOf(operator, left.end);
  if (start < 0 || start >= right.start) return;
  found.push({ start, end: start + operator.length, text: other });
}

function isText(node: SyntaxNode): boolean {
  return node.type === 'TemplateLiteral' || (node.type === 'Literal' && typeof node['value'] === 'string');
}

function fixCondition({ start, end }: SyntaxNode, found: Mutant[]): void {
  found.push({ start, end, text: 'true' }, { start, end, text: 'false' });
}

function changeLiteral({ start, end, value }: SyntaxNode, found: Mutant[]): void {
  if (typeof value === 'boolean') found.push({ start, end, text: String(!value) });
  if (typeof value === 'number' && Number.isFinite(value)) found.push({ start, end, text: String(value + 1) });
}

export function withMutant(source: string, { start, end, text }: Mutant): string {
  return source.slice(0, start) + text + source.slice(end);
}

/** Draws `count` of them, each at most once, in an order that the seed decides. */
export function drawSome<Value>(all: readonly Value[], count: number, seed: number): readonly Value[] {
  const random = createSeededRandom(seed);
  const rest = [...all];
  for (let at = 0; at < Math.min(count, rest.length); at += 1) {
    const other = at + Math.floor(random.next() * (rest.length - at));
    [rest[at], rest[other]] = [rest[other]!, rest[at]!];
  }
  return rest.slice(0, count);
}
