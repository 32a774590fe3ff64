/** The list behind `?`: every command that has keys, by group. */
import { Modal, Switch } from '@mantine/core';
import { commands, groupCommands } from '../../commands/command-registry';
import { setHelpOpen, setSingleKeyShortcuts } from '../../state/window/app-store';
import { useApp } from '../../state/workspace/use-stores';
import { DialogHeading } from '../components/DialogHeading';
import { ShortcutKeys } from '../components/ShortcutKeys';
import dialog from './Dialog.module.css';
import classes from './ShortcutHelp.module.css';

const title = 'Keyboard shortcuts';

const groupsWithKeys = groupCommands(commands.filter((command) => command.shortcut !== undefined));

export function ShortcutHelp() {
  const singleKeys = useApp((state) => state.singleKeyShortcuts);
  const close = (): void => setHelpOpen(false);
  return (
    <Modal
      opened
      onClose={close}
      withCloseButton={false}
      size="lg"
      centered
      classNames={{ content: dialog.content }}
      attributes={{ content: { 'aria-label': title } }}
    >
      <DialogHeading title={title} onClose={close} />
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
        className={classes.setting}
        checked={singleKeys}
        onChange={(event) => setSingleKeyShortcuts(event.currentTarget.checked)}
        label="Shortcuts of a single key"
        description="Switch them off if you dictate, or if keys slip."
      />
    </Modal>
  );
}
