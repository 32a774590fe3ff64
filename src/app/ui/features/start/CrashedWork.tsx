/** The last work, which was not brought back by itself because it ended the tab before: the choice is the person's. */
import { Button } from '@mantine/core';
import { forgetRecentWork, openRecentWork } from '../../../state/storage/persistence';
import { useApp } from '../../../state/workspace/use-stores';
import { Banner } from '../../components/Banner';
import { BreakableName } from '../../components/BreakableName';

export function CrashedWork() {
  const crashed = useApp((state) => state.crashedWork);
  const work = useApp((state) => state.recentWork.find(({ id }) => id === crashed));
  if (crashed === null || work === undefined) return null;
  return (
    <Banner
      kind="problem"
      actions={
        <>
          <Button variant="default" onClick={() => void openRecentWork(crashed)}>
            Open it again
          </Button>
          <Button variant="default" onClick={() => void forgetRecentWork(crashed)}>
            Forget it
          </Button>
        </>
      }
    >
      The last work, on <BreakableName text={work.name} />, ended this tab twice while it was brought back, so it was
      left.
    </Banner>
  );
}
