/** The contract of a rule, which restores the float form of one operator on integers. */
import type { Node } from '../../onnx/graph';
import type { Obstacle, RestorationScope } from './restoration-scope';

/** `what`: the change, for the report. `followed`: nothing changed, but the meaning of the outputs is known. `undefined`: the rule does not apply. */
export type RuleOutcome = { readonly what: string } | 'followed' | Obstacle | undefined;

export type RestorationRule = (node: Node, scope: RestorationScope) => Promise<RuleOutcome> | RuleOutcome;
