/** Work that this device still holds. */
import { ActionIcon, Group, Stack, Text, UnstyledButton } from '@mantine/core';
import { formatBytes, formatCounted } from '../../../../engine/format';
import { dayOf, type RecentWork } from '../../../state/storage/saved-work';
import { forgetRecentWork, openRecentWork } from '../../../state/storage/persistence';
import { useApp } from '../../../state/workspace/use-stores';
import { CloseIcon } from '../../components/icons';
import classes from './StartScreen.module.css';
import { Note } from '../../components/Note';

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
    <Stack component="ul" gap={8}>
      {recent.map((work) => (
        <Group component="li" key={work.id} gap={4} wrap="nowrap">
          <UnstyledButton className={classes.card} miw={0} onClick={() => void openRecentWork(work.id)}>
            <Text truncate>{work.name}</Text>
            <Note>{factsOf(work)}</Note>
          </UnstyledButton>
          <ActionIcon
            variant="subtle"
            color="ink"
            aria-label={`Remove ${work.name}`}
            title="Remove from this device"
            onClick={() => void forgetRecentWork(work.id)}
          >
            <CloseIcon />
          </ActionIcon>
        </Group>
      ))}
    </Stack>
  );
}
