/** What this device offers, each with its reason: on a phone as on a workstation, nobody has to guess. */
import { capabilitiesOf } from '../../../state/window/capabilities';
import { useWorkspace } from '../../../state/workspace/use-stores';
import { CheckIcon, CloseIcon, WarningIcon } from '../../components/icons';
import classes from './DeviceSummary.module.css';

export function DeviceSummary() {
  const device = useWorkspace((state) => state.device);
  if (device === null) return <p className={classes.wait}>Asking this device what it offers…</p>;
  return (
    <ul className={classes.list}>
      {capabilitiesOf(device).map(({ id, name, longDetail, available, inSoftware = false, reasons }) => (
        <li key={id} className={classes.capability} data-available={available} data-software={inSoftware}>
          <span className={classes.mark}>
            {inSoftware ? <WarningIcon /> : available ? <CheckIcon /> : <CloseIcon />}
          </span>
          <div>
            <p className={classes.name}>
              {name}
              <span className={classes.detail}>{available ? longDetail && ` · ${longDetail}` : ' · off'}</span>
            </p>
            {reasons.map((reason) => (
              <p key={reason} className={classes.reason}>
                {reason}
              </p>
            ))}
          </div>
        </li>
      ))}
    </ul>
  );
}
