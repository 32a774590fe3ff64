/** An entry of a menu with a sentence about what it does. */
import { Menu } from '@mantine/core';
import classes from './SidePanel.module.css';

interface MenuEntryProps {
  readonly title: string;
  readonly note: string;
  readonly disabled?: boolean;
  readonly onClick: () => void;
}

export function MenuEntry({ title, note, disabled = false, onClick }: MenuEntryProps) {
  return (
    <Menu.Item onClick={onClick} disabled={disabled}>
      <span className={classes.entryTitle}>{title}</span>
      <span className={classes.entryNote}>{note}</span>
    </Menu.Item>
  );
}
