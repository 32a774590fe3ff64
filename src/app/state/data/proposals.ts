/** Changes of the mapping that a warning proposes, and their application. */
import type { DataMapping } from '../../../engine/data/mapping/mapping';
import type { AccuracyWarning } from '../../../engine/metrics/evaluation';
import { changeMapping } from './data-actions';
import { withClassOrder } from './data-classes';
import { sameContent } from './data-selectors';

interface Proposal {
  /** Label of the button. */
  readonly action: string;
  /** Sentence that replaces the button once the mapping has it. */
  readonly used: string;
  /** The proposed order of classes, if it is one. */
  readonly order?: readonly string[];
  /** Tag of the step of undo. */
  readonly tag: string;
  isUsed(mapping: DataMapping): boolean;
  apply(mapping: DataMapping): DataMapping;
}

/** `null`: the warning proposes nothing. */
export function proposalOf({ inputs, task, classes }: AccuracyWarning): Proposal | null {
  if (inputs !== undefined) {
    return {
      action: 'Use these settings',
      used: 'These settings are in use.',
      tag: 'proposed-inputs',
      isUsed: (mapping) => sameContent(mapping.inputs, inputs),
      apply: (mapping) => ({ ...mapping, inputs }),
    };
  }
  if (task !== undefined) {
    return {
      action: 'Evaluate as yes or no',
      used: 'This task is in use.',
      tag: 'proposed-task',
      isUsed: (mapping) => mapping.task?.kind === task.kind,
      apply: (mapping) => ({ ...mapping, task }),
    };
  }
  if (classes === undefined) return null;
  return {
    action: 'Use the better order',
    used: 'This order is in use.',
    order: classes,
    tag: 'proposed-classes',
    isUsed: (mapping) => sameContent(mapping.labels?.classes, classes),
    apply: (mapping) => withClassOrder(mapping, classes),
  };
}

export function takeProposal(warning: AccuracyWarning): void {
  const proposal = proposalOf(warning);
  if (proposal !== null) changeMapping(proposal.apply, proposal.tag);
}
