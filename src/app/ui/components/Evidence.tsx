/** "How was this measured?": any number becomes a button that opens its evidence. Works by click and by keyboard. */
import { Popover, UnstyledButton } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import classes from './Evidence.module.css';
import { ExplainedCaption } from './ExplainedCaption';
import type { Fact } from './FactList';

export interface EvidenceProps {
  /** The name of the number: the title of the popover and the name of the button. */
  readonly title: string;
  /** A sentence on the method. */
  readonly method: string;
  readonly facts: readonly Fact[];
  readonly children: ReactNode;
}

export function Evidence({ title, method, facts, children }: EvidenceProps) {
  const [opened, setOpened] = useState(false);
  return (
    <Popover opened={opened} onChange={setOpened} width={320} position="bottom-start" trapFocus returnFocus withRoles>
      <Popover.Target>
        <UnstyledButton className={classes.trigger} onClick={() => setOpened((open) => !open)}>
          {children}
          <span className="visually-hidden">. How was this measured?</span>
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown className={classes.dropdown} aria-label={`How ${title} was measured`}>
        <EvidenceBody title={title} method={method} facts={facts} />
      </Popover.Dropdown>
    </Popover>
  );
}

/** The content of the popover, for places that open it themselves (charts). */
export function EvidenceBody({ title, method, facts }: Omit<EvidenceProps, 'children'>) {
  return (
    // A place for the focus: the popover is text only.
    <div tabIndex={-1} data-autofocus className={classes.body}>
      <p className={classes.title}>{title}</p>
      <p className={classes.method}>{method}</p>
      <dl className={classes.facts}>
        {facts.map(([term, value]) => (
          <div key={term} className={classes.fact}>
            <dt>
              <ExplainedCaption text={term} />
            </dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
