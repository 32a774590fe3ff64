import { Tooltip } from '@mantine/core';
import type { ReactNode } from 'react';
import { glossary, type GlossaryTerm } from '../../../engine/glossary';
import classes from './Evidence.module.css';

interface TermProps {
  readonly name: GlossaryTerm;
  /** The visible text; the name itself if absent. */
  readonly children?: ReactNode;
}

/** A word of the vocabulary that explains itself when it is hovered, focused or tapped. */
export function Term({ name, children }: TermProps) {
  return <Hint text={glossary[name]}>{children ?? name}</Hint>;
}

interface HintProps {
  /** The explanation, as whole sentences. */
  readonly text: string;
  readonly children: ReactNode;
}

/** A hint for other content that explains itself in the same way. */
export function Hint({ text, children }: HintProps) {
  return (
    <Tooltip
      label={text}
      multiline
      w={260}
      withArrow
      openDelay={150}
      events={{ hover: true, focus: true, touch: true }}
      classNames={{ tooltip: classes.tooltip }}
    >
      <span className={classes.term} tabIndex={0}>
        {children}
      </span>
    </Tooltip>
  );
}
