import { Button } from '@mantine/core';
import type { AccuracyWarning } from '../../../../engine/metrics/evaluation';
import { proposalOf, takeProposal } from '../../../state/data/proposals';
import { useWorkspace } from '../../../state/workspace/use-stores';
import { Banner } from '../Banner';

/** A longer order is shown only in the editor. */
const mostShown = 20;

interface AccuracyDoubtProps {
  readonly warning: AccuracyWarning;
  /** Runs after the proposal was applied. */
  readonly onTaken?: () => void;
}

/** A warning about accuracy. If it proposes a change of the mapping, a button applies it. */
export function AccuracyDoubt({ warning, onTaken }: AccuracyDoubtProps) {
  const given = useWorkspace((state) => state.data?.mapping);
  const proposal = proposalOf(warning);
  const isUsed = proposal !== null && given !== undefined && proposal.isUsed(given);
  const order = proposal?.order ?? [];
  const take = (): void => {
    takeProposal(warning);
    onTaken?.();
  };
  return (
    <Banner
      kind="notice"
      actions={
        proposal === null || isUsed ? undefined : (
          <Button variant="default" size="compact-sm" onClick={take}>
            {proposal.action}
          </Button>
        )
      }
    >
      <p>{warning.message}</p>
      {order.length === 0 || order.length > mostShown ? null : <p>Better order: {order.join(', ')}.</p>}
      {isUsed ? <p>{proposal.used} Evaluate again to apply it.</p> : null}
    </Banner>
  );
}
