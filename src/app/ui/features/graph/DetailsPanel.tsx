/** Shows the selected part of the graph beside it: a title and the known facts. */
import { ActionIcon } from '@mantine/core';
import type { ReactNode, Ref } from 'react';
import { CloseIcon } from '../../components/icons';
import classes from './NodeDetails.module.css';

interface DetailsPanelProps {
  readonly ref: Ref<HTMLElement>;
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

export function DetailsPanel({ ref, title, onClose, children }: DetailsPanelProps) {
  return (
    // Escape bubbles here from whatever inside has the focus.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <aside
      ref={ref}
      className={classes.details}
      tabIndex={-1}
      aria-label="Details"
      data-testid="node-details"
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || event.defaultPrevented) return;
        event.preventDefault();
        onClose();
      }}
    >
      <div className={classes.head}>
        <h3>{title}</h3>
        <ActionIcon variant="subtle" size={32} aria-label="Close details" onClick={onClose}>
          <CloseIcon />
        </ActionIcon>
      </div>
      {children}
    </aside>
  );
}
