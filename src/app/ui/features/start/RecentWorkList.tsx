/** Work that this device still holds. */
import { ActionIcon, UnstyledButton } from '@mantine/core';
import { formatBytes, formatCounted } from '../../../../engine/format';
import { dayOf, type RecentWork } from '../../../state/storage/saved-work';
import { forgetRecentWork, openRecentWork } from '../../../state/storage/persistence';
import { useApp } from '../../../state/workspace/use-stores';
import { CloseIcon } from '../../components/icons';
import classes from './RecentWorkList.module.css';

function factsOf(work: RecentWork): string {
  const counts = [
    work.variantCount > 0 && formatCounted(work.variantCount, 'variant'),
    work.cellCount > 0 && formatCounted(work.cellCount, 'cell'),
  ];
  return [formatBytes(work.sizeBytes), ...counts, dayOf(work)].filter(Boolean).join(' · ');
}

export function RecentWorkList() {
  const recent = useApp((state) => state.recentWork);
  return (
    <ul className={classes.list}>
      {recent.map((work) => (
        <li key={work.id} className={classes.item}>
          <UnstyledButton className={classes.open} onClick={() => void openRecentWork(work.id)}>
            <span className={classes.name}>{work.name}</span>
            <span className={classes.facts}>{factsOf(work)}</span>
          </UnstyledButton>
          <ActionIcon
            variant="subtle"
            color="ink"
            aria-label={`Forget ${work.name}`}
            title="Forget: remove it from this device"
            onClick={() => void forgetRecentWork(work.id)}
          >
            <CloseIcon />
          </ActionIcon>
        </li>
      ))}
    </ul>
  );
}
