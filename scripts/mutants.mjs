/** Small changes of a source, each of which a test of it should notice. */
import { parseSync } from 'vite';

/**
 * @typedef {object} Mutant
 * @property {number} start  of the text that is replaced
 * @property {number} end
 * @property {string} text  that stands there instead
 */

/** @typedef {{ readonly type: string, readonly start: number, readonly end: number, readonly [key: string]: unknown }} SyntaxNode */

/** @type {Readonly<Record<string, string>>} */
const swapped = {
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
 * Every mutant of a source, in the order of their places: an operator replaced by its neighbor, a condition that always or never holds, a
 * negation left out, a number that is one larger, a truth value turned round. Types have none.
 * @param {string} file  name, which says the language
 * @param {string} source
 * @returns {Mutant[]}
 */
export function mutantsOf(file, source) {
  const { program, errors } = parseSync(file, source);
  if (errors.length > 0) throw new Error(`${file} cannot be read: ${errors[0]?.message}`);
  /** @type {Mutant[]} */
  const found = [];
  visit(/** @type {SyntaxNode} */ (/** @type {unknown} */ (program)), source, found);
  return found.toSorted((a, b) => a.start - b.start || a.end - b.end || (a.text < b.text ? -1 : 1));
}

/**
 * @param {unknown} value
 * @returns {value is SyntaxNode}
 */
function isNode(value) {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

/**
 * @param {SyntaxNode} node
 * @param {string} source
 * @param {Mutant[]} found
 */
function visit(node, source, found) {
  const { type } = node;
  if (/^TS(Type|Interface)|^Import|^Export(All|Named)Declaration$/.test(type) && node['declaration'] == null) return;
  mutate(node, source, found);
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) visit(child, source, found);
  }
}

/**
 * @param {SyntaxNode} node
 * @param {string} source
 * @param {Mutant[]} found
 */
function mutate(node, source, found) {
  switch (node.type) {
    case 'BinaryExpression':
    case 'LogicalExpression':
      return swapOperator(node, source, found);
    case 'ConditionalExpression':
    case 'IfStatement':
      return fixCondition(/** @type {SyntaxNode} */ (node['test']), found);
    case 'UnaryExpression':
      if (node['operator'] === '!') found.push({ start: node.start, end: node.start + 1, text: '' });
      return;
    case 'Literal':
      return changeLiteral(node, found);
    case 'MemberExpression': {
      const property = /** @type {SyntaxNode} */ (node['property']);
      const other = node['computed'] === true ? undefined : swapped[String(property['name'])];
      if (other !== undefined) found.push({ start: property.start, end: property.end, text: other });
      return;
    }
    default:
  }
}

/**
 * @param {SyntaxNode} node
 * @param {string} source
 * @param {Mutant[]} found
 */
function swapOperator(node, source, found) {
  const operator = String(node['operator']);
  const other = swapped[operator];
  if (other === undefined) return;
  const [left, right] = [/** @type {SyntaxNode} */ (node['left']), /** @type {SyntaxNode} */ (node['right'])];
  // Text that is put together has no difference.
  if (operator === '+' && [left, right].some(isText)) return;
  const start = source.indexOf(operator, left.end);
  if (start < 0 || start >= right.start) return;
  found.push({ start, end: start + operator.length, text: other });
}

/** @param {SyntaxNode} node */
function isText(node) {
  return node.type === 'TemplateLiteral' || (node.type === 'Literal' && typeof node['value'] === 'string');
}

/**
 * @param {SyntaxNode} test
 * @param {Mutant[]} found
 */
function fixCondition({ start, end }, found) {
  found.push({ start, end, text: 'true' }, { start, end, text: 'false' });
}

/**
 * @param {SyntaxNode} node
 * @param {Mutant[]} found
 */
function changeLiteral({ start, end, value }, found) {
  if (typeof value === 'boolean') found.push({ start, end, text: String(!value) });
  if (typeof value === 'number' && Number.isFinite(value)) found.push({ start, end, text: String(value + 1) });
}

/**
 * @param {string} source
 * @param {Mutant} mutant
 * @returns {string}
 */
export function withMutant(source, { start, end, text }) {
  return source.slice(0, start) + text + source.slice(end);
}

/**
 * Numbers in [0, 1) that the seed alone decides (mulberry32).
 * @param {number} seed
 * @returns {() => number}
 */
export function randomNumbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * So many of them, each at most once, in an order that the seed decides.
 * @template Value
 * @param {readonly Value[]} all
 * @param {number} count
 * @param {number} seed
 * @returns {Value[]}
 */
export function drawSome(all, count, seed) {
  const random = randomNumbers(seed);
  const rest = [...all];
  for (let at = 0; at < Math.min(count, rest.length); at += 1) {
    const other = at + Math.floor(random() * (rest.length - at));
    [rest[at], rest[other]] = [/** @type {Value} */ (rest[other]), /** @type {Value} */ (rest[at])];
  }
  return rest.slice(0, count);
}
