import { isParetoError, optimize } from 'pareto-onnx/browser';

const find = (id) => document.getElementById(id);
const [input, stop, status, download] = ['model', 'stop', 'status', 'download'].map(find);

input.addEventListener('change', async () => {
  const [file] = input.files;
  if (file === undefined) return;
  const controller = new AbortController();
  input.disabled = true;
  stop.disabled = false;
  URL.revokeObjectURL(download.href);
  download.hidden = true;
  stop.onclick = () => controller.abort();
  const { signal } = controller;
  const onProgress = ({ stage }) => (status.textContent = stage);
  try {
    const original = { name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) };
    const { model, report } = await optimize(original, { goal: 'smaller', signal, onProgress });
    const { original: before, variant: after } = report.sizeBytes;
    status.textContent = `${before} → ${after} bytes`;
    download.href = URL.createObjectURL(new Blob([model]));
    download.download = `smaller-${file.name}`;
    download.hidden = false;
  } catch (error) {
    if (signal.aborted) status.textContent = 'Stopped.';
    else if (isParetoError(error)) status.textContent = error.message;
    else throw error;
  } finally {
    input.disabled = false;
    stop.disabled = true;
  }
});
