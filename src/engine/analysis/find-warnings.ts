/** Things about a model that a person should know before changing it. Sentences, each once. */
import { dataTypeName } from '../onnx/data-type';
import type { Model, Node } from '../onnx/graph';
import { overridableInitializers } from '../onnx/overridable-initializers';
import { CLASSICAL_LEARNING_DOMAIN, defaultOpsetVersion, isDefaultDomain, nodes } from '../onnx/traverse';
import type { Weight } from '../onnx/weights';

const mostNames = 5;

/** Measured with ONNX Runtime Web 1.30: a model of a later one does not load. */
const newestRuntimeOpset = 26n;

export function findWarnings(model: Model, all: readonly Weight[]): string[] {
  const everyNode = Array.from(nodes(model), ({ node }) => node);
  return [
    newerOpset(model),
    ...foreignOperators(model, everyNode),
    ...unusedImports(model, everyNode),
    unusedInitializers(all),
    probabilitiesInMaps(everyNode),
    weightsInConstants(all),
    weightsInSubgraphs(all),
    overridableWeights(model),
    unknownTypes(all),
    repeatedNodeNames(everyNode),
    trainingInfo(model),
  ].filter((warning) => warning !== undefined);
}

function newerOpset(model: Model): string | undefined {
  const version = defaultOpsetVersion(model);
  if (version <= newestRuntimeOpset) return undefined;
  return `Uses operator set ${version}. The runtime supports versions up to ${newestRuntimeOpset} and will not load it. Export it with an older one.`;
}

/** Names tell nodes apart in profiles and in the options of passes. */
function repeatedNodeNames(everyNode: readonly Node[]): string | undefined {
  const seen = new Set<string>();
  const repeated = new Set<string>();
  for (const node of everyNode) {
    if (!node.name) continue;
    if (seen.has(node.name)) repeated.add(node.name);
    seen.add(node.name);
  }
  if (repeated.size === 0) return undefined;
  return `${count(repeated.size, 'node name is', 'node names are')} used more than once: ${listNames([...repeated])}. An option with such a name applies to all its nodes.`;
}

function foreignOperators(model: Model, everyNode: readonly Node[]): string[] {
  const operators = new Map<string, Set<string>>();
  const own = new Set(model.functions.map(({ domain, name }) => `${domain ?? ''}::${name ?? ''}`));
  for (const node of everyNode) {
    if (isDefaultDomain(node.domain) || own.has(`${node.domain ?? ''}::${node.opType ?? ''}`)) continue;
    const domain = node.domain ?? '';
    operators.set(domain, (operators.get(domain) ?? new Set()).add(node.opType ?? ''));
  }
  return [...operators].map(([domain, ops]) =>
    domain === CLASSICAL_LEARNING_DOMAIN
      ? `Uses ONNX’s operators for classical machine learning (${domain}: ${listNames([...ops])}). ONNX Runtime supports them, other runtimes may not.`
      : `Uses operators outside the ONNX standard (${domain}: ${listNames([...ops])}). Only some runtimes support them.`,
  );
}

/** Exporters of scikit-learn models put one at the end by default. Outputs that are no tensors are left out of comparisons. */
function probabilitiesInMaps(everyNode: readonly Node[]): string | undefined {
  if (!everyNode.some(({ domain, opType }) => domain === CLASSICAL_LEARNING_DOMAIN && opType === 'ZipMap'))
    return undefined;
  return 'Outputs probabilities as a list of dictionaries (ZipMap), which cannot be compared. Only labels show what a variant changes. For more, export it without ZipMap (skl2onnx: options={"zipmap": False}).';
}

function unusedImports(model: Model, everyNode: readonly Node[]): string[] {
  const used = new Set<string>();
  for (const node of everyNode) used.add(isDefaultDomain(node.domain) ? '' : (node.domain ?? ''));
  const unused = model.opsetImports
    .map(({ domain }) => domain ?? '')
    .filter((domain) => !isDefaultDomain(domain) && !used.has(domain));
  return unused.length === 0 ? [] : [`Imports operator sets that no node uses: ${listNames(unused)}.`];
}

function unusedInitializers(all: readonly Weight[]): string | undefined {
  const unused = all.filter((weight) => weight.consumers.length === 0 && !weight.isGraphOutput);
  if (unused.length === 0) return undefined;
  return `${count(unused.length, 'weight is', 'weights are')} used by no node: ${listNames(unused.map(({ name }) => name))}.`;
}

function weightsInConstants(all: readonly Weight[]): string | undefined {
  const constants = all.filter(({ owner, tensor }) => owner === 'constant' && tensor.dims.length >= 2);
  if (constants.length === 0) return undefined;
  return `${count(constants.length, 'weight is', 'weights are')} stored in Constant nodes instead of initializers. Many tools miss them; Pareto does not.`;
}

function weightsInSubgraphs(all: readonly Weight[]): string | undefined {
  const nested = all.filter(({ scope, tensor }) => scope.parent !== undefined && tensor.dims.length >= 2);
  if (nested.length === 0) return undefined;
  return `${count(nested.length, 'weight is', 'weights are')} inside subgraphs (If, Loop or Scan bodies).`;
}

function overridableWeights(model: Model): string | undefined {
  const { size } = overridableInitializers(model);
  if (size === 0) return undefined;
  return `${count(size, 'weight is', 'weights are')} also inputs, so a caller may override them and runtimes cannot fold them.`;
}

function unknownTypes(all: readonly Weight[]): string | undefined {
  const names = new Set(
    all.map(({ tensor }) => dataTypeName(tensor.dataType ?? 0)).filter((name) => name.startsWith('type ')),
  );
  if (names.size === 0) return undefined;
  return `Contains weights of unknown element types (${[...names].join(', ')}), which are kept unchanged.`;
}

function trainingInfo(model: Model): string | undefined {
  return model.training.length === 0 ? undefined : 'Contains training graphs, which passes do not change.';
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}

function listNames(names: readonly string[]): string {
  const shown = names.slice(0, mostNames).map((name) => name || 'one without a name');
  const rest = names.length - shown.length;
  return rest > 0 ? `${shown.join(', ')} and ${rest} more` : shown.join(', ');
}
