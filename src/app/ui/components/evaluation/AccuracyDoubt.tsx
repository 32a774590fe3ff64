import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import type { AccuracyWarning } from '../../../../engine/metrics/evaluation';
import { proposalOf, takeProposal } from '../../../state/data/proposals';
import { useWorkspace } from '../../../state/workspace/use-stores';
import { Banner } from '../Banner';

/** A longer order is only looked at where it can be edited. */
const mostShown = 20;

interface AccuracyDoubtProps {
  readonly warning: AccuracyWarning;
  /** Once what fits better was taken over. */
  readonly onTaken?: () => void;
}

/** Why a figure is doubtful, with the task or the order of classes that fits better to be taken over. */
export function AccuracyDoubt({ warning, onTaken }: AccuracyDoubtProps) {
  const given = useWorkspace((state) => state.data?.mapping);
  const proposal = proposalOf(warning);
  const isUsed = proposal !== null && given !== undefined && proposal.isUsed(given);
  const { classes } = warning;
  return (
    <Proposal
      message={warning.message}
      used={isUsed && proposal.used}
      action={proposal?.action ?? ''}
      onTake={
        proposal === null
          ? undefined
          : () => {
              takeProposal(warning);
              onTaken?.();
            }
      }
    >
      {warning.inputs !== undefined ||
      warning.task !== undefined ||
      classes === undefined ||
      classes.length > mostShown ? null : (
        <p>Better order: {classes.join(', ')}.</p>
      )}
    </Proposal>
  );
}

interface ProposalProps {
  readonly message: string;
  /** What is set, once it is taken. */
  readonly used: string | false;
  readonly action: string;
  /** Absent where there is nothing to take. */
  readonly onTake?: (() => void) | undefined;
  readonly children?: ReactNode;
}

/** What makes a figure doubtful, and the mapping that fits better one click away. */
function Proposal({ message, used, action, onTake, children }: ProposalProps) {
  const take = (
    <Button variant="default" size="compact-sm" onClick={onTake}>
      {action}
    </Button>
  );
  return (
    <Banner kind="notice" actions={onTake === undefined || used !== false ? undefined : take}>
      <p>{message}</p>
      {children}
      {used === false ? null : <p>{used} Evaluate again to apply it.</p>}
    </Banner>
  );
}
