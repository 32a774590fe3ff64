import { Popover } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import classes from './EvidencePopover.module.css';

export interface EvidenceFact {
  readonly label: string;
  readonly value: string;
}

export interface Evidence {
  /** What the number is: "Median latency on WASM". */
  readonly title: string;
  readonly facts: readonly EvidenceFact[];
  /** Anything that a reader must know before trusting the number. */
  readonly notes: readonly string[];
}

interface EvidencePopoverProps {
  readonly evidence: Evidence;
  /** The number itself. */
  readonly children: ReactNode;
}

/** A number that answers "how was this measured?" when it is clicked or activated by keyboard. Escape gives the focus back. */
export function EvidencePopover({ evidence, children }: EvidencePopoverProps) {
  const [opened, setOpened] = useState(false);
  return (
    <Popover
      opened={opened}
      onChange={setOpened}
      width={320}
      withArrow
      position="bottom"
      trapFocus
      returnFocus
      withinPortal
    >
      <Popover.Target>
        <button
          type="button"
          className={classes.number}
          title="How was this measured?"
          aria-expanded={opened}
          onClick={() => setOpened((open) => !open)}
        >
          {children}
        </button>
      </Popover.Target>
      <Popover.Dropdown className={classes.dropdown} aria-label={`How was this measured? ${evidence.title}`}>
        <EvidenceList evidence={evidence} />
      </Popover.Dropdown>
    </Popover>
  );
}

/** The same evidence in the open, for a details panel. */
export function EvidenceList({ evidence }: { readonly evidence: Evidence }) {
  return (
    <div className={classes.evidence} tabIndex={-1} data-autofocus>
      <p className={classes.title}>{evidence.title}</p>
      <EvidenceFacts facts={evidence.facts} />
      {evidence.notes.map((note) => (
        <p key={note} className={classes.note}>
          {note}
        </p>
      ))}
    </div>
  );
}

export function EvidenceFacts({ facts }: { readonly facts: readonly EvidenceFact[] }) {
  return (
    <dl className={classes.facts}>
      {facts.map(({ label, value }) => (
        <div key={label} className={classes.fact}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
