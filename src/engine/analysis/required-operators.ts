/** The operators that a build of ONNX Runtime needs for a model: its reduced builds leave the kernels of all others out. */
import { isDefaultDomain } from '../onnx/traverse';
import type { Inspection } from './inspection';

export interface RequiredOperators {
  /** `ai.onnx` for the operators of ONNX itself, as ONNX Runtime's tools name it. */
  readonly domain: string;
  readonly opset: number;
  /** Sorted. */
  readonly operators: readonly string[];
}

type OperatorFacts = Pick<Inspection, 'opsets' | 'nodes' | 'functions'>;

/**
 * The operators of all graphs and functions, by domain, sorted as `create_reduced_build_config.py` of ONNX Runtime
 * sorts them. It differs from that script in two cases, in which a build by the script could not run the model. For
 * functions, it lists their operators instead of the calls. It lists operators of a domain that the model does not
 * import, which ONNX Runtime runs in version 1.
 */
export function requiredOperators({ opsets, nodes, functions }: OperatorFacts): readonly RequiredOperators[] {
  const versions = new Map(opsets.map(({ domain, version }) => [nameOf(domain), version]));
  const calls = new Set(functions);
  const byDomain = new Map<string, Set<string>>();
  for (const { op, domain } of nodes) {
    if (calls.has(domain === '' ? op : `${domain}::${op}`)) continue;
    const name = nameOf(domain);
    byDomain.set(name, (byDomain.get(name) ?? new Set()).add(op));
  }
  return [...byDomain.keys()].toSorted().map((domain) => ({
    domain,
    opset: versions.get(domain) ?? 1,
    operators: [...byDomain.get(domain)!].toSorted(),
  }));
}

/** The file for `build.py --include_ops_by_config`: a line for each domain, such as `ai.onnx;17;Add,MatMul`. */
export function requiredOperatorsFile(facts: OperatorFacts & Pick<Inspection, 'file'>): string {
  const lines = requiredOperators(facts).map(
    ({ domain, opset, operators }) => `${domain};${opset};${operators.join(',')}`,
  );
  return [`# Operators of ${facts.file.name.replaceAll(/\s+/g, ' ')}`, ...lines, ''].join('\n');
}

const nameOf = (domain: string): string => (isDefaultDomain(domain) ? 'ai.onnx' : domain);
