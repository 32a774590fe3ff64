/** Describes in one sentence which nodes leave a provider. */
interface OperatorCount {
  readonly op: string;
  readonly nodes: number;
}

const mostNamed = 6;

/**
 * "3 nodes will not run on WebGPU (4 copies): Round ×2, NonZero." The most frequent first. Nodes with unmeasured support are counted apart.
 *
 * @param provider its name for people.
 * @param wrong nodes that stay and whose numbers are wrong there.
 * @param copies of values between the provider's memory and the CPU's at each run, or a phrase for about so many.
 */
export function describePlacement(
  provider: string,
  leaves: readonly { readonly op: string; readonly reason: string }[],
  notMeasured: readonly OperatorCount[],
  wrong: readonly { readonly op: string }[] = [],
  copies: number | string = 0,
): string {
  const sentences = [
    leaves.length === 0
      ? notMeasured.length === 0
        ? `All nodes run on ${provider}.`
        : `All nodes with known support run on ${provider}.`
      : `${countNodes(leaves.length)} will not run on ${provider}${inBrackets(copies)}: ${listOperators(countOperators(leaves))}.`,
  ];
  const shapeWork = leaves.filter(({ reason }) => reason === 'shape work').length;
  if (shapeWork > 0)
    sentences.push(
      `${shapeWork} of them only ${shapeWork === 1 ? 'computes' : 'compute'} shapes, which is faster on the CPU.`,
    );
  const openSizes = leaves.filter(({ reason }) => reason === 'open size').length;
  if (openSizes > 0) {
    sentences.push(`${openSizes} of them ${openSizes === 1 ? 'has' : 'have'} open sizes: fix the free dimensions.`);
  }
  const unknown = notMeasured.reduce((sum, { nodes }) => sum + nodes, 0);
  if (wrong.length > 0) {
    sentences.push(
      `${countNodes(wrong.length)} ${wrong.length === 1 ? 'computes' : 'compute'} wrong numbers there: ${listOperators(countOperators(wrong))}.`,
    );
  }
  if (unknown > 0) sentences.push(`Not measured for ${countNodes(unknown)}: ${listOperators(notMeasured)}.`);
  return sentences.join(' ');
}

/** "WASM has no kernel for 2 nodes, and will not load the model: Conv of float64 ×2. Export it with float32, or with an older operator set." */
export function describeRefusal(refused: readonly { readonly op: string }[]): string {
  const nodes = `${countNodes(refused.length)}, and will not load the model: ${listOperators(countOperators(refused))}`;
  return `WASM has no kernel for ${nodes}. Export it in float32, or with an older operator set.`;
}

function inBrackets(copies: number | string): string {
  if (copies === 0) return '';
  return ` (${copies} ${copies === 1 ? 'copy' : 'copies'})`;
}

function countNodes(count: number): string {
  return `${count} ${count === 1 ? 'node' : 'nodes'}`;
}

function countOperators(nodes: readonly { readonly op: string }[]): OperatorCount[] {
  const counts = new Map<string, number>();
  for (const { op } of nodes) counts.set(op, (counts.get(op) ?? 0) + 1);
  return Array.from(counts, ([op, count]) => ({ op, nodes: count }));
}

function listOperators(counts: readonly OperatorCount[]): string {
  const sorted = counts.toSorted((a, b) => b.nodes - a.nodes || (a.op < b.op ? -1 : 1));
  const named = sorted.slice(0, mostNamed).map(({ op, nodes }) => (nodes === 1 ? op : `${op} ×${nodes}`));
  const rest = sorted.length - named.length;
  return rest > 0 ? `${named.join(', ')} and ${rest} other operators` : named.join(', ');
}
