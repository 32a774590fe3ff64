/** The list behind `?`: every command that has keys, by group. */
import { Switch } from '@mantine/core';
import { commands, groupCommands } from '../../commands/command-registry';
import { setHelpOpen, setSingleKeyShortcuts } from '../../state/window/app-store';
import { useApp } from '../../state/workspace/use-stores';
import { Dialog } from '../components/Dialog';
import { ShortcutKeys } from '../components/ShortcutKeys';
import classes from './dialogs.module.css';

const title = 'Keyboard shortcuts';

const groupsWithKeys = groupCommands(commands.filter((command) => command.shortcut !== undefined));

export function ShortcutHelp() {
  const singleKeys = useApp((state) => state.singleKeyShortcuts);
  const close = (): void => setHelpOpen(false);
  return (
    <Dialog title={title} size="lg" onClose={close}>
      <div className={classes.groups}>
        {groupsWithKeys.map(([group, members]) => (
          <section key={group} className={classes.group}>
            <h3>{group}</h3>
            <dl className={classes.list}>
              {members.map((command) => (
                <div key={command.id} className={classes.line}>
                  <dt>{command.label}</dt>
                  <dd>
                    <ShortcutKeys shortcut={command.shortcut ?? ''} />
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <Switch
        checked={singleKeys}
        onChange={(event) => setSingleKeyShortcuts(event.currentTarget.checked)}
        label="Single-key shortcuts"
        description="Turn off if you use dictation."
      />
    </Dialog>
  );
}
