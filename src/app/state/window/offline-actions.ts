/** Working without a network. */
import { messageOf } from '../../../engine/errors';
import { storeForOffline } from '../../platform/register-service-worker';
import { notify } from './app-store';

/** Loads the builds of the runtime that this browser can use, for later; says when they are there. */
export async function makeAvailableOffline(): Promise<void> {
  notify('Storing Pareto for offline use: up to 35 MB.');
  try {
    await storeForOffline();
    notify('Pareto works offline now.');
  } catch (error) {
    const reason = messageOf(error);
    notify(`Not everything could be stored for offline use: ${reason}`, { kind: 'problem' });
  }
}
