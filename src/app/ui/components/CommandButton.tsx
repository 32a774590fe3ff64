/** A button that performs a command: its name, shortcut and availability come from the command's record. */
import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { commandHint } from '../../commands/command-hint';
import { commandById } from '../../commands/command-registry';

export interface CommandButtonProps {
  readonly command: string;
  /** The next sensible action: filled. There is one at a time. */
  readonly primary?: boolean;
  /** Replaces the command's label where the place makes it shorter or more exact. */
  readonly children?: ReactNode;
  readonly icon?: ReactNode;
  readonly disabled?: boolean;
  /** True for a button within a line of text or figures. */
  readonly compact?: boolean;
}

export function CommandButton(props: CommandButtonProps) {
  const { command: id, primary = false, children, icon, disabled = false, compact = false } = props;
  const command = commandById(id);
  return (
    <Button
      variant={primary ? 'filled' : 'default'}
      {...(compact && { size: 'compact-sm' })}
      leftSection={icon}
      onClick={command.perform}
      disabled={disabled || !command.isAvailable()}
      {...commandHint(command, command.label)}
      data-command={id}
    >
      {children ?? command.label}
    </Button>
  );
}
