import { ActionIcon } from '@mantine/core';
import { useLayoutEffect, useRef } from 'react';
import { movedClass } from '../../../state/data/data-classes';
import { ChevronIcon } from '../../components/icons';
import classes from './data.module.css';

interface ClassListProps {
  /** All different. */
  readonly names: readonly string[];
  /** `null`: they cannot be moved. */
  readonly onChange: ((names: readonly string[]) => void) | null;
}

type Direction = 'up' | 'down';

/** The classes with the numbers of their outputs; each can be moved by one place. */
export function ClassList({ names, onChange }: ClassListProps) {
  const list = useRef<HTMLOListElement>(null);
  const moved = useRef<{ readonly index: number; readonly direction: Direction } | null>(null);
  // The browser takes the focus from what moves in the list.
  useLayoutEffect(() => {
    if (moved.current === null) return;
    const { index, direction } = moved.current;
    moved.current = null;
    const buttons = [...(list.current?.children[index]?.querySelectorAll('button') ?? [])];
    const same = buttons[direction === 'up' ? 0 : 1];
    (same?.disabled ? buttons.find(({ disabled }) => !disabled) : same)?.focus();
  });
  const move = (index: number, direction: Direction): void => {
    const by = direction === 'up' ? -1 : 1;
    moved.current = { index: index + by, direction };
    onChange?.(movedClass(names, index, by));
  };
  return (
    <ol
      ref={list}
      className={classes.classList}
      start={0}
      aria-label="Classes in the order of the outputs"
      tabIndex={0}
    >
      {names.map((name, index) => (
        <li key={name}>
          <span className={classes.index}>{index}</span>
          <span className={classes.className}>{name}</span>
          {onChange === null ? null : (
            <>
              <MoveButton name={name} direction="up" disabled={index === 0} onMove={() => move(index, 'up')} />
              <MoveButton
                name={name}
                direction="down"
                disabled={index === names.length - 1}
                onMove={() => move(index, 'down')}
              />
            </>
          )}
        </li>
      ))}
    </ol>
  );
}

interface MoveButtonProps {
  readonly name: string;
  readonly direction: Direction;
  readonly disabled: boolean;
  readonly onMove: () => void;
}

function MoveButton({ name, direction, disabled, onMove }: MoveButtonProps) {
  return (
    <ActionIcon
      variant="subtle"
      size={28}
      aria-label={`Move ${name} ${direction}`}
      disabled={disabled}
      onClick={onMove}
    >
      <span className={direction === 'up' ? classes.up : classes.down}>
        <ChevronIcon />
      </span>
    </ActionIcon>
  );
}
