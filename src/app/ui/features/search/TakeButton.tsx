/** The way to have a candidate. */
import { Button } from '@mantine/core';
import type { Candidate } from '../../../../engine/search/candidate';
import { takeCandidate } from '../../../state/search/search-actions';
import { useWorkspace } from '../../../state/workspace/use-stores';
import { isOffered } from './offered-candidate';

export function TakeButton({ candidate }: { readonly candidate: Candidate }) {
  const isShown = useWorkspace(({ variants }) => isOffered(candidate, variants));
  if (!isShown) return null;
  return (
    <Button
      variant="default"
      size="compact-sm"
      aria-label={`Make ${candidate.name}`}
      onClick={() => void takeCandidate(candidate.id)}
    >
      Make it
    </Button>
  );
}
