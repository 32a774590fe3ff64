/** The title of a dialog and the way out. Mantine's own would be a second page header to a screen reader. */
import { ActionIcon, Group } from '@mantine/core';
import { CloseIcon } from './icons';

export function DialogHeading({ title, onClose }: { readonly title: string; readonly onClose: () => void }) {
  return (
    <Group justify="space-between" mb={12} wrap="nowrap">
      <h2>{title}</h2>
      <ActionIcon variant="subtle" color="ink" size={32} aria-label="Close" onClick={onClose}>
        <CloseIcon />
      </ActionIcon>
    </Group>
  );
}
