/**
 * Calls back a while from now. Each timer is set from a message: one that is set from timers alone, five times over, is held back
 * to 4 ms by browsers.
 */
export class Waker {
  readonly #wake: () => void;
  readonly #channel = new MessageChannel();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #delayMs = 0;

  constructor(wake: () => void) {
    this.#wake = wake;
    this.#channel.port1.onmessage = () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(this.#wake, this.#delayMs);
    };
  }

  /** Replaces the former request. A timer may fire a little early or late, so the woken code reads the clock. */
  wakeIn(delayMs: number): void {
    this.#delayMs = Math.max(0, delayMs);
    this.#channel.port2.postMessage(null);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#channel.port1.close();
  }
}
