/** What a warning proposes to change about the mapping, and taking it over. */
import type { DataMapping } from '../../../engine/data/mapping/mapping';
import type { AccuracyWarning } from '../../../engine/metrics/evaluation';
import { changeMapping } from './data-actions';
import { withClassOrder } from './data-classes';

interface Proposal {
  /** On the button. */
  readonly action: string;
  /** Said once it is taken. */
  readonly used: string;
  /** One field of the mapping: taking it is one step of undo. */
  readonly tag: string;
  isUsed(mapping: DataMapping): boolean;
  apply(mapping: DataMapping): DataMapping;
}

function sameContent(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** `null`: it proposes nothing. */
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
    tag: 'proposed-classes',
    isUsed: (mapping) => sameContent(mapping.labels?.classes, classes),
    apply: (mapping) => withClassOrder(mapping, classes),
  };
}

export function takeProposal(warning: AccuracyWarning): void {
  const proposal = proposalOf(warning);
  if (proposal !== null) changeMapping(proposal.apply, proposal.tag);
}
