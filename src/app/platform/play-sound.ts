let playing: AudioBufferSourceNode | undefined;
let context: AudioContext | undefined;

/** Plays mono samples from −1 to 1. A sound that still plays stops. */
export function playSound(values: Float32Array, sampleRateHz: number): void {
  playing?.stop();
  if (values.length === 0) return;
  context ??= new AudioContext();
  const buffer = context.createBuffer(1, values.length, sampleRateHz);
  buffer.copyToChannel(Float32Array.from(values), 0);
  playing = context.createBufferSource();
  playing.buffer = buffer;
  playing.connect(context.destination);
  playing.start();
}
