/** The contract of a rule: what becomes of one operator on integers. */
import type { Node } from '../../onnx/graph';
import type { Obstacle, RestorationScope } from './restoration-scope';

/** `what`: what was done, for the report. `followed`: nothing yet, but what it computes is known. `undefined`: it is none of the rule's. */
export type RuleOutcome = { readonly what: string } | 'followed' | Obstacle | undefined;

export type RestorationRule = (node: Node, scope: RestorationScope) => Promise<RuleOutcome> | RuleOutcome;
