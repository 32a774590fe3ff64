/** The title of a dialog and the way out. Mantine's own would be a second page header to a screen reader. */
import { ActionIcon } from '@mantine/core';
import classes from './DialogHeading.module.css';
import { CloseIcon } from './icons';

export function DialogHeading({ title, onClose }: { readonly title: string; readonly onClose: () => void }) {
  return (
    <div className={classes.heading}>
      <h2>{title}</h2>
      <ActionIcon variant="subtle" color="ink" size={32} aria-label="Close" onClick={onClose}>
        <CloseIcon />
      </ActionIcon>
    </div>
  );
}
