/** The worker of a session whose GPU devices are destroyed by a message on `loseGpu`, as a driver does that crashes. */
import { expose } from 'comlink';
import { browserRealm } from '../session/browser-realm';
import { holdLifeLock } from '../session/life-lock';
import { createSessionWorkerApi } from '../session/session-worker-api';

const devices: GPUDevice[] = [];
const { requestDevice } = GPUAdapter.prototype;
GPUAdapter.prototype.requestDevice = async function (descriptor) {
  const device = await requestDevice.call(this, descriptor);
  devices.push(device);
  return device;
};
new BroadcastChannel('loseGpu').addEventListener('message', () => devices.forEach((device) => device.destroy()));

expose(createSessionWorkerApi(browserRealm));
holdLifeLock();
