/** The worker of a session whose GPU devices are destroyed by a message on `loseGpu`, as a driver does that crashes. */
import { answerSessionCalls } from '../session/session-entry';

const devices: GPUDevice[] = [];
const { requestDevice } = GPUAdapter.prototype;
GPUAdapter.prototype.requestDevice = async function (descriptor) {
  const device = await requestDevice.call(this, descriptor);
  devices.push(device);
  return device;
};
new BroadcastChannel('loseGpu').addEventListener('message', () => devices.forEach((device) => device.destroy()));

answerSessionCalls(() => Promise.reject(new Error('Only sessions on a GPU are lost.')));
