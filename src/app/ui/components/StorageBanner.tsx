/** The work will not be there at the next visit: why, and what to do. It goes on all the same. */
import { Button } from '@mantine/core';
import { dismissStorageProblem, storageSentences, tryStorageAgain } from '../../state/storage/persistence';
import { useApp } from '../../state/workspace/use-stores';
import { Banner } from './Banner';

const actionLabels = {
  full: 'Try again',
  unavailable: 'Try again',
  elsewhere: 'Take over',
  forgotten: 'Save it again',
} as const;

export function StorageBanner() {
  const storage = useApp((state) => state.storage);
  const dismissed = useApp((state) => state.storageDismissed);
  if (storage === null || storage === 'saved' || dismissed) return null;
  // `check-browser.js` states it above the page.
  if (storage === 'unavailable' && !isSecureContext) return null;
  return (
    <Banner
      kind="problem"
      actions={
        <>
          <Button variant="default" onClick={() => void tryStorageAgain()}>
            {actionLabels[storage]}
          </Button>
          <Button variant="default" onClick={dismissStorageProblem}>
            Dismiss
          </Button>
        </>
      }
    >
      {storageSentences[storage]}
    </Banner>
  );
}
